"""Searching: the cursor goes to the first hit as soon as that is found. Hits, the viewing counts."""

from __future__ import annotations

from playhead_viewer.core.cursor import Cursor
from playhead_viewer.core.landmarks import following
from playhead_viewer.stage import Stage


class Searching:
    """Where the search that is under way began."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._start: int | None = None
        self._left: tuple[Cursor, int] | None = None
        """The cursor, and how often it had been moved: whoever moves it meanwhile waits for no hit."""

    def begin(self, number: int) -> None:
        """Go to the first hit from an event on, as soon as it is found."""
        viewing = self._stage.viewing
        if viewing is not None:
            self._start, self._left = number, (viewing.cursor, viewing.cursor.moves)
            self.go_on()

    def go_on(self) -> None:
        """More was looked through."""
        viewing = self._stage.viewing
        if viewing is None or viewing.stream is None or viewing.search is None or self._start is None:
            return
        if self._left != (viewing.cursor, viewing.cursor.moves):
            self._start = self._left = None
            return
        search = viewing.search.search
        found = following(search.hits, self._start - 1)
        # The last event of a stream that grows is looked through when the next one has come.
        settled = viewing.cursor.count - (not viewing.stream.is_over)
        if found is None and search.done >= settled and search.hits:
            found = search.hits[0]
        if found is not None:
            self._start = self._left = None
            viewing.take_over()
            viewing.cursor.go(found)
            self._stage.moved()
