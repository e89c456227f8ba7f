"""Pace: where the waits go between the acts of a replay, and how long they are.

Knows times as numbers; reads no clock.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

from playhead.errors import UsageError
from playhead.plan.steps import Act, Step, Wait

Speed: TypeAlias = float | Literal["max"]
"""A factor on the recorded pace (2.0 is twice as fast), or `"max"`: no waits."""

_LONGEST = 1e9
"""Seconds, some thirty years: no clock or timer that a performer has overflows by it."""
_HINT = 'It is a number above 0 (1.0 is the recorded pace, 2.0 twice as fast), or "max".'


def as_float(number: float) -> float:
    """`number` as a float: an integer beyond all floats is infinite."""
    try:
        return float(number)
    except OverflowError:
        return math.inf if number > 0 else -math.inf


def check_speed(speed: object) -> Speed:
    """`speed` as a `Speed`. Raises `UsageError` for anything else, zero and less included."""
    if speed == "max":
        return "max"
    if isinstance(speed, int | float) and not isinstance(speed, bool):
        speed = as_float(speed)
        if speed > 0 and math.isfinite(speed):
            return speed
    raise UsageError(f"no such speed: {speed!r}", hint=_HINT)


def parse_speed(text: str) -> Speed:
    """The same from a command line's text."""
    try:
        return check_speed(text if text == "max" else float(text))
    except ValueError:
        raise UsageError(f"no such speed: {text!r}", hint=_HINT) from None


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast a recording is played: a factor, and how many seconds no wait is longer than."""

    speed: Speed = "max"
    max_gap: float = math.inf

    @classmethod
    def of(cls, speed: object, max_gap: object = None) -> Pace:
        """The two, checked; `None` and `inf` are no longest gap.

        Raises `UsageError` for what is no speed and no number of seconds, and for a longest gap at `"max"`,
        where there are none.
        """
        checked = check_speed(speed)
        if max_gap in (None, math.inf):
            return cls(checked)
        if isinstance(max_gap, int) and not isinstance(max_gap, bool):
            max_gap = as_float(max_gap)
        if not isinstance(max_gap, float) or not max_gap >= 0:
            raise UsageError(f"no such max_gap: {max_gap!r}", hint="It is a number of seconds, 0 or more.")
        if checked == "max":
            raise UsageError(
                'max_gap shortens waits, and there are none with speed="max"',
                hint="Give a speed: 1.0 is the recorded pace.",
            )
        return cls(checked, max_gap)


def paced(acts: Iterable[Act], pace: Pace) -> Iterator[Step]:
    """The acts with a `Wait` before each whose time is known, as `pace` has them; none at `"max"`."""
    return iter(acts) if pace.speed == "max" else _with_waits(acts, pace.speed, pace.max_gap)


def _with_waits(acts: Iterable[Act], speed: float, max_gap: float) -> Iterator[Step]:
    last = saved = 0.0
    for act in acts:
        if act.at is not None:
            until = min(act.at / speed, _LONGEST) - saved
            if until - last > max_gap:
                saved += until - last - max_gap
                until = last + max_gap
            if until > last:
                yield Wait(until)
                last = until
        yield act
