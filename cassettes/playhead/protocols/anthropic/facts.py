"""What the events of a Messages stream say of the message: id, model, usage, how it ends.

Reads on to the end of the stream, whatever the client makes of it. Knows the six events and the error;
leaves content to `blocks`.
"""

from __future__ import annotations

from playhead.protocols.anthropic.blocks import BlockReader
from playhead.protocols.blocks import BlockLog
from playhead.protocols.ledger import Json
from playhead.protocols.record import Record
from playhead.protocols.remarks import RemarkKind

OWN_EVENTS = frozenset(
    {
        "message_start",
        "content_block_start",
        "content_block_delta",
        "content_block_stop",
        "message_delta",
        "message_stop",
    }
)
"""Those that make a message."""
EVENTS = OWN_EVENTS | {"ping", "error"}


class MessageReader:
    """Writes facts and blocks into a record."""

    def __init__(self, record: Record) -> None:
        self._record = record
        self.blocks: BlockReader = BlockReader(record)
        self.has_begun: bool = False
        self._usage: dict[str, Json] = {}

    def take(self, frame: int, payload: Json) -> tuple[BlockLog, str] | None:
        """The data of an event; returns the text that it adds to a block, which whoever asks writes."""
        if not isinstance(payload, dict) or not isinstance(type_ := payload.get("type"), str):
            self._say(frame, RemarkKind.UNEXPECTED_SHAPE, "the event's data is no object with a type")
            self._record.show(frame, "message", payload)
            return None
        if type_ not in EVENTS:
            self._record.remark(frame, RemarkKind.UNKNOWN_EVENT, f"unknown event {type_!r}")
            self._record.show(frame, type_, payload)
            return None
        if type_ in OWN_EVENTS and type_ != "message_start" and not self.has_begun:
            self._say(frame, RemarkKind.NO_START, f"{type_} before message_start; the client ignores it")
        match type_:
            case "message_start":
                self._begin(frame, payload.get("message"))
            case "content_block_start":
                self._open(frame, payload)
            case "content_block_delta":
                return self.blocks.grow(frame, payload.get("index"), payload.get("delta"))
            case "content_block_stop":
                self.blocks.close(frame, payload.get("index"))
            case "message_delta":
                self._end(frame, payload)
            case "message_stop":
                self._stop(frame)
        return None

    def fail(self, frame: int, error: Json, text: str) -> None:
        """The stream tells an error."""
        self._record.error.set(frame, error)
        self._record.remark(frame, RemarkKind.ERROR_EVENT, text)

    def begin(self, frame: int, message: dict[str, Json]) -> None:
        """The message as it begins, or whole."""
        self.has_begun = True
        record = self._record
        for name, slot in (("id", record.id), ("model", record.model), ("role", record.role)):
            if name in message:
                slot.set(frame, message[name])
        self._use(frame, message.get("usage"))
        if (reason := message.get("stop_reason")) is not None:
            record.stop_reason.set(frame, reason)
        content = message.get("content")
        for index, part in enumerate(content if isinstance(content, list) else ()):
            self.blocks.open(frame, index, part).closed = frame

    def _begin(self, frame: int, message: Json) -> None:
        if not isinstance(message, dict):
            self._say(frame, RemarkKind.UNEXPECTED_SHAPE, "message_start holds no message")
            return
        if not self.has_begun:
            self.begin(frame, message)
            return
        self._record.remark(frame, RemarkKind.SECOND_START, "a second message_start; the client ignores it")
        before = self._record.id.latest
        if (id_ := message.get("id")) is not None and before is not None and id_ != before:
            self._say(frame, RemarkKind.ID_CHANGED, f"the second message_start has another id: {id_!r}")

    def _open(self, frame: int, payload: dict[str, Json]) -> None:
        content = payload.get("content_block")
        self.blocks.open(frame, payload.get("index"), content)
        if isinstance(content, dict) and content.get("type") == "fallback":
            to = content.get("to")
            if isinstance(to, dict) and isinstance(model := to.get("model"), str):
                self._record.model.set(frame, model)

    def _end(self, frame: int, payload: dict[str, Json]) -> None:
        delta = payload.get("delta")
        if isinstance(delta, dict):
            self._record.stop_reason.set(frame, delta.get("stop_reason"))
        else:
            self._say(frame, RemarkKind.UNEXPECTED_SHAPE, "message_delta holds no delta")
        self._use(frame, payload.get("usage"))

    def _use(self, frame: int, usage: Json) -> None:
        """Counts are totals so far: what is told replaces what was."""
        if not isinstance(usage, dict):
            return
        several = bool(usage.get("iterations"))  # after a compaction or fallback the totals start anew
        for name, count in usage.items():
            before = self._usage.get(name)
            if isinstance(count, int) and isinstance(before, int) and count < before and not several:
                text = f"{name} falls from {before} to {count}; it should only grow"
                self._record.remark(frame, RemarkKind.USAGE_SHRANK, text)
        self._usage = self._usage | {name: count for name, count in usage.items() if count is not None}
        record = self._record
        record.usage.set(frame, self._usage)
        record.input_tokens.set(frame, self._usage.get("input_tokens"))
        record.output_tokens.set(frame, self._usage.get("output_tokens"))

    def _stop(self, frame: int) -> None:
        if not self._record.completed:
            self._record.completed = frame
            self.blocks.finish(frame)

    def _say(self, frame: int, kind: RemarkKind, text: str) -> None:
        self.blocks.remark(frame, kind, text)
