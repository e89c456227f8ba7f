"""Plain scalars as the SDKs' models take them: in pydantic's lax mode `"3"` is an integer and 1 is true.

Knows scalars; knows no model and no protocol. Source: pydantic 2.14, observed.
"""

from __future__ import annotations

import re

from playhead.protocols.ledger import Json

# What Rust takes for white space; Python's `strip` takes four control characters more.
_SPACE = "\t\n\x0b\x0c\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(
    map(chr, range(0x2000, 0x200B))
)
_INTEGER = re.compile(r"[+-]?([0-9]+(?:_[0-9]+)*)(?:\.0+)?")
_LONGEST = 4300  # digits; pydantic reads no longer ones from text
_LARGEST = 2**63
_TRUE = frozenset({"1", "on", "t", "true", "y", "yes"})
_FALSE = frozenset({"0", "off", "f", "false", "n", "no"})


class Refused(ValueError):
    """A value that the model does not take. The message says what it wants."""


def as_text(value: Json) -> str:
    if not isinstance(value, str):
        raise Refused("text")
    return value


def as_integer(value: Json) -> int:
    match value:
        case bool() | int():
            return int(value)
        case float() if value.is_integer() and abs(value) < _LARGEST:
            return int(value)
        case str():
            return _read_integer(value.strip(_SPACE))
    raise Refused("an integer")


def _read_integer(text: str) -> int:
    found = _INTEGER.fullmatch(text)
    digits = found[1].replace("_", "").lstrip("0") if found is not None else ""
    if found is None or len(digits) > _LONGEST:
        raise Refused("an integer")
    try:
        size = int(digits or "0")
    except ValueError:  # Python's own limit may be set lower
        raise Refused("an integer") from None
    return -size if text.startswith("-") else size


def as_float(value: Json) -> float:
    if isinstance(value, str):
        value = _plain_number(value)
    if isinstance(value, str | int | float):
        try:
            return float(value)
        except (ValueError, OverflowError):
            pass
    raise Refused("a number")


def _plain_number(text: str) -> str:
    """What is left for Python to read: it takes other digits, spaces and underscores than Rust."""
    is_grouped = "_" in text
    if is_grouped and (text.startswith("_") or text.endswith("_") or "__" in text):
        raise Refused("a number")
    plain = text.replace("_", "") if is_grouped else text.strip(_SPACE)
    if not plain.isascii() or plain != plain.strip():
        raise Refused("a number")
    return plain


def as_bool(value: Json) -> bool:
    if isinstance(value, bool | int | float) and value in (0, 1):
        return bool(value)
    if isinstance(value, str) and (word := value.lower()) in _TRUE | _FALSE:
        return word in _TRUE
    raise Refused("true or false")
