"""Gaps between moments, and what sums up a set of them: count, percentiles, histogram.

Knows numbers only. A moment that is NaN is unknown, and so is each gap beside it: those are counted and
left out of every other figure, so that a figure is always about gaps that were measured.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from operator import sub

from playhead.timing.ordered import Ordered

_NANOSECOND = 9
"""Decimals that are kept of a difference: what floats add behind them was never measured."""

BOUNDS = tuple(float(f"{step}e{power}") for power in range(-4, 3) for step in (1, 2, 5))[:-2]
"""The edges of a histogram's buckets in seconds, three a decade: 0.0001, 0.0002, 0.0005 … 50, 100."""


@dataclass(frozen=True, slots=True)
class Histogram:
    """How many gaps fall between each two of `bounds`, which ascend in even steps of their logarithm.

    `counts` has one more than `bounds`: the first is for gaps below the first bound, the last for those at
    or over the last one. A gap on a bound belongs to the bucket above it.
    """

    bounds: tuple[float, ...]
    counts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Gaps:
    """A set of gaps in seconds. All but `unknown` is about the known ones; `None` where there are none.

    Percentiles interpolate linearly between the two closest ranks: NumPy's default method (`linear`), which
    vLLM and AIPerf use, `statistics.quantiles(method="inclusive")`, Hyndman and Fan's type 7.
    """

    count: int
    """How many are known."""
    unknown: int
    """How many lie beside a moment that nobody recorded."""
    p50: float | None
    p90: float | None
    p99: float | None
    max: float | None
    total: float | None
    histogram: Histogram
    _all: array[float] = field(repr=False, compare=False)

    def __iter__(self) -> Iterator[float | None]:
        """Every gap in order, `None` where it is unknown: what vLLM calls the ITL list."""
        return (None if math.isnan(gap) else rounded(gap) for gap in self._all)


def between(moments: array[float]) -> array[float]:
    """The gaps between neighbours; NaN beside a NaN."""
    return array("d", map(sub, islice(moments, 1, None), moments))


def summary(gaps: array[float]) -> Gaps:
    """What there is to say of a set of gaps, in the time of sorting it."""
    known = Ordered(gaps)
    return Gaps(
        count=len(known),
        unknown=len(gaps) - len(known),
        p50=percentile(known, 0.5),
        p90=percentile(known, 0.9),
        p99=percentile(known, 0.99),
        max=rounded(known[-1]) if len(known) else None,
        total=rounded(math.fsum(known)) if len(known) else None,
        histogram=Histogram(BOUNDS, _counts(known)),
        _all=gaps,
    )


def percentile(ordered: Sequence[float] | Ordered, share: float) -> float | None:
    """The value below which `share` (0 to 1) of ascending values lie, linear between ranks.

    >>> percentile([1.0, 2.0, 3.0, 4.0], 0.5)
    2.5
    """
    if not len(ordered):
        return None
    rank = (len(ordered) - 1) * share
    below = math.floor(rank)
    above = min(below + 1, len(ordered) - 1)
    return rounded(ordered[below] + (ordered[above] - ordered[below]) * (rank - below))


def _counts(known: Ordered) -> tuple[int, ...]:
    # A gap is a difference of floats: just under a bound by less than was measured, it is on it.
    ends = [known.below(bound - 1e-9) for bound in BOUNDS]
    return tuple(map(sub, [*ends, len(known)], [0, *ends]))


def rounded(seconds: float) -> float:
    """Without what the arithmetic of floats has added."""
    return round(seconds, _NANOSECOND)
