"""Reads a Gemini answer: every chunk as google-genai takes it, merged into one response, and its blocks.

Knows chunks and the record. What the SDK drops, refuses or fails on is decided in `models` and `client`.
"""

from __future__ import annotations

import msgspec

from playhead.protocols.base import Clues
from playhead.protocols.gemini import fast
from playhead.protocols.gemini.client import Lines, lines_of
from playhead.protocols.gemini.message import Candidate, Part, Response, is_mere_text
from playhead.protocols.gemini.models import Taken, take
from playhead.protocols.gemini.parts import Shown
from playhead.protocols.ledger import Json, Value
from playhead.protocols.payload import NotJson, parse
from playhead.protocols.record import Record
from playhead.protocols.remarks import RemarkKind
from playhead.sse import Frame

ERRORS = "google.genai.errors"
NOT_JSON = f"{ERRORS}.UnknownApiResponseError"
_COUNTED = ("promptTokenCount", "candidatesTokenCount", "thoughtsTokenCount")
_NAMES_QUOTED = 8


class GeminiReader:
    """`message` is the merged response: `{}` before the first chunk."""

    def __init__(self, record: Record, clues: Clues) -> None:
        self._record = record
        self._vertex = is_vertex(clues)
        self._status = clues.status
        self._response = Response(record.usage)
        record.message = self._response
        record.began = 0
        self._lines = Lines()
        self._shown: dict[int, Shown] = {}
        # What the last chunk said of itself, and of whom it was, for as long as none came the long way.
        self._head: tuple[str | None, str | None] = (None, None)
        self._whose: tuple[int | str | None, str | None] = (None, None)
        self._candidate_before: Candidate | None = None
        self._prompt: int | None = None
        self._took = 0  # the last frame that brought a chunk the client took

    def feed(self, number: int, frame: Frame) -> None:
        if self._status is not None and self._status != 200:
            self._refused(number, self._status)
        if self._lines.is_usual(frame):
            try:
                chunk = fast.decode(frame.data or "")
            except (msgspec.DecodeError, UnicodeError, RecursionError):
                pass  # the long way tells what it is
            else:
                self._usual(number, chunk)
                return
        texts = self._lines.feed(frame)
        for text in texts:
            self._text(number, text, ours=text == frame.data or frame.other is not None)
        if frame.data is not None and frame.data not in texts and self._record.frozen is not None:
            self._text(number, frame.data)  # the client failed on what stands around it

    def close(self, number: int) -> None:
        for text in self._lines.close():
            self._text(number, text, ours=self._record.frozen is None)
        for candidate in self._response.candidates.values():
            if not candidate.finished and (shown := self._shown.get(candidate.index)):
                shown.close(number)
        record = self._record
        if not record.completed and not record.error.born and number:
            text = "the stream ended and no chunk had brought a finishReason"
            record.remark(number, RemarkKind.NO_TERMINATOR, text)

    def read_body(self, body: bytes) -> None:
        """A JSON body: one response, or the list of chunks that comes without `alt=sse`."""
        text = body.decode("utf-8", "replace")
        if self._status is not None and self._status != 200:
            self._refused(1, self._status)
        try:
            value = parse(text)
        except NotJson:
            value = None
        if isinstance(value, list):
            for chunk in value:
                self._chunk(1, chunk)
        else:
            for chunk_text in lines_of(text):
                self._text(1, chunk_text)
        if self._record.error.born:
            self._record.remark(1, RemarkKind.ERROR_BODY, "the response is an error and no stream")

    def _refused(self, number: int, status: int) -> None:
        """The client raises for the status and reads no stream."""
        self._record.raised(
            number, _class_for(status), f"the client raises for status {status}, before it reads the stream"
        )

    def _text(self, number: int, text: str, *, ours: bool = True) -> None:
        """What should be a chunk. It is not `ours` where only the client takes it for one: a comment."""
        try:
            value = parse(text)
        except NotJson as error:
            if ours:
                self._record.remark(number, RemarkKind.NOT_JSON, f"no JSON: {error}")
            self._raised(number, NOT_JSON, "the client cannot read this as JSON")
        else:
            self._chunk(number, value)

    def _raised(self, number: int, exception: str, text: str) -> None:
        """One frame may hold a chunk that the client took, and behind it what it fails on."""
        self._record.raised(number, exception, text, took=self._took == number)

    def _usual(self, number: int, chunk: fast.Chunk) -> None:
        """A chunk of text alone. Nearly all say of themselves what the one before said."""
        self._took = number
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
                self._candidate_before = self._candidate(number, answer.index)
                if content.role:
                    self._role(number, self._candidate_before, content.role)
            for part in content.parts:
                self._add_text(number, self._candidate_before, part.text, part.thought, None)

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

    def _chunk(self, number: int, value: Json) -> None:
        """A chunk of any shape."""
        record = self._record
        if isinstance(value, dict) and "error" in value:
            self._error(number, value)
        taken = take(value, vertex=self._vertex)
        if taken.raises is not None:
            self._not_taken(number, taken)
        elif isinstance(value, dict) and value and not taken.chunk and "error" not in value:
            known = ", ".join(list(value)[:_NAMES_QUOTED])
            record.remark(number, RemarkKind.UNEXPECTED_SHAPE, f"a chunk with nothing that is known: {known}")
        elif not isinstance(value, dict):
            record.remark(number, RemarkKind.UNEXPECTED_SHAPE, "a chunk that is no object")
        if taken.raises is None and self._record.frozen is None:
            self._took = number
        self._head = self._whose = (None, None)
        self._candidate_before = None
        beside = taken.chunk.items()
        self._say(
            number, {name: part for name, part in beside if name not in ("candidates", "usageMetadata")}
        )
        usage = taken.chunk.get("usageMetadata")
        if isinstance(usage, dict):
            self._count(number, usage, *(usage.get(name) for name in _COUNTED))
        candidates = taken.chunk.get("candidates")
        written = value.get("candidates") if isinstance(value, dict) else None
        for place, answer in enumerate(candidates if isinstance(candidates, list) else ()):
            if isinstance(answer, dict):
                raw = written[place] if isinstance(written, list) and place < len(written) else None
                self._answer(number, answer, raw)
        self._complete(number, taken.chunk)

    def _not_taken(self, number: int, taken: Taken) -> None:
        assert taken.raises is not None
        reasons = "; ".join(taken.reasons[:3])
        self._record.remark(number, RemarkKind.UNEXPECTED_SHAPE, f"not the shape of a chunk: {reasons}")
        self._raised(number, taken.raises, f"the client refuses the chunk: {reasons}")

    def _error(self, number: int, chunk: dict[str, Json]) -> None:
        """The SDK looks for `{"error":` at the very beginning, and takes the code from inside."""
        record = self._record
        error = chunk["error"]
        record.error.set(number, error)
        record.remark(number, RemarkKind.ERROR_EVENT, f"an error inside the stream: {_message(error)}")
        if next(iter(chunk)) != "error":
            text = "the client does not see the error: it looks for one only as the first member"
            record.remark(number, RemarkKind.CLIENT_IGNORES, text)
            return
        code = error.get("code") if isinstance(error, dict) else None
        if not isinstance(error, dict):
            raises = "AttributeError"
        elif isinstance(code, int | float):
            raises = _class_for(code)
        else:
            raises = "TypeError"
        self._raised(number, raises, f"the client raises for the error: {_message(error)}")

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
            written = _parts_of(raw)
            for place, part in enumerate(parts if isinstance(parts, list) else ()):
                if isinstance(part, dict):
                    self._part(number, candidate, part, written[place] if place < len(written) else None)
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
                block.closed = 0
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
        self._record.completed = 0

    def _cite(self, number: int, candidate: Candidate, answer: dict[str, Json]) -> None:
        metadata, grounding = answer.get("citationMetadata"), answer.get("groundingMetadata")
        for holder, name in ((metadata, "citations"), (grounding, "groundingChunks")):
            found = holder.get(name) if isinstance(holder, dict) else None
            if isinstance(found, list):
                self._show(candidate).cite(number, found)


def is_vertex(clues: Clues) -> bool:
    """Whether the request went to Vertex AI, whose answers the SDK takes whole."""
    return clues.host.endswith("aiplatform.googleapis.com") or "/publishers/" in clues.path


def _class_for(code: float) -> str:
    if 400 <= code < 500:
        return f"{ERRORS}.ClientError"
    return f"{ERRORS}.ServerError" if 500 <= code < 600 else f"{ERRORS}.APIError"


def _parts_of(answer: Json) -> list[Json]:
    content = answer.get("content") if isinstance(answer, dict) else None
    parts = content.get("parts") if isinstance(content, dict) else None
    return parts if isinstance(parts, list) else []


def _message(error: Json) -> str:
    message = error.get("message") if isinstance(error, dict) else error
    return message if isinstance(message, str) else "no message"
