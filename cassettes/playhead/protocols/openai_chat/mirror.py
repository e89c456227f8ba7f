"""Writes the client's snapshot into the ledger: what changed, and nothing twice.

Knows JSON and cells; knows no rule by which the snapshot came about.
"""

from __future__ import annotations

from collections.abc import Callable

from playhead.protocols.ledger import Fields, Json, Rope, Series, Value, is_same
from playhead.protocols.openai_chat.client import Choices
from playhead.protocols.openai_chat.lane import Chain, Path
from playhead.protocols.payload import finite

_Find = Callable[[Path], "Chain | None"]


class Scalars(Series):
    """A list of texts and numbers that is not empty: the client only ever adds to such a list."""

    __slots__ = ()


class Mirror:
    """The snapshot as cells. `find` tells the blocks' own text for a choice's place and a path."""

    def __init__(self, find: Callable[[int, Path], Chain | None]) -> None:
        self.root: Fields = Fields()
        self._find = find

    @property
    def choices(self) -> Series | None:
        """The choices as cells, where the snapshot has a list of them."""
        choices = self.root.latest("choices")
        return choices if isinstance(choices, Series) else None

    def choice(self, place: int) -> Fields | None:
        choices = self.choices
        if choices is None or not 0 <= place < len(choices):
            return None
        choice = choices[place]
        return choice if isinstance(choice, Fields) else None

    def logprobs(self, place: int) -> Fields | None:
        """The log probabilities of a choice as cells, where it has some."""
        choice = self.choice(place)
        logprobs = choice.latest("logprobs") if choice is not None else None
        return logprobs if isinstance(logprobs, Fields) else None

    def text(self, place: int, path: Path) -> tuple[Fields, Value] | None:
        """What stands at a path of a choice's message, and what it is a member of."""
        choice = self.choice(place)
        value = choice.latest("message") if choice is not None else None
        holder: Fields | None = None
        for step in path:
            if isinstance(value, Fields) and isinstance(step, str):
                holder, value = value, value.latest(step)
            elif isinstance(value, Series) and isinstance(step, int) and 0 <= step < len(value):
                holder, value = None, value[step]
            else:
                return None
        return None if holder is None else (holder, value)

    def part(self, frame: int, place: int, path: Path) -> None:
        """The text at a path is the client's own from `frame` on: the blocks took what the client dropped."""
        found = self.text(place, path)
        if found is not None and isinstance(chain := found[1], Chain):
            rope = Rope()
            rope.append(frame, chain.at(frame - 1))
            found[0].set(frame, str(path[-1]), rope)

    def texts(self, frame: int, place: int) -> Texts:
        """Writes parts of the message of a choice."""
        return Texts(frame, lambda path: self._find(place, path))

    def write(self, frame: int, snapshot: dict[str, Json | Choices]) -> None:
        """The snapshot after `frame`; its members only come and change."""
        for name, value in snapshot.items():
            if isinstance(value, Choices):
                self._some_choices(frame, value)
            elif name == "choices" and isinstance(value, list):
                self.root.set(frame, name, self._choices(frame, value))
            else:
                self.root.set(frame, name, finite(value))

    def _choices(self, frame: int, new: list[Json]) -> Series:
        old = self.choices
        parts = [self._choice(frame, place, choice) for place, choice in enumerate(new)]
        return _series(frame, old, parts)

    def _some_choices(self, frame: int, new: Choices) -> None:
        """The choices that may have changed: what stays as it is costs nothing."""
        old = self.choices
        assert old is not None
        parts = {place: self._choice(frame, place, choice) for place, choice in new.items}
        if any(place < len(old) and _differs(old[place], part) for place, part in parts.items()):
            all_parts = [parts.get(place, old[place]) for place in range(len(old))]
            all_parts += [part for place, part in parts.items() if place >= len(old)]
            self.root.set(frame, "choices", _series(frame, old, all_parts))
            return
        for place in range(len(old), new.size):
            old.append(frame, parts[place])

    def _choice(self, frame: int, place: int, new: Json) -> Value:
        if not isinstance(new, dict):
            return finite(new)
        old = self.choice(place)
        return _fields(frame, old, new, lambda name, value, part: self._part(frame, place, name, value, part))

    def _part(self, frame: int, place: int, name: str, old: Value, new: Json) -> Value:
        if name == "message" and isinstance(new, dict):
            return self.texts(frame, place).write((), old, new)
        if name == "logprobs" and isinstance(new, dict):
            return _fields(frame, old, new, lambda _, value, part: _growing(frame, value, part))
        return finite(new)


class Texts:
    """A message as cells: every text in it may grow."""

    def __init__(self, frame: int, find: _Find) -> None:
        self._frame = frame
        self._find = find

    def write(self, path: Path, old: Value, new: Json) -> Value:
        if isinstance(new, str):
            return self._text(path, old, new)
        if isinstance(new, dict):
            return _fields(
                self._frame, old, new, lambda name, value, part: self.write((*path, name), value, part)
            )
        if isinstance(new, list):
            if is_scalar(new):
                return _scalars(self._frame, old, new)
            held = old if type(old) is Series else None
            parts = [
                self.write((*path, at), held[at] if held is not None and at < len(held) else None, part)
                for at, part in enumerate(new)
            ]
            return _series(self._frame, held, parts)
        return finite(new)

    def _text(self, path: Path, old: Value, new: str) -> Value:
        frame = self._frame
        if isinstance(old, Chain | Rope) and old.at(frame) == new:
            return old
        chain = self._find(path)
        if chain is not None and chain.at(frame) == new:
            return chain
        if isinstance(old, Rope) and new.startswith(held := old.at(frame)):
            old.append(frame, new[len(held) :])
            return old
        rope = Rope()
        rope.append(frame, new)
        return rope


def is_scalar(items: list[Json]) -> bool:
    """Whether the client takes it for a list without objects. An empty one may become either."""
    return bool(items) and all(isinstance(item, str | int | float) for item in items)


def _scalars(frame: int, old: Value, new: list[Json]) -> Scalars:
    """`new` as a list: the old one, where it only has grown."""
    kept = old if isinstance(old, Scalars) and len(old) <= len(new) else Scalars()
    if not all(is_same(kept[at], finite(new[at])) for at in range(len(kept))):
        kept = Scalars()
    for item in new[len(kept) :]:
        kept.append(frame, finite(item))
    return kept


def _fields(
    frame: int, old: Value, new: dict[str, Json], part: Callable[[str, Value, Json], Value]
) -> Fields:
    """`new` as cells: in the old ones unless a member has gone."""
    held = old if isinstance(old, Fields) else Fields()
    kept = held if all(name in new for name in held.names()) else Fields()
    for name, value in new.items():
        kept.set(frame, name, part(name, held.latest(name), value))
    return kept


def _series(frame: int, old: Series | None, parts: list[Value]) -> Series:
    """`parts` as a list: the old one, where it only has grown."""
    same = old is not None and len(old) <= len(parts)
    if old is None or not same or any(_differs(old[at], parts[at]) for at in range(len(old))):
        old = Series()
    for part in parts[len(old) :]:
        old.append(frame, part)
    return old


def _differs(old: Value, new: Value) -> bool:
    return old is not new and (
        isinstance(old, Fields | Series | Rope | Chain) or type(old) is not type(new) or old != new
    )


def _growing(frame: int, old: Value, new: Json) -> Value:
    """A list whose items never change; anything else as it is."""
    if not isinstance(new, list):
        return finite(new)
    held = old if isinstance(old, Series) and len(old) <= len(new) else Series()
    for item in new[len(held) :]:
        held.append(frame, finite(item))
    return held
