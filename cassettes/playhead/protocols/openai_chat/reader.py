"""Reads a chat completion stream: each event into blocks and facts, and into the client's snapshot.

Source of what the client does with an event: openai 3.51.0 `_streaming.py`. Knows frames; the rest is in
the modules beside it.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from playhead.protocols.base import Clues
from playhead.protocols.ledger import Json
from playhead.protocols.openai_chat import body, hot
from playhead.protocols.openai_chat.ending import judge_done, judge_end
from playhead.protocols.openai_chat.lane import Lane
from playhead.protocols.openai_chat.neutral import Neutral
from playhead.protocols.openai_chat.snapshot import Snapshot
from playhead.protocols.openai_wire import client_sees, error_text, refuse_status
from playhead.protocols.payload import NotJson, parse
from playhead.protocols.record import Record
from playhead.protocols.remarks import RemarkKind
from playhead.sse import Frame, FrameKind

_DONE = "[DONE]"
_EVENT = FrameKind.EVENT


class ChatReader:
    """The reader of one response."""

    def __init__(self, record: Record, clues: Clues) -> None:
        self._record = record
        self._clues = clues
        self._neutral = Neutral(record)
        self._snapshot = Snapshot(record, self._neutral.lanes)
        self._heats: dict[int, hot.Heat] = {}
        self._fingerprint: Json = None
        self._has_usage = False
        self._done = 0
        self._told_after = False

    def feed(self, number: int, frame: Frame) -> None:
        if frame.kind is not _EVENT:
            refuse_status(self._record, number, self._clues.status)
            if not self._done and client_sees(frame):
                self._not_json(number, "", "a block without data, which the client reads as JSON")
            if frame.other:
                body.read_bare(self._record, number, frame.other)
            return
        data = frame.data or ""
        try:
            chunk = hot.decode(data)
        except (msgspec.DecodeError, UnicodeError, RecursionError):
            self._read(number, frame.event or "message", data)
            return
        if not self._grow(number, chunk):
            self._read(number, frame.event or "message", data)

    def close(self, number: int) -> None:
        if not self._done:
            judge_end(self._record, number, self._neutral.lanes)
        refuse_status(self._record, number, self._clues.status)
        self._snapshot.finish(number)

    def read_body(self, body_: bytes) -> None:
        body.read(self._record, self._clues, self._neutral, body_)

    def _grow(self, number: int, chunk: hot.HotChunk) -> bool:
        """The short way: whether the chunk only made an open block longer."""
        choice = chunk.choices[0]
        heat = self._heats.get(choice.index)
        if heat is None or chunk.system_fingerprint != self._fingerprint:
            return False
        facts = self._neutral.facts
        if chunk.id != facts.id and not facts.id_changed:
            return False
        delta = choice.delta
        text = heat.text(delta)
        if not text:
            return False
        if (delta.role or delta.channel) and not heat.add_beside(number, delta):
            return False
        self._record.grow(number, heat.block, text)
        if chunk.usage is not None or self._has_usage:
            self._use(number, chunk.usage)
        return True

    def _use(self, number: int, usage: hot.Usage | None) -> None:
        """Usage that comes with the content."""
        told: Json = usage  # type: ignore[assignment]
        if isinstance(told, dict):
            self._neutral.facts.use(number, told)
        if not self._snapshot.is_frozen:
            self._snapshot.use(number, told)
        self._has_usage = told is not None

    def _read(self, number: int, event: str, data: str) -> None:
        """The long way, for any event."""
        refuse_status(self._record, number, self._clues.status)
        if self._done and not self._told_after:
            self._told_after = True
            self._record.remark(number, RemarkKind.AFTER_TERMINATOR, "data after [DONE]")
        if data.startswith(_DONE):
            self._end(number)
            return
        if not data:
            self._record.keep_alive(number)
            self._not_json(number, "", "an event without data, which the client reads as JSON")
            return
        try:
            value = parse(data)
        except NotJson as error:
            self._not_json(number, data, f"data that is not JSON: {error}")
            self._record.show(number, event, data)
            return
        self._take(number, event, value)

    def _take(self, number: int, event: str, value: Json) -> None:
        if isinstance(value, dict):
            self._neutral.read(number, event, value)
            if error := value.get("error"):
                self._raise(number, "openai.APIError", error_text(error))
        else:
            self._record.remark(number, RemarkKind.UNEXPECTED_SHAPE, "an event that is no JSON object")
            self._record.show(number, event, value)
        if not self._done:
            touched = self._neutral.touched
            in_full = self._snapshot.take(number, value, touched)
            self._warm(self._neutral.lanes.values() if in_full else touched)

    def _warm(self, lanes: Iterable[Lane]) -> None:
        """Work out for which of these choices the short way is open now."""
        snapshot = self._snapshot
        self._has_usage = snapshot.member("usage") is not None
        fingerprint = snapshot.member("system_fingerprint")
        # A list equals no fingerprint that the short way lets through.
        self._fingerprint = fingerprint if isinstance(fingerprint, str | None) else []
        for lane in lanes:
            heat = hot.heat(lane, snapshot)
            if heat is not None:
                self._heats[lane.index] = heat
            else:
                self._heats.pop(lane.index, None)

    def _end(self, number: int) -> None:
        if self._done:
            return
        self._done = number
        self._heats = {}
        judge_done(self._record, number, self._neutral.lanes)
        self._snapshot.finish(number)

    def _not_json(self, number: int, data: str, text: str) -> None:
        if data:
            self._record.remark(number, RemarkKind.NOT_JSON, text)
        if not self._done:
            self._raise(number, "json.JSONDecodeError", text)

    def _raise(self, number: int, exception: str, text: str) -> None:
        if not self._done:
            self._record.raised(number, exception, f"the client raises {exception}: {text}")
            self._warm(self._neutral.lanes.values())
