"""Text is held once: a stream says it in deltas, and again in each event that closes something.

What is kept of the closing events is kept without their long strings: these become references to the text
that the deltas brought, or to the same string seen before. Knows JSON and ropes; knows no event.
"""

from __future__ import annotations

from typing import cast

from playhead.protocols.ledger import Json, Rope, Value, is_same

_LONG = 64  # characters; below that a reference costs as much as the text


class Cut:
    """The beginning of a rope, as it stood when it was said again."""

    __slots__ = ("_rope", "_size")

    def __init__(self, rope: Rope, size: int) -> None:
        self._rope = rope
        self._size = size

    def at(self, frame: int) -> str:
        return self._rope.cut(0, self._size)


class Held:
    """The long texts of one stream."""

    def __init__(self) -> None:
        self._ropes: dict[int, tuple[Rope, int]] = {}  # and its size, by the hash of its text
        self._strings: dict[str, str] = {}

    def know(self, rope: Rope) -> None:
        """The text stands whole in `rope`: it will be said again."""
        if rope.size >= _LONG:
            self._ropes[hash(rope.cut(0, rope.size))] = rope, rope.size

    def share(self, value: Json, like: Value = None) -> Value:
        """`value`, its long texts being references; its members that are the same in `like` are like's."""
        if like is not None and is_same(value, like):
            return like
        if isinstance(value, str):
            return self._string(value) if len(value) >= _LONG else value
        if isinstance(value, dict):
            others = like if isinstance(like, dict) else {}
            # JSON with nodes in it: `value_at` reads both.
            return cast("Json", {name: self.share(part, others.get(name)) for name, part in value.items()})
        if isinstance(value, list):
            return cast("Json", [self.share(part) for part in value])
        return value

    def _string(self, text: str) -> Value:
        rope, size = self._ropes.get(hash(text), (None, 0))
        if rope is not None and size == len(text) and rope.cut(0, size) == text:
            return Cut(rope, size)
        return self._strings.setdefault(text, text)
