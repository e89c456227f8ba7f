"""Chunks in the words of every protocol: blocks, facts and remarks.

Goes on to the end of the stream, whatever the client makes of it. Knows the chunks of OpenAI and of the
providers that are compatible with it; knows no snapshot.
"""

from __future__ import annotations

from typing import cast

from playhead.protocols.ledger import Json
from playhead.protocols.openai_chat.content import KNOWN, add_delta
from playhead.protocols.openai_chat.ending import judge_calls
from playhead.protocols.openai_chat.facts import Facts
from playhead.protocols.openai_chat.lane import Lane
from playhead.protocols.openai_chat.shapes import CHUNK_OBJECT
from playhead.protocols.record import Record
from playhead.protocols.remarks import RemarkKind

_SILENT = frozenset({"ping", "keepalive", "keep-alive", "keep_alive", "heartbeat"})


class Neutral:
    """Reads every chunk into `record`."""

    def __init__(self, record: Record) -> None:
        self._record = record
        self.lanes: dict[int, Lane] = {}
        """By the index that the stream gives a choice."""
        self.facts: Facts = Facts(record)
        self.unknown: set[str] = set()
        self.touched: list[Lane] = []
        """The choices of the chunk read last."""
        self._told_object = False

    def read(self, frame: int, event: str, data: dict[str, Json]) -> None:
        """A chunk, or whatever other object stands in an event."""
        for lane in self.touched:
            lane.taken.clear()
        self.touched.clear()
        error = data.get("error")
        if error:
            self.facts.fail(frame, error)
        elif self._is_flat_error(event, data):
            self.facts.fail(frame, data)
            self._ignored(frame, "the client knows errors only under `error`, and drops this one")
        choices = data.get("choices")
        if choices is None and not error:
            self._read_other(frame, event, data)
        self.facts.read(frame, data)
        if choices is None:
            return
        if not isinstance(choices, list):
            self._record.remark(frame, RemarkKind.UNEXPECTED_SHAPE, "`choices` is no list")
            return
        means = [self._choice(frame, place, choice) for place, choice in enumerate(choices)]
        self.facts.cite(frame, data, self.lanes)
        if any(means) and data.get("object") != CHUNK_OBJECT and not self._told_object:
            self._told_object = True
            self._ignored(frame, f"the client drops a chunk whose `object` is {data.get('object')!r}")

    def lane(self, index: int) -> Lane:
        lane = self.lanes.get(index)
        if lane is None:
            lane = self.lanes[index] = Lane(self._record, index)
        return lane

    def _choice(self, frame: int, place: int, choice: Json) -> bool:
        """One choice of a chunk; whether it means anything."""
        if not isinstance(choice, dict):
            self._record.remark(frame, RemarkKind.UNEXPECTED_SHAPE, "a choice is no object")
            return False
        index = choice.get("index")
        if type(index) is not int:
            self._remark_once(
                frame, RemarkKind.UNEXPECTED_SHAPE, "a choice has no `index` that is an integer"
            )
            index = place
        lane = self.lane(index)
        self.touched.append(lane)
        before = len(self._record.grown_frames)
        self._delta(frame, lane, choice)
        if isinstance(usage := choice.get("usage"), dict):
            self.facts.use(frame, usage)
        reason = choice.get("finish_reason")
        if reason:
            self._finish(frame, lane, reason)
        return bool(reason) or len(self._record.grown_frames) > before

    def _delta(self, frame: int, lane: Lane, choice: dict[str, Json]) -> None:
        delta = choice.get("delta")
        if delta is None:
            delta = self._instead_of_delta(frame, lane, choice)
        if not isinstance(delta, dict):
            self._remark_once(frame, RemarkKind.UNEXPECTED_SHAPE, "a `delta` is no object")
            return
        self._role(frame, lane, delta.get("role"))
        for name in add_delta(self._record, lane, frame, delta):
            if name in KNOWN:
                text = f"{name!r} is of another type than it must be, and shown as data"
                self._remark_once(frame, RemarkKind.UNEXPECTED_SHAPE, text)
            else:
                text = f"a delta has {name!r}, which is shown as data"
                self._remark_once(frame, RemarkKind.UNKNOWN_DELTA, text)

    def _instead_of_delta(self, frame: int, lane: Lane, choice: dict[str, Json]) -> Json:
        """A whole message, or bare text, where a gateway sends these; else nothing."""
        message, text = choice.get("message"), choice.get("text")
        if lane.channels or not (isinstance(message, dict) or isinstance(text, str)):
            return {}
        self._remark_once(
            frame, RemarkKind.UNEXPECTED_SHAPE, "a choice has a whole message in place of a `delta`"
        )
        return message if isinstance(message, dict) else {"content": text}

    def _role(self, frame: int, lane: Lane, role: Json) -> None:
        if not isinstance(role, str) or not role:
            return
        if not lane.role:
            lane.role = role
            if self._record.role.born is None:
                self._record.role.set(frame, role)
        elif not lane.role_repeated:
            lane.role_repeated = True
            text = f"the role {role!r} is sent again, and the client joins them: {lane.role + role!r}"
            self._record.remark(frame, RemarkKind.ROLE_REPEATED, text)

    def _finish(self, frame: int, lane: Lane, reason: Json) -> None:
        lane.close(frame)
        first = self.lanes.get(0) or next(iter(self.lanes.values()))
        if isinstance(reason, str) and lane is first:
            self._record.stop_reason.set(frame, reason)
        if not lane.finished:
            lane.finished = frame
            judge_calls(self._record, frame, lane)

    def _is_flat_error(self, event: str, data: dict[str, Json]) -> bool:
        """An error that is the event itself, and not a member of it."""
        if data.get("choices") is not None:
            return False
        if event == "error" or data.get("object") == "error" or data.get("type") == "error":
            return True
        return isinstance(data.get("message"), str) and any(name in data for name in ("code", "status"))

    def _read_other(self, frame: int, event: str, data: dict[str, Json]) -> None:
        """An object that is no chunk: shown as data, unless it says nothing or is told elsewhere."""
        type_ = data.get("type")
        if event in _SILENT or (isinstance(type_, str) and type_ in _SILENT):
            self._record.keep_alive(frame)
        elif self._record.error.latest is not data and not isinstance(data.get("usage"), dict):
            self._record.remark(frame, RemarkKind.UNKNOWN_EVENT, f"an event without `choices`: {event!r}")
            self._record.show(frame, event, cast("Json", data))

    def _ignored(self, frame: int, text: str) -> None:
        if self._record.frozen is None:
            self._record.remark(frame, RemarkKind.CLIENT_IGNORES, text)

    def _remark_once(self, frame: int, kind: RemarkKind, text: str) -> None:
        if text not in self.unknown:
            self.unknown.add(text)
            self._record.remark(frame, kind, text)
