"""The thread behind the screen: takes the cassette in, reads the exchange, filters and searches on.

Knows a viewing and what to tell the app; draws nothing. What is long and needs no lock, the analysis, has
a thread of its own.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from playhead import CassetteError, PlayheadError
from playhead_viewer.given_back import as_error
from playhead_viewer.source.analysing import analyse, may_time
from playhead_viewer.source.moment import Analysis
from playhead_viewer.source.stream import Stream
from playhead_viewer.viewing import Viewing

_TELL_EVERY = 0.05
_BREATH = 0.0003
"""Seconds between portions in which others get at the lock."""
_LIVE_POLL = 0.02
_IDLE_POLL = 0.5
_GROWN_BY = 1.1


class Tell:
    """What the app is told, each from a thread that is not its own.

    `analysed` with what was found, if anything, and whether that was asked for.
    """

    def __init__(
        self,
        grew: Callable[[], object],
        opened: Callable[[Stream], object],
        analysed: Callable[[Stream, Analysis | None, bool], object],
        failed: Callable[[PlayheadError], object],
    ) -> None:
        self.grew = grew
        self.opened = opened
        self.analysed = analysed
        self.failed = failed


class Work:
    """Started once; `open` and `wake` may be called from the app at any time."""

    def __init__(self, viewing: Viewing, tell: Tell) -> None:
        self._viewing = viewing
        self._tell = tell
        self._wake = threading.Event()
        self._stopping = False
        self._wanted: int | None = None
        self._checking: Stream | None = None
        """What a reader asked to have checked."""
        self._in_hand: Stream | None = None
        """What the turn is about: the app may show another meanwhile."""
        self._unreadable: Stream | None = None
        self._told_at = 0.0
        self._is_told = True
        self._analysed: tuple[Stream | None, int, bool] = (None, 0, False)
        self._analysing: threading.Thread | None = None
        self._whole: Stream | None = None
        self._thread = threading.Thread(target=self._run, name="playhead-viewer", daemon=True)

    def start(self) -> None:
        if not self._stopping:
            self._thread.start()

    def open(self, place: int) -> None:
        """Make the exchange at `place` ready, and say when it is."""
        self._wanted = place
        self._wake.set()

    def wake(self) -> None:
        """There is something new to do: a filter, a search."""
        self._wake.set()

    def check(self, stream: Stream) -> None:
        """Check the exchange by all rules, however long it is."""
        self._checking = stream
        self._analysed = (None, 0, False)
        self._wake.set()

    def stop(self) -> None:
        self._stopping = True
        self._wake.set()

    def _run(self) -> None:
        try:
            with self._viewing.loader.used():
                self._take_turns()
        except Exception as error:  # noqa: BLE001 - without this thread nothing more would come, unsaid
            self._failed(error)

    def _failed(self, error: Exception) -> None:
        if not self._stopping:
            self._tell.failed(as_error(error, self._viewing.loader.name))

    def _take_turns(self) -> None:
        while not self._stopping:
            self._wake.clear()
            if not self._guarded_turn():
                self._grew(now=True)
                live = not self._viewing.loader.is_over
                self._wake.wait(_LIVE_POLL if live else _IDLE_POLL)

    def _guarded_turn(self) -> bool:
        """A turn; what proves to be unreadable meanwhile is not read again."""
        try:
            return self._turn()
        except CassetteError:
            if self._in_hand is not None:
                self._unreadable = self._in_hand
            self._is_told = False  # what the turn took in before
            return False

    def _turn(self) -> bool:
        """A portion of each thing there is to do; whether anything was done."""
        viewing, self._in_hand = self._viewing, None
        moved = self._open_wanted()
        if not viewing.loader.is_over:
            # That it is over is something to tell, too.
            moved = viewing.loader.advance() or bool(viewing.loader.is_over) or moved
        stream = self._in_hand = viewing.stream
        if stream is self._unreadable:
            stream = None
        if stream is not None and stream.record is None:
            stream.read()
            moved = True
        if stream is not None:
            moved = viewing.advance() or moved
        self._analyse(stream)
        if moved:
            self._is_told = False
            self._grew(now=False)
            time.sleep(_BREATH)
        return moved

    def _open_wanted(self) -> bool:
        place, self._wanted = self._wanted, None
        if place is None:
            return False
        if place >= self._viewing.loader.count:
            self._wanted = place if not self._viewing.loader.is_over else None
            return False
        self._viewing.loader.prepare(place)
        self._tell.opened(Stream(self._viewing.loader, place))
        return True

    def _grew(self, *, now: bool) -> None:
        if self._stopping or self._is_told or (not now and time.monotonic() - self._told_at < _TELL_EVERY):
            return
        self._told_at, self._is_told = time.monotonic(), True
        self._tell.grew()

    def _analyse(self, stream: Stream | None) -> None:
        """Begin another analysis where the last one is out of date, and no other is under way."""
        if (
            self._stopping
            or stream is None
            or stream.record is None
            or (self._analysing is not None and self._analysing.is_alive())
        ):
            return
        over = stream.is_over
        last, count, was_over = self._analysed
        fresh = last is stream and was_over == over and stream.count < max(count * _GROWN_BY, 1)
        # One that was begun before the end may have read to the end.
        if last is stream and (was_over or fresh or self._whole is stream):
            return
        if not may_time(stream):
            return
        self._analysed = (stream, stream.count, over)
        checked = self._checking is stream
        self._analysing = threading.Thread(
            target=self._run_analysis, args=(stream, checked), name="playhead-analysis", daemon=True
        )
        self._analysing.start()

    def _run_analysis(self, stream: Stream, checked: bool) -> None:
        try:
            with stream.loader.used():
                found = analyse(stream, checked=checked)
        except PlayheadError:
            found = None
        except Exception as error:  # noqa: BLE001 - as above
            self._failed(error)
            return
        if found is not None and found.is_whole:
            self._whole = stream
        if not self._stopping:
            self._tell.analysed(stream, found, checked)
