"""Reads what an MCP server answers over streamable HTTP: JSON-RPC messages in events, or one in a body.

`message` is the list of messages as the mcp SDK reads them, up to the answer to the request, and the last
event id. Each message is a block. Knows envelopes and the record.
"""

from __future__ import annotations

from playhead.protocols import refusals
from playhead.protocols.base import Clues
from playhead.protocols.blocks import BlockKind
from playhead.protocols.ledger import Fields, Json, Series
from playhead.protocols.mcp.envelopes import Envelope, Kind, envelope
from playhead.protocols.payload import NotJson, parse
from playhead.protocols.record import Record
from playhead.protocols.remarks import RemarkKind
from playhead.sse import Frame, FrameKind


class McpReader:
    """Of a POST the first answer is the end; a GET listens on."""

    def __init__(self, record: Record, clues: Clues) -> None:
        self._record = record
        self._listens = clues.request is not None and clues.request.method.upper() == "GET"
        self._asked = clues.asked
        self._status = clues.status
        # The client raises nothing: it tells of an error in answer to the request.
        self._gate = refusals.Gate(record, clues.status, None)
        self._last_id = ""
        self._messages = Series()
        self._document = Fields(0, {"messages": self._messages, "last_event_id": ""})
        record.message = self._document
        record.began = 0

    def feed(self, number: int, frame: Frame) -> None:
        if not self._is_yielded(frame):
            return
        if frame.id and frame.id != self._last_id:
            self._last_id = frame.id
            if not self._record.completed or self._listens:
                self._document.set(number, "last_event_id", frame.id)
        name = frame.event or "message"
        if name != "message":
            text = f"an event named {name}: only `message` is read"
            self._record.remark(number, RemarkKind.UNKNOWN_EVENT, text)
            self._record.show(number, name, frame.data or "")
        elif frame.data:
            self._message(number, frame.data, frame.id, self._gate.error_kind)
        elif not self._record.completed or self._listens:
            priming: dict[str, Json] = {"priming": True, "id": frame.id, "retry": frame.retry}
            self._messages.append(number, priming)

    @staticmethod
    def _is_yielded(frame: Frame) -> bool:
        """Whether httpx2's decoder makes an event of it: ids, retries and event names alone are some too."""
        match frame.kind:
            case FrameKind.EVENT | FrameKind.ID | FrameKind.RETRY:
                return True
            case FrameKind.DATALESS:
                return frame.event is not None or frame.retry is not None
        return False

    def close(self, number: int) -> None:
        record = self._record
        if record.completed or self._listens or not number:
            return
        if self._last_id:
            return  # the client takes the stream up again where this one stopped
        text = "the stream ended before the answer to the request, and gave no id to go on from"
        record.remark(number, RemarkKind.NO_TERMINATOR, text)

    def read_body(self, body: bytes) -> None:
        text = body.decode("utf-8", "replace")
        if not text.strip() and not refusals.is_refused(self._status):
            # What is answered to a notification: taken, and nothing to say.
            self._record.completed = 1 if self._status == 202 else 0
            return
        value = refusals.parsed(body)
        found = envelope(value)
        if refusals.is_refused(self._status) and (found is None or found.kind is not Kind.ERROR):
            refusals.read(self._record, self._status, value, raises=None)
        else:
            self._message(1, text, "", RemarkKind.ERROR_BODY)

    def _message(self, number: int, data: str, sse_id: str, error_kind: RemarkKind) -> None:
        """`error_kind` is what an error is here."""
        record = self._record
        try:
            value = parse(data)
        except NotJson as error:
            record.remark(number, RemarkKind.NOT_JSON, f"no JSON: {error}")
            self._record.show(number, "message", data)
            return
        found = envelope(value)
        if found is None:
            text = "not a JSON-RPC message: the client reports it and reads on"
            record.remark(number, RemarkKind.UNEXPECTED_SHAPE, text)
            self._record.show(number, "message", value)
            return
        if record.completed and not self._listens:
            text = "a message behind the answer: the client has stopped reading"
            record.remark(number, RemarkKind.AFTER_TERMINATOR, text)
        else:
            members: dict[str, Json] = dict(found.members)
            self._messages.append(number, {"sse_id": sse_id, "class": found.kind.value, "message": members})
        self._show(number, found)
        if found.is_answer:
            self._answered(number, found, error_kind)

    def _answered(self, number: int, found: Envelope, error_kind: RemarkKind) -> None:
        record = self._record
        identity = found.members["id"]
        if not record.completed:
            record.completed = number
        if identity is not None:
            record.id.set(number, str(identity))
        asked = self._asked.get("id")
        if asked is not None and identity is not None and asked != identity and not self._listens:
            text = f"an answer to request {identity}, where {asked} was asked"
            record.remark(number, RemarkKind.UNEXPECTED_SHAPE, text)
        if found.kind is Kind.ERROR:
            error = found.members["error"]
            record.error.set(number, error)
            said = error.get("message") if isinstance(error, dict) else None
            record.remark(number, error_kind, f"the request failed: {said}")

    def _show(self, number: int, found: Envelope) -> None:
        """A message as a block: what is said in a tool's result is text."""
        members = found.members
        method = members.get("method")
        type_, held = "error", members.get("error")
        if found.kind is Kind.RESPONSE:
            type_, held = "result", members["result"]
        elif isinstance(method, str):
            type_, held = method, members.get("params")
        says = _text(held) if found.kind is Kind.RESPONSE else None
        block = self._record.open_block(
            number, BlockKind.DATA if says is None else BlockKind.TOOL_RESULT, type_
        )
        block.data.set(number, held)
        if (identity := members.get("id")) is not None:
            block.id.set(number, str(identity))
        if found.is_answer and isinstance(asked := self._asked.get("method"), str):
            block.name.set(number, asked)
        if says:
            self._record.grow(number, block, says)
        else:
            self._record.grow_otherwise(number, block)
        block.closed = number


def _text(result: Json) -> str | None:
    """The text in the result of a tool; `None` where it is none."""
    content = result.get("content") if isinstance(result, dict) else None
    if not isinstance(content, list):
        return None
    texts = (item.get("text") for item in content if isinstance(item, dict))
    return "\n".join(text for text in texts if isinstance(text, str))
