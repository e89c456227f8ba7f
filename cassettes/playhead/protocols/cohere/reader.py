"""Reads a Cohere v2 stream event by event: what each does, and what is remarked where it should not be.

Knows the events; the message is built in `answer`. Source: Cohere's API reference for `POST /v2/chat`.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from playhead.protocols import refusals
from playhead.protocols.base import Clues
from playhead.protocols.blocks import BlockKind
from playhead.protocols.cohere import errors
from playhead.protocols.cohere.answer import Answer, Open
from playhead.protocols.cohere.usage import count
from playhead.protocols.ledger import Json
from playhead.protocols.payload import NotJson, parse, parse_object
from playhead.protocols.record import Record
from playhead.protocols.remarks import RemarkKind
from playhead.sse import Frame, FrameKind


class _Text(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    text: str


class _Content(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    content: _Text


class _Delta(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    message: _Content


class _TextDelta(msgspec.Struct, forbid_unknown_fields=True, gc=False, tag="content-delta"):
    """The event that most events are."""

    index: int
    delta: _Delta


_decode = msgspec.json.Decoder(_TextDelta).decode


class CohereReader:
    """Of `/v2/chat`."""

    def __init__(self, record: Record, clues: Clues) -> None:
        self._record = record
        self._status = clues.status
        self._gate = refusals.Gate(record, clues.status, errors.exception_for(clues.status, is_json=False))
        self._answer = Answer(record)
        self._handlers: dict[str, Callable[[int, dict[str, Json], dict[str, Json]], None]] = {
            "message-start": self._start,
            "content-start": self._content_start,
            "content-delta": self._content_delta,
            "content-end": self._content_end,
            "tool-plan-delta": self._tool_plan,
            "tool-call-start": self._call_start,
            "tool-call-delta": self._call_delta,
            "tool-call-end": self._call_end,
            "citation-start": self._citation,
            "citation-end": self._nothing,
            "message-end": self._end,
        }

    def feed(self, number: int, frame: Frame) -> None:
        if self._gate.is_shut:
            self._gate.say(number)
        if frame.kind is not FrameKind.EVENT:
            return
        data = frame.data or ""
        try:
            delta = _decode(data)
        except (msgspec.DecodeError, UnicodeError, RecursionError):
            self._event(number, frame.event or "message", data)
            return
        opened = self._answer.contents.get(delta.index)
        if opened is None or opened.block.closed or opened.block.kind is not BlockKind.TEXT:
            self._event(number, frame.event or "message", data)
            return
        self._answer.add(number, opened, "text", delta.delta.message.content.text)

    def close(self, number: int) -> None:
        record = self._record
        self._gate.say(number)
        if not record.completed and record.error.born is None and number:
            record.remark(number, RemarkKind.NO_TERMINATOR, "the stream ended before `message-end`")

    def read_body(self, body: bytes) -> None:
        """An answer without streaming, or an error."""
        record = self._record
        answer = refusals.parsed(body)
        if refusals.is_refused(self._status):
            errors.read(record, self._status, answer)
            return
        if not isinstance(answer, dict):
            record.remark(1, RemarkKind.NOT_JSON, "the body is no JSON object")
            record.show(1, "body", answer)
            return
        message = answer.get("message")
        if not isinstance(message, dict):
            errors.read(record, self._status, answer)
            return
        for name, value in answer.items():
            if name != "message":
                self._answer.root.set(1, name, value)
        beside = {name: part for name, part in message.items() if name not in ("content", "tool_calls")}
        self._answer.begin(1, {name: part for name, part in beside.items() if name != "tool_plan"})
        if isinstance(plan := message.get("tool_plan"), str) and plan:
            self._answer.add_plan(1, plan)
        for index, item in enumerate(_list(message.get("content"))):
            self._answer.open_content(1, index, _object(item))
        for index, item in enumerate(_list(message.get("tool_calls"))):
            self._answer.open_call(1, index, _object(item))
        record.id.set(1, answer.get("id"))
        record.role.set(1, message.get("role"))
        self._end(1, {}, answer)

    def _event(self, number: int, name: str, data: str) -> None:
        record = self._record
        if data.startswith("[DONE]"):
            return  # some gateways, and Cohere's own compatibility layer, end so
        try:
            event = parse(data)
        except NotJson as error:
            record.remark(number, RemarkKind.NOT_JSON, f"no JSON: {error}")
            record.show(number, name, data)
            return
        if not isinstance(event, dict):
            record.remark(number, RemarkKind.UNEXPECTED_SHAPE, "an event that is no JSON object")
            record.show(number, name, event)
            return
        type_ = event.get("type")
        kind = type_ if isinstance(type_, str) else name
        handler = self._handlers.get(kind)
        if handler is None:
            record.remark(number, RemarkKind.UNKNOWN_EVENT, f"an event that is not known: {kind}")
            record.show(number, kind, event)
            return
        if record.completed:
            record.remark(number, RemarkKind.AFTER_TERMINATOR, f"{kind} behind `message-end`")
        elif not self._answer.begun and kind != "message-start":
            self._answer.begun = True  # say so once
            record.remark(number, RemarkKind.NO_START, f"{kind} before any `message-start`")
        handler(number, event, _object(event.get("delta")))

    def _start(self, number: int, event: dict[str, Json], delta: dict[str, Json]) -> None:
        if self._answer.begun:
            self._record.remark(number, RemarkKind.SECOND_START, "`message-start` again")
        if "id" in event:
            self._answer.root.set(number, "id", event["id"])
            self._record.id.set(number, event["id"])
        message = _object(delta.get("message"))
        self._answer.begin(number, message)
        if "role" in message:
            self._record.role.set(number, message["role"])

    def _content_start(self, number: int, event: dict[str, Json], delta: dict[str, Json]) -> None:
        index = self._opens(number, event, self._answer.contents)
        self._answer.open_content(number, index, _object(_object(delta.get("message")).get("content")))

    def _content_delta(self, number: int, event: dict[str, Json], delta: dict[str, Json]) -> None:
        index = _index(event)
        content = _object(_object(delta.get("message")).get("content"))
        opened = self._answer.contents.get(index)
        if opened is None:
            text = f"text for content {index}, which was not begun"
            self._record.remark(number, RemarkKind.DELTA_WITHOUT_BLOCK, text)
            opened = self._answer.open_content(
                number, index, {name: "" for name in content if name != "type"}
            )
        self._goes_on(number, opened)
        known = [name for name in ("text", "thinking") if isinstance(content.get(name), str)]
        for name in known:
            if name != opened.block.type:
                text = f"{name} for a content of type {opened.block.type}"
                self._record.remark(number, RemarkKind.DELTA_MISMATCH, text, block=opened.block.number)
                continue
            self._answer.add(number, opened, name, str(content[name]))
        if not known:
            text = f"a piece of content without text: {', '.join(content) or 'empty'}"
            self._record.remark(number, RemarkKind.UNKNOWN_DELTA, text, block=opened.block.number)

    def _content_end(self, number: int, event: dict[str, Json], delta: dict[str, Json]) -> None:
        self._closes(number, self._answer.contents.get(_index(event)), "content")

    def _tool_plan(self, number: int, event: dict[str, Json], delta: dict[str, Json]) -> None:
        plan = _object(delta.get("message")).get("tool_plan")
        if isinstance(plan, str):
            self._answer.add_plan(number, plan)
        else:
            self._record.remark(number, RemarkKind.UNEXPECTED_SHAPE, "a tool plan without text")

    def _call_start(self, number: int, event: dict[str, Json], delta: dict[str, Json]) -> None:
        self._answer.close_plan(number)
        index = self._opens(number, event, self._answer.calls)
        self._answer.open_call(number, index, _object(_object(delta.get("message")).get("tool_calls")))

    def _call_delta(self, number: int, event: dict[str, Json], delta: dict[str, Json]) -> None:
        index = _index(event)
        call = _object(_object(delta.get("message")).get("tool_calls"))
        arguments = _object(call.get("function")).get("arguments")
        opened = self._answer.calls.get(index)
        if opened is None:
            text = f"arguments for tool call {index}, which was not begun"
            self._record.remark(number, RemarkKind.DELTA_WITHOUT_BLOCK, text)
            opened = self._answer.open_call(number, index, {})
        if not isinstance(arguments, str):
            self._record.remark(number, RemarkKind.UNKNOWN_DELTA, "a piece of a tool call without arguments")
        else:
            self._goes_on(number, opened)
            self._answer.add(number, opened, "arguments", arguments)

    def _call_end(self, number: int, event: dict[str, Json], delta: dict[str, Json]) -> None:
        opened = self._answer.calls.get(_index(event))
        self._closes(number, opened, "tool call")
        text = opened.block.text.at(number) if opened is not None else ""
        if opened is not None and text and parse_object(text) is None:
            said = "the arguments of the tool call are no JSON object"
            self._record.remark(number, RemarkKind.INVALID_TOOL_INPUT, said, block=opened.block.number)

    def _citation(self, number: int, event: dict[str, Json], delta: dict[str, Json]) -> None:
        citations = _object(delta.get("message")).get("citations")
        for citation in citations if isinstance(citations, list) else (citations,):
            self._answer.cite(number, citation)

    def _nothing(self, number: int, event: dict[str, Json], delta: dict[str, Json]) -> None:
        """What ends a citation says nothing: it was whole when it began."""

    def _end(self, number: int, event: dict[str, Json], delta: dict[str, Json]) -> None:
        """`delta` holds the reason and the usage."""
        record = self._record
        self._answer.close_plan(number)
        for block in self._answer.open_blocks():
            if event:
                text = f"the message ended, and {block.type} {block.number} was not"
                record.remark(number, RemarkKind.BLOCK_LEFT_OPEN, text, block=block.number)
            block.closed = number
        for name in ("finish_reason", "usage", "error"):
            if name in delta:
                self._answer.root.set(number, name, delta[name])
        if "finish_reason" in delta:
            record.stop_reason.set(number, delta["finish_reason"])
        if delta.get("error") or delta.get("finish_reason") == "ERROR":
            error = delta.get("error") or "the answer ended with an error"
            record.error.set(number, error)
            record.remark(number, self._gate.error_kind, f"an error ended the stream: {error}")
        if isinstance(usage := delta.get("usage"), dict):
            record.usage.set(number, usage)
            count(record, number, usage)
        if not record.completed:
            record.completed = number

    def _opens(self, number: int, event: dict[str, Json], begun: dict[int, Open]) -> int:
        """The index of what begins, and what is wrong with it."""
        index = _index(event)
        if index in begun:
            text = f"index {index} is begun again"
            self._record.remark(number, RemarkKind.BLOCK_REOPENED, text, block=begun[index].block.number)
        elif index > len(begun):
            self._record.remark(number, RemarkKind.INDEX_GAP, f"index {index} follows {len(begun) - 1}")
        return index

    def _goes_on(self, number: int, opened: Open) -> None:
        """More is added even where it should not be; then it is said."""
        if opened.block.closed:
            text = f"more for {opened.block.type} {opened.block.number}, which had ended"
            self._record.remark(number, RemarkKind.DELTA_AFTER_STOP, text, block=opened.block.number)

    def _closes(self, number: int, opened: Open | None, what: str) -> None:
        if opened is None:
            text = f"the end of a {what} that was not begun"
            self._record.remark(number, RemarkKind.DELTA_WITHOUT_BLOCK, text)
        elif not opened.block.closed:
            opened.block.closed = number


def _object(value: Json) -> dict[str, Json]:
    return value if isinstance(value, dict) else {}


def _list(value: Json) -> list[Json]:
    return value if isinstance(value, list) else []


def _index(event: dict[str, Json]) -> int:
    index = event.get("index")
    return index if isinstance(index, int) and not isinstance(index, bool) else 0
