"""The line-by-line machine: every rule of the standard, for the blocks that are not of the common shape.

Source: WHATWG HTML, "Parsing an event stream" and "Interpreting an event stream". Works on bytes; text
is decoded only when a block is complete, which is the same as decoding the stream first, because no
part of a multi-byte character is CR or LF and a broken character never swallows one.
"""

from __future__ import annotations

import re

from playhead.sse.frames import Frame, FrameKind

_LINE_END = re.compile(rb"\r\n?|\n")
_BOM = b"\xef\xbb\xbf"
# Numbers, because `in` costs ten times as much with a bytes operand.
_LF = 10
_CR = 13
# Python refuses to convert longer digit strings; no reconnection time needs more.
_MAX_RETRY_DIGITS = 4000


class Block:
    """The lines of one block, gathered until the blank line."""

    __slots__ = ("comments", "data", "event", "id", "other", "retry", "start")

    def __init__(self, start: int) -> None:
        self.start: int = start
        self.data: list[bytes] = []
        self.event: bytes | None = None
        self.id: bytes | None = None
        self.retry: int | None = None
        self.comments: list[bytes] = []
        self.other: list[bytes] = []

    def add(self, line: bytes) -> None:
        colon = line.find(b":")
        if colon < 0:
            name, value = line, b""
        else:
            name = line[:colon]
            value = line[colon + (2 if line.startswith(b" ", colon + 1) else 1) :]
        if name == b"data":
            self.data.append(value)
        elif name == b"":
            self.comments.append(value)
        elif name == b"event":
            self.event = value
        elif name == b"id" and b"\0" not in value:
            self.id = value
        elif name == b"retry" and value.isdigit() and len(value) <= _MAX_RETRY_DIGITS:
            self.retry = int(value)
        else:
            self.other.append(line)

    def kind(self) -> FrameKind:
        if self.data:
            return FrameKind.EVENT
        if self.event is not None or self.other:
            return FrameKind.DATALESS
        match self.id is not None, self.retry is not None:
            case True, False:
                return FrameKind.ID
            case False, True:
                return FrameKind.RETRY
            case False, False:
                return FrameKind.COMMENT
            case _:
                return FrameKind.DATALESS

    def frame(self, kind: FrameKind, end: int, chunk: int, last_event_id: str) -> Frame:
        event = _text(self.event) if self.event is not None else None
        return Frame(
            kind,
            self.start,
            end,
            chunk,
            (event or "message") if kind is FrameKind.EVENT else event,
            _text(b"\n".join(self.data)) if self.data else None,
            last_event_id,
            self.retry,
            _text(b"\n".join(self.comments)) if self.comments else None,
            _text(b"\n".join(self.other)) if self.other else None,
        )


class LineMachine:
    """Lines to frames, any bytes, any cuts. `open` tells whether it stands inside a block."""

    __slots__ = ("_block", "_line", "_line_start", "_position", "_skip_lf", "last_event_id", "retry")

    def __init__(self) -> None:
        self._position = 0
        self._line = bytearray()
        self._line_start = 0
        self._skip_lf = False
        self._block: Block | None = None
        self.last_event_id: str = ""
        self.retry: int | None = None

    @property
    def open(self) -> bool:
        return self._block is not None or bool(self._line) or self._skip_lf

    def skip_to(self, position: int) -> None:
        """The stream went on elsewhere up to `position`; legal only while not `open`."""
        self._position = self._line_start = position

    def feed(self, data: bytes, chunk: int) -> list[Frame]:
        """Frames completed by `data`, which is the whole or a part of chunk number `chunk`."""
        frames: list[Frame] = []
        if not data:
            return frames
        base = self._position
        self._position = base + len(data)
        if _LF not in data and _CR not in data:
            self._line += data
            self._skip_lf = False
            return frames
        at = 0
        if self._skip_lf:
            self._skip_lf = False
            if data.startswith(b"\n"):
                at = 1
                self._line_start = base + 1
        for end in _LINE_END.finditer(data, at):
            stop = end.start()
            line = data[at:stop]
            if self._line:
                self._line += line
                line = bytes(self._line)
                self._line.clear()
            frame = self._take(line, base + stop + 1, chunk)
            if frame is not None:
                frames.append(frame)
            at = end.end()
            self._line_start = base + at
        self._line += data[at:]
        self._skip_lf = at == len(data) and data.endswith(b"\r")
        return frames

    def close(self, chunk: int) -> list[Frame]:
        """The unterminated tail, if the stream ended in one. Nothing of it is committed."""
        if self._line and not self._is_lone_bom(self._line):
            self._gather(bytes(self._line))
        self._line.clear()
        block, self._block = self._block, None
        if block is None:
            return []
        return [block.frame(FrameKind.TAIL, self._position, chunk, self.last_event_id)]

    def _take(self, line: bytes, end: int, chunk: int) -> Frame | None:
        if line and not self._is_lone_bom(line):
            gathered = self._gather(line)
            if gathered.retry is not None:
                self.retry = gathered.retry  # unlike an id, at once
            return None
        block, self._block = self._block, None
        if block is None:
            return None
        if block.id is not None:
            self.last_event_id = _text(block.id)
        return block.frame(block.kind(), end, chunk, self.last_event_id)

    def _is_lone_bom(self, line: bytes | bytearray) -> bool:
        """Whether the line is empty once the stream's byte order mark is gone."""
        return self._line_start == 0 and line == _BOM

    def _gather(self, line: bytes) -> Block:
        block = self._block
        if block is None:
            block = self._block = Block(self._line_start)
        if self._line_start == 0 and line.startswith(_BOM):
            line = line[len(_BOM) :]
        block.add(line)
        return block


def read_block(data: bytes, start: int, chunk: int, last_event_id: str) -> Frame:
    """The frame whose span holds `data`, read again: as the decoder emitted it."""
    machine = LineMachine()
    machine.skip_to(start)
    machine.last_event_id = last_event_id
    frames = machine.feed(data, chunk) or machine.close(chunk)
    return frames[0]


def _text(value: bytes) -> str:
    return value.decode("utf-8", "replace")
