"""Places worth going to, as ascending event numbers: blocks, stalls, findings, marks, hits.

Knows numbers only. Where they come from, and what they mean, others know.
"""

from __future__ import annotations

import enum
from bisect import bisect_left, bisect_right
from collections.abc import Sequence


class Landmark(enum.StrEnum):
    """Kinds of place, in the words of the help."""

    BLOCK = "block"
    TOOL = "tool call"
    STALL = "stall"
    FINDING = "finding"
    ERROR = "error"
    MARK = "mark"
    HIT = "hit"


def following(numbers: Sequence[int], number: int) -> int | None:
    """The first of ascending `numbers` behind `number`; `None` where there is none."""
    place = bisect_right(numbers, number)
    return numbers[place] if place < len(numbers) else None


def preceding(numbers: Sequence[int], number: int) -> int | None:
    """The last of ascending `numbers` before `number`."""
    place = bisect_left(numbers, number)
    return numbers[place - 1] if place else None


def nearest(numbers: Sequence[int], number: int) -> int | None:
    """The one of ascending `numbers` that is closest to `number`; of two, the one behind it."""
    behind, before = following(numbers, number - 1), preceding(numbers, number)
    if behind is None or before is None:
        return before if behind is None else behind
    return behind if behind - number <= number - before else before
