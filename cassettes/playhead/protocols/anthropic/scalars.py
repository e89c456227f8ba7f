"""How the SDK reads a time: pydantic in its lax mode, and the SDK's own `parse_datetime` behind it.

And what it writes for values that no validation touched. Knows types; knows no model.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from playhead.protocols.lax import Refused, as_text
from playhead.protocols.ledger import Json

_TIME = re.compile(
    r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d{1,6}\d*)?)?(Z|z|[+-]\d{2}(:?\d{2})?)?", re.ASCII
)
_NUMBER = re.compile(r"\s*[+-]?\d+(\.\d*)?\s*", re.ASCII)
_MILLISECONDS = 2e10
"""From here on a number of seconds is taken for milliseconds."""
_LARGEST = 3e20


def text(value: Json) -> str:
    """Text that is valid Unicode: a lone surrogate is refused."""
    value = as_text(value)
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError:
            raise Refused("text without lone surrogates") from None
    return value


def time(value: Json) -> str:
    """A time as pydantic writes it: `2026-01-02T03:04:05Z`."""
    if isinstance(value, bool):
        raise Refused("a time")
    number = _number(value)
    if number is not None and abs(number) > _MILLISECONDS:
        number /= 1000
    return _written(value, number)


def built_int(value: Json) -> Json:
    """What a model holds that is built without validation: only a boolean is written as an integer."""
    return int(value) if isinstance(value, bool) else value


def built_time(value: Json) -> str:
    """The same for a time: the SDK's `parse_datetime`, which takes any number."""
    # An integer may be too large for a float: it is compared first.
    number = value if isinstance(value, int) and abs(value) > _LARGEST else _number(value)
    if number is not None:
        if abs(number) > _LARGEST:
            return "9999-12-31T23:59:59.999999" if number > 0 else "0001-01-01T00:00:00"
        while abs(number) > _MILLISECONDS:
            number /= 1000
    return _written(value, number)


def _number(value: Json) -> float | None:
    if isinstance(value, int | float) or (isinstance(value, str) and _NUMBER.fullmatch(value)):
        try:
            return float(value)
        except OverflowError:
            raise Refused("a time") from None
    return None


def _written(value: Json, seconds: float | None) -> str:
    try:
        if seconds is not None:
            moment = datetime.fromtimestamp(0, UTC) + timedelta(seconds=seconds)
        elif isinstance(value, str) and _TIME.fullmatch(value):
            moment = datetime.fromisoformat(value.replace("z", "Z"))
        else:
            raise Refused("a time")
    except (ValueError, OverflowError):
        raise Refused("a time") from None
    return re.sub(r"\+00:00$", "Z", moment.isoformat())
