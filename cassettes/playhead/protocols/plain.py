"""Plain streams: every event is data, JSON or text. What no other protocol claims is read by this one.

The message is a list of the events as an `EventSource` listener would get them, or of the lines of a stream
of lines. Many such streams end with `[DONE]`; that it is missing says nothing.
"""

from __future__ import annotations

from playhead.protocols.base import Certainty, Clues, Reader
from playhead.protocols.blocks import BlockKind
from playhead.protocols.ledger import Fields, Json, Series
from playhead.protocols.payload import NotJson, parse
from playhead.protocols.record import Record
from playhead.protocols.remarks import RemarkKind
from playhead.sse import Frame, FrameKind

_DONE = "[DONE]"
_ERROR_STATUS = 400


class PlainReader:
    """Each event is a block of its own, complete at once; `[DONE]` is none, and ends the message."""

    def __init__(self, record: Record, status: int | None = None) -> None:
        self._record = record
        self._status = status
        self._events = Series()
        record.message = Fields(0, {"events": self._events})

    def feed(self, number: int, frame: Frame) -> None:
        if frame.kind is not FrameKind.EVENT:
            return
        data = frame.data or ""
        if data.strip() == _DONE:
            self._record.completed = number
            self._events.append(number, {"event": frame.event or "message", "data": data})
            return
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
        """A plain stream has no end of its own: nothing can be missing."""

    def read_body(self, body: bytes) -> None:
        text = body.decode("utf-8", "replace")
        if body:
            self.feed(1, Frame(FrameKind.EVENT, 0, len(body), 1, "message", text))
        if self._status is not None and self._status >= _ERROR_STATUS:
            self._record.error.set(1, _value(text) if body else f"status {self._status}")
            said = f"the response is an error (status {self._status}) and no stream"
            self._record.remark(1, RemarkKind.ERROR_BODY, said)


def _value(data: str) -> Json:
    """The JSON in `data` where it is an object or a list; else the text itself, a number among it."""
    if not data.lstrip().startswith(("{", "[")):
        return data
    try:
        return parse(data)
    except NotJson:
        return data


class Plain:
    name = "plain"
    title = "plain"

    def recognise(self, clues: Clues) -> Certainty:
        return Certainty.FALLBACK

    def reader(self, record: Record, clues: Clues) -> Reader:
        return PlainReader(record, clues.status)


PROTOCOL = Plain()
