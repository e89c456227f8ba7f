"""What a chunk says beside its choices: id, model, usage, errors, sources.

Knows the members by which OpenAI and compatible providers say it.
"""

from __future__ import annotations

from playhead.protocols.ledger import Json, Value
from playhead.protocols.openai_chat.lane import Lane
from playhead.protocols.record import Record
from playhead.protocols.remarks import RemarkKind


class Facts:
    """Writes the facts of a stream into `record`; each thing worth a remark is remarked on once."""

    def __init__(self, record: Record) -> None:
        self._record = record
        self.id: str = ""
        self.id_changed: bool = False
        self._usage_shrank = False
        self._cited = False

    def read(self, frame: int, data: dict[str, Json]) -> None:
        """A chunk's own members."""
        if isinstance(id_ := data.get("id"), str) and id_ and id_ != self.id:
            self._identify(frame, id_)
        record = self._record
        if record.model.born is None and isinstance(model := data.get("model"), str) and model:
            record.model.set(frame, model)
        usage = data.get("usage")
        if not isinstance(usage, dict) and isinstance(groq := data.get("x_groq"), dict):
            usage = groq.get("usage")
        if isinstance(usage, dict):
            self.use(frame, usage)

    def use(self, frame: int, usage: dict[str, Json]) -> None:
        """Token counts, the latest of which holds."""
        record = self._record
        record.usage.set(frame, _as_value(usage))
        for name, slot in (
            ("prompt_tokens", record.input_tokens),
            ("completion_tokens", record.output_tokens),
        ):
            count = usage.get(name)
            if type(count) is not int:
                continue
            before = slot.latest
            if isinstance(before, int) and count < before and not self._usage_shrank:
                self._usage_shrank = True
                text = f"{name} falls from {before} to {count}"
                record.remark(frame, RemarkKind.USAGE_SHRANK, text)
            slot.set(frame, count)

    def fail(self, frame: int, error: Json) -> None:
        """An error inside the stream."""
        self._record.error.set(frame, _as_value(error))
        said = error.get("message") if isinstance(error, dict) else error
        text = "an error in the stream" + (f": {said}" if isinstance(said, str) else "")
        self._record.remark(frame, RemarkKind.ERROR_EVENT, text)

    def cite(self, frame: int, data: dict[str, Json], lanes: dict[int, Lane]) -> None:
        """Sources that Perplexity repeats in every chunk belong to the first text."""
        citations = data.get("citations")
        if self._cited or not isinstance(citations, list) or not citations:
            return
        block = next((lane.text for lane in lanes.values() if lane.text is not None), None)
        if block is not None:
            self._cited = True
            for citation in citations:
                block.citations.append(frame, _as_value(citation))

    def _identify(self, frame: int, id_: str) -> None:
        if not self.id:
            self.id = id_
            self._record.id.set(frame, id_)
        elif not self.id_changed:
            self.id_changed = True
            self._record.remark(frame, RemarkKind.ID_CHANGED, f"the id changes from {self.id!r} to {id_!r}")


def _as_value(value: Json | dict[str, Json]) -> Value:
    """JSON is a value of the ledger; a dict of JSON is not one to mypy, whose dicts are invariant."""
    return value
