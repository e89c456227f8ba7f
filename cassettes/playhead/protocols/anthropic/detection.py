"""How the two protocols of Anthropic are recognised: by their events, their paths, their headers.

Knows URLs, header names and the first events; reads nothing.
"""

from __future__ import annotations

from playhead.protocols.anthropic.completions import CompletionsReader
from playhead.protocols.anthropic.facts import OWN_EVENTS
from playhead.protocols.anthropic.messages import MessagesReader
from playhead.protocols.base import Certainty, Clues, Reader
from playhead.protocols.ledger import Json
from playhead.protocols.payload import parse_object
from playhead.protocols.record import Record

_SHAPES = {
    "message_start": "message",
    "content_block_start": "content_block",
    "content_block_delta": "delta",
}


class Messages:
    name = "anthropic-messages"
    title = "Anthropic Messages"

    def recognise(self, clues: Clues) -> Certainty:
        if any(_is_own(payload) for payload in clues.payloads):
            return Certainty.CONTENT
        if clues.body and _is_message(parse_object(clues.body.decode("utf-8", "replace"))):
            return Certainty.CONTENT
        if any(event.event in OWN_EVENTS for event in clues.events):
            return Certainty.SHAPE
        if clues.path.endswith("/v1/messages"):
            return Certainty.URL
        return Certainty.HEADERS if _has_header(clues) else Certainty.NO

    def reader(self, record: Record, clues: Clues) -> Reader:
        return MessagesReader(record, clues)


class Completions:
    name = "anthropic-completions"
    title = "Anthropic text completions"

    def recognise(self, clues: Clues) -> Certainty:
        if any(_is_completion(payload) for payload in clues.payloads):
            return Certainty.CONTENT
        if clues.body and _is_completion(parse_object(clues.body.decode("utf-8", "replace")) or {}):
            return Certainty.CONTENT
        return Certainty.URL if clues.path.endswith("/v1/complete") else Certainty.NO

    def reader(self, record: Record, clues: Clues) -> Reader:
        return CompletionsReader(record, clues)


def _is_own(payload: dict[str, Json]) -> bool:
    type_ = payload.get("type")
    member = _SHAPES.get(type_) if isinstance(type_, str) else None
    return member is not None and isinstance(payload.get(member), dict)


def _is_message(body: dict[str, Json] | None) -> bool:
    return body is not None and body.get("type") == "message" and isinstance(body.get("content"), list)


def _is_completion(payload: dict[str, Json]) -> bool:
    """`stop_reason` tells it from other completions that are plain text."""
    return isinstance(payload.get("completion"), str) and "stop_reason" in payload


def _has_header(clues: Clues) -> bool:
    if clues.request_header("anthropic-version"):
        return True
    return any(
        name.lower().startswith("anthropic-ratelimit-")
        for name, _ in (clues.response.headers if clues.response else ())
    )


PROTOCOL = Messages()
COMPLETIONS = Completions()
