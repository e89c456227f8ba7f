"""An exchange opened for viewing: rows, raw frames and facts of events, each read when it is asked for.

Knows an exchange and how much of a frame is worth reading for which pane; everything that it hands out to
be drawn is safe. Knows no widget and no width. Times are seconds since the anchor.
"""

from __future__ import annotations

import enum
import re
from bisect import bisect_left
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

import msgspec

from playhead import Exchange, Frame, FrameKind
from playhead.bodies import read_frame
from playhead.frames import Frames
from playhead_viewer.source.chunks import ReadableChunks
from playhead_viewer.source.facts import Kind, added_text, kind_of
from playhead_viewer.source.loader import Loader
from playhead_viewer.text.safe import Safe, safe, safe_bytes, shortened

if TYPE_CHECKING:
    from playhead.protocols.blocks import BlockLog
    from playhead.protocols.record import Record

STALL = 0.5
"""Seconds between two frames from which on a gap is flagged."""
_ROWS_KEPT = 1024
_PREVIEW = 512
_NAMED = 80
_RAW = 16 * 1024
# Longer frames are not read whole: a preview shows how they begin, panes say their size.
READ_AT_MOST = 64 * 1024
_LINE = re.compile(rb"([^\r\n]*)(\r\n|\r|\n|\Z)")
_TYPE = re.compile(r'\A\s*\{\s*"type"\s*:\s*"([^"\\]{1,80})"')


class Anchor(enum.StrEnum):
    """From where times on the screen are counted."""

    REQUEST = "request"
    RESPONSE = "response head"
    CHUNK = "first chunk"


class Row(msgspec.Struct, frozen=True):
    """A line of the list. Times are in seconds, `None` where unknown; the first row has no gap."""

    number: int
    t: float | None
    gap: float | None
    kind: Kind
    block: int | None
    preview: Safe
    is_text: bool
    """Whether the preview is streamed text, rather than what the frame looks like."""


class Piece(msgspec.Struct, frozen=True):
    """What one chunk brought of a frame: lines, each with the pictures of its line end."""

    chunk: int
    size: int
    """Bytes of the chunk in this frame."""
    chunk_size: int
    t: float | None
    lines: tuple[tuple[Safe, Safe], ...]


class Raw(msgspec.Struct, frozen=True):
    """A frame as bytes. `more` is how many bytes of it are not shown."""

    pieces: tuple[Piece, ...]
    more: int


class Break(msgspec.Struct, frozen=True):
    """Damage on a line of the file, before an event or behind the last."""

    line: int
    number: int
    is_behind: bool = False


class Stream:
    """The exchange that is shown. Frames are asked for by number, from 1, as users count.

    It grows with its exchange; `refresh` takes note of that. `loader.lock` is held by whoever asks while
    the exchange may still grow. A row's preview has at most `previews` characters.
    """

    def __init__(self, loader: Loader, place: int, *, previews: int = _PREVIEW) -> None:
        self._previews = previews
        self.loader: Loader = loader
        self.place: int = place
        self.exchange: Exchange = loader.exchange(place)
        self._read_so_far: tuple[Record | None, OrderedDict[int, Row]] = None, OrderedDict()
        """What was read, and the rows made of it: together, for a thread puts others in their place."""
        self._zero: float | None = None
        self.anchor: Anchor | None = None
        """`None` where no time is known."""
        self.count: int = 0
        """The events there are, as of the last `refresh`."""
        self.is_over: bool = False
        """Whether all of it is there, as of then: it has ended, whatever else is still recorded, or the file
        has. What is said of it from then on is final."""
        self.body_size: int = 0
        """Bytes in the body, counted only where it has no frames."""
        self.missing: int = 0
        """How many chunks the ending tells of that are not there, as of the last `refresh`."""
        self._breaks: Sequence[Break] = ()
        self._breaks_known: tuple[object, ...] = (0, False, 0, 0)
        self.refresh()

    @property
    def frames(self) -> Frames:
        return self.exchange.frames

    @property
    def record(self) -> Record | None:
        """What the protocol's reader wrote; `None` until `read` was called."""
        return self._read_so_far[0]

    def read(self) -> None:
        """Have the protocol's reader read what there is; it goes on as the exchange grows."""
        if self.is_over:  # it does not grow: a long reading need not keep others from the stream
            self._take(self.exchange.reading.record)
            return
        with self.loader.lock:
            self._take(self.exchange.reading.record)

    def breaks(self) -> Sequence[Break]:
        """Where damage tore events out: lines that are none, and the chunk that could not be decoded."""
        known = len(self.loader.damages), self.chunks.damage is not None, self.missing, self.count
        if known != self._breaks_known:
            with self.loader.lock:
                self._breaks = tuple(self._find_breaks()) if self.count else ()
            self._breaks_known = known
        return self._breaks

    def _find_breaks(self) -> Iterator[Break]:
        chunks, numbers = self.exchange.chunks, self.frames.chunk_numbers
        found: dict[int, int] = {}
        if self.missing and len(chunks):
            # Nobody can read of which exchange a line was: one that lacks chunks lacks those of its time.
            lines = [damage.line for damage in self.loader.damages]
            inside = [line for line in lines if chunks.line(1) < line < chunks.line(len(chunks))]
            behind = [line for line in lines if line > chunks.line(len(chunks))]
            for line in (*inside, *behind[: max(self.missing - len(inside), 0)]):
                places = range(len(chunks))
                found[line] = bisect_left(places, line, key=lambda at: chunks.line(at + 1))
        if self.chunks.damage is not None:
            line = self.chunks.damage.line
            found[line] = len(chunks)
        for line, chunk in sorted(found.items()):
            place = bisect_left(numbers, chunk + 1)
            yield Break(line, min(place + 1, self.count), is_behind=place >= self.count)

    def refresh(self) -> None:
        """Take note of what has come."""
        with self.loader.lock:
            self.loader.mend(self.exchange)
            if self.anchor is not Anchor.REQUEST:
                self._zero, self.anchor = _anchor(self.exchange)
            self.count = len(self.frames)
            self.is_over = self.loader.is_over or self.exchange.is_over
            told = self.exchange.ending.chunks
            self.missing = 0 if told is None else max(told - len(self.exchange.chunks), 0)
            if self.record is not None:
                self._take(self.exchange.reading.record)
            if not self.count and self.is_over:
                self.body_size = sum(len(chunk.data) for chunk in self.chunks.after(0))

    def _take(self, record: Record) -> None:
        # Another record: the stream proved to be of another protocol.
        if record is not self.record:
            self._read_so_far = record, OrderedDict()

    @property
    def chunks(self) -> ReadableChunks:
        return self.loader.chunks(self.exchange)

    def __len__(self) -> int:
        return self.count

    # Times.

    def time(self, number: int) -> float | None:
        """When frame `number` was complete."""
        return self.since(self.exchange.chunks.time(self.frames.chunk_numbers[number - 1]))

    def chunk_time(self, chunk: int) -> float | None:
        """When a chunk arrived."""
        return self.since(self.exchange.chunks.time(chunk))

    def since(self, t: float | None) -> float | None:
        """A time of the cassette, in seconds since the anchor."""
        return None if t is None or self._zero is None else t - self._zero

    def gap(self, number: int) -> float | None:
        """The time from the frame before; `None` for the first, and beside an unknown time."""
        if number < 2:
            return None
        numbers, times = self.frames.chunk_numbers, self.exchange.chunks
        if numbers[number - 1] == numbers[number - 2]:
            return None if times.time(numbers[number - 1]) is None else 0.0
        t, before = times.time(numbers[number - 1]), times.time(numbers[number - 2])
        return None if t is None or before is None else t - before

    # What a frame is.

    def kind(self, number: int) -> tuple[Kind, int | None]:
        """What frame `number` does, and to which block."""
        return kind_of(self.record, self.frames.kind(number - 1), number)

    def size(self, number: int) -> int:
        """Bytes of frame `number`, with the blank lines behind it."""
        start, end = self.frames.span(number - 1)
        return end - start

    def frame(self, number: int, limit: int = READ_AT_MOST) -> Frame:
        """Frame `number`; one of more than `limit` bytes as its beginning tells it."""
        start, end = self.frames.span(number - 1)
        if end - start <= limit:
            return self.frames[number - 1]
        frames = self.frames
        return read_frame(frames.body, frames.content(start, start + min(limit, _PREVIEW * 2)), start, 1)

    def is_long(self, number: int) -> bool:
        """Whether a frame is too long to be read whole for every step."""
        return self.size(number) > READ_AT_MOST

    def type(self, number: int) -> str:
        """The event's name; where it has none, the `type` that its payload begins with."""
        frame = self.frame(number)
        if frame.event and frame.event != "message":
            return frame.event
        found = _TYPE.match(frame.data or "")
        return found[1] if found else ""

    def added(self, number: int) -> str | None:
        """The text that frame `number` brought, as it came: to be made safe by whoever draws it."""
        return added_text(self.record, number)

    # Rows and raw frames.

    def row(self, number: int) -> Row:
        """The row of frame `number`."""
        _, rows = self._read_so_far  # before it is asked what was read: what the old one said must not stay
        row = rows.get(number)
        if row is None:
            with self.loader.lock:
                row = self._row(number)
            # The last frame may still grow: the blank lines behind it are its own.
            if number < self.count or self.is_over:
                rows[number] = row
                while len(rows) > _ROWS_KEPT:
                    rows.popitem(last=False)
        return row

    def raw(self, number: int) -> Raw:
        """The bytes of frame `number`, the blank lines behind it included."""
        with self.loader.lock:
            start, end = self.frames.span(number - 1)
            shown = min(end, start + _RAW)
            return Raw(self._pieces(self.frames.pieces(start, shown)), end - shown)

    def raw_body(self) -> Raw:
        """The beginning of the body, where it has no frames."""
        left = _RAW
        pieces: list[tuple[int, bytes]] = []
        for chunk in self.chunks.after(0):
            if left <= 0:
                break
            data = chunk.data[:left]
            pieces.append((chunk.number, data))
            left -= len(data)
        return Raw(self._pieces(pieces), max(self.body_size - (_RAW - left), 0))

    def _pieces(self, pieces: Iterable[tuple[int, bytes]]) -> tuple[Piece, ...]:
        return tuple(
            Piece(number, len(data), len(self.chunks[number - 1].data), self.chunk_time(number), _lines(data))
            for number, data in pieces
        )

    def _row(self, number: int) -> Row:
        kind, block = self.kind(number)
        preview, is_text = self._preview(number, kind, block)
        t = self.time(number)
        return Row(number, t, self.gap(number), kind, block, preview, is_text)

    def _preview(self, number: int, kind: Kind, block: int | None) -> tuple[Safe, bool]:
        record = self.record
        if block is not None and kind in (Kind.OPEN, Kind.CLOSE) and record is not None:
            return _titled(record.blocks[block - 1]), False
        at, limit = number - 1, self._previews
        start, end = self.frames.span(at)
        if self.frames.kind(at) is not FrameKind.EVENT:
            return safe_bytes(self.frames.content(start, min(end, start + limit)).rstrip(b"\r\n")), False
        added = self.added(number)
        if added is not None:
            # Quotes show where text begins and ends; JSON has quotes of its own.
            quote = "" if kind is Kind.JSON else '"'
            return safe(f"{quote}{shortened(added, limit)}{quote if len(added) <= limit else ''}"), True
        frame = self.frame(number)
        name = "" if frame.event in (None, "message") else f"{frame.event} "
        data = frame.data or ""
        if self.is_long(number):  # only its beginning was read
            return safe(f"{name}{data[:limit]}… {self.size(number):,} bytes in all"), False
        return safe(f"{name}{shortened(data, limit)}"), False


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


def _titled(block: BlockLog) -> Safe:
    """What a block is, and a tool's name."""
    name = block.name.latest
    return safe(" ".join(shortened(part, _NAMED) for part in (block.type, name) if isinstance(part, str)))


def _lines(data: bytes) -> tuple[tuple[Safe, Safe], ...]:
    found = ((match[1], match[2]) for match in _LINE.finditer(data) if match[0])
    return tuple((safe_bytes(line), safe_bytes(end)) for line, end in found)
