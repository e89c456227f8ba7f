"""Filtering and searching a stream a portion at a time, while it is looked at and may still grow.

Knows streams and the core's filter and search; no thread. Whoever calls holds the stream's lock for a
portion only.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from typing import TYPE_CHECKING

from playhead.arrays import NUMBERS
from playhead_viewer.core.search import Search
from playhead_viewer.source.asked import Asked
from playhead_viewer.source.portions import Portion
from playhead_viewer.source.stream import Stream

if TYPE_CHECKING:
    from playhead_viewer.core.filter import Event, Filter

_PORTION = 200
_PORTION_SIZE = 512 * 1024
"""Bytes of events beyond which a portion has fewer of them."""
_ACROSS_PORTION = 32 * 1024


class FilterPass:
    """The events of `stream` that `filter` lets through, as far as it has come."""

    def __init__(self, text: str, filter_: Filter[Event], stream: Stream) -> None:
        self.text: str = text
        self._filter = filter_
        self._asked = Asked(stream)
        self._stream = stream
        self.shown: array[int] = array(NUMBERS)
        self.done: int = 0

    def advance(self) -> bool:
        """Ask the next events; whether there were any. An unread exchange has none yet."""
        stream, asked = self._stream, self._asked
        if stream.record is None:
            return False
        with stream.loader.lock:
            until = _portion(stream, self.done)
            asked.begin(self.done + 1, until)
            for number in range(self.done + 1, until + 1):
                asked.number = number
                if self._filter.matches(asked):
                    self.shown.append(number)
        moved = until > self.done
        self.done = max(self.done, until)
        return moved

    def lets_through(self, number: int) -> bool:
        """Whether an event, of those it has come past, is shown."""
        at = bisect_left(self.shown, number)
        return at < len(self.shown) and self.shown[at] == number


class SearchPass:
    """The hits of a search in `stream`, as far as it has come: among what a filter shows, and behind it."""

    def __init__(self, needle: str, stream: Stream, filter_: FilterPass | None = None) -> None:
        self.search: Search = Search(needle, filter_.lets_through if filter_ is not None else None)
        self.search.may_find_more = True
        self._stream = stream
        self._filter = filter_
        self._block = 0
        """How many blocks were looked through for words that came in pieces."""
        self._at = 0
        """How far the next of them was."""

    def advance(self) -> bool:
        """Look through the next events; whether that told anything. An unread exchange has none yet."""
        stream, search = self._stream, self.search
        if stream.record is None:
            return False
        with stream.loader.lock:
            until = _portion(stream, search.done)
            if self._filter is not None:
                until = min(until, max(self._filter.done, search.done))
            moved = until > search.done
            if moved:
                self._look_through(search.done + 1, until)
            if search.done >= stream.count and not moved and stream.is_over:
                before, search.may_find_more = search.may_find_more, self._find_across()
                return search.may_find_more or before
        return moved

    def _look_through(self, first: int, last: int) -> None:
        search, portion = self.search, Portion(self._stream, first, last)
        texts = portion.texts()
        if texts is None or search.needs_each:
            search.feed(map(portion.haystack, range(first, last + 1)))
            return
        # Most portions hold no hit: joined, they are looked through in one go.
        found = [search.matches(text) for text in texts]
        if not any(found):
            search.skip(last + 1 - first)
        elif any(found[1:]):
            search.feed(map(portion.haystack, range(first, last + 1)))
        else:
            search.feed(map(portion.raw, range(first, last + 1)))

    def _find_across(self) -> bool:
        """Look through the next blocks, or a part of one, for words that no event holds whole: they came in
        pieces. Returns whether there was anything left to look through."""
        record = self._stream.record
        if record is None or record.has_block_per_event:
            return False
        first, left = (self._block, self._at), _ACROSS_PORTION
        while left > 0 and self._block < len(record.blocks):
            rope = record.blocks[self._block].text
            start, end = self._at, min(self._at + left, rope.size)
            if start >= end:
                self._block, self._at = self._block + 1, 0
                left -= 1
                continue
            # A word may begin in this part and end in the next.
            ends = self.search.find_across(rope.cut(start, min(end + len(self.search.needle) - 1, rope.size)))
            self.search.add(frame for at in ends if (frame := rope.frame_of(start + at)) is not None)
            self._at = end
            left -= end - start
        return (self._block, self._at) != first


def _portion(stream: Stream, done: int) -> int:
    """The last event of the portion behind event `done`; `done` where there is none."""
    # The last event of a stream that grows may still change.
    settled = stream.count if stream.is_over else max(stream.count - 1, 0)
    until = min(done + _PORTION, max(settled, done))
    span = stream.frames.span
    while until - done > 1 and span(until - 1)[1] - span(done)[0] > _PORTION_SIZE:
        until = done + (until - done) // 2
    return until
