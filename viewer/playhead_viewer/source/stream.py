"""An exchange opened for viewing: rows, raw frames and text, each read when it is asked for.

Knows an exchange and how much of a frame is worth reading for which pane; everything that it hands out is
safe to draw. Knows no widget and no width.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from playhead import Exchange, Frame, FrameKind
from playhead.bodies import BodyKind, read_frame
from playhead.frames import Frames
from playhead.protocols.first_text import visible_text
from playhead_viewer.safe import Safe, safe, safe_bytes, safe_lines, shortened
from playhead_viewer.source.chunks import RecentChunks, Watch
from playhead_viewer.source.texts import Reading, Texts

STALL = 0.5
"""Seconds between two frames from which on a gap is flagged."""
_ROWS_KEPT = 1024
_PREVIEW = 1024
_RAW = 16 * 1024
_ADDED = 16 * 1024
# Longer frames are not parsed: their preview shows how they begin, the text pane says their size.
_PARSED_FOR_ROW = 64 * 1024
_PARSED_FOR_TEXT = 1024 * 1024
_LINE = re.compile(rb"([^\r\n]*)(\r\n|\r|\n|\Z)")


class Anchor(enum.StrEnum):
    """From where times on the screen are counted."""

    REQUEST = "request"
    RESPONSE = "response head"
    CHUNK = "first chunk"


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the list. Times are in seconds, `None` where unknown; the first row has no gap."""

    number: int
    t: float | None
    gap: float | None
    kind: FrameKind
    preview: Safe
    is_text: bool
    """Whether the preview is streamed text, rather than what the frame looks like."""


@dataclass(frozen=True, slots=True)
class Piece:
    """What one chunk brought of a frame: lines, each with the pictures of its line end."""

    chunk: int
    size: int
    """Bytes of the chunk in this frame."""
    chunk_size: int
    t: float | None
    lines: tuple[tuple[Safe, Safe], ...]


@dataclass(frozen=True, slots=True)
class Raw:
    """A frame as bytes. `more` is how many bytes of it are not shown."""

    pieces: tuple[Piece, ...]
    more: int


class Stream:
    """Indexes the exchange's frames when it is made: a second or so for a million of them."""

    def __init__(self, exchange: Exchange, watch: Watch) -> None:
        self.exchange = exchange
        self.chunks = RecentChunks(exchange.chunks, watch)
        self.frames = Frames(self.chunks, exchange.body_kind)
        self.body_size = 0 if self.frames else sum(len(chunk.data) for chunk in self.chunks)
        """Bytes in the body, counted only where it has no frames."""
        self._zero, self.anchor = _anchor(exchange)
        """`anchor` is `None` where no time is known."""
        self._texts = Texts(len(self.frames), self._added)
        self.row = lru_cache(_ROWS_KEPT)(self._row)

    def __len__(self) -> int:
        return len(self.frames)

    def time(self, chunk: int) -> float | None:
        """When a chunk arrived, in seconds since the anchor."""
        return self.since(self.exchange.chunks.time(chunk))

    def since(self, t: float | None) -> float | None:
        """A time of the cassette, in seconds since the anchor."""
        return None if t is None or self._zero is None else t - self._zero

    def text(self, at: int) -> Reading:
        """The text after the frame at `[at]`, and what that frame added."""
        return self._texts.at(at)

    def raw(self, at: int) -> Raw:
        """The bytes of the frame at `[at]`, the blank lines behind it included."""
        start, end = self.frames.span(at)
        shown = min(end, start + _RAW)
        return Raw(self._pieces(self.frames.pieces(start, shown)), end - shown)

    def raw_body(self) -> Raw:
        """The beginning of the body, where it has no frames."""
        left = _RAW
        pieces: list[tuple[int, bytes]] = []
        for place in range(len(self.chunks)):
            if left <= 0:
                break
            data = self.chunks[place].data[:left]
            pieces.append((place + 1, data))
            left -= len(data)
        return Raw(self._pieces(pieces), self.body_size - (_RAW - left))

    def _pieces(self, pieces: Iterable[tuple[int, bytes]]) -> tuple[Piece, ...]:
        return tuple(
            Piece(number, len(data), len(self.chunks[number - 1].data), self.time(number), _lines(data))
            for number, data in pieces
        )

    def _row(self, at: int) -> Row:
        kind = self.frames.kind(at)
        preview, is_text = self._preview(at, kind)
        chunk = self.frames.chunk_numbers[at]
        t = self.time(chunk)
        before = self.time(self.frames.chunk_numbers[at - 1]) if at else None
        gap = t - before if t is not None and before is not None else None
        return Row(at + 1, t, gap, kind, preview, is_text)

    def _preview(self, at: int, kind: FrameKind) -> tuple[Safe, bool]:
        start, end = self.frames.span(at)
        if kind is not FrameKind.EVENT:
            return safe_bytes(self.frames.content(start, min(end, start + _PREVIEW)).rstrip(b"\r\n")), False
        frame = self._frame(at, _PARSED_FOR_ROW)
        if frame is None:
            frame = _beginning(self.frames.body, self.frames.content(start, start + _PREVIEW))
        elif text := visible_text(frame.data or ""):
            return safe(f'"{text}"' if len(text) <= _PREVIEW else f'"{text[:_PREVIEW]}'), True
        name = "" if frame.event in (None, "message") else f"{frame.event} "
        return safe(f"{name}{(frame.data or '')[:_PREVIEW]}"), False

    def _frame(self, at: int, limit: int) -> Frame | None:
        start, end = self.frames.span(at)
        return self.frames[at] if end - start <= limit else None

    def _added(self, at: int) -> Safe:
        if self.frames.kind(at) is not FrameKind.EVENT:
            return Safe("")
        frame = self._frame(at, _PARSED_FOR_TEXT)
        if frame is None:
            start, end = self.frames.span(at)
            return Safe(f"⟨event {at + 1}: {end - start:,} bytes, too long to read for text⟩")
        return safe_lines(shortened(visible_text(frame.data or ""), _ADDED))


def _anchor(exchange: Exchange) -> tuple[float | None, Anchor | None]:
    request, response, chunks = exchange.request, exchange.response, exchange.chunks
    if request is not None:
        t = request.t if request.t is not None else request.t_start
        if t is not None:
            return t, Anchor.REQUEST
    if response is not None and response.t is not None:
        return response.t, Anchor.RESPONSE
    times = (chunks.time(number) for number in range(1, len(chunks) + 1))
    first = next((t for t in times if t is not None), None)
    return first, None if first is None else Anchor.CHUNK


def _beginning(body: BodyKind, data: bytes) -> Frame:
    """A frame that is too long to read whole, as its first bytes tell it."""
    return read_frame(body, data, 0, 1)


def _lines(data: bytes) -> tuple[tuple[Safe, Safe], ...]:
    found = ((match[1], match[2]) for match in _LINE.finditer(data) if match[0])
    return tuple((safe_bytes(line), safe_bytes(end)) for line, end in found)
