"""The chunk that most chunks are: text, and the tokens counted so far. Decoded by type, at once.

What does not fit exactly goes the long way (`models`), which gives the same for what does. Knows the shape;
knows no stream.
"""

from __future__ import annotations

from typing import Literal, cast

import msgspec

from playhead.protocols.ledger import Json

Modality = Literal["MODALITY_UNSPECIFIED", "TEXT", "IMAGE", "VIDEO", "AUDIO", "DOCUMENT"]


class _Known(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """Members are those of the JSON; an unknown one is for the long way."""


class Text(_Known):
    text: str
    thought: bool | None = None


class Content(_Known):
    parts: list[Text]
    role: str | None = None


class Candidate(_Known):
    content: Content
    index: int | None = None


class Tokens(_Known):
    modality: Modality | None = None
    tokenCount: int | None = None


class Usage(_Known):
    """`at` makes it a node of the ledger, which is written out when somebody asks."""

    cachedContentTokenCount: int | None = None
    candidatesTokenCount: int | None = None
    promptTokenCount: int | None = None
    thoughtsTokenCount: int | None = None
    toolUsePromptTokenCount: int | None = None
    totalTokenCount: int | None = None
    cacheTokensDetails: list[Tokens] | None = None
    candidatesTokensDetails: list[Tokens] | None = None
    promptTokensDetails: list[Tokens] | None = None

    def at(self, frame: int) -> Json:
        return cast("Json", msgspec.to_builtins(self))


class Chunk(_Known):
    candidates: list[Candidate]
    usageMetadata: Usage | None = None
    modelVersion: str | None = None
    responseId: str | None = None


decode = msgspec.json.Decoder(Chunk).decode
