"""The scrubber: its columns are made in a thread, its head follows the cursor, a click goes to a time."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from playhead import PlayheadError
from playhead_viewer.source.stream import Stream
from playhead_viewer.stage import Stage
from playhead_viewer.widgets.scrubber import Scrubber

if TYPE_CHECKING:
    from playhead.timing import Timeline


class Scrubbing:
    """Keeps the scrubber in step with what is shown."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._again = False
        self.is_drawing: bool = False
        """Whether columns are being made."""

    def clear(self) -> None:
        """Another exchange is shown, whose columns are not known yet."""
        self._stage.query_one(Scrubber).show(None)

    def point(self) -> None:
        """Put the head where the cursor is."""
        viewing = self._stage.viewing
        if viewing is None or viewing.stream is None or not viewing.number:
            return
        scrubber = self._stage.query_one(Scrubber)
        found = scrubber.timeline
        with viewing.loader.lock:
            t = viewing.stream.time(viewing.number)
        if found is None or t is None:
            scrubber.point((viewing.cursor.row + 0.5) / max(viewing.cursor.rows, 1))
            return
        start = viewing.stream.since(found.start)
        scrubber.point((t - (start or 0.0)) / (found.end - found.start))

    def draw(self) -> None:
        """Have the columns made, in a thread: a million events take a second."""
        viewing = self._stage.viewing
        if viewing is None or viewing.stream is None or viewing.analysis is None:
            return
        if self.is_drawing:
            self._again = True
            return
        self.is_drawing = True
        stream, analysis = viewing.stream, viewing.analysis
        columns = self._stage.query_one(Scrubber).columns

        def make() -> None:
            from playhead_viewer.source.analysing import drawn

            try:
                found = drawn(stream, analysis, columns)
            except PlayheadError:
                found = None
            self._stage.call_later(self._drawn, stream, found)

        threading.Thread(target=make, name="playhead-timeline", daemon=True).start()

    def _drawn(self, stream: Stream, timeline: Timeline | None) -> None:
        self.is_drawing = False
        viewing = self._stage.viewing
        if viewing is not None and viewing.stream is stream:
            self._stage.query_one(Scrubber).show(timeline)
            self.point()
        if self._again:
            self._again = False
            self.draw()

    def seek(self, share: float) -> None:
        """To a share of the time, or of the events where no times are known."""
        viewing = self._stage.viewing
        if viewing is None or viewing.stream is None:
            return
        viewing.take_over()
        found = self._stage.query_one(Scrubber).timeline
        start = viewing.stream.since(found.start) if found is not None else None
        if found is None or start is None:
            viewing.cursor.share(share * 100)
        else:
            viewing.go_to_time(start + share * (found.end - found.start))
        self._stage.moved()
