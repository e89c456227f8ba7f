"""The incremental SSE decoder.

Two readers of one grammar. Nearly every block of a real stream is `event: NAME`, `data: VALUE`, blank, or
`data: VALUE`, blank, with the same name as the one before: that shape is recognised by its prefix and
one search. Every other block goes to the line machine (`lines`), which knows every rule.

Knows bytes and frames. Never reads a clock: the caller numbers time by chunks.
"""

from __future__ import annotations

import re

from playhead.sse.frames import Frame, FrameKind
from playhead.sse.lines import LineMachine

# What stands before the value in a block of the common shape.
_PREFIX = re.compile(rb"(?:event: (.+)\n)?data: ")
# Beyond this an unfinished block is handed to the line machine: joining it anew with each chunk would
# make one long line cost the square of its length.
_MAX_TAIL = 16 * 1024
_EVENT = FrameKind.EVENT
# Numbers, because `in` costs ten times as much with a bytes operand.
_LF = 10
_CR = 13


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
        "_name",
        "_open",
        "_position",
        "_prefix",
        "_skip",
        "_tail",
    )

    def __init__(self) -> None:
        self._machine = LineMachine()
        self._open = False  # the machine stands inside a block
        self._tail = bytearray()  # else: the bytes of an unfinished block, never a CR among them
        self._position = 0  # of the first byte not yet read, the tail not counted as read
        self._chunk = 0
        self._prefix = b"data: "  # of the last block of the common shape
        self._skip = len(self._prefix)
        self._name = "message"  # the event type that goes with the prefix
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
        self._chunk += 1
        if tail := self._tail:
            if _LF not in chunk and _CR not in chunk:
                tail += chunk
                return []
            chunk = bytes(tail) + chunk
            tail.clear()
        elif self._open:
            return self._feed_open(chunk)
        if (
            chunk.startswith(self._prefix)
            and chunk.find(b"\n", self._skip) == len(chunk) - 2
            and chunk[-1] == _LF
            and _CR not in chunk
        ):
            # Most chunks are one block of the shape seen last: read it here, without a further call.
            start = self._position
            self._position = end = start + len(chunk)
            data = chunk[self._skip : -2].decode("utf-8", "replace")
            return [Frame(_EVENT, start, end, self._chunk, self._name, data, self._last_event_id)]
        cut = chunk.rfind(b"\n\n") + 2
        if cut < 2:
            return self._keep(chunk)
        if cut == len(chunk):
            return self._read_blocks(chunk)
        frames = self._read_blocks(chunk[:cut])
        frames += self._keep(chunk[cut:])
        return frames

    def close(self) -> list[Frame]:
        """The stream has ended: a `TAIL` frame, if something stood unterminated."""
        if self._tail:
            self._read_lines(bytes(self._tail))
            self._tail.clear()
        return self._machine.close(self._chunk)

    def _feed_open(self, chunk: bytes) -> list[Frame]:
        """The machine reads on, to the next LF LF: from there the common shape may begin again."""
        cut = chunk.find(b"\n\n") + 2
        if cut < 2 or cut == len(chunk):
            return self._read_lines(chunk)
        frames = self._read_lines(chunk[:cut])
        cut_last = chunk.rfind(b"\n\n") + 2
        if cut_last > cut:
            frames += self._read_blocks(chunk[cut:cut_last])
        if cut_last < len(chunk):
            frames += self._keep(chunk[cut_last:])
        return frames

    def _keep(self, rest: bytes) -> list[Frame]:
        """Begin an unfinished block. A CR may have ended it already, so the machine must look at once."""
        if _CR in rest or len(rest) > _MAX_TAIL:
            return self._read_lines(rest)
        self._tail += rest
        return []

    def _read_blocks(self, blocks: bytes) -> list[Frame]:
        """Read whole blocks, ended by LF LF."""
        if _CR in blocks:
            return self._read_lines(blocks)
        if blocks[0] == _LF:
            # Blank lines between blocks: a separator below must not be found across them.
            size = len(blocks)
            blocks = blocks.lstrip(b"\n")
            self._position += size - len(blocks)
            if not blocks:
                return []
        if not blocks.startswith(self._prefix):
            self._learn(blocks)
        frames: list[Frame] = []
        add = frames.append
        chunk, name, around = self._chunk, self._name, self._skip + 2
        # What stands between two separators is the value of one block and nothing else, or it shows a LF.
        before, *values = (b"\n\n" + blocks[:-2]).split(b"\n\n" + self._prefix)
        if before:
            frames += self._read_lines(before[2:] + b"\n\n")
        position, last_event_id = self._position, self._last_event_id
        for value in values:
            if _LF not in value:
                start = position
                position += len(value) + around
                add(
                    Frame(
                        _EVENT, start, position, chunk, name, value.decode("utf-8", "replace"), last_event_id
                    )
                )
            else:
                self._position = position
                frames += self._read_lines(self._prefix + value + b"\n\n")
                position = self._position
                last_event_id = self._last_event_id
        self._position = position
        return frames

    def _learn(self, blocks: bytes) -> None:
        """Take the first block's prefix for the known one, if it is of the common shape."""
        match = _PREFIX.match(blocks)
        if match is not None:
            self._prefix = match[0]
            self._skip = len(match[0])
            self._name = (match[1] or b"message").decode("utf-8", "replace")

    def _read_lines(self, data: bytes) -> list[Frame]:
        machine = self._machine
        if not self._open:
            machine.skip_to(self._position)
        frames = machine.feed(data, self._chunk)
        self._position += len(data)
        self._open = machine.open
        self._last_event_id = machine.last_event_id
        return frames
