"""The scrubber: its columns are made in a thread, its head follows the cursor, a click goes to a time."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from playhead import PlayheadError
from playhead_viewer.given_back import as_error
from playhead_viewer.source.stream import Stream
from playhead_viewer.stage import Stage
from playhead_viewer.text.ruler import ruler
from playhead_viewer.text.safe import Safe
from playhead_viewer.widgets.scrubber import Scrubber

if TYPE_CHECKING:
    from playhead_viewer.source.analysing import Track


class Scrubbing:
    """Keeps the scrubber in step with what is shown."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._again = False
        self._track: Track | None = None
        self.is_drawing: bool = False
        """Whether columns are being made."""

    def clear(self) -> None:
        """Another exchange is shown, whose columns are not known yet."""
        self._track = None
        self.show()

    def show(self) -> None:
        """Draw what there is; the times below it count from where all times do."""
        viewing, track = self._stage.viewing, self._track
        scrubber = self._stage.query_one(Scrubber)
        if viewing is None or viewing.stream is None or track is None:
            scrubber.show(None)
            return
        zero = viewing.reference_time() or 0.0
        found = track.timeline
        start, end = viewing.stream.since(found.start), viewing.stream.since(found.end)
        axis = Safe("")
        if start is not None and end is not None:
            axis = ruler(start - zero, end - zero, len(found.content))
        scrubber.show(found, track.lanes, axis)

    def point(self) -> None:
        """Put the head where the cursor is."""
        viewing = self._stage.viewing
        if viewing is None or viewing.stream is None or not viewing.number:
            return
        scrubber = self._stage.query_one(Scrubber)
        found = scrubber.timeline
        with viewing.loader.lock:
            t = viewing.stream.time(viewing.number)
            caption = self._caption(viewing.stream, viewing.number)
        if found is None or t is None:
            scrubber.point((viewing.cursor.row + 0.5) / max(viewing.cursor.rows, 1), caption)
            return
        start = viewing.stream.since(found.start)
        scrubber.point((t - (start or 0.0)) / (found.end - found.start), caption)

    def _caption(self, stream: Stream, number: int) -> str:
        """The block that the event at the cursor belongs to."""
        if self._track is None or not self._track.lanes or stream.record is None:
            return ""
        # Here: protocols stand behind it, and no first row needs them.
        from playhead_viewer.source.lanes import called

        block = stream.kind(number)[1]
        return "" if block is None else f"{block}:{called(stream.record.blocks[block - 1])}"

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
                with stream.loader.used():
                    found = drawn(stream, analysis, columns)
            except PlayheadError:
                found = None
            except Exception as error:  # noqa: BLE001 - nobody would draw again, unsaid
                self._stage.tell(self._failed, stream, as_error(error, stream.loader.name))
                return
            self._stage.tell(self._drawn, stream, found)

        threading.Thread(target=make, name="playhead-timeline", daemon=True).start()

    def _drawn(self, stream: Stream, track: Track | None) -> None:
        self.is_drawing = False
        viewing = self._stage.viewing
        if viewing is not None and viewing.stream is stream:
            self._track = track
            self.show()
            self.point()
        if self._again:
            self._again = False
            self.draw()

    def _failed(self, stream: Stream, error: PlayheadError) -> None:
        self._drawn(stream, None)
        viewing = self._stage.viewing
        if viewing is not None and viewing.stream is stream:
            self._stage.fail(error)

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
