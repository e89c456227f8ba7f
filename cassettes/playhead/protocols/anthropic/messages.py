"""The reader of a Messages stream: the common delta on a short path, everything else on the long one.

The short path decodes straight into a typed struct and adds to text that snapshot and block share. It
serves an index once the long path has found that nothing is unusual about it. Knows frames and the order of
things; what events mean is known to `snapshot` and `facts`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Literal, TypeAlias

import msgspec

from playhead.protocols import refusals
from playhead.protocols.anthropic import bodies, errors
from playhead.protocols.anthropic.blocks import TEXT_MEMBERS
from playhead.protocols.anthropic.facts import EVENTS, OWN_EVENTS, MessageReader
from playhead.protocols.anthropic.snapshot import Snapshot
from playhead.protocols.anthropic.texts import Text, Texts
from playhead.protocols.anthropic.tool_input import ToolInput
from playhead.protocols.base import Clues
from playhead.protocols.blocks import BlockLog
from playhead.protocols.ledger import Json
from playhead.protocols.payload import NotJson, parse, parse_object
from playhead.protocols.record import Record
from playhead.protocols.remarks import RemarkKind
from playhead.sse import Frame, FrameKind

_FINE_GRAINED = "fine-grained-tool-streaming-2025-05-14"
_EVENT = FrameKind.EVENT
_SKIPPED = frozenset({"ping", "message"})
"""Names under which the client parses nothing; `message` is that of an event that names none."""


class _TextDelta(msgspec.Struct, tag="text_delta", gc=False):
    text: str


class _ThinkingDelta(msgspec.Struct, tag="thinking_delta", rename={"text": "thinking"}, gc=False):
    text: str


class _InputDelta(msgspec.Struct, tag="input_json_delta", rename={"text": "partial_json"}, gc=False):
    text: str


_Delta: TypeAlias = _TextDelta | _ThinkingDelta | _InputDelta


class _DeltaEvent(msgspec.Struct):
    type: Literal["content_block_delta"]
    index: int
    delta: _Delta


_decode = msgspec.json.Decoder(_DeltaEvent).decode
_DELTAS: dict[str, type[_Delta]] = {
    "text_delta": _TextDelta,
    "thinking_delta": _ThinkingDelta,
    "input_json_delta": _InputDelta,
}


@dataclass(slots=True)
class _Track:
    """An index whose deltas of one type may take the short path."""

    delta: type[_Delta]
    block: BlockLog
    input: ToolInput | None


class MessagesReader:
    """Reads one response. Both clients are known: `client.messages`, and `client.beta.messages`."""

    def __init__(self, record: Record, clues: Clues) -> None:
        header = clues.request_header("anthropic-beta") or ""
        self._record = record
        self._clues = clues
        self._snapshot = Snapshot(record, beta=is_beta(clues), fine_grained=_FINE_GRAINED in header)
        self._facts = MessageReader(record)
        self._texts = Texts(record)
        self._tracks: dict[int, _Track] = {}
        self._cut_in_stop = False
        self._refused = clues.status is not None and clues.status >= 400
        if self._refused:
            record.frozen = 0

    def feed(self, number: int, frame: Frame) -> None:
        if frame.event == "content_block_delta" and frame.kind is _EVENT:
            try:
                event = _decode(frame.data)  # type: ignore[arg-type]
            except (msgspec.DecodeError, UnicodeError, RecursionError):
                pass  # another delta, or none: the long path tells
            else:
                track = self._tracks.get(event.index)
                if track is not None and type(event.delta) is track.delta:
                    part = event.delta.text
                    self._record.grow(number, track.block, part)
                    if track.input is not None and track.input.grew(number, part):
                        self._snapshot.try_inputs(number)
                    return
        if frame.kind is _EVENT:
            self._read(number, frame.event or "message", frame.data or "")
        elif frame.kind is FrameKind.DATALESS and frame.event == "error":
            self._fail(number, "")
        elif frame.kind is FrameKind.DATALESS and frame.event:
            self._say_if_empty(number, frame.event)
        elif frame.kind is FrameKind.TAIL and frame.event == "message_stop":
            self._cut_in_stop = True

    def close(self, number: int) -> None:
        record = self._record
        if number == 0 and self._clues.response is None:
            return  # there was no answer
        self._say_if_refused()
        self._snapshot.try_inputs(number)
        if not self._snapshot.has_begun:
            text = "the stream ends without a message_start that the client takes"
            self._snapshot.give_up(number, "AssertionError", text)
        if not record.completed and record.error.born is None:
            how = "within" if self._cut_in_stop else "without"
            text = f"the stream ends {how} message_stop; the client takes what there is for the whole"
            record.remark(number, RemarkKind.NO_TERMINATOR, text)

    def read_body(self, body: bytes) -> None:
        bodies.read_body(self._record, self._clues, body)

    def _read(self, number: int, name: str, data: str) -> None:
        self._tracks.clear()
        self._say_if_refused()
        if name == "ping" and _type(parse_object(data)) not in OWN_EVENTS:
            self._record.keep_alive(number)
            return
        self._say_if_over(number, name)
        if name == "error":
            self._fail(number, data)
            return
        if not data:
            self._say_if_empty(number, name)
            return
        try:
            payload = parse(data)
        except NotJson as error:
            self._not_json(number, name, data, str(error))
            return
        self._judge_name(number, name, payload)
        self._take(number, payload, to_client=name not in _SKIPPED)

    def _take(self, number: int, payload: Json, *, to_client: bool) -> None:
        snapshot = self._snapshot
        if to_client:
            snapshot.take(number, payload)
        else:
            snapshot.skip()
        opened_before = len(self._record.blocks)
        added = self._facts.take(number, payload)
        grows = snapshot.grows
        text = grows.text if isinstance(grows, ToolInput) else grows
        block, part = added or (None, None)
        if text is not None and part is None:
            part = _part(payload)
        if part is not None:
            self._texts.write(number, text, block, part)
            if isinstance(grows, ToolInput) and grows.grew(number, part):
                snapshot.try_inputs(number)
            self._lay_track(payload, text, block)
        elif snapshot.opened is not None and len(self._record.blocks) == opened_before + 1:
            self._share(snapshot.opened.text, self._record.blocks[-1])

    def _share(self, text: Text | None, block: BlockLog) -> None:
        """Both begin with the same text, or with none."""
        if text is not None and text.rope.size == block.text.size and block.type in ("text", "thinking"):
            self._texts.share(text, block)

    def _lay_track(self, payload: Json, text: Text | None, block: BlockLog | None) -> None:
        """From here on deltas like this one are nothing unusual, if the client's text is the block's."""
        if block is None or block.closed or self._record.completed or not isinstance(payload, dict):
            return
        index, delta = payload.get("index"), payload.get("delta")
        type_ = _type(delta)
        shared = text is not None and text.block is block
        deaf = not self._snapshot.is_open
        if not (shared or deaf) or not isinstance(index, int) or type_ not in _DELTAS:
            return
        tool = self._snapshot.input_for(index) if type_ == "input_json_delta" and shared else None
        if tool is not None and not tool.text.rope.size:
            return  # the client's input stays what it was until there is some text
        self._tracks[index] = _Track(_DELTAS[type_], block, tool)

    def _fail(self, number: int, data: str) -> None:
        """The client raises what an event named `error` says."""
        self._tracks.clear()
        try:
            body: Json = parse(data)
        except NotJson:
            body = data or f"Error code: {self._clues.status or 200}"
        error = refusals.error_in(body)
        told = refusals.describe(error)
        exception = errors.exception_for(self._clues.status or 200)
        self._facts.fail(number, error, told)
        self._snapshot.give_up(number, exception, told)

    def _not_json(self, number: int, name: str, data: str, complaint: str) -> None:
        if name == "message" and data.strip() == "[DONE]":
            return  # OpenAI's sentinel, which gateways send along
        self._record.remark(number, RemarkKind.NOT_JSON, f"the data of {name} is no JSON: {complaint}")
        self._record.show(number, name, data)
        if name != "message":
            self._snapshot.give_up(number, _refusal(data), complaint)

    def _judge_name(self, number: int, name: str, payload: Json) -> None:
        """Names that the client skips or takes for something else."""
        type_ = _type(payload)
        if name in _SKIPPED:
            if type_ in EVENTS and type_ != "ping":
                where = "an event without a name" if name == "message" else f"an event named {name!r}"
                text = f"{type_} in {where}, which the client skips"
                self._facts.blocks.remark(number, RemarkKind.CLIENT_IGNORES, text)
        elif type_ in OWN_EVENTS and type_ != name:
            text = f"an event named {name!r} holds {type_}; the client goes by what it holds"
            self._facts.blocks.remark(number, RemarkKind.UNEXPECTED_SHAPE, text)
        if type_ == "error":
            error = refusals.error_in(payload)
            self._facts.fail(number, error, refusals.describe(error))
            text = f"an error in an event named {name!r}: the client raises nothing"
            self._facts.blocks.remark(number, RemarkKind.CLIENT_IGNORES, text)

    def _say_if_refused(self) -> None:
        """The client raises for the status, and reads no stream."""
        if self._refused:
            self._refused = False
            status = self._clues.status or 0
            exception = errors.exception_for(status)
            self._record.remark(1, RemarkKind.CLIENT_RAISES, f"HTTP {status}", raises=exception)

    def _say_if_empty(self, number: int, name: str) -> None:
        if name in OWN_EVENTS:
            text = f"{name} without data, which the client skips"
            self._facts.blocks.remark(number, RemarkKind.UNEXPECTED_SHAPE, text)

    def _say_if_over(self, number: int, name: str) -> None:
        if self._record.completed:
            text = f"{name} after message_stop"
            self._facts.blocks.remark(number, RemarkKind.AFTER_TERMINATOR, text)


def is_beta(clues: Clues) -> bool:
    """Whether the beta client asked: its URL says `beta=true`. Where the request is unknown: yes.

    That client knows more. A header `anthropic-beta` alone is no sign: with it the other client reads as
    it always does.
    """
    if clues.request is None or not clues.request.url:
        return True
    return "beta=true" in clues.url.query.split("&")


def _refusal(data: str) -> str:
    """The class that `json.loads` raises; not always its own: numbers and nesting have limits in Python."""
    try:
        json.loads(data)
    except (ValueError, RecursionError) as error:
        return type(error).__name__
    return "JSONDecodeError"


def _type(payload: Json) -> str:
    type_ = payload.get("type") if isinstance(payload, dict) else None
    return type_ if isinstance(type_, str) else ""


def _part(payload: Json) -> str:
    """The text of a delta that the client takes and no block does."""
    delta = payload.get("delta") if isinstance(payload, dict) else None
    part = delta.get(TEXT_MEMBERS.get(_type(delta), "")) if isinstance(delta, dict) else None
    return part if isinstance(part, str) else ""
