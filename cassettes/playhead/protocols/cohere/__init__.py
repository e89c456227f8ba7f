"""Cohere: streams of `/v2/chat`, and of the older `/v1/chat`. Knows how each is recognised."""

from __future__ import annotations

from collections.abc import Collection

from playhead.protocols.base import Certainty, Clues, Reader
from playhead.protocols.cohere.reader import CohereReader
from playhead.protocols.cohere.v1 import CohereV1Reader
from playhead.protocols.ledger import Json
from playhead.protocols.record import Record

_EVENTS = frozenset(
    {
        "message-start",
        "content-start",
        "content-delta",
        "tool-plan-delta",
        "tool-call-start",
        "citation-start",
    }
)
_OLD_EVENTS = frozenset(
    {"stream-start", "text-generation", "tool-calls-generation", "citation-generation", "stream-end"}
)


class Cohere:
    name = "cohere"
    title = "Cohere"

    def recognise(self, clues: Clues) -> Certainty:
        if any(_is_new(payload) or _is_old(payload) for payload in clues.payloads):
            return Certainty.CONTENT
        of_cohere = clues.host == "cohere.com" or clues.host.endswith((".cohere.com", ".cohere.ai"))
        if clues.path.endswith(("/v1/chat", "/v2/chat")):
            return Certainty.URL if of_cohere else Certainty.NO
        return Certainty.NO

    def reader(self, record: Record, clues: Clues) -> Reader:
        old = any(map(_is_old, clues.payloads)) or (not clues.payloads and clues.path.endswith("/v1/chat"))
        return CohereV1Reader(record, clues) if old else CohereReader(record, clues)


def _is_new(payload: dict[str, Json]) -> bool:
    delta = payload.get("delta")
    return (
        _is_one_of(payload.get("type"), _EVENTS)
        and isinstance(delta, dict)
        and isinstance(delta.get("message"), dict)
    )


def _is_old(payload: dict[str, Json]) -> bool:
    return _is_one_of(payload.get("event_type"), _OLD_EVENTS)


def _is_one_of(name: Json, names: Collection[str]) -> bool:
    return isinstance(name, str) and name in names


PROTOCOL = Cohere()
