"""How pydantic reads a JSON scalar where a model asks for an integer, a boolean or a time.

The lax mode of pydantic 2, and the SDK's own `parse_datetime` behind it. Knows types; knows no model.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from playhead.protocols.ledger import Json

_INTEGER = re.compile(r"[+-]?\d+(?:_\d+)*(?:\.0+)?", re.ASCII)
_TRUE = frozenset({"1", "on", "t", "true", "y", "yes"})
_FALSE = frozenset({"0", "off", "f", "false", "n", "no"})
_TIME = re.compile(
    r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d{1,6}\d*)?)?(Z|z|[+-]\d{2}(:?\d{2})?)?", re.ASCII
)
_NUMBER = re.compile(r"\s*[+-]?\d+(\.\d*)?\s*", re.ASCII)
_MILLISECONDS = 2e10
"""From here on a number of seconds is taken for milliseconds."""
_LARGEST = 3e20


class Refused(ValueError):
    """A value that the type does not take."""


def text(value: Json) -> str:
    """A string that is valid Unicode: a lone surrogate is refused."""
    if not isinstance(value, str):
        raise Refused
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError:
            raise Refused from None
    return value


def integer(value: Json) -> int:
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**63:
        return int(value)
    if isinstance(value, str) and _INTEGER.fullmatch(value.strip()):
        return int(value.partition(".")[0])
    raise Refused


def boolean(value: Json) -> bool:
    if isinstance(value, bool | int | float) and value in (0, 1):
        return bool(value)
    if isinstance(value, str):
        word = value.lower()
        if word in _TRUE or word in _FALSE:
            return word in _TRUE
    raise Refused


def time(value: Json) -> str:
    """A time as pydantic writes it: `2026-01-02T03:04:05Z`."""
    if isinstance(value, bool):
        raise Refused
    number = _number(value)
    if number is not None and abs(number) > _MILLISECONDS:
        number /= 1000
    return _written(value, number)


def built_int(value: Json) -> Json:
    """What a model holds that is built without validation: only a boolean is written as an integer."""
    return int(value) if isinstance(value, bool) else value


def built_time(value: Json) -> str:
    """The same for a time: the SDK's `parse_datetime`, which takes any number."""
    number = _number(value)
    if number is not None:
        if abs(number) > _LARGEST:
            return "9999-12-31T23:59:59.999999" if number > 0 else "0001-01-01T00:00:00"
        while abs(number) > _MILLISECONDS:
            number /= 1000
    return _written(value, number)


def _number(value: Json) -> float | None:
    if isinstance(value, int | float) or (isinstance(value, str) and _NUMBER.fullmatch(value)):
        return float(value)
    return None


def _written(value: Json, seconds: float | None) -> str:
    try:
        if seconds is not None:
            moment = datetime.fromtimestamp(0, UTC) + timedelta(seconds=seconds)
        elif isinstance(value, str) and _TIME.fullmatch(value):
            moment = datetime.fromisoformat(value.replace("z", "Z"))
        else:
            raise Refused
    except (ValueError, OverflowError):
        raise Refused from None
    return re.sub(r"\+00:00$", "Z", moment.isoformat())
