"""Of which model an exchange is: the one that its answer names, else the one that was asked for.

Header, waterfall and the list of sessions ask here. Knows requests and how answers begin; no protocol.
"""

from __future__ import annotations

import re

from playhead import Exchange, PlayheadError
from playhead.protocols.payload import NotJson, parse

_BODY = 256 * 1024
_FIRST_CHUNKS, _BEGINNING = 2, 4096
_IN_URL = re.compile(r"/models/([^/:?]+)")
_IN_ANSWER = re.compile(r'"model"\s*:\s*"([^"\\]{1,80})"')


def model_of(exchange: Exchange, answered: object) -> str:
    """Empty where nobody knows; `answered` is what was read in the answer, if it was."""
    if isinstance(answered, str) and answered:
        return answered
    request = exchange.request
    return "" if request is None else _in_body(request.body) or _in_url(request.url)


def begun_with(exchange: Exchange) -> str:
    """The model that an answer begins with, where it is not read."""
    try:
        data = b"".join(chunk.data for chunk in exchange.chunks[:_FIRST_CHUNKS])[:_BEGINNING]
    except PlayheadError:
        return ""
    found = _IN_ANSWER.search(data.decode("utf-8", "replace"))
    return found[1] if found else ""


def _in_body(body: bytes | None) -> str:
    if body is None or len(body) > _BODY:
        return ""
    try:
        value = parse(body.decode())
    except (NotJson, UnicodeDecodeError):
        return ""
    model = value.get("model") if isinstance(value, dict) else None
    return model if isinstance(model, str) else ""


def _in_url(url: str) -> str:
    """As Gemini's do."""
    found = _IN_URL.search(url)
    return found[1] if found else ""
