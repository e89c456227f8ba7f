"""Some events of a stream one behind another, read together: what searching and filtering go through.

Knows streams and how text came to their events; not what is looked for.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from operator import lt

from playhead_viewer.source.stream import Stream


class Portion:
    """The events `first` to `last` of a stream."""

    def __init__(self, stream: Stream, first: int, last: int) -> None:
        self._stream = stream
        self._first = first
        self._last = last
        self._start = stream.frames.span(first - 1)[0]
        self._data = stream.frames.content(self._start, stream.frames.span(last - 1)[1])

    def texts(self) -> list[str] | None:
        """What its events say and bring, joined: what is in none of these stands in no event.

        `None` where joining could hide something: an event brought text to several blocks.
        """
        brought = self._brought()
        return None if brought is None else [self._data.decode("utf-8", "replace"), *brought]

    def raw(self, number: int) -> str:
        """The bytes of an event, as text."""
        start, end = self._stream.frames.span(number - 1)
        return self._data[start - self._start : end - self._start].decode("utf-8", "replace")

    def haystack(self, number: int) -> str:
        """What is looked through in one event: its bytes, and the text that they bring."""
        raw, added = self.raw(number), self._stream.added(number)
        return raw if added is None or added in raw else f"{raw}\n{added}"

    def _brought(self) -> list[str] | None:
        record = self._stream.record
        if record is None or record.has_block_per_event:
            return []
        frames = record.grown_frames
        begin, end = bisect_left(frames, self._first), bisect_right(frames, self._last)
        grown = frames[begin:end]
        if not all(map(lt, grown, grown[1:])):
            return None
        ropes = [record.blocks[number - 1].text for number in set(record.grown_blocks[begin:end])]
        return [rope.cut(rope.size_at(self._first - 1), rope.size_at(self._last)) for rope in ropes]
