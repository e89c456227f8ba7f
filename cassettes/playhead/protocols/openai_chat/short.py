"""The short way through the client's steps: a delta that only makes longer what is there already.

A delta is looked through before anything is written, so that one that turns out to do more leaves no trace
and can be read in full. What it says here is what `deltas` says for the same values. Knows cells and JSON.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import TypeAlias

import msgspec
from msgspec import Struct

from playhead.protocols.ledger import Fields, Json, Rope, Series, Value
from playhead.protocols.openai_chat.built import construct, plain
from playhead.protocols.openai_chat.lane import Chain, Path
from playhead.protocols.openai_chat.shapes import LOGPROBS

Growth: TypeAlias = "list[Callable[[], None]]"
"""What is to be written, once all of a chunk is seen to be harmless."""


class _TopToken(Struct, gc=False):
    token: str
    logprob: float
    bytes: list[int] | None = None


class _Token(Struct, gc=False):
    token: str
    logprob: float
    top_logprobs: list[_TopToken]
    bytes: list[int] | None = None


class _Logprobs(Struct, gc=False):
    """What log probabilities are when there is nothing in them to coerce."""

    content: list[_Token] | None = None
    refusal: list[_Token] | None = None


class Plan:
    """Looks through the delta of one choice.

    `taken` is what the choice's blocks took from it, by path; `call` the tool call that the client is at.
    """

    __slots__ = ("_call", "_frame", "_growth", "_taken")

    def __init__(self, frame: int, taken: dict[Path, str], call: object, growth: Growth) -> None:
        self._frame = frame
        self._taken = taken
        self._call = call
        self._growth = growth

    def fields(self, path: Path, held: Fields, delta: dict[str, Json]) -> bool:
        """Whether every member of `delta` only makes one of `held` longer."""
        return all(self._member(path, held, name, new) for name, new in delta.items())

    def _member(self, path: Path, held: Fields, name: str, new: Json) -> bool:
        # The one number that the SDK reads out of a text.
        if name not in held or name == "expires_at":
            return False
        old = held.latest(name)
        if name in ("index", "type"):
            said = old.at(self._frame) if isinstance(old, Rope) else old
            return type(said) is type(new) and said == new
        if isinstance(new, int | float) and isinstance(old, int | float):
            return self._number(held, name, old, new)
        return self._value((*path, name), old, new)

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
            return isinstance(old, Fields) and self.fields(path, old, new)
        if isinstance(new, list) and isinstance(old, Series):
            return len(new) == 1 and self._item(path, old, new[0])
        return False

    def _number(self, held: Fields, name: str, old: float, new: float) -> bool:
        if isinstance(old, bool) or isinstance(new, bool) or not math.isfinite(old + new):
            return False
        self._growth.append(partial(held.set, self._frame, name, old + new))
        return True

    def _item(self, path: Path, held: Series, new: Json) -> bool:
        """One object of a list, found by its index."""
        index = new.get("index") if isinstance(new, dict) else None
        if not isinstance(new, dict) or type(index) is not int or not 0 <= index < len(held):
            return False
        old = held[index]
        if path == ("tool_calls",) and (index != self._call or not isinstance(new.get("function"), dict)):
            return False
        return isinstance(old, Fields) and self.fields((*path, index), old, new)


def are_apart(choices: list[Json]) -> bool:
    """Whether no choice comes twice in a chunk."""
    if len(choices) < 2:
        return True
    indexes = [choice.get("index") if isinstance(choice, dict) else None for choice in choices]
    return all(isinstance(index, int) for index in indexes) and len(set(map(str, indexes))) == len(indexes)


def plan_logprobs(frame: int, held: Fields | None, new: Json, growth: Growth) -> bool:
    """The same for log probabilities, which are lists that get longer."""
    told = _as_told(new)
    if held is None or not isinstance(told, dict):
        return False
    for name in ("content", "refusal"):
        items, cell = told.get(name), held.latest(name)
        if not items:
            continue
        if not isinstance(items, list) or not isinstance(cell, Series):
            return False
        growth.extend(partial(cell.append, frame, item) for item in items)
    return True


def _as_told(logprobs: Json) -> Json:
    """Log probabilities as the SDK takes them."""
    try:
        msgspec.convert(logprobs, _Logprobs)
    except msgspec.ValidationError:
        told: Json = plain(construct(LOGPROBS, logprobs))
        return told
    return logprobs
