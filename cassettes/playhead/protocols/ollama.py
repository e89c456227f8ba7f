"""Ollama's own streams, of `/api/chat` and `/api/generate`: a line of JSON for each piece, `done` ends them.

The ollama client hands the pieces on and merges nothing, so the merge is ours: `content`, `thinking` and
`response` are joined, lists in the message and `logprobs` are appended to, of everything else the last wins.
Source: Ollama's API documentation, and ollama-python `_client.py` for what the client raises.
"""

from __future__ import annotations

import msgspec

from playhead.protocols import refusals
from playhead.protocols.base import Certainty, Clues, Reader
from playhead.protocols.blocks import BlockKind, BlockLog
from playhead.protocols.ledger import Fields, Json, Series
from playhead.protocols.payload import NotJson, parse
from playhead.protocols.record import Record
from playhead.protocols.remarks import RemarkKind
from playhead.sse import Frame, FrameKind

RESPONSE_ERROR = "ollama.ResponseError"
_PATHS = ("/api/chat", "/api/generate")
_JOINED = {"content": BlockKind.TEXT, "response": BlockKind.TEXT, "thinking": BlockKind.THINKING}
_COUNTS = (
    "prompt_eval_count",
    "eval_count",
    "total_duration",
    "load_duration",
    "prompt_eval_duration",
    "eval_duration",
)


class _Known(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """An unknown member is for the long way."""


class _Message(_Known):
    role: str
    content: str


class _Piece(_Known):
    """The line that most lines of a chat are."""

    model: str
    created_at: str
    message: _Message
    done: bool


_decode = msgspec.json.Decoder(_Piece).decode


class OllamaReader:
    """`message` is the pieces merged into one answer, in the shape of an answer without streaming."""

    def __init__(self, record: Record, clues: Clues) -> None:
        self._record = record
        self._status = clues.status
        self._gate = refusals.Gate(record, clues.status, RESPONSE_ERROR)
        self._answer = Fields()
        record.message = self._answer
        self._message: Fields | None = None
        self._texts: dict[str, BlockLog] = {}
        self._lists: dict[tuple[Fields, str], Series] = {}
        self._head: tuple[str, str] | None = None

    def feed(self, number: int, frame: Frame) -> None:
        if self._gate.is_shut:
            self._gate.say(number)
        if frame.kind is not FrameKind.EVENT:
            return
        data = frame.data or ""
        try:
            piece = _decode(data)
        except (msgspec.DecodeError, UnicodeError, RecursionError):
            self._line(number, data)
            return
        if piece.done or self._record.completed:
            self._line(number, data)
            return
        self._answer.set(number, "created_at", piece.created_at)
        head = (piece.model, piece.message.role)
        if head != self._head or self._message is None:
            self._head = head
            self._set(number, "model", piece.model)
            self._answer.set(number, "done", False)
            self._in_message(number, {"role": piece.message.role})
        self._join(number, "content", piece.message.content)

    def close(self, number: int) -> None:
        record = self._record
        self._gate.say(number)
        if not record.completed and record.error.born is None and number:
            text = "the stream ended before a line with `done`: the client takes what came for the whole"
            record.remark(number, RemarkKind.NO_TERMINATOR, text)

    def read_body(self, body: bytes) -> None:
        """An answer without streaming, an error, or lines under another content type."""
        value = refusals.parsed(body)
        if refusals.is_refused(self._status) or _is_error(value):
            refusals.read(self._record, self._status, value, raises=RESPONSE_ERROR)
            return
        text = body.decode("utf-8", "replace")
        for line in text.split("\n") if isinstance(value, str) else [text]:
            if line.strip():
                self._line(1, line)

    def _line(self, number: int, data: str) -> None:
        """A line of any shape."""
        record = self._record
        self._head = None
        try:
            piece = parse(data)
        except NotJson as error:
            record.remark(number, RemarkKind.NOT_JSON, f"no JSON: {error}")
            record.show(number, "line", data)
            record.raised(number, "json.JSONDecodeError", "the client cannot read the line as JSON")
            return
        if not isinstance(piece, dict):
            record.remark(number, RemarkKind.UNEXPECTED_SHAPE, "a line that is no JSON object")
            record.show(number, "line", piece)
            record.raised(number, "AttributeError", "the client fails on a line that is no JSON object")
            return
        if record.completed:
            record.remark(number, RemarkKind.AFTER_TERMINATOR, "a line behind the one that is `done`")
        if piece.get("error"):
            self._error(number, piece["error"])
        for name, value in piece.items():
            if name in ("response", "thinking") and isinstance(value, str):
                self._join(number, name, value)
            elif name == "message" and isinstance(value, dict):
                self._in_message(number, value)
            elif name == "logprobs" and isinstance(value, list):
                self._append(number, self._answer, name, value)
            else:
                self._set(number, name, value)
        self._count(number, piece)
        if piece.get("done") is True:
            self._finish(number, piece.get("done_reason"))

    def _error(self, number: int, error: Json) -> None:
        record = self._record
        said = error if isinstance(error, str) else "an error"
        record.error.set(number, error)
        record.remark(number, self._gate.error_kind, f"an error inside the stream: {said}")
        record.raised(number, RESPONSE_ERROR, f"the client raises for the error: {said}")

    def _set(self, number: int, name: str, value: Json) -> None:
        self._answer.set(number, name, value)
        if name == "model":
            self._record.model.set(number, value)

    def _in_message(self, number: int, values: dict[str, Json]) -> None:
        """Members of a chat's message."""
        message = self._message
        if message is None:
            message = self._message = Fields()
            self._answer.set(number, "message", message)
        for name, value in values.items():
            if name in ("content", "thinking") and isinstance(value, str):
                self._join(number, name, value)
            elif isinstance(value, list):
                self._append(number, message, name, value)
                self._show(number, name, value)
            else:
                message.set(number, name, value)
                if name == "role":
                    self._record.role.set(number, value)

    def _join(self, number: int, name: str, text: str) -> None:
        block = self._texts.get(name)
        if block is None:
            block = self._texts[name] = self._record.open_block(number, _JOINED[name], name)
            holder = self._message if self._message is not None else self._answer
            holder.set(number, name, block.text)
        self._record.grow(number, block, text)

    def _append(self, number: int, holder: Fields, name: str, values: list[Json]) -> None:
        series = self._lists.get((holder, name))
        if series is None:
            series = self._lists[holder, name] = Series()
            holder.set(number, name, series)
        for value in values:
            series.append(number, value)

    def _show(self, number: int, name: str, values: list[Json]) -> None:
        """A block for each item of a list: a tool call, an image."""
        for value in values:
            held = value if isinstance(value, dict) else {}
            if name == "tool_calls":
                function = held.get("function")
                called = function if isinstance(function, dict) else {}
                block = self._record.open_block(number, BlockKind.TOOL_CALL, "tool_call")
                block.name.set(number, called.get("name"))
                block.id.set(number, held.get("id"))
                block.data.set(number, called.get("arguments", {}))
            else:
                kind = BlockKind.MEDIA if name == "images" else BlockKind.DATA
                block = self._record.open_block(number, kind, name)
                block.data.set(number, value)
            self._record.grow_otherwise(number, block)
            block.closed = number

    def _count(self, number: int, piece: dict[str, Json]) -> None:
        counts = {name: piece[name] for name in _COUNTS if name in piece}
        record = self._record
        if counts:
            record.usage.set(number, counts)
        for name, slot in (("prompt_eval_count", record.input_tokens), ("eval_count", record.output_tokens)):
            if isinstance(count := counts.get(name), int):
                slot.set(number, count)

    def _finish(self, number: int, reason: Json) -> None:
        record = self._record
        if not record.completed:
            record.completed = number
        if reason is not None:
            record.stop_reason.set(number, reason)
        for block in self._texts.values():
            block.closed = block.closed or number


class Ollama:
    name = "ollama"
    title = "Ollama"

    def recognise(self, clues: Clues) -> Certainty:
        if clues.content_type == "text/event-stream":
            return Certainty.NO
        payloads = clues.payloads or tuple(_objects(clues.body))
        if any(_is_piece(payload) for payload in payloads):
            return Certainty.CONTENT
        return Certainty.URL if clues.path.endswith(_PATHS) else Certainty.NO

    def reader(self, record: Record, clues: Clues) -> Reader:
        return OllamaReader(record, clues)


def _is_error(value: Json) -> bool:
    return isinstance(value, dict) and bool(value.get("error"))


def _is_piece(payload: dict[str, Json]) -> bool:
    answered = isinstance(payload.get("message"), dict) or isinstance(payload.get("response"), str)
    return answered and isinstance(payload.get("done"), bool) and isinstance(payload.get("created_at"), str)


def _objects(body: bytes) -> list[dict[str, Json]]:
    """The JSON object that a body is, if it is one."""
    try:
        value = parse(body.decode("utf-8", "replace")) if body else None
    except NotJson:
        return []
    return [value] if isinstance(value, dict) else []


PROTOCOL = Ollama()
