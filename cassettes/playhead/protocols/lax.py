"""Plain scalars as the SDKs' models take them: in pydantic's lax mode `"3"` is an integer and 1 is true.

Knows scalars; knows no model and no protocol. Source: pydantic 2.14, observed.
"""

from __future__ import annotations

import re

from playhead.protocols.ledger import Json

_INTEGER = re.compile(r"\s*([+-]?[0-9]+(?:_[0-9]+)*)(?:\.0+)?\s*")
_LONGEST_NUMBER = 4000  # Python and pydantic both refuse to read longer ones
_LARGEST = 2**63
_TRUE = frozenset({"1", "on", "t", "true", "y", "yes"})
_FALSE = frozenset({"0", "off", "f", "false", "n", "no"})


class Refused(ValueError):
    """A value that the model does not take. The message says what it wants."""


def as_text(value: Json) -> Json:
    if not isinstance(value, str):
        raise Refused("text")
    return value


def as_integer(value: Json) -> Json:
    match value:
        case bool() | int():
            return int(value)
        case float() if value.is_integer() and -_LARGEST <= value < _LARGEST:
            return int(value)
        case str() if (match_ := _INTEGER.fullmatch(value)) and len(value) < _LONGEST_NUMBER:
            return int(match_[1])
    raise Refused("an integer")


def as_float(value: Json) -> Json:
    if isinstance(value, bool | int | float) or (isinstance(value, str) and value.isascii()):
        try:
            return float(value)
        except (ValueError, OverflowError):
            pass
    raise Refused("a number")


def as_bool(value: Json) -> Json:
    if isinstance(value, bool | int | float) and value in (0, 1):
        return bool(value)
    if isinstance(value, str) and value.lower() in _TRUE | _FALSE:
        return value.lower() in _TRUE
    raise Refused("true or false")
