"""The chunk that most chunks are: text, and the tokens counted so far. Decoded by type, at once.

What does not fit exactly goes the long way (`models`), which gives the same for what does. Knows the shape;
knows no stream.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, cast

import msgspec

from playhead.protocols.ledger import Json

Modality = Literal["MODALITY_UNSPECIFIED", "TEXT", "IMAGE", "VIDEO", "AUDIO", "DOCUMENT"]


class _Known(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True, gc=False, rename="camel"):
    """An unknown member is for the long way."""


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
    token_count: int | None = None


class Usage(_Known):
    """`at` makes it a node of the ledger, which is written out when somebody asks."""

    cached_content_token_count: int | None = None
    candidates_token_count: int | None = None
    prompt_token_count: int | None = None
    thoughts_token_count: int | None = None
    tool_use_prompt_token_count: int | None = None
    total_token_count: int | None = None
    cache_tokens_details: list[Tokens] | None = None
    candidates_tokens_details: list[Tokens] | None = None
    prompt_tokens_details: list[Tokens] | None = None

    def at(self, frame: int) -> Json:
        return cast("Json", msgspec.to_builtins(self))


class Chunk(_Known):
    candidates: list[Candidate]
    usage_metadata: Usage | None = None
    model_version: str | None = None
    response_id: str | None = None


decode: Callable[[str], Chunk] = msgspec.json.Decoder(Chunk).decode
