"""Searching events for a text: hits that come while the search goes on, counted, gone through both ways.

Knows texts and numbers. A needle in lower case finds any case.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable


class Search:
    """One search. `feed` it the events from 1 on; hits are known up to `done`.

    Events that are not shown are no hits: they are counted apart.
    """

    def __init__(self, needle: str, is_shown: Callable[[int], bool] | None = None) -> None:
        self.needle: str = needle
        self._folds = needle == needle.lower()
        self._is_shown = is_shown
        self.hits: array[int] = array("I")
        """Numbers of events, ascending."""
        self.hidden: array[int] = array("I")
        """The events that would be hits, were they shown."""
        self.done: int = 0
        """How many events were looked through."""
        self.may_find_more: bool = False
        """Whether there is more to look through than the events one by one."""

    def matches(self, text: str) -> bool:
        return bool(self.needle) and self.needle in (text.lower() if self._folds else text)

    def feed(self, texts: Iterable[str]) -> int:
        """Look through the next events; how many hits came of it."""
        before = len(self.hits)
        for text in texts:
            self.done += 1
            if self.matches(text):
                self._side(self.done).append(self.done)
        return len(self.hits) - before

    @property
    def needs_each(self) -> bool:
        """Whether texts that are joined would tell something else of it than each alone.

        Where they are joined a needle of several lines may stand, and a sigma is at its word's end no more.
        """
        return any(sign in self.needle for sign in "\nςσ")

    def skip(self, count: int) -> None:
        """The next events have been looked through, and hold no hit."""
        self.done += count

    def find_across(self, text: str) -> list[int]:
        """Where the needle ends in a text that several events brought, as offsets of its last character."""
        haystack = text.lower() if self._folds else text
        if not self.needle or len(haystack) != len(text):
            return []  # folding changed lengths: offsets would be wrong
        found: list[int] = []
        at = haystack.find(self.needle)
        while at >= 0:
            found.append(at + len(self.needle) - 1)
            at = haystack.find(self.needle, at + 1)
        return found

    def add(self, numbers: Iterable[int]) -> None:
        """Hits that were found across events, near one another: many are put in at once."""
        new = set(numbers)
        for side in (self.hits, self.hidden):
            here = {number for number in new if self._side(number) is side}
            if here:
                begin, end = bisect_left(side, min(here)), bisect_right(side, max(here))
                side[begin:end] = array("I", sorted(here.union(side[begin:end])))

    def _side(self, number: int) -> array[int]:
        return self.hits if self._is_shown is None or self._is_shown(number) else self.hidden

    def place(self, number: int) -> int:
        """How many hits there are up to `number`, itself among them."""
        return bisect_right(self.hits, number)

    def told(self, number: int, count: int) -> str:
        """`3/17`, or `17` where the cursor stands on none; with `+` while more may be found."""
        total = f"{len(self.hits):,}{'+' if self.done < count or self.may_find_more else ''}"
        place = self.place(number)
        on_one = place and self.hits[place - 1] == number
        return f"{place:,}/{total}" if on_one else total
