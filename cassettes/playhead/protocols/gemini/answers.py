"""What the chunks of a Gemini stream add up to: the merged response, its blocks, and the facts about it.

Knows chunks as the SDK hands them on, and the record. Knows no frame and no failure of the client.
"""

from __future__ import annotations

from playhead.protocols.blocks import BlockLog
from playhead.protocols.gemini import fast
from playhead.protocols.gemini.message import Candidate, Part, Response, is_mere_text
from playhead.protocols.gemini.parts import Shown
from playhead.protocols.ledger import Json, Value
from playhead.protocols.record import Record
from playhead.protocols.remarks import RemarkKind

_COUNTED = ("promptTokenCount", "candidatesTokenCount", "thoughtsTokenCount")


class Answers:
    """`message` of the record is the merged response: `{}` before the first chunk."""

    def __init__(self, record: Record) -> None:
        self._record = record
        self._response = Response(record.usage)
        record.message = self._response
        record.began = 0
        self._shown: dict[int, Shown] = {}
        # What the last chunk said of itself, and of whom it was, for as long as none came the long way.
        self._head: tuple[str | None, str | None] = (None, None)
        self._whose: tuple[int | str | None, str | None] = (None, None)
        self._candidate_before: Candidate | None = None
        self._going: BlockLog | None = None  # the block to which such text is added
        self._going_is_thought = False
        self._prompt: int | None = None

    def take_usual(self, number: int, chunk: fast.Chunk) -> None:
        """A chunk of text alone. Nearly all say of themselves what the one before said."""
        head = (chunk.model_version, chunk.response_id)
        if head != self._head:
            self._head = head
            said = {"modelVersion": chunk.model_version, "responseId": chunk.response_id}
            self._say(number, {name: value for name, value in said.items() if value is not None})
        usage = chunk.usage_metadata
        if usage is not None:
            self._count(
                number,
                usage,
                usage.prompt_token_count,
                usage.candidates_token_count,
                usage.thoughts_token_count,
            )
        for answer in chunk.candidates:
            content = answer.content
            whose = (answer.index, content.role)
            if whose != self._whose or self._candidate_before is None:
                self._whose = whose
                self._going = None
                self._candidate_before = self._candidate(number, answer.index)
                if content.role:
                    self._role(number, self._candidate_before, content.role)
            for part in content.parts:
                thought = part.thought is True
                if self._going is not None and self._going_is_thought is thought:
                    self._record.grow(number, self._going, part.text)
                    continue
                self._add_text(number, self._candidate_before, part.text, part.thought, None)
                self._going = self._shown[self._candidate_before.index].text
                self._going_is_thought = thought

    def take(self, number: int, chunk: dict[str, Json], written: Json) -> None:
        """A chunk of any shape, as the SDK hands it on; `written` as it stands in the stream."""
        self._head = self._whose = (None, None)
        self._candidate_before = self._going = None
        beside = chunk.items()
        self._say(
            number, {name: part for name, part in beside if name not in ("candidates", "usageMetadata")}
        )
        usage = chunk.get("usageMetadata")
        if isinstance(usage, dict):
            self._count(number, usage, *(usage.get(name) for name in _COUNTED))
        candidates = chunk.get("candidates")
        candidates_written = written.get("candidates") if isinstance(written, dict) else None
        for place, answer in enumerate(candidates if isinstance(candidates, list) else ()):
            if isinstance(answer, dict):
                self._answer(number, answer, _item(candidates_written, place))
        self._complete(number, chunk)

    def close(self, number: int) -> None:
        """No more chunks will come: what is open ends."""
        for candidate in self._response.candidates.values():
            if not candidate.finished and (shown := self._shown.get(candidate.index)):
                shown.close(number)

    def _say(self, number: int, members: dict[str, Json]) -> None:
        """What a chunk says beside its candidates and the usage."""
        for name, member in members.items():
            self._response.set(number, name, member)
        record = self._record
        if "modelVersion" in members:
            record.model.set(number, members["modelVersion"])
        identity = members.get("responseId")
        if isinstance(identity, str):
            self._identify(number, identity)

    def _identify(self, number: int, identity: str) -> None:
        before = self._record.id.latest
        if before == identity:
            return
        if before is not None:
            self._record.remark(number, RemarkKind.ID_CHANGED, f"responseId was {before} and is {identity}")
        self._record.id.set(number, identity)

    def _count(self, number: int, usage: Value, prompt: Json, answer: Json, thoughts: Json) -> None:
        """Thoughts are counted apart from the answer, and are output as well."""
        record = self._record
        record.usage.set(number, usage)
        if isinstance(prompt, int) and prompt != self._prompt:
            self._prompt = prompt
            record.input_tokens.set(number, prompt)
        if isinstance(answer, int):
            record.output_tokens.set(number, answer + (thoughts if isinstance(thoughts, int) else 0))
        elif isinstance(thoughts, int):
            record.output_tokens.set(number, thoughts)

    def _candidate(self, number: int, index: int | None) -> Candidate:
        candidate = self._response.candidate(number, index or 0)
        if index is not None:
            candidate.fields.set(number, "index", index)
        return candidate

    def _role(self, number: int, candidate: Candidate, role: str) -> None:
        candidate.set_role(number, role)
        if self._is_first(candidate):
            self._record.role.set(number, role)

    def _is_first(self, candidate: Candidate) -> bool:
        return next(iter(self._response.candidates)) == candidate.index

    def _answer(self, number: int, answer: dict[str, Json], raw: Json) -> None:
        """One candidate of a chunk; `raw` as it stands in the stream."""
        index = answer.get("index")
        candidate = self._candidate(number, index if isinstance(index, int) else None)
        content = answer.get("content")
        if isinstance(content, dict):
            if isinstance(role := content.get("role"), str) and role:
                self._role(number, candidate, role)
            parts = content.get("parts")
            parts_written = _parts_of(raw)
            for place, part in enumerate(parts if isinstance(parts, list) else ()):
                if isinstance(part, dict):
                    self._part(number, candidate, part, _item(parts_written, place))
        candidate.set(number, answer)
        self._cite(number, candidate, answer)
        reason = answer.get("finishReason")
        if isinstance(reason, str):
            candidate.finished = number
            shown = self._show(candidate)
            shown.close(number)
            if shown.call is not None:
                text = "the answer is finished, and a function call in it was said to continue"
                self._record.remark(number, RemarkKind.BLOCK_LEFT_OPEN, text, block=shown.call.number)
                shown.call = None
            if self._is_first(candidate):
                self._record.stop_reason.set(number, reason)

    def _complete(self, number: int, chunk: dict[str, Json]) -> None:
        """No sentinel ends a stream: it is whole when every answer is finished, or the prompt is blocked."""
        candidates = self._response.candidates.values()
        finished = [candidate.finished for candidate in candidates]
        feedback = chunk.get("promptFeedback")
        reason = feedback.get("blockReason") if isinstance(feedback, dict) else None
        if isinstance(reason, str) and not finished:
            self._record.stop_reason.set(number, reason)
            self._record.completed = number
        elif finished and all(finished) and max(finished) == number:
            self._record.completed = number

    def _show(self, candidate: Candidate) -> Shown:
        shown = self._shown.get(candidate.index)
        if shown is None:
            shown = self._shown[candidate.index] = Shown(self._record, candidate.index)
        return shown

    def _part(self, number: int, candidate: Candidate, part: dict[str, Json], raw: Json) -> None:
        if is_mere_text(part):
            text, thought = part["text"], part.get("thought")
            assert isinstance(text, str)
            self._add_text(number, candidate, text, bool(thought), part)
            return
        shown = self._show(candidate)
        rope = None
        if isinstance(text := part.get("text"), str):
            rope = shown.open_text(number, text, bool(part.get("thought")))
        known = shown.open_other(number, part) or rope is not None
        if not known:
            self._unknown(number, shown, part, raw)
        shown.sign(number, part.get("thoughtSignature"))
        candidate.append(number, Part(number, part, rope))
        if shown.text is not None and known and rope is None:
            shown.text = None

    def _unknown(self, number: int, shown: Shown, part: dict[str, Json], raw: Json) -> None:
        """A part without anything that we know; one that is empty, or only signs what was said, is none."""
        said = raw if isinstance(raw, dict) else part
        if part.keys() == {"thoughtSignature"} or all(value is None for value in said.values()):
            return
        block = shown.open_unknown(number, said)
        text = f"a part of a kind that is not known: {block.type}"
        self._record.remark(number, RemarkKind.UNKNOWN_BLOCK, text, block=block.number)

    def _add_text(
        self, number: int, candidate: Candidate, text: str, thought: bool | None, part: dict[str, Json] | None
    ) -> None:
        """A part of text: added to the last one where both are thought or neither is."""
        shown = self._shown.get(candidate.index) or self._show(candidate)
        signature = part.get("thoughtSignature") if part is not None else None
        if candidate.goes_on(bool(thought)):
            assert candidate.last is not None
            block = shown.text
            if block is not None:
                self._record.grow(number, block, text)
                block.reopen(number)
            elif candidate.last.text is not None:
                candidate.last.text.append(number, text)
            if signature:
                candidate.last.fields.set(number, "thoughtSignature", signature)
        else:
            rope = shown.open_text(number, text, bool(thought))
            values: dict[str, Json] = dict(part or {})
            if part is None and thought is not None:
                values["thought"] = thought
            candidate.append(number, Part(number, values, rope))
        if candidate.finished and text:
            self._after_finish(number, candidate)
        shown.sign(number, signature)

    def _after_finish(self, number: int, candidate: Candidate) -> None:
        """Text behind the finish: whole is the stream when another finish comes, which some servers send."""
        candidate.finished = 0
        self._record.uncomplete(number)

    def _cite(self, number: int, candidate: Candidate, answer: dict[str, Json]) -> None:
        metadata, grounding = answer.get("citationMetadata"), answer.get("groundingMetadata")
        for holder, name in ((metadata, "citations"), (grounding, "groundingChunks")):
            found = holder.get(name) if isinstance(holder, dict) else None
            if isinstance(found, list):
                self._show(candidate).cite(number, found)


def _item(values: Json, place: int) -> Json:
    return values[place] if isinstance(values, list) and place < len(values) else None


def _parts_of(answer: Json) -> Json:
    content = answer.get("content") if isinstance(answer, dict) else None
    return content.get("parts") if isinstance(content, dict) else None
