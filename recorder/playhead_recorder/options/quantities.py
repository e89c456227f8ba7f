"""What people write for sizes, times and rates, as numbers. Pure.

A text that is none of these raises `ValueError`, which says what is allowed.
"""

from __future__ import annotations

import re

_NUMBER = re.compile(r"(?P<number>[0-9]{1,15}(?:\.[0-9]{1,9})?) ?(?P<unit>[a-z]*)", re.IGNORECASE)
_RATE = re.compile(r"(?P<number>[0-9]{0,3}\.?[0-9]{1,12}) ?(?P<percent>%?)")
_SIZES = {"": 1, "b": 1} | {
    unit: factor**power
    for power, letter in enumerate("kmgt", start=1)
    for unit, factor in ((letter, 1000), (f"{letter}b", 1000), (f"{letter}ib", 1024))
}
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 7 * 86400}


def size(text: str) -> int:
    """Bytes: `512`, `500M` and `1GB` (powers of 1000), `64MiB` (of 1024), in any case.

    >>> size("64MiB"), size("1.5k")
    (67108864, 1500)
    """
    allowed = "a size is a number of bytes, or one with a unit: 64MiB, 500MB, 2GiB"
    found = round(_amount(text, _SIZES, allowed))
    if not found:
        raise ValueError(allowed)
    return found


def duration(text: str) -> float:
    """Seconds: a number with a unit, s, m, h, d or w.

    >>> duration("90s"), duration("12h"), duration("0.5d")
    (90.0, 43200.0, 43200.0)
    """
    return _amount(text, _SECONDS, "a time is a number with a unit: 90s, 30m, 12h, 7d, 2w")


def rate(text: str) -> float:
    """A part of a whole: from 0 to 1, or a percentage.

    >>> rate("0.25"), rate("10%")
    (0.25, 0.1)
    """
    found = _RATE.fullmatch(text.strip())
    value = float(found["number"]) / (100 if found["percent"] else 1) if found else -1.0
    if not 0 <= value <= 1:
        raise ValueError("a rate is a number from 0 to 1, or a percentage: 0.1, 10%")
    return value


def _amount(text: str, units: dict[str, int], allowed: str) -> float:
    found = _NUMBER.fullmatch(text.strip())
    factor = units.get(found["unit"].lower()) if found else None
    amount = float(found["number"]) * factor if found and factor is not None else 0.0
    if amount <= 0:
        raise ValueError(allowed)
    return amount
