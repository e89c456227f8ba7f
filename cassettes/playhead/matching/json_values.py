"""A JSON text as a value: whatever its spelling, with what was redacted in it left open.

Members in any order, `1.0` is `1`. Knows JSON, and which spans of its bytes were redacted.
"""

from __future__ import annotations

import enum
import json
import re
from decimal import Decimal
from typing import Any, Final, TypeAlias

import msgspec

from playhead.matching.wildcards import Pieces, Span

Value: TypeAlias = Any
"""A JSON value; in one that was recorded, a string may be `Pieces`, and a value `Anything`."""

_JSON: Final = re.compile(rb"[\s]*[{\[\"0-9tfn-]")
_STRING: Final = re.compile(rb'"(?:[^"\\]|\\.)*+"', re.DOTALL)
_MARK: Final = "\ufdd0"
"""Stands for a redacted span while the JSON is read: a code point that no text may use."""
_MARK_BYTES: Final = _MARK.encode()
_WHOLE: Final = "\ufdd1"
_WHOLE_BYTES: Final = f'"{_WHOLE}"'.encode()
"""Stands for one that is no string: a number, a whole object."""
_EXACT: Final = 2**53
_DEEPEST: Final = 128
"""Objects and lists within each other. What is nested deeper is compared as bytes: values are walked by
functions that call themselves, in whatever is left of the stack of the code under test."""
_ODD: Final = "\ufdd2"
"""Stands before a number that is none of JSON's, or none of ours: a string with it is no other's."""
_ODD_QUOTED: Final = re.compile(f'"{_ODD}([^"]*)"')


class NotJson(ValueError):
    """Bytes that are no JSON text, or one that is nested too deep to be read."""


class Anything(enum.Enum):
    """A redacted value that was no string: whatever is asked fits."""

    ANYTHING = "…"


def value_of(data: bytes, spans: list[Span] | None = None) -> Value:
    """The value of a JSON text, whole numbers as `int` however they are written; raises `NotJson`.

    `spans` (of bytes, ascending) were redacted: what they held may be anything.
    """
    return _opened(_value(_marked(data, spans))) if spans else _value(data)


def _value(data: bytes) -> Value:
    if not _JSON.match(data):
        raise NotJson
    value = _parsed(data)
    if data.count(b"[") + data.count(b"{") > _DEEPEST and _is_deep(value):
        raise NotJson
    return value


def _parsed(data: bytes) -> Value:
    try:
        return _decode(data)
    except (msgspec.DecodeError, UnicodeError, RecursionError, ValueError):
        pass  # json takes what the SDKs' own encoder writes: NaN, lone surrogates
    try:
        return json.loads(data, parse_float=_number, parse_constant=_odd)
    except (ValueError, RecursionError):
        raise NotJson from None


def _is_deep(value: Value) -> bool:
    level = [value]
    for _ in range(_DEEPEST):
        parts = (part.values() if isinstance(part, dict) else part for part in level)
        level = [each for inner in parts for each in inner if isinstance(each, dict | list)]
        if not level:
            return False
    return True


def _marked(data: bytes, spans: list[Span]) -> bytes:
    """The JSON text with a mark for each span; one that is no string's becomes a string of its own."""
    strings = [match.span() for match in _STRING.finditer(data)]
    parts: list[bytes] = []
    at = place = 0
    for start, end in spans:
        while place < len(strings) and strings[place][1] <= start:
            place += 1
        inside = place < len(strings) and strings[place][0] < start and end < strings[place][1]
        parts += [data[at:start], _MARK_BYTES if inside else _WHOLE_BYTES]
        at = end
    parts.append(data[at:])
    return b"".join(parts)


def _opened(value: Value) -> Value:
    """The value with what the marks stand for."""
    if isinstance(value, str):
        if value == _WHOLE:
            return Anything.ANYTHING
        return Pieces(tuple(value.split(_MARK))) if _MARK in value else value
    if isinstance(value, dict):
        return {_opened(name): _opened(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_opened(part) for part in value]
    return value


def _number(text: str) -> int | float | str:
    number = float(text)
    if number.is_integer() and abs(number) < _EXACT:
        return int(number)
    if number.is_integer() and (exact := Decimal(text)) == int(exact):
        return int(exact)
    return number if abs(number) < float("inf") else _odd(text)


def _odd(text: str) -> str:
    return _ODD + text


def plain(text: str) -> str:
    """A JSON text with what is odd in it as it was written."""
    return _ODD_QUOTED.sub(r"\1", text)


_decode = msgspec.json.Decoder(float_hook=_number).decode


def canonical(value: Value) -> bytes:
    """The same bytes for values that mean the same."""
    try:
        return msgspec.json.encode(value, order="sorted")
    except (UnicodeError, RecursionError, ValueError):
        pass  # lone surrogates
    try:
        return json.dumps(value, sort_keys=True).encode("ascii")
    except RecursionError:
        raise NotJson from None
