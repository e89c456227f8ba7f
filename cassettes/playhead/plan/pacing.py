"""Speed: where the waits go between the acts of a replay.

Knows times as numbers; reads no clock.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import Literal, TypeAlias

from playhead.errors import UsageError
from playhead.plan.steps import Act, Step, Wait

Speed: TypeAlias = float | Literal["max"]
"""A factor on the recorded pace (2.0 is twice as fast), or `"max"`: no waits."""

_LONGEST = 1e9
"""Seconds, some thirty years: no clock or timer that a performer has overflows by it."""
_HINT = 'It is a number above 0 (1.0 is the recorded pace, 2.0 twice as fast), or "max".'


def check_speed(speed: object) -> Speed:
    """`speed` as a `Speed`. Raises `UsageError` for anything else, zero and less included."""
    if speed == "max":
        return "max"
    if isinstance(speed, int | float) and not isinstance(speed, bool) and speed > 0 and math.isfinite(speed):
        return float(speed)
    raise UsageError(f"no such speed: {speed!r}", hint=_HINT)


def parse_speed(text: str) -> Speed:
    """The same from a command line's text."""
    try:
        return check_speed(text if text == "max" else float(text))
    except ValueError:
        raise UsageError(f"no such speed: {text!r}", hint=_HINT) from None


def paced(acts: Iterable[Act], speed: Speed) -> Iterator[Step]:
    """The acts with a `Wait` before each whose time is known, scaled by `speed`; none at `"max"`."""
    return iter(acts) if speed == "max" else _with_waits(acts, speed)


def _with_waits(acts: Iterable[Act], speed: float) -> Iterator[Step]:
    last = 0.0
    for act in acts:
        if act.at is not None:
            until = min(act.at / speed, _LONGEST)
            if until > last:
                yield Wait(until)
                last = until
        yield act
