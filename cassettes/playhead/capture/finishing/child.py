"""The finishing process: jobs on standard input, one after another, what became of each on standard output.

Knows the recorder only by its pipe. It outlives it: at the end of its input it finishes what it has, whether
anybody listens or not. In between it looks for orphans, and for cassettes that retention lets go.
"""

from __future__ import annotations

import contextlib
import heapq
import itertools
import os
import queue
import signal
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

import msgspec

from playhead.capture.finishing.finisher import Done, Job
from playhead.capture.finishing.orphans import clear_scraps, orphans
from playhead.capture.finishing.retention import Keeper
from playhead.capture.finishing.wire import Settings, job_of, line_of, settings_of
from playhead.capture.finishing.work import finish

_NICE = 10
_IGNORED = ("SIGINT", "SIGTERM", "SIGHUP")
"""They are meant for the recorder, which closes our input when it has written what it has."""
_LOOK_SECONDS = 60.0
_RESCAN_SECONDS = 600.0
"""Between two searches for orphans: of recorders that died since, and of our own where the disk was full."""
_TRIES = 6
"""How often a file is tried before it is left to the next start."""


class Loop:
    """Jobs first, then orphans one at a time, then what time brings.

    Of the jobs that wait, the smallest comes first: a long stream holds up none of the others.
    """

    def __init__(self, settings: Settings, tell: Callable[[Done], None]) -> None:
        self._settings = settings
        self._tell = tell
        self._jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._ready: list[tuple[int, int, Job]] = []
        """Jobs that were taken out of the queue, by the size of their files."""
        self._numbers = itertools.count()
        self._is_over = False
        self._waiting: set[Path] = set()
        """The unfinished files of jobs that are not done: no orphans, though nobody has locked them."""
        self._keeper = Keeper(settings.files.root, settings.retention)
        self._orphans: deque[Job] = deque()
        self._failures: dict[Path, int] = {}
        self._next_look = self._next_scan = time.monotonic()

    def put(self, job: Job | None) -> None:
        """A job, or `None` behind the last. From any thread."""
        if job is not None:
            self._waiting.add(job.unfinished)
        self._jobs.put(job)

    def run(self) -> None:
        """Until the last job and the last orphan are done."""
        self._rescan(self._settings.since)
        while True:
            job = self._next()
            if job is not None:
                self._finish(job)
            elif self._is_over and not self._orphans:
                self._idle()
                return
            else:
                self._idle()

    def _next(self) -> Job | None:
        """The smallest job, once one is there; `None` where there is something else to do."""
        with contextlib.suppress(queue.Empty):
            while not self._is_over:
                is_busy = self._ready or self._orphans
                job = self._jobs.get(timeout=0.0 if is_busy else self._rest())
                if job is None:
                    self._is_over = True
                else:
                    heapq.heappush(self._ready, (_size(job.unfinished), next(self._numbers), job))
        return heapq.heappop(self._ready)[2] if self._ready else None

    def _idle(self) -> None:
        if self._orphans:
            self._finish(self._orphans.popleft(), recovered=True)
            return
        now = time.monotonic()
        if now >= self._next_look:
            self._keeper.look()
            self._next_look = now + _LOOK_SECONDS
        if now >= self._next_scan:
            self._rescan(time.time() - _LOOK_SECONDS)

    def _rest(self) -> float:
        return max(min(self._next_look, self._next_scan) - time.monotonic(), 0.0)

    def _rescan(self, before: float | None) -> None:
        self._next_scan = time.monotonic() + _RESCAN_SECONDS
        if self._settings.recovers:
            clear_scraps(self._settings.files)
            self._orphans.extend(orphans(self._settings.files, before))

    def _finish(self, job: Job, *, recovered: bool = False) -> None:
        failed = self._failures.get(job.unfinished, 0)
        if recovered and (job.unfinished in self._waiting or failed >= _TRIES):
            return
        done = finish(job, self._settings.policy, recovered=recovered)
        self._waiting.discard(job.unfinished)
        if done.failure is not None:
            self._failures[job.unfinished] = failed + 1
        is_news = done.failure is None or not failed
        if not recovered or (is_news and not done.elsewhere):
            self._tell(done)
        self._keeper.look_if_rested()


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def main() -> None:
    """Read `Settings`, then jobs, from standard input."""
    _step_back()
    out = os.fdopen(os.dup(sys.stdout.fileno()), "wb", buffering=0)
    try:
        settings = settings_of(sys.stdin.buffer.readline())
    except msgspec.DecodeError:
        raise SystemExit("This is a part of a recorder: it is not started by hand.") from None
    with contextlib.suppress(OSError):
        out.write(b"\n")  # we are up
    loop = Loop(settings, _teller(out))
    # A daemon: it blocks in a read that nothing ends but the recorder.
    threading.Thread(target=_listen, args=(sys.stdin.buffer, loop), daemon=True).start()
    loop.run()


def _listen(lines: BinaryIO, loop: Loop) -> None:
    with contextlib.suppress(OSError):
        for line in lines:
            with contextlib.suppress(msgspec.DecodeError):
                loop.put(job_of(line))
    loop.put(None)


def _teller(out: BinaryIO) -> Callable[[Done], None]:
    def tell(done: Done) -> None:
        # Nobody may be listening any more; the work goes on.
        with contextlib.suppress(OSError):
            out.write(line_of(done))

    return tell


def _step_back() -> None:
    """Let the traffic go first, and let nobody end us but by our input."""
    if hasattr(os, "nice"):
        with contextlib.suppress(OSError):
            os.nice(_NICE)
    for name in _IGNORED:
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)
