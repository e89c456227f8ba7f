"""Places as people type them: `#84`, `3.1s`, `+500ms`, `50%`, and where they lie in a stream.

Knows text and numbers. Times count as those on the screen do: from the anchor, or from the reference.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable

import msgspec

_NUMBER = r"\d+(?:[\d,_]*\d)?"
_EVENT = rf"#?({_NUMBER})\Z"
_STEPS = rf"([+-])#?({_NUMBER})\Z"
_PERCENT = r"(\d+(?:\.\d+)?|\.\d+)\s*%\Z"
_TIME = r"(\d+(?:\.\d*)?|\.\d+)\s*(ms|s|m)\Z"
_DECIMAL = r"(?:\d+\.\d*|\.\d+)\Z"
"""Seconds: an event's number has no point."""
_CLOCK = r"(\d+):([0-5]?\d(?:\.\d*)?)\Z"
UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0}
"""Of times, in seconds."""
EXAMPLES = "#84, +10, 3.1s, +500ms, 1:30, 50%"


class PlaceError(ValueError):
    """What was typed is no place."""


class EventPlace(msgspec.Struct, frozen=True):
    """An event by its number, or so many events on."""

    number: int
    is_relative: bool = False


class TimePlace(msgspec.Struct, frozen=True):
    """A time in seconds, or so many seconds on."""

    seconds: float
    is_relative: bool = False


class SharePlace(msgspec.Struct, frozen=True):
    """A share of the events, in percent."""

    percent: float


Place = EventPlace | TimePlace | SharePlace


def parse_place(text: str) -> Place:
    """The place that `text` names. Raises `PlaceError`.

    >>> parse_place("+500ms")
    TimePlace(seconds=0.5, is_relative=True)
    >>> parse_place("0.278")
    TimePlace(seconds=0.278, is_relative=False)
    """
    text = text.strip().lower()
    if found := re.match(_EVENT, text):
        return EventPlace(_count(found[1]))
    if found := re.match(_STEPS, text):
        return EventPlace(_count(found[2]) * (-1 if found[1] == "-" else 1), is_relative=True)
    if found := re.match(_PERCENT, text):
        if float(found[1]) > 100:
            raise PlaceError(f"{found[1]}% is beyond the end")
        return SharePlace(float(found[1]))
    seconds = parse_time(text)
    if seconds is not None:
        return TimePlace(seconds, is_relative=text.startswith(("+", "-")))
    raise PlaceError(f"no place: try {EXAMPLES}")


def parse_time(text: str) -> float | None:
    """The seconds that `text` tells, with a sign or without; `None` where it is no time.

    >>> parse_time("1:30"), parse_time("-500ms"), parse_time("3")
    (90.0, -0.5, None)
    """
    text = text.strip().lower()
    sign = -1.0 if text.startswith("-") else 1.0
    told = text[1:] if text.startswith(("+", "-")) else text
    if found := re.match(_TIME, told):
        return sign * float(found[1]) * UNITS[found[2]]
    if re.match(_DECIMAL, told):
        return sign * float(told)
    if found := re.match(_CLOCK, told):
        return sign * (int(found[1]) * 60 + float(found[2]))
    return None


def _count(digits: str) -> int:
    return min(int(digits.replace(",", "").replace("_", "")), 2**53)


def at_time(seconds: float, count: int, time: Callable[[int], float | None]) -> int | None:
    """The first event at or behind a time, else the last; `None` where there are none, or no known time.

    `time` gives the seconds of an event; they never descend. An unknown one counts as the one before it.
    """
    is_known = False
    low, high = 0, count
    while low < high:
        middle = (low + high) // 2
        # Whatever is passed over here is not looked at again.
        known = ((n, t) for n in range(middle + 1, low, -1) if (t := time(n)) is not None)
        number, there = next(known, (0, -math.inf))
        is_known = is_known or number > 0
        if there < seconds:
            low = middle + 1
        else:
            high = number - 1
    return min(low + 1, count) if is_known else None
