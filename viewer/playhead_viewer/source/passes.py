"""Filtering and searching a stream a portion at a time, while it is looked at and may still grow.

Knows streams and the core's filter and search; no thread. Whoever calls holds the stream's lock for a
portion only.
"""

from __future__ import annotations

from array import array

from playhead_viewer.core.filter import Filter
from playhead_viewer.core.search import Search
from playhead_viewer.source.asked import Asked
from playhead_viewer.source.stream import Stream

_PORTION = 200
_ACROSS = 4 * 1024 * 1024
"""Characters of a block beyond which words that several events brought are not looked for."""


class FilterPass:
    """The events of `stream` that `filter` lets through, as far as it has come."""

    def __init__(self, text: str, filter_: Filter, stream: Stream) -> None:
        self.text: str = text
        self._filter = filter_
        self._asked = Asked(stream)
        self._stream = stream
        self.shown: array[int] = array("L")
        self.done: int = 0

    def advance(self) -> bool:
        """Ask the next events; whether there were any."""
        stream, asked = self._stream, self._asked
        with stream.loader.lock:
            # The last event of a stream that grows may still change.
            until = min(self.done + _PORTION, _settled(stream))
            for number in range(self.done + 1, until + 1):
                asked.number = number
                if self._filter.matches(asked):
                    self.shown.append(number)
        moved = until > self.done
        self.done = max(self.done, until)
        return moved


class SearchPass:
    """The hits of a search in `stream`, as far as it has come."""

    def __init__(self, needle: str, stream: Stream) -> None:
        self.search: Search = Search(needle)
        self._stream = stream
        self._is_across_done = False

    def advance(self) -> bool:
        """Look through the next events; whether there were any."""
        stream, search = self._stream, self.search
        with stream.loader.lock:
            until = min(search.done + _PORTION, _settled(stream))
            moved = until > search.done
            search.feed(map(stream.haystack, range(search.done + 1, until + 1)))
            if not moved and not self._is_across_done and stream.loader.is_over:
                self._is_across_done = True
                self._find_across()
                return True
        return moved

    def _find_across(self) -> None:
        """Words that no event holds whole, because they came in pieces."""
        record = self._stream.record
        if record is None or record.has_block_per_event:
            return
        for block in record.blocks:
            rope = block.text
            if rope.size > _ACROSS:
                continue
            ends = self.search.find_across(rope.cut(0, rope.size))
            self.search.add(frame for end in ends if (frame := rope.frame_of(end)) is not None)


def _settled(stream: Stream) -> int:
    return stream.count if stream.loader.is_over else max(stream.count - 1, 0)
