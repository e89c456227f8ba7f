"""The writer thread: takes what waits in the backlog and hands it to the recordings.

Knows threads and recordings; never who captured. It shares the interpreter with the traffic, so it
only decodes, encodes and appends; nothing is parsed or assembled here. Whatever goes wrong with one
exchange stays with that exchange.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence

from playhead.capture.audience import Audience
from playhead.capture.backlog import Backlog
from playhead.capture.choices import Limits
from playhead.capture.items import Delivered, Dropped, Ended, Item, Lost, Opened, Responded, Verdict
from playhead.capture.log import warn
from playhead.capture.meter import Meter
from playhead.capture.recording import Recording
from playhead.capture.shelves import Shelf
from playhead.model import How

_SYNC_SECONDS = 5.0
"""What a power cut may lose; a recorder that is killed loses nothing that was written."""
_REST_SECONDS = 0.04
"""Between batches: what a killed recorder may lose, and well under the 100 ms that are promised. A wake
costs more than writing what came since the last one does: a thread that woke for every delivery took
as much of the processor as the proxy itself."""
_NOTHING_SEEN = {"how": How.UNKNOWN.value}
_LOOK_SECONDS = 1.0
"""Between two looks at what is forgotten, or has rested long enough."""


class Writer:
    """One thread for all exchanges that go to `shelf`, as far as `limits` let them. It tells `audience`.

    `left_open` is how exchanges end that are open when the writer stops; without it their `.partial` files
    stay. `is_forgotten` is asked about once a second whether nobody will ever stop the writer: it then
    stops by itself.
    """

    def __init__(
        self,
        backlog: Backlog,
        shelf: Shelf,
        audience: Audience | None = None,
        *,
        limits: Limits | None = None,
        left_open: Verdict | None = None,
        is_forgotten: Callable[[], bool] | None = None,
    ) -> None:
        self.failure: str | None = None
        """Why the shelf could not be closed."""
        self._backlog = backlog
        self._shelf = shelf
        self._audience = audience or Audience()
        self._meter = Meter(limits or Limits())
        self._left_open = left_open
        self._is_forgotten = is_forgotten
        self._recordings: dict[int, Recording] = {}
        self._next_sync = 0.0
        # A daemon: a disk that hangs must not keep the process from leaving.
        self._thread = threading.Thread(target=self._run, name="playhead-writer", daemon=True)

    def start(self) -> None:
        self._thread.start()

    @property
    def is_done(self) -> bool:
        """Whether it has started, and ended."""
        return self._thread.ident is not None and not self._thread.is_alive()

    def stop(self, seconds: float) -> bool:
        """Write what waits, and end. False where that took longer than `seconds`."""
        self._backlog.close()
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def _run(self) -> None:
        while (items := self._backlog.take(self._until_something())) is not None:
            self._record(items)
            self._audience.queued(self._backlog.waiting)
            self._sync()
            if not items:
                self._look()
            self._backlog.rest(_REST_SECONDS)
        self._end_all()
        self._audience.queued(0)
        try:
            self._shelf.close()
        except Exception as error:  # noqa: BLE001 - there is nobody to raise it to
            self.failure = f"a cassette is not finished: {type(error).__name__}: {error}"
            warn(self.failure)

    def _look(self) -> None:
        """Nothing came for a while."""
        if self._is_forgotten is not None and self._is_forgotten():
            self._backlog.close()
        try:
            self._shelf.look(time.monotonic_ns())
        except Exception as error:  # noqa: BLE001 - see `_record`
            warn(f"a cassette is not finished: {type(error).__name__}: {error}")

    def _end_all(self) -> None:
        now = time.monotonic_ns()
        for session, recording in self._recordings.items():
            if self._left_open is None:
                recording.abandon()
                continue
            ended = Ended(session=session, t_ns=now, verdict=self._left_open, facts=_NOTHING_SEEN)
            try:
                self._finish(recording, ended)
            except Exception as error:  # noqa: BLE001 - see `_record`
                warn(f"a stream is not recorded: {type(error).__name__}: {error}")

    def _record(self, items: Sequence[Item]) -> None:
        """Deliveries of one exchange that come together are written together.

        In a shared cassette only those that follow each other: its records stand in the order of their
        times.
        """
        waiting: dict[int, list[Delivered]] = {}
        for item in items:
            if self._shelf.is_shared and item.session not in waiting:
                self._deliver_all(waiting)
            if isinstance(item, Delivered):
                waiting.setdefault(item.session, []).append(item)
                continue
            try:
                self._deliver(item.session, waiting.pop(item.session, None))
                self._handle(item)
            except Exception as error:  # noqa: BLE001 - an error here must not end the other recordings
                self._give_up(item.session, error)
        self._deliver_all(waiting)

    def _deliver_all(self, waiting: dict[int, list[Delivered]]) -> None:
        while waiting:
            session, deliveries = waiting.popitem()
            try:
                self._deliver(session, deliveries)
            except Exception as error:  # noqa: BLE001 - see above
                self._give_up(session, error)

    def _deliver(self, session: int, deliveries: Sequence[Delivered] | None) -> None:
        recording = self._recordings.get(session)
        if deliveries and recording is not None:
            recording.deliver(deliveries)

    def _give_up(self, session: int, error: Exception) -> None:
        recording = self._recordings.pop(session, None)
        if recording is not None:
            recording.abandon()
        warn(f"a stream is not recorded: {type(error).__name__}: {error}")

    def _handle(self, item: Opened | Responded | Dropped | Lost | Ended) -> None:
        if isinstance(item, Opened):
            self._audience.opened()
            self._recordings[item.session] = Recording(item, self._shelf, self._meter, self._audience)
            return
        recording = self._recordings.get(item.session)
        if recording is None:
            return
        match item:
            case Responded():
                recording.respond(item)
            case Dropped():
                del self._recordings[item.session]
                recording.drop()
                self._audience.dropped()
            case Lost():
                recording.lose(item)
            case Ended():
                del self._recordings[item.session]
                self._finish(recording, item)

    def _finish(self, recording: Recording, item: Ended) -> None:
        self._audience.finished(recording.end(item))

    def _until_something(self) -> float | None:
        """Seconds until something must be synced or looked after; `None` where nothing must."""
        limit = _LOOK_SECONDS if self._is_forgotten is not None or self._shelf.is_shared else None
        if not any(recording.dirty for recording in self._recordings.values()):
            return limit
        until_sync = max(self._next_sync - time.monotonic(), 0.0)
        return until_sync if limit is None else min(until_sync, limit)

    def _sync(self) -> None:
        now = time.monotonic()
        if now < self._next_sync:
            return
        self._next_sync = now + _SYNC_SECONDS
        for recording in self._recordings.values():
            if recording.dirty:
                recording.sync()
