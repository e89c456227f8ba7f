"""Who lives by a virtual clock: threads, those that they start, and what pools do for them.

Knows threads, pools and jobs; no time. Time stands still while one of them runs: whoever begins, ends or
waits apart is counted here, with the lock of the clock held.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, Protocol

from playhead.virtual.waits import Signal, current_ident


class Pool(Protocol):
    """A pool of threads: an executor of the standard library."""

    _max_workers: int

    def __hash__(self) -> int: ...


class Living:
    """The thread that makes it, and the threads that these start.

    `mutex` is the clock's; `changed` is called with it held where fewer run than before. `wait` waits for a
    signal, by the clock, for so many seconds, and tells whether it came.
    """

    def __init__(
        self, mutex: Any, *, changed: Callable[[], None], wait: Callable[[Signal, float | None], bool]
    ) -> None:
        self.idents: set[int] = {current_ident()}
        self.apart_for_now: set[int] = set()
        """Threads that wait at wall speed."""
        self._mutex = mutex
        self._changed = changed
        self._wait = wait
        self._threads: set[threading.Thread] = set()
        """Those that were started and have not finished; without the first."""
        self._joiners: dict[threading.Thread, list[Signal]] = {}
        self._jobs: dict[object, Pool | None] = {}
        """What was given to pools and has not begun."""
        self._working: Counter[Pool | None] = Counter()
        """How many threads of each pool run a job."""
        self._busy: set[threading.Thread] = set()

    def starting(self, thread: threading.Thread) -> None:
        """`thread` is about to be started by somebody who lives by this clock."""
        with self._mutex:
            self._threads.add(thread)

    def not_started(self, thread: threading.Thread) -> None:
        with self._mutex:
            self._threads.discard(thread)

    def begun(self, thread: threading.Thread) -> bool:
        """The current thread is `thread`; whether it lives by this clock."""
        with self._mutex:
            if thread not in self._threads:
                return False
            self.idents.add(current_ident())
            return True

    def finished(self, thread: threading.Thread) -> None:
        with self._mutex:
            self.idents.discard(current_ident())
            self._threads.discard(thread)
            self._release_joiners(thread)
            self._changed()

    def is_busy(self, thread: threading.Thread) -> bool:
        """Whether `thread`, of a pool, does a job."""
        return thread in self._busy

    def joined(self, thread: threading.Thread, seconds: float | None) -> bool:
        """Wait until `thread` has finished, or the job that it does; whether it has."""
        signal = Signal()
        with self._mutex:
            if thread not in self._threads and thread not in self._busy:
                return True
            self._joiners.setdefault(thread, []).append(signal)
        return self._wait(signal, seconds)

    @contextmanager
    def apart(self) -> Iterator[None]:
        """The current thread waits at wall speed within."""
        ident = current_ident()
        self.apart_for_now.add(ident)
        try:
            yield
        finally:
            self.apart_for_now.discard(ident)

    def submitted(self, job: object, pool: Pool | None = None) -> None:
        """A pool was given `job`: time stands still until it has begun, unless the pool is full.

        `None` is a pool that is never full.
        """
        with self._mutex:
            self._jobs[job] = pool

    def dropped(self, job: object) -> None:
        """The job will not be done by anybody, or has been."""
        with self._mutex:
            self._jobs.pop(job, None)
            self._changed()

    @contextmanager
    def doing(self, job: object) -> Iterator[None]:
        """The current thread, of a pool, does `job`, and lives by this clock meanwhile."""
        ident, thread = current_ident(), threading.current_thread()
        with self._mutex:
            known = job in self._jobs
            pool = self._jobs.pop(job, None)
            if known:
                self._working[pool] += 1
                self._busy.add(thread)
                self.idents.add(ident)
        try:
            yield
        finally:
            if known:
                with self._mutex:
                    self._working[pool] -= 1
                    self._busy.discard(thread)
                    self.idents.discard(ident)
                    self._release_joiners(thread)
                    self._changed()

    # With the mutex held

    def count(self) -> int:
        """How many there are."""
        return 1 + len(self._threads) + self._working.total()

    def is_one(self) -> bool:
        """Whether there is only the first, and nothing begins."""
        return not (self._threads or self._jobs or self._working.total())

    def is_beginning(self) -> bool:
        """Whether a pool has a job that it can begin with."""
        return any(pool is None or self._working[pool] < pool._max_workers for pool in self._jobs.values())

    def _release_joiners(self, thread: threading.Thread) -> None:
        for signal in self._joiners.pop(thread, ()):
            # Who has given up is there no more.
            with suppress(RuntimeError):
                signal.release()
