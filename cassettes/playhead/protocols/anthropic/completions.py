"""The text completions of `/v1/complete`, as old recordings hold them: events named `completion`.

No SDK of today reads them; the message is what the last ones made of the stream, the completion's texts
joined and the rest as it came last. Knows that one event; `ping` and `error` are as in a Messages stream.
"""

from __future__ import annotations

from playhead.protocols import refusals
from playhead.protocols.anthropic import bodies, errors
from playhead.protocols.base import Clues
from playhead.protocols.blocks import BlockKind, BlockLog
from playhead.protocols.ledger import Fields, Json
from playhead.protocols.payload import NotJson, parse
from playhead.protocols.record import Record
from playhead.protocols.remarks import RemarkKind
from playhead.sse import Frame, FrameKind


class CompletionsReader:
    """Reads one response; its text is one block."""

    def __init__(self, record: Record, clues: Clues) -> None:
        self._record = record
        self._clues = clues
        self._message = Fields()
        record.message = self._message
        self._block: BlockLog | None = None
        raises = errors.exception_for(clues.status) if clues.status is not None else None
        self._gate = refusals.Gate(record, clues.status, raises)

    def feed(self, number: int, frame: Frame) -> None:
        self._gate.say(number)
        if frame.kind is not FrameKind.EVENT:
            return
        if frame.event == "ping":
            self._record.keep_alive(number)
            return
        data = frame.data or ""
        try:
            payload = parse(data)
        except NotJson as error:
            self._record.remark(number, RemarkKind.NOT_JSON, f"the data of {frame.event} is no JSON: {error}")
            self._record.show(number, frame.event or "message", data)
            return
        if frame.event == "error" or (isinstance(payload, dict) and "error" in payload):
            error_ = refusals.error_in(payload)
            self._record.error.set(number, error_)
            self._record.remark(number, self._gate.error_kind, refusals.describe(error_))
        elif isinstance(payload, dict) and isinstance(payload.get("completion"), str):
            self._complete(number, payload)
        else:
            self._record.remark(number, RemarkKind.UNKNOWN_EVENT, f"unknown event {frame.event!r}")
            self._record.show(number, frame.event or "message", payload)

    def close(self, number: int) -> None:
        if number == 0 and self._clues.response is None:
            return
        self._gate.say(number)
        if not self._record.completed and self._record.error.born is None:
            text = "the stream ends without a stop_reason"
            self._record.remark(number, RemarkKind.NO_TERMINATOR, text)

    def read_body(self, body: bytes) -> None:
        value = refusals.parsed(body)
        if bodies.is_error(self._clues, value):
            bodies.read_error(self._record, self._clues, value)
        elif isinstance(value, dict) and isinstance(value.get("completion"), str):
            self._complete(1, value)
        else:
            self._record.remark(1, RemarkKind.UNEXPECTED_SHAPE, "the body is no completion")
            self._record.show(1, "body", value)

    def _complete(self, number: int, payload: dict[str, Json]) -> None:
        record = self._record
        if record.completed:
            record.remark(number, RemarkKind.AFTER_TERMINATOR, "a completion after the stop_reason")
        block = self._block
        if block is None:
            block = self._block = record.open_block(number, BlockKind.TEXT, "completion")
            record.began = number
            record.role.set(number, "assistant")
        text = payload["completion"]
        assert isinstance(text, str)
        record.grow(number, block, text)
        for name, value in payload.items():
            self._message.set(number, name, block.text if name == "completion" else value)
        record.id.set(number, payload.get("id"))
        record.model.set(number, payload.get("model"))
        if (reason := payload.get("stop_reason")) is not None:
            record.stop_reason.set(number, reason)
            record.completed = record.completed or number
            block.closed = block.closed or number
