"""The ledger: what a protocol's reader writes down, so that the state after any frame is a slice of it.

Three kinds of cell, each entry stamped with the number of the frame that wrote it: a `Rope` is text that
grows, a `Slot` is a latest value with its history, a `Series` is a list of items. `Fields` names cells;
cells hold cells, and so a ledger holds a JSON document as it stood after every frame. Entries are only
ever added, in the order of their frames. Knows JSON and frame numbers; knows no protocol and no SSE.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from typing import Protocol, TypeAlias

from playhead.arrays import NUMBERS, widened

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
Value: TypeAlias = "Json | Node"
"""What a cell holds: JSON that does not change any more, or a node that still may."""

_PAGE = 1024  # parts of a rope that are joined to one string


class Node(Protocol):
    """A part of the document that changes from frame to frame."""

    def at(self, frame: int) -> Json:
        """Its value after `frame`, as a fresh JSON value."""
        ...


def value_at(value: Value, frame: int) -> Json:
    """`value` after `frame`. What is handed out is nobody else's: it may be changed."""
    if value is None or isinstance(value, str | int | float):
        return value
    if isinstance(value, dict):
        return {name: value_at(part, frame) for name, part in value.items()}
    if isinstance(value, list):
        return [value_at(part, frame) for part in value]
    return value.at(frame)


class Rope:
    """Text that grows: each part with the frame that brought it. The text is held once.

    Offsets are characters. Parts are joined to pages as they fill, so that text is cut out of a few long
    strings and not out of a million short ones.
    """

    __slots__ = ("_ends", "_frames", "_last_parts", "_page_ends", "_pages", "_size", "_tail")

    def __init__(self) -> None:
        self._frames = array(NUMBERS)
        self._ends = array(NUMBERS)
        self._size = 0
        self._pages: list[str] = []
        self._page_ends = array("Q")
        self._last_parts = _PAGE  # how many parts the last page has; before the first it counts as full
        self._tail: list[str] = []

    def append(self, frame: int, part: str) -> None:
        self._size += len(part)
        self._frames.append(frame)
        try:
            self._ends.append(self._size)
        except OverflowError:
            self._ends = widened(self._ends)
            self._ends.append(self._size)
        tail = self._tail
        tail.append(part)
        if len(tail) >= _PAGE:
            self._turn()

    def _turn(self) -> None:
        tail = "".join(self._tail)
        if self._last_parts + len(self._tail) <= _PAGE:
            self._pages[-1] += tail
            self._page_ends[-1] = self._size
            self._last_parts += len(self._tail)
        else:
            self._pages.append(tail)
            self._page_ends.append(self._size)
            self._last_parts = len(self._tail)
        self._tail.clear()

    @property
    def frames(self) -> array[int]:
        """The frame of each part, ascending."""
        return self._frames

    @property
    def size(self) -> int:
        """All characters so far."""
        return self._size

    def size_at(self, frame: int) -> int:
        """Characters after `frame`."""
        entries = bisect_right(self._frames, frame)
        return self._ends[entries - 1] if entries else 0

    def span(self, frame: int) -> tuple[int, int]:
        """Where the text that `frame` brought begins and ends; twice the same where it brought none."""
        return self.size_at(frame - 1), self.size_at(frame)

    def cut(self, start: int, end: int) -> str:
        """The characters from `start` to `end`."""
        if self._tail and end > (self._page_ends[-1] if self._page_ends else 0):
            # Whoever reads to the end reads again. A short page grows at the next turn.
            self._turn()
        at = bisect_right(self._page_ends, start)
        parts: list[str] = []
        while at < len(self._pages):
            offset = self._page_ends[at - 1] if at else 0
            if offset >= end:
                break
            parts.append(self._pages[at][max(start - offset, 0) : end - offset])
            at += 1
        return "".join(parts)

    def at(self, frame: int) -> str:
        """The text after `frame`."""
        return self.cut(0, self.size_at(frame))

    def copy(self) -> Rope:
        """The same text, brought by the same frames, for two that go on differently."""
        copied = Rope()
        start = 0
        for frame in dict.fromkeys(self._frames):
            end = self.size_at(frame)
            copied.append(frame, self.cut(start, end))
            start = end
        return copied

    def frame_of(self, offset: int) -> int | None:
        """The frame that brought the character at `offset`; `None` behind the end."""
        entry = bisect_right(self._ends, offset)
        return self._frames[entry] if entry < len(self._frames) else None


class Slot:
    """A latest value, and every value it had before."""

    __slots__ = ("_frames", "_values")

    def __init__(self) -> None:
        self._frames = array(NUMBERS)
        self._values: list[Value] = []

    @property
    def born(self) -> int | None:
        """The frame that first set it; `None` where none did."""
        return self._frames[0] if self._frames else None

    @property
    def latest(self) -> Value:
        """The value as it stands, which may be a node; `None` where there is none."""
        return self._values[-1] if self._values else None

    def set(self, frame: int, value: Value) -> None:
        """`value` from `frame` on; nothing is written down where it is the same."""
        values = self._values
        if values and is_same(values[-1], value):
            return
        self._frames.append(frame)
        values.append(value)

    def held_at(self, frame: int) -> Value:
        """What stands in it after `frame`, a node unread; `None` where nothing does."""
        entries = bisect_right(self._frames, frame)
        return self._values[entries - 1] if entries else None

    def at(self, frame: int) -> Json:
        return value_at(self.held_at(frame), frame)

    def changed(self, frame: int) -> bool:
        """Whether `frame` set it to something else."""
        entry = bisect_left(self._frames, frame)
        return entry < len(self._frames) and self._frames[entry] == frame

    def __iter__(self) -> Iterator[tuple[int, Value]]:
        """Every value with the frame that set it."""
        return zip(self._frames, self._values, strict=True)


class Series:
    """A list that grows by items."""

    __slots__ = ("_frames", "_items")

    def __init__(self) -> None:
        self._frames = array(NUMBERS)
        self._items: list[Value] = []

    def append(self, frame: int, item: Value) -> None:
        self._frames.append(frame)
        self._items.append(item)

    def __len__(self) -> int:
        return len(self._items)

    def __getitem__(self, at: int) -> Value:
        return self._items[at]

    def size_at(self, frame: int) -> int:
        """How many items there are after `frame`."""
        return bisect_right(self._frames, frame)

    def at(self, frame: int) -> list[Json]:
        return [value_at(item, frame) for item in self._items[: self.size_at(frame)]]


class Fields:
    """Named slots: a JSON object whose members come and change, and stay."""

    __slots__ = ("_slots",)

    def __init__(self, frame: int = 0, values: dict[str, Value] | None = None) -> None:
        self._slots: dict[str, Slot] = {}
        for name, value in (values or {}).items():
            self.set(frame, name, value)

    def __contains__(self, name: str) -> bool:
        return name in self._slots

    def set(self, frame: int, name: str, value: Value) -> None:
        slot = self._slots.get(name)
        if slot is None:
            slot = self._slots[name] = Slot()
        slot.set(frame, value)

    def latest(self, name: str) -> Value:
        """The member as it stands, which may be a node; `None` where there is none."""
        slot = self._slots.get(name)
        return None if slot is None else slot.latest

    def names(self) -> Iterator[str]:
        return iter(self._slots)

    def at(self, frame: int) -> dict[str, Json]:
        return {
            name: slot.at(frame)
            for name, slot in self._slots.items()
            if slot.born is not None and slot.born <= frame
        }


def is_same(a: Value, b: Value) -> bool:
    """Whether two values are written as the same JSON: unlike `==`, 1 is neither 1.0 nor true."""
    if a is b:
        return True
    if type(a) is not type(b):
        return False
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(is_same(part, b[name]) for name, part in a.items())
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(map(is_same, a, b))
    return isinstance(a, str | int | float) and a == b
