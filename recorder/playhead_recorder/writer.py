"""The writer thread: takes what waits in the backlog and hands it to the recordings.

Knows threads and recordings; never mitmproxy. It shares the interpreter with the proxy's loop, so it
only decodes, encodes and appends; nothing is parsed or assembled here. Whatever goes wrong with one
stream stays with that stream.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from playhead_recorder.backlog import Backlog
from playhead_recorder.items import Delivered, Ended, Item, Lost, Opened
from playhead_recorder.log import warn
from playhead_recorder.recording import Finished, Recording

_SYNC_SECONDS = 5.0
"""What a power cut may lose; a recorder that is killed loses nothing that was written."""
_REST_SECONDS = 0.04
"""Between batches: what a killed recorder may lose, and well under the 100 ms that are promised. A wake
costs more than writing what came since the last one does: a thread that woke for every delivery took
as much of the processor as the proxy itself."""


class Writer:
    """One thread for all streams of a process. `on_finished` is called in it."""

    def __init__(
        self, backlog: Backlog, folder: Path, on_finished: Callable[[Finished], None] | None = None
    ) -> None:
        self._backlog = backlog
        self._folder = folder
        self._on_finished = on_finished
        self._recordings: dict[int, Recording] = {}
        self._next_sync = 0.0
        # A daemon: a disk that hangs must not keep the proxy from leaving.
        self._thread = threading.Thread(target=self._run, name="playhead-writer", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self, seconds: float) -> bool:
        """Write what waits, and end. False where that took longer than `seconds`."""
        self._backlog.close()
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def _run(self) -> None:
        while (items := self._backlog.take(self._until_sync())) is not None:
            self._record(items)
            self._sync()
            self._backlog.rest(_REST_SECONDS)
        for recording in self._recordings.values():
            recording.abandon()

    def _record(self, items: Sequence[Item]) -> None:
        """Deliveries of one stream that come together are written together."""
        waiting: dict[int, list[Delivered]] = {}
        for item in items:
            if isinstance(item, Delivered):
                waiting.setdefault(item.session, []).append(item)
                continue
            try:
                self._deliver(item.session, waiting.pop(item.session, None))
                self._handle(item)
            except Exception as error:  # noqa: BLE001 - an error here must not end the other recordings
                self._give_up(item.session, error)
        for session, deliveries in waiting.items():
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

    def _handle(self, item: Opened | Lost | Ended) -> None:
        if isinstance(item, Opened):
            self._recordings[item.session] = Recording(item, self._folder)
            return
        recording = self._recordings.get(item.session)
        if recording is None:
            return
        match item:
            case Lost():
                recording.lose(item)
            case Ended():
                del self._recordings[item.session]
                finished = recording.end(item)
                if self._on_finished is not None:
                    self._on_finished(finished)

    def _until_sync(self) -> float | None:
        """Seconds until something must be synced; `None` where nothing is waiting for it."""
        if not any(recording.dirty for recording in self._recordings.values()):
            return None
        return max(self._next_sync - time.monotonic(), 0.0)

    def _sync(self) -> None:
        now = time.monotonic()
        if now < self._next_sync:
            return
        self._next_sync = now + _SYNC_SECONDS
        for recording in self._recordings.values():
            if recording.dirty:
                recording.sync()
