"""One value as google-genai's models take it: what they convert, and what they refuse.

Beside the plain scalars (`lax`): base64 of either alphabet is bytes and is written in the URL-safe one, times
are written anew, members of an enumeration are found in any case. Knows scalars; knows no model. Source:
pydantic 2.14, observed.
"""

from __future__ import annotations

import base64
import binascii
import math
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from playhead.protocols.gemini.tables import ENUMS
from playhead.protocols.lax import Refused, as_bool, as_float, as_integer, as_text
from playhead.protocols.ledger import Json

_STANDARD = re.compile(r"[A-Za-z0-9+/]*={0,2}")
_URL_SAFE = re.compile(r"[A-Za-z0-9_-]*={0,2}")
_TIME = re.compile(
    r"(\d{4}-\d\d-\d\d)(?:[Tt _](\d\d:\d\d(?::\d\d)?)(?:\.(\d{1,9}))?([Zz]|[+-]\d\d:?\d\d)?)?", re.ASCII
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECONDS_FROM = 20_000_000_000
_ENUMS = {name: frozenset(words.split()) for name, words in ENUMS.items()}


class RefusedEnum(Refused):
    """A value of an enumeration that is no text: the SDK fails on it before pydantic can say so."""


def as_bytes(value: Json) -> Json:
    """base64 in, base64 out: read in either alphabet, padded or not, and written in the URL-safe one."""
    if not isinstance(value, str) or not (_STANDARD.fullmatch(value) or _URL_SAFE.fullmatch(value)):
        raise Refused("base64")
    body = value.rstrip("=").replace("+", "-").replace("/", "_")
    padding = "=" * (-len(body) % 4)
    if len(value) - len(value.rstrip("=")) > len(padding):
        raise Refused("base64")
    try:
        decoded = base64.urlsafe_b64decode(body + padding)
    except binascii.Error:
        raise Refused("base64") from None
    written = base64.urlsafe_b64encode(decoded).decode()
    if written != body + padding:
        raise Refused("base64")
    return written


def as_time(value: Json) -> Json:
    """A date and time, or seconds or milliseconds since 1970, as RFC 3339."""
    if isinstance(value, str) and not value.lstrip("+-").isdecimal():
        return _written(_read_time(value))
    try:
        number = (
            float(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else None
        )
        if number is None or not math.isfinite(number):
            raise Refused("a time")
        seconds = number if abs(number) <= _MILLISECONDS_FROM else number / 1000
        return _written(_EPOCH + timedelta(seconds=seconds))
    except OverflowError:
        raise Refused("a time") from None


def _read_time(text: str) -> datetime:
    match_ = _TIME.fullmatch(text)
    if match_ is None:
        raise Refused("a time")
    day, time, fraction, zone = match_.groups()
    written = f"{day}T{time or '00:00'}"
    if fraction:
        if written.count(":") != 2:
            raise Refused("a time")
        written += f".{fraction[:6]:0<6}"
    try:
        return datetime.fromisoformat(written + (zone or "").upper())
    except ValueError:
        raise Refused("a time") from None


def _written(time: datetime) -> str:
    return time.isoformat().replace("+00:00", "Z")


def as_json(value: Json) -> Json:
    if not isinstance(value, dict):
        raise Refused("an object")
    return _finite(value)


def _finite(value: Json) -> Json:
    """`value` without the numbers that JSON has not: pydantic writes null for them."""
    match value:
        case float() if not math.isfinite(value):
            return None
        case dict():
            return {name: _finite(part) for name, part in value.items()}
        case list():
            return [_finite(part) for part in value]
    return value


def as_strings(value: Json) -> Json:
    if not isinstance(value, dict) or not all(isinstance(part, str) for part in value.values()):
        raise Refused("an object of texts")
    return value


def as_null(value: Json) -> Json:
    if value != "NULL_VALUE":
        raise Refused("NULL_VALUE")
    return value


def as_enum(name: str) -> Callable[[Json], Json]:
    """Members in upper case, whatever the case they came in; other words stay as they are."""
    known = _ENUMS[name]

    def read(value: Json) -> Json:
        if not isinstance(value, str):
            raise RefusedEnum("text")
        return value.upper() if value.upper() in known else value

    return read


SCALARS: dict[str, Callable[[Json], Json]] = {
    "str": as_text,
    "int": as_integer,
    "float": as_float,
    "bool": as_bool,
    "bytes": as_bytes,
    "time": as_time,
    "json": as_json,
    "strs": as_strings,
    "null": as_null,
    **{name: as_enum(name) for name in ENUMS},
}
