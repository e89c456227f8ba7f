"""Reads a Gemini stream: which texts the client takes for chunks, what it makes of each, and where it fails.

Knows frames and the record. What the SDK drops, refuses or fails on is decided in `models` and `client`,
what the chunks add up to in `answers`.
"""

from __future__ import annotations

import msgspec

from playhead.protocols import refusals
from playhead.protocols.base import Clues
from playhead.protocols.gemini import fast
from playhead.protocols.gemini.answers import Answers
from playhead.protocols.gemini.client import Lines, lines_of
from playhead.protocols.gemini.models import Taken, take
from playhead.protocols.ledger import Json
from playhead.protocols.payload import NotJson, parse
from playhead.protocols.record import Record
from playhead.protocols.remarks import RemarkKind
from playhead.sse import Frame

ERRORS = "google.genai.errors"
NOT_JSON = f"{ERRORS}.UnknownApiResponseError"
_NAMES_QUOTED = 8


class GeminiReader:
    """`message` is the merged response: `{}` before the first chunk."""

    def __init__(self, record: Record, clues: Clues) -> None:
        self._record = record
        self._vertex = is_vertex(clues)
        self._status = clues.status
        self._answers = Answers(record)
        self._lines = Lines()
        self._error_kind = refusals.Gate(record, clues.status, None).error_kind
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
                self._took = number
                self._answers.take_usual(number, chunk)
                return
        texts = self._lines.feed(frame)
        for text in texts:
            self._text(number, text, ours=text == frame.data or frame.other is not None)
        if frame.data is not None and frame.data not in texts and self._record.frozen is not None:
            self._text(number, frame.data)  # the client failed on what stands around it

    def close(self, number: int) -> None:
        if self._status is not None and self._status != 200:
            self._refused(min(number, 1), self._status)
        for text in self._lines.close():
            self._text(number, text, ours=self._record.frozen is None)
        self._answers.close(number)
        record = self._record
        if not record.completed and not record.error.born and number:
            text = "the stream ended and no chunk had brought a finishReason"
            record.remark(number, RemarkKind.NO_TERMINATOR, text)

    def read_body(self, body: bytes) -> None:
        """A JSON body: one response, or the list of chunks that comes without `alt=sse`."""
        value = refusals.parsed(body)
        if self._status is not None and refusals.is_refused(self._status):
            refusals.read(self._record, self._status, value, raises=_class_for(self._status))
            return
        self._error_kind = RemarkKind.ERROR_BODY
        if self._status is not None and self._status != 200:
            self._refused(1, self._status)
        if isinstance(value, list):
            for chunk in value:
                self._chunk(1, chunk)
        else:
            for chunk_text in lines_of(body.decode("utf-8", "replace")):
                self._text(1, chunk_text)

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
                self._record.show(number, "chunk", text)
            self._raised(number, NOT_JSON, "the client cannot read this as JSON")
        else:
            self._chunk(number, value)

    def _raised(self, number: int, exception: str, text: str) -> None:
        """One frame may hold a chunk that the client took, and behind it what it fails on."""
        self._record.raised(number, exception, text, took=self._took == number)

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
        self._answers.take(number, taken.chunk, value)

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
        record.remark(number, self._error_kind, f"an error inside the stream: {_message(error)}")
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


def is_vertex(clues: Clues) -> bool:
    """Whether the request went to Vertex AI, whose answers the SDK takes whole."""
    return clues.host.endswith("aiplatform.googleapis.com") or "/publishers/" in clues.path


def _class_for(code: float) -> str:
    if 400 <= code < 500:
        return f"{ERRORS}.ClientError"
    return f"{ERRORS}.ServerError" if 500 <= code < 600 else f"{ERRORS}.APIError"


def _message(error: Json) -> str:
    message = error.get("message") if isinstance(error, dict) else error
    return message if isinstance(message, str) else "no message"
