"""Plain SSE: every event is data, JSON or text. What no other protocol claims is read by this one.

The message is a list of the events as an `EventSource` listener would get them.
"""

from __future__ import annotations

from playhead.protocols.base import Certainty, Clues, Reader
from playhead.protocols.blocks import BlockKind
from playhead.protocols.ledger import Fields, Json, Series
from playhead.protocols.payload import NotJson, parse
from playhead.protocols.record import Record
from playhead.sse import Frame, FrameKind


class PlainReader:
    """Each event is a block of its own, complete at once."""

    def __init__(self, record: Record) -> None:
        self._record = record
        self._events = Series()
        record.message = Fields(0, {"events": self._events})

    def feed(self, number: int, frame: Frame) -> None:
        if frame.kind is not FrameKind.EVENT:
            return
        data = frame.data or ""
        block = self._record.open_block(number, BlockKind.DATA, frame.event or "message")
        value = _value(data)
        if isinstance(value, str):
            self._record.grow(number, block, value)
            self._events.append(number, Fields(number, {"event": block.type, "data": block.text}))
        else:
            block.data.set(number, value)
            self._record.grow_otherwise(number, block)
            self._events.append(number, {"event": block.type, "data": value})
        block.closed = number

    def close(self, number: int) -> None:
        """Plain SSE has no end of its own: nothing can be missing."""

    def read_body(self, body: bytes) -> None:
        text = body.decode("utf-8", "replace")
        self.feed(1, Frame(FrameKind.EVENT, 0, len(body), 1, "message", text))


def _value(data: str) -> Json:
    """The JSON in `data` where it is an object or a list; else the text itself."""
    if not data.lstrip().startswith(("{", "[")):
        return data
    try:
        return parse(data)
    except NotJson:
        return data


class Plain:
    name = "plain"
    title = "plain SSE"

    def recognise(self, clues: Clues) -> Certainty:
        return Certainty.FALLBACK

    def reader(self, record: Record, clues: Clues) -> Reader:
        return PlainReader(record)


PROTOCOL = Plain()
