"""The JSON in an event, read as the official clients read it.

Both SDKs call `json.loads`, which takes more than the standard allows: NaN, lone surrogates, numbers of
any size. Knows JSON; knows no protocol.
"""

from __future__ import annotations

import json
import math
import re
from itertools import accumulate
from typing import cast

import jiter
import msgspec

from playhead.protocols.ledger import Json

DONE = "[DONE]"
"""The data of the event that ends the streams of OpenAI, and of many that are like them."""

MAX_DEPTH = 128
"""How deep JSON may be nested to be read. Real payloads stay far below; clients give up near a thousand."""

_decode = msgspec.json.Decoder().decode
_STRING = re.compile(r'"(?:[^"\\]|\\.)*+"', re.DOTALL)
_NO_BRACKET = re.compile(r"[^][{}]+")
_STEP = {"[": 1, "{": 1, "]": -1, "}": -1}


class NotJson(ValueError):
    """Data that no client could read as JSON (the message is that of `json.loads`), or that is too deep."""


def is_too_deep(data: str) -> bool:
    """Whether the brackets in `data` stand deeper than `MAX_DEPTH`; strings do not count."""
    if data.count("[") + data.count("{") <= MAX_DEPTH:
        return False
    brackets = _NO_BRACKET.sub("", _STRING.sub("", data))
    return max(accumulate(map(_STEP.__getitem__, brackets)), default=0) > MAX_DEPTH


def parse(data: str) -> Json:
    """The value of `data`; raises `NotJson`."""
    if is_too_deep(data):
        raise NotJson(f"nested deeper than {MAX_DEPTH} levels, which is not read")
    try:
        return cast("Json", _decode(data))
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        pass  # json has the last word
    try:
        return cast("Json", json.loads(data))
    except (ValueError, RecursionError) as error:
        raise NotJson(str(error) or type(error).__name__) from None


def parse_object(data: str) -> dict[str, Json] | None:
    """The JSON object that `data` is; `None` where it is anything else."""
    try:
        value = parse(data)
    except NotJson:
        return None
    return value if isinstance(value, dict) else None


def parse_partial(text: str, *, trailing_strings: bool = False) -> Json:
    """What stands so far in JSON that is still being written; raises `ValueError` where it cannot go on so.

    `trailing_strings` keeps a string that is not closed yet; without it that member is left away. The
    same parser as the anthropic SDK's (`jiter.from_json`, its `partial_mode`).
    """
    mode: bool | str = "trailing-strings" if trailing_strings else True
    return cast("Json", jiter.from_json(text.encode("utf-8", "surrogatepass"), partial_mode=mode))  # type: ignore[arg-type]


def finite(value: Json) -> Json:
    """A value as pydantic's `model_dump(mode="json")` writes it: floats that JSON does not know are null."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {name: finite(part) for name, part in value.items()}
    if isinstance(value, list):
        return [finite(part) for part in value]
    return value
