"""The incremental SSE decoder.

Two readers of one grammar. Nearly every block of a real stream is `event: NAME`, `data: VALUE`, blank, or
`data: VALUE`, blank, with the name and the line ends of the one before: that shape is recognised by what
stands around its value, many blocks at a time. Every other block goes to the line machine (`lines`),
which knows every rule.

Knows bytes and frames. Never reads a clock: the caller numbers time by chunks.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from playhead.sse.frames import Frame, FrameKind
from playhead.sse.lines import LineMachine

# What may stand before the `data` line in a block of the common shape.
_EVENT_LINE = re.compile(rb"event: ([^\r\n]{1,200})\r?\n")
# Nobody uses more event types, or longer ones; a stream that does is read all the same.
_MANY_NAMES = 256
_LF_BLANK = b"\n\n"
_CRLF_BLANK = b"\r\n\r\n"
# Behind this, no block stands open, whatever came before.
_CLOSED = re.compile(rb"\n\r?\n")
# Any blank line, of any line ends, with the end of the line before it.
_BLANK = re.compile(rb"\n[\r\n]|\r\r")
# Beyond this an unfinished block is handed to the line machine: joining it anew with each chunk would
# make one long block cost the square of its length.
_MAX_KEPT = 4 * 1024
# How many chunks of an unfinished block are held apart at most. A list of single bytes takes its room.
_MANY = 1024
# In so short a chunk a blank line is looked for before anything is joined.
_SHORT = 16
# Larger buffers are read in pieces, because what is split at once should fit the processor's cache.
_PIECE = 32 * 1024
_EVENT = FrameKind.EVENT
# Numbers, because `in` costs ten times as much with a bytes operand.
_LF = 10
_CR = 13


class _Shape(NamedTuple):
    """What stands around a value in the blocks that are looked for."""

    prefix: bytes
    blank: bytes
    """The end of the last line and the blank line."""
    name: str
    lead: str
    """The prefix, a byte a character."""
    separator: str
    """What stands between two values: `blank` and `prefix`, a byte a character."""


def _shape(prefix: bytes, blank: bytes, name: str) -> _Shape:
    return _Shape(prefix, blank, name, prefix.decode("latin-1"), (blank + prefix).decode("latin-1"))


class Decoder:
    """Bytes in, frames out; one instance a stream.

    >>> decoder = Decoder()
    >>> [frame.data for frame in decoder.feed(b"data: a\\n\\ndata: b")]
    ['a']
    >>> [frame.kind.value for frame in decoder.close()]
    ['tail']
    """

    __slots__ = (
        "_chunk",
        "_last_event_id",
        "_machine",
        "_names",
        "_open",
        "_parts",
        "_position",
        "_seen",
        "_shape",
    )

    def __init__(self) -> None:
        self._machine = LineMachine()
        self._open = False  # the machine stands inside a block, or behind a CR
        self._parts: list[bytes] = []  # else: an unfinished block, no blank line in it
        self._position = 0  # of the first byte not yet read; the parts are not read
        self._chunk = 0  # the number of the last chunk fed, or of the first of the parts
        self._shape = _shape(b"data: ", _LF_BLANK, "message")
        self._seen: bytes | None = None  # what stood before `data: ` in the last block of another shape
        self._names = {b"": "message"}  # the event type by what stands before `data: `
        self._last_event_id = ""

    @property
    def last_event_id(self) -> str:
        """What a reconnecting client would send as `Last-Event-ID` now."""
        return self._last_event_id

    @property
    def retry(self) -> int | None:
        """The reconnection time in milliseconds, where the stream has set one.

        A `retry` line counts when its block is complete, or at `close`.
        """
        return self._machine.retry

    def feed(self, chunk: bytes) -> list[Frame]:
        """The frames that this chunk completes. An empty chunk counts as a chunk."""
        parts = self._parts
        if parts:
            if len(parts) < _MANY and (
                (_LF not in chunk and _CR not in chunk)
                or (len(chunk) < _SHORT and parts[-1] and not _BLANK.search(parts[-1][-1:] + chunk))
            ):
                parts.append(chunk)  # it completes nothing
                return []
            self._chunk += len(parts)
            parts.append(chunk)
            chunk = b"".join(parts)
            parts.clear()
        else:
            self._chunk += 1
            if self._open:
                return self._feed_open(chunk)
        prefix, blank, name, _, _ = self._shape
        if chunk.startswith(prefix) and chunk.endswith(blank):
            value = chunk[len(prefix) : -len(blank)]
            if _LF not in value and _CR not in value:
                # Most chunks are one block of the shape looked for: read it here, without a further call.
                start = self._position
                self._position = end = start + len(chunk)
                if blank is not _LF_BLANK:
                    end -= 1
                data = value.decode("utf-8", "replace")
                return [Frame(_EVENT, start, end, self._chunk, name, data, self._last_event_id)]
        return self._feed_closed(chunk)

    def close(self) -> list[Frame]:
        """The stream has ended: a `TAIL` frame, if something stood unterminated."""
        if parts := self._parts:
            self._chunk += len(parts) - 1
            self._read_lines(b"".join(parts))
            parts.clear()
        return self._machine.close(self._chunk)

    def _feed_open(self, chunk: bytes) -> list[Frame]:
        """The machine reads on to where no block is open: the common shape may begin again there."""
        closed = _CLOSED.search(chunk)
        if closed is None:
            return self._read_lines(chunk)
        frames = self._read_lines(chunk[: closed.end()])
        frames += self._feed_closed(chunk[closed.end() :])
        return frames

    def _feed_closed(self, chunk: bytes) -> list[Frame]:
        """Read whole blocks as far as there are, and keep the rest."""
        last = chunk.rfind(self._shape.blank)
        if last < 0:
            last = self._try_other_line_ends(chunk)
            if last < 0:
                return self._keep(chunk)
        blank = self._shape.blank
        size = len(blank)
        frames: list[Frame] = []
        at = 0
        while last - at > _PIECE and (found := chunk.find(blank, at + _PIECE, last)) >= 0:
            self._read_blocks(chunk[at:found], frames)
            at = found + size
        self._read_blocks(chunk[at:last], frames)
        if last + size < len(chunk):
            frames += self._keep(chunk[last + size :])
        return frames

    def _try_other_line_ends(self, chunk: bytes) -> int:
        """Where the last block of `chunk` ends by the other line ends, which then are looked for; or -1."""
        prefix, blank, name, _, _ = self._shape
        other = _CRLF_BLANK if blank is _LF_BLANK else _LF_BLANK
        last = chunk.rfind(other)
        if last >= 0:
            self._shape = _shape(prefix, other, name)
        return last

    def _keep(self, rest: bytes) -> list[Frame]:
        """Begin an unfinished block, unless other line ends than the ones expected have ended it."""
        other_ends = _CR in rest or self._shape.blank is not _LF_BLANK
        if len(rest) > _MAX_KEPT or (other_ends and _BLANK.search(rest)):
            return self._read_lines(rest)
        self._parts.append(rest)
        return []

    def _read_blocks(self, blocks: bytes, frames: list[Frame]) -> None:
        """Add the frames of whole blocks to `frames`; the end of the last block is left away.

        Between two prefixes stands the value of one block and nothing else, or it shows a line end.
        """
        _, blank, name, lead, separator = self._shape
        crlf = blank is not _LF_BLANK
        if not crlf and _CR in blocks:
            frames += self._read_lines(blocks + blank)
            return
        begin = self._position
        add = frames.append
        # A byte a character, so that lengths are lengths in bytes.
        text = blocks.decode("latin-1")
        ascii_only = text.isascii()
        values = text.split(separator)
        if text.startswith(lead):
            values[0] = values[0][len(lead) :]
        else:
            frames += self._read_others(blocks[: len(values.pop(0))])
        around = len(separator)
        chunk, last_event_id, position = self._chunk, self._last_event_id, self._position
        for value in values:
            start = position
            position += len(value) + around
            if "\n" in value or (crlf and "\r" in value):
                self._position = start
                frames += self._read_others(blocks[start - begin : position - begin - len(blank)])
                last_event_id = self._last_event_id
                continue
            data = value if ascii_only else value.encode("latin-1").decode("utf-8", "replace")
            add(Frame(_EVENT, start, position - 1 if crlf else position, chunk, name, data, last_event_id))
        self._position = position

    def _read_others(self, blocks: bytes) -> list[Frame]:
        """Read whole blocks of any shape, one by one; again without the last one's end.

        A prefix seen twice in a row becomes the one that is looked for.
        """
        frames: list[Frame] = []
        blank = self._shape.blank
        lag = 0 if blank is _LF_BLANK else 1
        for block in blocks.split(blank):
            head, field, value = block.partition(b"data: ")
            name = self._names.get(head) or self._name(head)
            if name is None or not field or _LF in value or _CR in value:
                frames += self._read_lines(block + blank)
                continue
            if head == self._seen:
                self._shape = _shape(head + field, blank, name)
            self._seen = head
            start = self._position
            self._position = end = start + len(block) + len(blank)
            data = value.decode("utf-8", "replace")
            frames.append(Frame(_EVENT, start, end - lag, self._chunk, name, data, self._last_event_id))
        return frames

    def _name(self, head: bytes) -> str | None:
        """The event type that this line gives; `None` if it is no `event: NAME` line. Known ones are kept."""
        match = _EVENT_LINE.fullmatch(head)
        if match is None:
            return None
        if len(self._names) > _MANY_NAMES:
            self._names = {b"": "message"}
        name = self._names[head] = match[1].decode("utf-8", "replace")
        return name

    def _read_lines(self, data: bytes) -> list[Frame]:
        machine = self._machine
        if not self._open:
            machine.skip_to(self._position)
        frames = machine.feed(data, self._chunk)
        self._position += len(data)
        self._open = machine.open
        self._last_event_id = machine.last_event_id
        return frames
