"""Reads a Cohere v1 stream: `event_type` in events or in lines of JSON, the whole answer in the last of them.

The message is what the events add up to, and from `stream-end` on the `response` that it holds. Source:
Cohere's API reference for `POST /v1/chat`.
"""

from __future__ import annotations

from playhead.protocols import refusals
from playhead.protocols.base import Clues
from playhead.protocols.blocks import BlockKind, BlockLog
from playhead.protocols.cohere import errors
from playhead.protocols.cohere.usage import count
from playhead.protocols.ledger import Fields, Json, Series, Slot
from playhead.protocols.payload import NotJson, parse
from playhead.protocols.record import Record
from playhead.protocols.remarks import RemarkKind
from playhead.sse import Frame, FrameKind

_LISTS = {
    "citation-generation": "citations",
    "search-queries-generation": "search_queries",
    "search-results": "documents",
    "tool-calls-generation": "tool_calls",
}


class CohereV1Reader:
    """Of `/v1/chat`."""

    def __init__(self, record: Record, clues: Clues) -> None:
        self._record = record
        self._events = Fields()
        self._whole = Slot()
        self._whole.set(0, self._events)
        record.message = self._whole
        self._text: BlockLog | None = None
        self._lists: dict[str, Series] = {}
        self._status = clues.status
        self._gate = refusals.Gate(record, clues.status, errors.exception_for(clues.status, is_json=False))

    def feed(self, number: int, frame: Frame) -> None:
        if self._gate.is_shut:
            self._gate.say(number)
        if frame.kind is not FrameKind.EVENT:
            return
        record = self._record
        try:
            event = parse(frame.data or "")
        except NotJson as error:
            record.remark(number, RemarkKind.NOT_JSON, f"no JSON: {error}")
            record.show(number, frame.event or "message", frame.data or "")
            return
        if not isinstance(event, dict):
            record.remark(number, RemarkKind.UNEXPECTED_SHAPE, "an event that is no JSON object")
            record.show(number, frame.event or "message", event)
            return
        if record.completed:
            record.remark(number, RemarkKind.AFTER_TERMINATOR, "an event behind `stream-end`")
        self._event(number, event)

    def close(self, number: int) -> None:
        self._gate.say(number)
        if not self._record.completed and self._record.error.born is None and number:
            self._record.remark(number, RemarkKind.NO_TERMINATOR, "the stream ended before `stream-end`")

    def read_body(self, body: bytes) -> None:
        """An answer without streaming: what `stream-end` would hold."""
        answer = refusals.parsed(body)
        if refusals.is_refused(self._status):
            errors.read(self._record, self._status, answer)
        elif isinstance(answer, dict) and isinstance(text := answer.get("text"), str):
            self._add(1, text)
            self._end(1, {"finish_reason": answer.get("finish_reason"), "response": answer})
        elif isinstance(answer, dict):
            errors.read(self._record, self._status, answer)
        else:
            self._record.remark(1, RemarkKind.NOT_JSON, "the body is no JSON object")
            self._record.show(1, "body", answer)

    def _event(self, number: int, event: dict[str, Json]) -> None:
        match event.get("event_type"):
            case "stream-start":
                self._events.set(number, "generation_id", event.get("generation_id"))
                self._record.id.set(number, event.get("generation_id"))
            case "text-generation" if isinstance(text := event.get("text"), str):
                self._add(number, text)
            case "stream-end":
                self._end(number, event)
            case str() as name if name in _LISTS:
                self._append(number, _LISTS[name], event.get(_LISTS[name]))
            case "tool-calls-chunk" | "debug":
                pass  # the calls come whole behind their pieces
            case other:
                text = f"an event that is not known: {other}"
                self._record.remark(number, RemarkKind.UNKNOWN_EVENT, text)
                self._record.show(number, other if isinstance(other, str) else "event", event)

    def _add(self, number: int, text: str) -> None:
        if self._text is None:
            self._text = self._record.open_block(number, BlockKind.TEXT, "text")
            self._events.set(number, "text", self._text.text)
        self._record.grow(number, self._text, text)

    def _append(self, number: int, name: str, values: Json) -> None:
        series = self._lists.get(name)
        if series is None:
            series = self._lists[name] = Series()
            self._events.set(number, name, series)
        for value in values if isinstance(values, list) else ():
            series.append(number, value)
            if name == "tool_calls" and isinstance(value, dict):
                block = self._record.open_block(number, BlockKind.TOOL_CALL, "tool_call")
                block.name.set(number, value.get("name"))
                block.data.set(number, value.get("parameters", {}))
                self._record.grow_otherwise(number, block)
                block.closed = number
            elif name == "citations" and self._text is not None:
                self._text.citations.append(number, value)
            elif name not in ("citations", "tool_calls"):
                self._found(number, name, value)

    def _end(self, number: int, event: dict[str, Json]) -> None:
        record = self._record
        if self._text is not None:
            self._text.closed = number
        record.completed = record.completed or number
        reason = event.get("finish_reason")
        if reason is not None:
            record.stop_reason.set(number, reason)
        if isinstance(reason, str) and reason.startswith("ERROR"):
            record.error.set(number, event.get("error", reason))
            record.remark(number, self._gate.error_kind, f"an error ended the stream: {reason}")
        response = event.get("response")
        if not isinstance(response, dict):
            return
        self._whole.set(number, response)
        text = self._text.text.at(number) if self._text is not None else ""
        if isinstance(said := response.get("text"), str) and said != text:
            record.remark(
                number, RemarkKind.DONE_DIFFERS, "the text of the response is not what was streamed"
            )
        if isinstance(meta := response.get("meta"), dict):
            if isinstance(meta.get("tokens") or meta.get("billed_units"), dict):
                record.usage.set(number, meta)
            count(record, number, meta)

    def _found(self, number: int, type_: str, data: Json) -> None:
        """A query that was searched for, a document that was found."""
        block = self._record.open_block(number, BlockKind.DATA, type_)
        block.data.set(number, data)
        self._record.grow_otherwise(number, block)
        block.closed = number
