"""Strings of a stream that belong together, put together again: what comes at one path of its events.

A protocol's reader knows better what belongs together, but not every stream has one, and none writes down
all that comes in parts (log probabilities, copies of the text under another name). Knows texts, escapes
left as they are, and where their parts stand in the body; holds a window of them, however long the stream.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from itertools import accumulate

from playhead.redaction.secret import Data, Piece, Secret, secret_of
from playhead.redaction.spans import Span

_WINDOW = 128 * 1024
_OVERLAP = 24 * 1024
"""More than the longest secret has."""

_SLICE = 32 * 1024
"""Characters that are held together, at most."""

Find = Callable[[str], list[Span]]
Origin = int | tuple[Data, int]
"""Where a part stands: the offset of its first byte, or data that has several lines and the place in it."""


class Lane:
    """Parts in the order in which they came. `found` is handed each secret, some of them twice."""

    __slots__ = ("_find", "_found", "_origins", "_parts", "_size")

    def __init__(self, find: Find, found: Callable[[Secret], None]) -> None:
        self._find = find
        self._found = found
        self._parts: list[str] = []
        self._origins: list[Origin] = []
        self._size = 0

    def add(self, part: str, origin: Origin) -> None:
        """The string that comes next, as it stands in the body."""
        if len(part) <= _SLICE:
            self._add(part, origin)
            return
        for start in range(0, len(part), _SLICE):
            here = origin + start if isinstance(origin, int) else (origin[0], origin[1] + start)
            self._add(part[start : start + _SLICE], here)

    def _add(self, part: str, origin: Origin) -> None:
        self._parts.append(part)
        self._origins.append(origin)
        self._size += len(part)
        if self._size > _WINDOW:
            self.scan()
            self._trim()

    def copy(self) -> Lane:
        """A lane that has had the same parts so far."""
        other = Lane(self._find, self._found)
        other._parts = self._parts.copy()
        other._origins = self._origins.copy()
        other._size = self._size
        return other

    def close(self, *, singles: bool = False) -> None:
        """Nothing more will come. A single part was mostly scanned as it stands in the body."""
        if singles or len(self._parts) > 1:
            self.scan()

    def scan(self) -> None:
        """Look for secrets in what is held."""
        text = "".join(self._parts)
        spans = self._find(text)
        if not spans:
            return
        starts = [0, *accumulate(map(len, self._parts))]
        for span in spans:
            pieces = self._pieces(starts, span.start, span.end)
            if pieces:
                self._found(secret_of(text, span, pieces))

    def _trim(self) -> None:
        keep, size = len(self._parts), 0
        while keep and size + len(self._parts[keep - 1]) <= _WINDOW // 2 and size < _OVERLAP:
            keep -= 1
            size += len(self._parts[keep])
        self._parts = self._parts[keep:]
        self._origins = self._origins[keep:]
        self._size = size

    def _pieces(self, starts: list[int], start: int, end: int) -> list[Piece]:
        pieces: list[Piece] = []
        at = bisect_right(starts, start) - 1
        while at < len(self._parts) and starts[at] < end:
            offset = starts[at]
            first, last = max(start - offset, 0), min(end - offset, len(self._parts[at]))
            origin = self._origins[at]
            if first < last and isinstance(origin, int):
                pieces.append((origin + first, origin + last))
            elif first < last and not isinstance(origin, int):
                data, place = origin
                pieces += data.pieces(place + first, place + last)
            at += 1
        return pieces


class Lanes:
    """Lanes by path; where a path's strings carry indexes that differ, also by these.

    Of too many the oldest are closed: paths and indexes may be as many as a stream has events.
    """

    _MOST = 1024

    def __init__(self, find: Find, found: Callable[[Secret], None], *, singles: bool = False) -> None:
        self._find = find
        self._found = found
        self._singles = singles
        self._whole: dict[object, Lane] = {}
        self._indexes: dict[object, object] = {}
        """Of a path: the one index that it has had, or `None` for several."""
        self._apart: dict[object, Lane] = {}

    def add(self, path: object, indexes: object, part: str, origin: Origin) -> None:
        """A string that came at `path`, and in which of several texts there."""
        lane = self._whole.get(path)
        if lane is None:
            self._make_room(self._whole)
            lane = self._whole[path] = Lane(self._find, self._found)
            self._indexes[path] = indexes
        elif (known := self._indexes[path]) != indexes:
            if known is not None:
                self._indexes[path] = None
                self._apart[path, known] = lane.copy()
            apart = self._apart.get((path, indexes))
            if apart is None:
                self._make_room(self._apart)
                apart = self._apart[path, indexes] = Lane(self._find, self._found)
            apart.add(part, origin)
        lane.add(part, origin)

    def close(self) -> None:
        """Scan what is held; nothing more will come."""
        for lanes in (self._whole, self._apart):
            for lane in lanes.values():
                lane.close(singles=self._singles)
            lanes.clear()

    def _make_room(self, lanes: dict[object, Lane]) -> None:
        if len(lanes) >= self._MOST:
            for key in list(lanes)[: self._MOST // 4]:
                lanes.pop(key).close(singles=self._singles)
