"""Many numbers in ascending order, in the room of the numbers alone.

A list of a million floats takes four times what an array of them does, and to sort it keeps every other
thread waiting for as long as that takes. So they lie in sorted runs, and a rank is found among these. Knows
numbers.
"""

from __future__ import annotations

import math
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from itertools import filterfalse

_RUN = 16 * 1024


class Ordered:
    """The numbers of a column, those that are NaN left out; `[0]` is the least."""

    def __init__(self, column: array[float]) -> None:
        parts = (column[at : at + _RUN] for at in range(0, len(column), _RUN))
        runs = (array("d", sorted(filterfalse(math.isnan, part))) for part in parts)
        self._runs = [run for run in runs if run]
        self._size = sum(map(len, self._runs))

    def __len__(self) -> int:
        return self._size

    def __getitem__(self, rank: int) -> float:
        if not -self._size <= rank < self._size:
            raise IndexError(f"no number of rank {rank}: there are {self._size}")
        rank %= self._size
        runs = self._runs
        if len(runs) == 1:
            return runs[0][rank]
        first, behind = [0] * len(runs), list(map(len, runs))
        while True:
            # Halves the longest of what is left of the runs.
            _, at = max((behind[at] - first[at], at) for at in range(len(runs)))
            middle = runs[at][(first[at] + behind[at]) // 2]
            below = [bisect_left(run, middle) for run in runs]
            if rank < sum(below):
                behind = list(map(min, behind, below))
                continue
            upto = [bisect_right(run, middle) for run in runs]
            if rank < sum(upto):
                return middle
            first = list(map(max, first, upto))

    def __iter__(self) -> Iterator[float]:
        """Each of them, in no order."""
        for run in self._runs:
            yield from run

    def below(self, bound: float) -> int:
        """How many are less than `bound`."""
        return sum(bisect_left(run, bound) for run in self._runs)
