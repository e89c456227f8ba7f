"""Gemini: answers of `:streamGenerateContent`, of the Gemini API and of Vertex AI, and of `:generateContent`.

Knows how such an answer is recognised. The official client is google-genai.
"""

from __future__ import annotations

from playhead.protocols.base import Certainty, Clues, Reader
from playhead.protocols.gemini.reader import GeminiReader
from playhead.protocols.ledger import Json
from playhead.protocols.record import Record

_METHODS = (":streamGenerateContent", ":generateContent")


class Gemini:
    name = "gemini"
    title = "Gemini"

    def recognise(self, clues: Clues) -> Certainty:
        certainty = Certainty.URL if clues.path.endswith(_METHODS) else Certainty.NO
        for payload in clues.payloads:
            certainty = max(certainty, _certainty(payload))
        return certainty

    def reader(self, record: Record, clues: Clues) -> Reader:
        return GeminiReader(record, clues)


def _certainty(payload: dict[str, Json]) -> Certainty:
    match payload:
        case {"candidates": [{"content": {"parts": [*_]}}, *_]}:
            return Certainty.CONTENT
        case {"candidates": [{"content": {"role": "model"}}, *_]}:
            return Certainty.CONTENT
        case {"usageMetadata": {"promptTokenCount": int()}}:
            return Certainty.CONTENT
        case {"candidates": [{"finishReason": str()}, *_]} | {"promptFeedback": dict()}:
            return Certainty.SHAPE
        case {"error": {"code": int(), "message": str(), "status": str()}}:
            return Certainty.SHAPE
    return Certainty.NO


PROTOCOL = Gemini()
