"""Text completions, the API from before there was a chat: `choices[].text`.

The SDK has no accumulator for them: the message is the first chunk with every later one merged in, text
joined by choice, the rest the latest that is not null. Knows that shape only; no tool, no delta.
"""

from __future__ import annotations

from playhead.protocols.base import Clues
from playhead.protocols.ledger import Fields, Json, Series
from playhead.protocols.openai_chat import body
from playhead.protocols.openai_chat.ending import judge_done, judge_end
from playhead.protocols.openai_chat.lane import Lane
from playhead.protocols.openai_chat.neutral import Neutral
from playhead.protocols.openai_chat.shapes import CHUNK_OBJECT
from playhead.protocols.openai_chat.snapshot import NEVER
from playhead.protocols.openai_wire import client_sees, refuse_status
from playhead.protocols.payload import NotJson, parse
from playhead.protocols.record import Record
from playhead.protocols.remarks import RemarkKind
from playhead.sse import Frame, FrameKind

_DONE = "[DONE]"


class LegacyReader:
    """The reader of one response."""

    def __init__(self, record: Record, clues: Clues) -> None:
        self._record = record
        self._clues = clues
        self._neutral = Neutral(record)
        self._root = Fields()
        self._choices = Series()
        self._places: dict[int, Fields] = {}
        self._done = False
        self._told_after = False
        record.message = self._root
        record.began = NEVER

    def feed(self, number: int, frame: Frame) -> None:
        refuse_status(self._record, number, self._clues.status)
        if frame.kind is not FrameKind.EVENT:
            if not self._done and client_sees(frame):
                self._raise(number, "json.JSONDecodeError", "a block without data")
            return
        data, event = frame.data or "", frame.event or "message"
        if self._done and not self._told_after:
            self._told_after = True
            self._record.remark(number, RemarkKind.AFTER_TERMINATOR, "data after [DONE]")
        if data.startswith(_DONE):
            if not self._done:
                self._done = True
                judge_done(self._record, number, self._neutral.lanes)
            return
        try:
            value = parse(data)
        except NotJson as error:
            self._record.remark(number, RemarkKind.NOT_JSON, f"data that is not JSON: {error}")
            self._raise(number, "json.JSONDecodeError", str(error))
            self._record.show(number, event, data)
            return
        self._take(number, event, value)

    def close(self, number: int) -> None:
        refuse_status(self._record, number, self._clues.status)
        if not self._done:
            judge_end(self._record, number, self._neutral.lanes)

    def read_body(self, body_: bytes) -> None:
        body.read(self._record, self._clues, self._neutral, body_)

    def _take(self, number: int, event: str, value: Json) -> None:
        if not isinstance(value, dict):
            self._record.remark(number, RemarkKind.UNEXPECTED_SHAPE, "an event that is no JSON object")
            self._record.show(number, event, value)
            return
        choices = value.get("choices")
        chunk = value
        if isinstance(choices, list):
            chunk = {**value, "object": CHUNK_OBJECT, "choices": [_as_delta(choice) for choice in choices]}
        self._neutral.read(number, event, chunk)
        if value.get("error"):
            self._raise(number, "openai.APIError", "an error under way")
        elif isinstance(choices, list) and not self._done:
            self._merge(number, value, choices)

    def _merge(self, number: int, value: dict[str, Json], choices: list[Json]) -> None:
        self._record.began = min(self._record.began or NEVER, number)
        for name, part in value.items():
            if name != "choices" and (part is not None or name not in self._root):
                self._root.set(number, name, part)
        self._root.set(number, "choices", self._choices)
        for place, choice in enumerate(choices):
            if isinstance(choice, dict):
                index = choice.get("index")
                self._merge_choice(number, index if type(index) is int else place, choice)

    def _merge_choice(self, number: int, index: int, choice: dict[str, Json]) -> None:
        held = self._places.get(index)
        if held is None:
            held = self._places[index] = Fields()
            self._choices.append(number, held)
            lane: Lane = self._neutral.lane(index)
            held.set(number, "text", lane.channel(("content",)))
        for name, part in choice.items():
            if name != "text" and (part is not None or name not in held):
                held.set(number, name, part)

    def _raise(self, number: int, exception: str, text: str) -> None:
        if not self._done:
            self._record.raised(number, exception, f"the client raises {exception}: {text}")


def _as_delta(choice: Json) -> Json:
    """A choice as a chat would send it."""
    if not isinstance(choice, dict):
        return choice
    told: dict[str, Json] = {name: choice[name] for name in ("index", "finish_reason") if name in choice}
    return {**told, "delta": {"content": choice.get("text")}}
