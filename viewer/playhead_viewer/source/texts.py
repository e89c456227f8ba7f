"""The text of a stream after any frame, without folding the stream.

Knows frames by their place and a function that gives what each adds. Text is gathered in pages of frames,
each with the ends of what its frames added, built when they are first needed: a step reads a page at
most, whatever the size of the stream. What is shown is the end of the text; how much of it is bounded.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from playhead_viewer.safe import Safe

_PAGE = 256
_PAGES_READ = 16
_PAGES_KEPT = 64
_ENOUGH = 32 * 1024


@dataclass(frozen=True, slots=True)
class Reading:
    """The text up to and with a frame. `whole` tells whether `before` begins where the text does."""

    before: Safe
    added: Safe
    whole: bool


@dataclass(frozen=True, slots=True)
class _Page:
    text: str
    ends: array[int]


class Texts:
    """What `count` frames add up to; `added` gives the safe text that the frame at a place adds."""

    def __init__(self, count: int, added: Callable[[int], Safe]) -> None:
        self._count = count
        self._added = added
        self._page = lru_cache(_PAGES_KEPT)(self._read_page)

    def at(self, place: int) -> Reading:
        """The text after the frame at `place`, counted from 0."""
        number, within = divmod(place, _PAGE)
        page = self._page(number)
        start, end = page.ends[within], page.ends[within + 1]
        parts = [page.text[:start]]
        first = number
        while first and number - first < _PAGES_READ and sum(map(len, parts)) < _ENOUGH:
            first -= 1
            parts.append(self._page(first).text)
        before = "".join(reversed(parts))
        if first:
            # Lines are wrapped from where the text begins: begin at a line, and they stay as they were.
            before = before[before.find("\n", 0, len(parts[-1])) + 1 :]
        return Reading(Safe(before), Safe(page.text[start:end]), first == 0)

    def _read_page(self, number: int) -> _Page:
        parts: list[str] = []
        ends = array("L", [0])
        for place in range(number * _PAGE, min((number + 1) * _PAGE, self._count)):
            part = self._added(place)
            parts.append(part)
            ends.append(ends[-1] + len(part))
        return _Page("".join(parts), ends)
