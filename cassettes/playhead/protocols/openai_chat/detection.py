"""Recognises chat completions by what is in their chunks, and by the path of the request."""

from __future__ import annotations

from playhead.protocols.base import Certainty, Clues
from playhead.protocols.ledger import Json
from playhead.protocols.openai_chat.shapes import CHUNK_OBJECT

_PATH = "/chat/completions"
_OBJECTS = (CHUNK_OBJECT, "chat.completion", "chat.completion.done")
LEGACY_OBJECT = "text_completion"


def recognise(clues: Clues) -> Certainty:
    """How surely it is a chat completion."""
    found = max((_payload(payload) for payload in clues.payloads), default=Certainty.NO)
    if found < Certainty.SHAPE and clues.path.rstrip("/").endswith(_PATH):
        found = Certainty.URL
    if found < Certainty.SHAPE and clues.body:
        found = max(found, _body(clues.body))
    return found


def recognise_legacy(clues: Clues) -> Certainty:
    """How surely it is a text completion of before there was a chat."""
    if any(payload.get("object") == LEGACY_OBJECT for payload in clues.payloads):
        return Certainty.CONTENT
    if any(_is_text_choice(payload) for payload in clues.payloads):
        return Certainty.SHAPE
    if b'"text_completion"' in clues.body:
        return Certainty.SHAPE
    path = clues.path.rstrip("/")
    return Certainty.URL if path.endswith("/completions") and not path.endswith(_PATH) else Certainty.NO


def _payload(payload: dict[str, Json]) -> Certainty:
    if payload.get("object") in _OBJECTS:
        return Certainty.CONTENT
    choices = payload.get("choices")
    if not isinstance(choices, list):
        return Certainty.NO
    if any(isinstance(choice, dict) and "delta" in choice for choice in choices):
        return Certainty.CONTENT if payload.get("object") is None else Certainty.SHAPE
    # Azure begins with a chunk without choices that tells what it made of the prompt.
    return Certainty.SHAPE if not choices and payload.get("object") == "" else Certainty.NO


def _body(body: bytes) -> Certainty:
    if b'"chat.completion"' in body:
        return Certainty.CONTENT
    return Certainty.SHAPE if b'"choices"' in body and b'"message"' in body else Certainty.NO


def _is_text_choice(payload: dict[str, Json]) -> bool:
    choices = payload.get("choices")
    return isinstance(choices, list) and any(
        isinstance(choice, dict) and isinstance(choice.get("text"), str) and "delta" not in choice
        for choice in choices
    )
