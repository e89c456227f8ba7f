"""The short way through the client's steps: a delta that makes longer what is there, or begins a call.

A delta is looked through before anything is written, so that one that turns out to do more leaves no trace
and can be read in full. What it says here is what `deltas` says for the same values. Knows cells and JSON.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import TypeAlias

from playhead.protocols.ledger import Fields, Json, Rope, Series, Value, value_at
from playhead.protocols.openai_chat.lane import Chain, Path
from playhead.protocols.openai_chat.mirror import Scalars, Texts
from playhead.protocols.openai_chat.shapes import DELTA, MESSAGE
from playhead.protocols.openai_chat.telling import ChoiceProgress

Growth: TypeAlias = "list[Callable[[], None]]"
"""What is to be written, once all of a chunk is seen to be harmless."""

_DECLARED = frozenset(MESSAGE.fields) | frozenset(DELTA.fields)
# A text that comes in them can change how the SDK reads a number beside it.
_COERCED = frozenset({"audio", "annotations"})
# The one number that the SDK reads out of a text, and what it sets itself.
_OWN = frozenset({"expires_at", "parsed", "parsed_arguments"})
_CALLS: Path = ("tool_calls",)
_OF_A_CALL = ("id", "type")
_OF_A_FUNCTION = ("name", "arguments")


class Plan:
    """Looks through the delta of one choice.

    `taken` is what the choice's blocks took from it, by path; `fresh` the calls that the SDK has not filled
    up yet, to which those that begin are added.
    """

    __slots__ = (
        "_begun",
        "_call",
        "_frame",
        "_fresh",
        "_growth",
        "_has_content",
        "_progress",
        "_taken",
        "_texts",
    )

    def __init__(
        self,
        frame: int,
        growth: Growth,
        taken: dict[Path, str],
        texts: Texts,
        progress: ChoiceProgress,
        fresh: list[Fields],
    ) -> None:
        self._frame = frame
        self._growth = growth
        self._taken = taken
        self._texts = texts
        self._progress = progress
        self._fresh = fresh
        self._call: object = progress.current_call
        self._begun: dict[object, Fields] = {}
        self._has_content: Callable[[], bool] = lambda: True

    def message(self, held: Fields, delta: dict[str, Json], *, finished: bool) -> bool:
        """Whether the delta does no more to the message than is written here.

        `finished`: the choice has a finish_reason, with which the SDK tells its caller all there is.
        """
        self._has_content = lambda: bool(
            delta.get("content") or value_at(held.latest("content"), self._frame)
        )
        if finished:
            if not self._is_quiet():
                return False
            self._growth.append(self._progress.tell_call)
        return self._fields((), held, delta)

    def _is_quiet(self) -> bool:
        """Whether it changes nothing when the SDK tells its caller that the content is whole.

        It marks the content as parsed when it first does so, and takes the mark away with the next delta.
        """
        return self._progress.content_told or not self._has_content()

    def _fields(self, path: Path, held: Fields, delta: dict[str, Json]) -> bool:
        """Whether every member of `delta` only makes one of `held` longer."""
        return all(self._member((*path, name), held, name, new) for name, new in delta.items())

    def _member(self, path: Path, held: Fields, name: str, new: Json) -> bool:
        if name not in held or name in _OWN:
            return False
        old = held.latest(name)
        if name in ("index", "type"):
            said = old.at(self._frame) if isinstance(old, Rope) else old
            return type(said) is type(new) and said == new
        if old is None and isinstance(new, str):
            return path[0] not in _COERCED and self._put(path, held, name, new)
        if isinstance(new, int | float) and isinstance(old, int | float):
            return self._number(path, held, name, old, new)
        return self._value(path, old, new)

    def _put(self, path: Path, held: Fields, name: str, new: str) -> bool:
        """A text where there was null."""
        cell = self._texts.write(path, None, new)
        self._growth.append(partial(held.set, self._frame, name, cell))
        return True

    def _value(self, path: Path, old: Value, new: Json) -> bool:
        if new is None:
            return True
        if isinstance(new, str):
            if isinstance(old, Rope):
                self._growth.append(partial(old.append, self._frame, new))
            elif isinstance(old, Chain):
                return self._taken.get(path, "") == new
            return isinstance(old, Rope)
        if isinstance(new, dict):
            return isinstance(old, Fields) and self._fields(path, old, new)
        if isinstance(new, list) and isinstance(old, Scalars):
            return self._extend(path, old, new)
        if isinstance(new, list) and isinstance(old, Series):
            return self._items(path, old, new)
        return False

    def _number(self, path: Path, held: Fields, name: str, old: float, new: float) -> bool:
        is_truth = isinstance(old, bool) or isinstance(new, bool)
        sum_ = None if is_truth and path[0] in _DECLARED else _sum(old, new)
        if sum_ is None:
            return False
        self._growth.append(partial(held.set, self._frame, name, sum_))
        return True

    def _extend(self, path: Path, held: Scalars, new: list[Json]) -> bool:
        """More texts and numbers for a list of them."""
        if not new:
            return True
        if path[0] in _DECLARED or not all(map(_is_plain, new)):
            return False
        self._growth.extend(partial(held.append, self._frame, item) for item in new)
        return True

    def _items(self, path: Path, held: Series, new: list[Json]) -> bool:
        """Objects of a list, each found by its index; one behind the last begins."""
        size = len(held)
        seen: set[int] = set()
        for item in new:
            index = item.get("index") if isinstance(item, dict) else None
            if not isinstance(item, dict) or type(index) is not int or index in seen:
                return False
            seen.add(index)
            if path == _CALLS and not self._turn(index, item):
                return False
            if 0 <= index < size:
                old = held[index] if index < len(held) else None
                if not isinstance(old, Fields) or not self._fields((*path, index), old, item):
                    return False
            elif index != size or not self._begin((*path, index), held, item):
                return False
            else:
                size += 1
        return True

    def _turn(self, index: int, call: dict[str, Json]) -> bool:
        """The client comes to a call, and tells the one before."""
        if not isinstance(call.get("function"), dict):
            return False
        if index == self._call:
            return True
        if not self._is_quiet():
            return False
        if (before := self._begun.get(self._call)) is not None:
            self._growth.append(partial(_set_parsed, self._frame, before))
        self._growth.append(partial(self._progress.turn_to, index))
        self._call = index
        return True

    def _begin(self, path: Path, held: Series, item: dict[str, Json]) -> bool:
        """A new item of a list."""
        is_call = path[:-1] == _CALLS
        if not (_is_call(item) if is_call else path[0] not in _DECLARED):
            return False
        cell = self._texts.write(path, None, item)
        self._growth.append(partial(held.append, self._frame, cell))
        if is_call and isinstance(cell, Fields):
            self._begun[self._call] = cell
            self._growth.append(partial(self._fresh.append, cell))
        return True


def settle(frame: int, call: Fields) -> None:
    """What the next delta, whatever it says, does to a new call: members that were not sent become null."""
    function = call.latest("function")
    for name in _OF_A_CALL:
        if name not in call:
            call.set(frame, name, None)
    for name in _OF_A_FUNCTION:
        if isinstance(function, Fields) and name not in function:
            function.set(frame, name, None)
    _set_parsed(frame, call)


def _set_parsed(frame: int, call: Fields) -> None:
    function = call.latest("function")
    if call.latest("type") is not None and isinstance(function, Fields):
        function.set(frame, "parsed_arguments", None)


def _is_call(item: dict[str, Json]) -> bool:
    """Whether it is a new tool call in which there is nothing but what belongs there."""
    function = item.get("function")
    if not isinstance(function, dict) or item.get("type") not in (None, "function"):
        return False
    texts = (item.get("id"), *function.values())
    return (
        item.keys() <= {"index", "function", *_OF_A_CALL}
        and function.keys() <= set(_OF_A_FUNCTION)
        and all(text is None or isinstance(text, str) for text in texts)
    )


def _sum(old: float, new: float) -> float | None:
    """What Python makes of `old + new`; `None` where it fails, or JSON does not know what comes out."""
    if isinstance(old, int) and isinstance(new, int):
        return old + new  # of any size: a float could not hold it
    try:
        return sum_ if math.isfinite(sum_ := old + new) else None
    except OverflowError:
        return None


def _is_plain(item: Json) -> bool:
    return isinstance(item, str | int) or (isinstance(item, float) and math.isfinite(item))


def are_apart(choices: list[Json]) -> bool:
    """Whether no choice comes twice in a chunk."""
    if len(choices) < 2:
        return True
    indexes = [choice.get("index") if isinstance(choice, dict) else None for choice in choices]
    return all(isinstance(index, int) for index in indexes) and len(set(map(str, indexes))) == len(indexes)
