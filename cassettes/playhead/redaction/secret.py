"""A secret in a body: the bytes that hold it, which need not stand together, and why it is one.

Its value is kept, because the placeholder is derived from it; it shows itself nowhere. Knows offsets.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from playhead.redaction.spans import Form, Span

Piece = tuple[int, int]
"""The bytes of a body from the first offset to before the second."""


class Secret(msgspec.Struct, frozen=True):
    """`pieces` ascend; a secret that was streamed has one for each delta that brought a part of it."""

    rule: str
    value: str
    pieces: tuple[Piece, ...]
    form: Form = Form.TEXT

    @property
    def size(self) -> int:
        """All bytes of all pieces."""
        return sum(end - start for start, end in self.pieces)

    def moved(self, offset: int) -> Secret:
        """The same in a body in which what it was found in begins at `offset`."""
        pieces = tuple((start + offset, end + offset) for start, end in self.pieces)
        return msgspec.structs.replace(self, pieces=pieces)

    def __repr__(self) -> str:
        return f"<Secret: {self.rule}, {self.size} bytes in {len(self.pieces)} pieces>"

    __str__ = __repr__


class Found(msgspec.Struct, frozen=True):
    """What a body holds. `unscanned` is the offset from which on nobody could look; `None` where all was."""

    secrets: Sequence[Secret] = ()
    unscanned: int | None = None


def secret_of(text: str, span: Span, pieces: Sequence[Piece]) -> Secret:
    """What was found in `text`, and the bytes that hold it."""
    value = span.value if span.value is not None else text[span.start : span.end]
    return Secret(span.rule, value, tuple(pieces), span.form)


class Data:
    """A text cut out of a body, and where its characters stand there: in one place, or in several lines."""

    __slots__ = ("_lines", "offset", "text")

    def __init__(self, text: str, offset: int | None, lines: Sequence[tuple[int, int, int]] = ()) -> None:
        self.text: str = text
        """A byte a character."""
        self.offset: int | None = offset
        """Where its bytes stand, if they stand together."""
        self._lines = lines

    @classmethod
    def of_lines(cls, lines: Sequence[tuple[str, int]]) -> Data:
        """Lines with their offsets, joined by an LF that stands nowhere."""
        places: list[tuple[int, int, int]] = []
        start = 0
        for line, offset in lines:
            places.append((start, start + len(line), offset))
            start += len(line) + 1
        return cls("\n".join(line for line, _ in lines), None, places)

    def pieces(self, start: int, end: int) -> list[Piece]:
        """Where the characters from `start` to `end` stand in the body."""
        if self.offset is not None:
            return [(self.offset + start, self.offset + end)]
        return [
            (offset + max(start, first) - first, offset + min(end, last) - first)
            for first, last, offset in self._lines
            if max(start, first) < min(end, last)
        ]
