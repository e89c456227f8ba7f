"""OpenAI Responses: `POST /v1/responses` with `stream: true`, and what is compatible with it.

Read as the official client reads it (openai 3.51.0 `lib/streaming/responses/`). docs/protocols.md tells what
is read, and where the two cannot be equal.
"""

from __future__ import annotations

from playhead.protocols.base import Certainty, Clues, Reader
from playhead.protocols.openai_responses import wire
from playhead.protocols.openai_responses.handlers import HANDLERS
from playhead.protocols.openai_responses.reader import ResponsesReader
from playhead.protocols.payload import parse_object
from playhead.protocols.record import Record

_TYPES = (HANDLERS.keys() | wire.DELTAS.keys()) - {"error", "keepalive"}


class OpenAIResponses:
    name = "openai-responses"
    title = "OpenAI Responses"

    def recognise(self, clues: Clues) -> Certainty:
        names = (payload.get("type") for payload in clues.payloads)
        if any(isinstance(name, str) and name in _TYPES for name in names):
            return Certainty.CONTENT
        if clues.body and _is_response(clues.body):
            return Certainty.CONTENT
        if _is_url(clues.path) and _may_be(clues):
            return Certainty.URL
        if any(event.event in _TYPES for event in clues.events):
            return Certainty.SHAPE
        return Certainty.NO

    def reader(self, record: Record, clues: Clues) -> Reader:
        return ResponsesReader(record, clues)


def _is_url(path: str) -> bool:
    """`…/responses` to make one, `…/responses/ID` to follow it."""
    return "responses" in path.rstrip("/").split("/")[-2:]


def _may_be(clues: Clues) -> bool:
    """Whether none of the events speaks against it: at such a URL anybody may stream anything."""
    found = [(payload.get("type"), "error" in payload) for payload in clues.payloads]
    return not found or any(
        is_error or kind == "keepalive" or str(kind).startswith(("response.", "error"))
        for kind, is_error in found
    )


def _is_response(body: bytes) -> bool:
    value = parse_object(body.decode("utf-8", "replace"))
    return value is not None and value.get("object") == "response"


PROTOCOL = OpenAIResponses()
