"""Log probabilities by the short way: lists that get longer, a token at a time.

Knows cells and the shape of a token; the rest of a delta is in `short`.
"""

from __future__ import annotations

from functools import partial

import msgspec
from msgspec import Struct

from playhead.protocols.ledger import Fields, Json, Series
from playhead.protocols.openai_chat.built import construct, plain
from playhead.protocols.openai_chat.shapes import LOGPROBS
from playhead.protocols.openai_chat.short import Growth
from playhead.protocols.payload import finite


class _TopToken(Struct, gc=False):
    token: str
    logprob: float
    bytes: list[int] | None = None


class _Token(Struct, gc=False):
    token: str
    logprob: float
    top_logprobs: list[_TopToken]
    bytes: list[int] | None = None


class _Logprobs(Struct, gc=False):
    """What log probabilities are when there is nothing in them to coerce."""

    content: list[_Token] | None = None
    refusal: list[_Token] | None = None


def plan_logprobs(frame: int, held: Fields | None, new: Json, growth: Growth) -> bool:
    """Whether they only add to what the choice has; `growth` is what to write then."""
    told = _as_told(new)
    if held is None or not isinstance(told, dict):
        return False
    for name in ("content", "refusal"):
        items, cell = told.get(name), held.latest(name)
        if not items:
            continue
        if not isinstance(items, list) or not isinstance(cell, Series):
            return False
        growth.extend(partial(cell.append, frame, finite(item)) for item in items)
    return True


def _as_told(logprobs: Json) -> Json:
    """Log probabilities as the SDK takes them."""
    try:
        msgspec.convert(logprobs, _Logprobs)
    except (msgspec.ValidationError, UnicodeError):  # it cannot take, or even name, a lone surrogate
        told: Json = plain(construct(LOGPROBS, logprobs))
        return told
    return logprobs
