"""Which event is looked at, among those that are shown: all of them, or those that a filter lets through.

Events are numbered from 1; 0 is "none". A shown event has a row, from 0. Knows numbers; nothing of what
the events are.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

from playhead_viewer.core.landmarks import following, nearest, preceding


class Cursor:
    """Moves over `count` events, or over `shown`, ascending numbers among them that may still grow.

    Where the event it stood on is filtered away it stands on the nearest that is shown, and goes back to
    where it was when the filter goes.
    """

    def __init__(self) -> None:
        self.count: int = 0
        self.shown: Sequence[int] | None = None
        """`None` where every event is shown."""
        self.moves: int = 0
        """How often it was sent somewhere: who would send it later knows whether somebody else has."""
        self._wanted = 0

    @property
    def rows(self) -> int:
        """How many events are shown."""
        return self.count if self.shown is None else len(self.shown)

    @property
    def number(self) -> int:
        """The event it stands on; 0 where none is shown."""
        if not self.rows:
            return 0
        wanted = min(max(self._wanted, 1), self.count)
        return wanted if self.shown is None else nearest(self.shown, wanted) or 0

    @property
    def row(self) -> int:
        """The row of `number`; 0 where none is shown."""
        return max(self.row_of(self.number), 0)

    def number_at(self, row: int) -> int:
        """The event of a row, from 0 to `rows` - 1."""
        return row + 1 if self.shown is None else self.shown[row]

    def row_of(self, number: int) -> int:
        """The row of an event, or of the first shown behind it."""
        return number - 1 if self.shown is None else bisect_left(self.shown, number)

    def go(self, number: int) -> None:
        """Stand on an event, or on the nearest there is."""
        self._wanted = min(max(number, 1), max(self.count, 1))
        self.moves += 1

    def step(self, by: int) -> None:
        """So many rows on, or back."""
        if self.rows:
            self.go(self.number_at(min(max(self.row + by, 0), self.rows - 1)))

    def first(self) -> None:
        if self.rows:
            self.go(self.number_at(0))

    def last(self) -> None:
        if self.rows:
            self.go(self.number_at(self.rows - 1))

    @property
    def is_last(self) -> bool:
        return not self.rows or self.row >= self.rows - 1

    def share(self, percent: float) -> None:
        """To a share of the rows: 0 is the first, 100 the last."""
        if self.rows:
            self.go(self.number_at(round((self.rows - 1) * min(max(percent, 0.0), 100.0) / 100)))

    def leap(self, places: Sequence[int], back: bool) -> bool:
        """To the next of some ascending places, or the one before; False where there is none.

        A place that a filter hides is passed over.
        """
        at: int | None = self.number
        step = preceding if back else following
        while at is not None and (at := step(places, at)) is not None:
            if self.is_shown(at):
                self.go(at)
                return True
        return False

    def is_shown(self, number: int) -> bool:
        if self.shown is None:
            return 0 < number <= self.count
        row = bisect_left(self.shown, number)
        return row < len(self.shown) and self.shown[row] == number
