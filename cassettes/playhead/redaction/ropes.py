"""Secrets in the text of a message's blocks, traced back to the bytes of the deltas that brought them.

The protocol's reader has put the text together; which string of an event brought a part of it, it has not
written down, and so the part is looked for among the strings of that event. Knows blocks, frames and JSON.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate
from typing import Protocol

from playhead.bodies import BodyKind
from playhead.protocols.blocks import BlockKind
from playhead.protocols.ledger import Rope
from playhead.protocols.record import Record
from playhead.redaction.escapes import View
from playhead.redaction.fields import Trie
from playhead.redaction.policy import Policy
from playhead.redaction.secret import Data, Found, Piece, Secret
from playhead.redaction.spans import Span
from playhead.redaction.streams import data_of
from playhead.redaction.templates import CONSTANT
from playhead.redaction.texts import find_in_text
from playhead.redaction.tokens import values

_WINDOW = 128 * 1024
_OVERLAP = 24 * 1024
_NO_ACCIDENT = 6
"""Bytes that are not found in another string by chance."""
_NO_FIELDS = Trie()


class Bodied(Protocol):
    """Frames with the bytes that they were made of."""

    @property
    def body(self) -> BodyKind: ...
    def __len__(self) -> int: ...
    def span(self, at: int, /) -> tuple[int, int]: ...
    def content(self, start: int, end: int, /) -> bytes: ...


def find_in_blocks(record: Record, frames: Callable[[], Bodied], policy: Policy) -> Found:
    """The secrets in the blocks of a stream that was read; `unscanned` where one could not be traced.

    `frames` is asked for the frames when a secret was found: mostly never.
    """
    secrets: list[Secret] = []
    unscanned: int | None = None
    for text in _texts(record):
        parts = _Parts(frames)
        for start, end, span, value in _spans(text, policy):
            copies, lost = _pieces(text, frames(), start, end, parts)
            secrets += [Secret(span.rule, value, tuple(pieces), span.form) for pieces in copies]
            if lost is not None:
                unscanned = lost if unscanned is None else min(lost, unscanned)
    return Found(secrets, unscanned)


class _Text:
    """Ropes one behind the other: blocks that a client shows as one text, whatever stood in between."""

    def __init__(self, ropes: Sequence[Rope]) -> None:
        self._ropes = ropes
        self._starts = [0, *accumulate(rope.size for rope in ropes)]
        self.size: int = self._starts[-1]

    def cut(self, start: int, end: int) -> str:
        """The characters from `start` to `end`."""
        parts: list[str] = []
        at = max(bisect_right(self._starts, start) - 1, 0)
        while at < len(self._ropes) and self._starts[at] < end:
            offset = self._starts[at]
            parts.append(self._ropes[at].cut(max(start - offset, 0), min(end - offset, self._ropes[at].size)))
            at += 1
        return "".join(parts)

    def part(self, at: int) -> tuple[int, int, int] | None:
        """The frame that brought the character at `at`; where what it brought begins and ends."""
        number = bisect_right(self._starts, at) - 1
        if not 0 <= number < len(self._ropes):
            return None
        rope, offset = self._ropes[number], self._starts[number]
        frame = rope.frame_of(at - offset)
        if frame is None:
            return None
        first, last = rope.span(frame)
        return frame, offset + first, offset + last


def _texts(record: Record) -> Iterator[_Text]:
    """The texts of each choice together, its thoughts together, any other block by itself."""
    together: dict[tuple[BlockKind, int], list[Rope]] = {}
    for block in record.blocks:
        if not block.text.size:
            continue
        if block.kind in (BlockKind.TEXT, BlockKind.THINKING):
            together.setdefault((block.kind, block.choice), []).append(block.text)
        else:
            yield _Text([block.text])
    yield from map(_Text, together.values())


def _spans(text: _Text, policy: Policy) -> Iterator[tuple[int, int, Span, str]]:
    """Each secret of the text: where it begins and ends, in characters."""
    start = 0
    while start < text.size:
        window = text.cut(start, start + _WINDOW)
        for span in find_in_text(window, policy):
            value = span.value if span.value is not None else window[span.start : span.end]
            yield start + span.start, start + span.end, span, value
        if start + _WINDOW >= text.size:
            return
        start += _WINDOW - _OVERLAP


def _pieces(
    text: _Text, frames: Bodied, start: int, end: int, parts: _Parts
) -> tuple[list[list[Piece]], int | None]:
    """The bytes that brought the characters from `start` to `end`; and where some could not be found.

    Once for each copy: a text may stand in its events under two names.
    """
    copies: list[list[Piece]] = []
    lost: int | None = None
    while start < end and (part := text.part(start)) is not None:
        frame, first, last = part
        stop = min(end, last)
        found = parts.of(text, frame, first, last).pieces(start - first, stop - first)
        if not found and lost is None and frame <= len(frames):
            lost = frames.span(frame - 1)[0]
        copies += [[] for _ in range(len(found) - len(copies))]
        for copy, pieces in zip(copies, found, strict=False):
            copy += pieces
        start = max(stop, start + 1)
    return copies, lost


class _Parts:
    """The parts of one text; the last is kept."""

    def __init__(self, frames: Callable[[], Bodied]) -> None:
        self._frames = frames
        self._last: tuple[tuple[int, int, int], _Part] | None = None

    def of(self, text: _Text, frame: int, first: int, last: int) -> _Part:
        """What `frame` brought of the text: its characters from `first` to `last`."""
        key = (frame, first, last)
        if self._last is None or self._last[0] != key:
            self._last = (key, _Part(self._frames(), frame, text.cut(first, last)))
        return self._last[1]


class _Part:
    """What one frame brought of a text, and the strings of its event. Kept while secrets lie in it: a large
    event may hold many.
    """

    def __init__(self, frames: Bodied, frame: int, part: str) -> None:
        self._part = part
        self._is_ascii = part.isascii()
        self._readable: list[_Readable] = []
        self._same: list[_Readable] = []
        if not 0 < frame <= len(frames):
            return
        offset, end = frames.span(frame - 1)
        data = data_of(frames.content(offset, end).decode("latin-1"), offset, frames.body)
        if data is not None:
            whole = _latin(part)
            self._readable = [_Readable(data, first, last) for first, last in _strings(data)]
            self._same = [each for each in self._readable if each.text == whole]

    def pieces(self, first: int, last: int) -> list[list[Piece]]:
        """The bytes of its characters `first` to `last`, once for every string of the frame that is the part.

        Where none is, several strings made it, or it is in one: then each counts that holds what is looked
        for, if that is long enough to be no accident.
        """
        before = first if self._is_ascii else len(_latin(self._part[:first]))
        wanted = _latin(self._part[first:last])
        if self._same or len(wanted) < _NO_ACCIDENT:
            return [each.pieces(before, len(wanted)) for each in self._same]
        return [
            each.pieces(at, len(wanted)) for each in self._readable if (at := each.text.find(wanted)) >= 0
        ]


class _Readable:
    """A string of an event, its escapes undone."""

    def __init__(self, data: Data, start: int, end: int) -> None:
        self._data = data
        self._start = start
        raw = data.text[start:end]
        self._view = View(raw) if "\\" in raw else None
        self.text: str = raw if self._view is None else self._view.text

    def pieces(self, at: int, size: int) -> list[Piece]:
        """Where `size` of its bytes from `at` on stand in the body."""
        first, last = at, at + size
        if self._view is not None:
            first, last = self._view.original(first, last)
        return self._data.pieces(self._start + first, self._start + last)


def _strings(data: Data) -> Iterator[tuple[int, int]]:
    """The strings of JSON, or all of a text that is none."""
    if data.text.lstrip().startswith(("{", "[", '"')):
        return (
            (value.start, value.end)
            for value in values(data.text, _NO_FIELDS)
            if value.is_string and value.name not in CONSTANT
        )
    return iter([(0, len(data.text))])


def _latin(text: str) -> str:
    """Its UTF-8 bytes, a character each, as bodies are read here."""
    return text.encode("utf-8", "surrogatepass").decode("latin-1")
