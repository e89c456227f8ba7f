"""The virtual clock: frozen, until everybody who lives by it waits; then it jumps to the next deadline.

Knows waits; who lives by it, `living` knows. Never knows who calls: `patches` puts it in the place of the
system's. Times are whole nanoseconds, so that a jump ends where it should.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Final

from playhead.errors import CannotRun
from playhead.virtual.living import Living
from playhead.virtual.readings import Readings
from playhead.virtual.waits import (
    NS,
    Signal,
    Wait,
    current_ident,
    nanoseconds,
    new_lock,
    process_time,
    real_monotonic_ns,
    real_perf_counter_ns,
    real_sleep,
    real_time_ns,
)

_GRACE: Final = 0.1
"""Seconds, of the wall, after which one who waits looks around: somebody may wait for something real."""
_IDLE: Final = 0.005
"""Seconds of processor time within `_GRACE` below which nobody computes."""
_STARVED: Final = 2 * round(_GRACE * NS)
"""Nanoseconds, of the wall, behind the last look: who comes so late was not let run, nor was anybody else."""
_LATE_LOOKS: Final = 50
"""As many as one who waits makes nothing of: on a machine that is always late they must do."""


class Clock:
    """The time of those who live by it: the thread that makes it, and the threads that these start.

    It stands still while one of them runs. When all wait, it jumps to the nearest deadline and wakes the
    one whose deadline it is: one at a time, in the order of deadlines, so that there is one outcome.
    """

    def __init__(self) -> None:
        self._start_monotonic = real_monotonic_ns()
        self._start_time = real_time_ns()
        self._start_perf_counter = real_perf_counter_ns()
        self._elapsed = 0
        self._readings = Readings()
        self._mutex = new_lock()
        self._waits: list[Wait] = []
        self.living: Living = Living(self._mutex, changed=self._step, wait=self.acquire)
        """The threads that live by this clock."""
        self._closed = False
        self.refused: CannotRun | None = None
        """What was raised for a loop that cannot be moved. The code may have swallowed it."""
        self.failing: Callable[[str], BaseException] | None = None
        """Makes what a request meets instead, in a test: nobody's retries take that for an error."""

    def __repr__(self) -> str:
        return f"<Clock: {self.elapsed:g} virtual seconds>"

    # Reading

    @property
    def elapsed(self) -> float:
        """Virtual seconds since the clock was made."""
        return self._elapsed / NS

    def is_mine(self) -> bool:
        """Whether the current thread lives by this clock."""
        ident = current_ident()
        return ident in self.living.idents and ident not in self.living.apart_for_now

    def monotonic_ns(self) -> int:
        return self._start_monotonic + self._read()

    def time_ns(self) -> int:
        return self._start_time + self._read()

    def perf_counter_ns(self) -> int:
        return self._start_perf_counter + self._read()

    def _read(self) -> int:
        before = self._elapsed
        if span := self._readings.one():
            with self._mutex:
                if self._elapsed == before:
                    self._elapsed += span
                    self._wake_first(due=True)
        return self._elapsed

    # Waiting

    def sleep(self, seconds: float) -> None:
        """What `time.sleep` is to those who live by this clock."""
        if seconds <= 0:
            self._read()
            real_sleep(0)
            return
        with self._mutex:
            if self._is_alone():
                self._advance(self._elapsed + nanoseconds(seconds))
                return
        self.acquire(Signal(), seconds)

    def acquire(self, signal: Signal, seconds: float | None) -> bool:
        """Wait until somebody releases `signal`; whether that came within `seconds`."""
        wait = self._wait(seconds, lambda: signal.given, signal.lock.release, signal)
        try:
            while not wait.expired and not signal.lock.acquire(True, self._patience(wait)):
                if self._is_overdue(wait):
                    return False
            return not wait.expired
        finally:
            self._left(wait)

    def park(
        self,
        seconds: float | None,
        *,
        ready: Callable[[], bool],
        wake: Callable[[], None],
        block: Callable[[float | None], bool],
        key: object = None,
    ) -> None:
        """Wait as an event loop does: `block(seconds)` waits really, and tells whether anything came."""
        wait = self._wait(seconds, ready, wake, key)
        try:
            while not wait.expired:
                patience = self._patience(wait)
                if block(None if patience < 0 else patience) or self._is_overdue(wait):
                    return
                self._calmed(wait)
        finally:
            self._left(wait)

    def rouse(self, key: object) -> bool:
        """There is something for who waits with `key`; whether anybody does.

        Takes no lock: it may come from a signal's handler.
        """
        found = [wait for wait in tuple(self._waits) if wait.key is key]
        for wait in found:
            wait.roused = True
        return bool(found)

    def _calmed(self, wait: Wait) -> None:
        """Nothing had come: who roused it meant a wait before."""
        if wait.roused:
            with self._mutex:
                wait.roused = False
                self._step()

    def passed(self, span: int) -> None:
        """So much real time has passed in a wait for something real."""
        with self._mutex:
            self._advance(self._elapsed + max(span, 0))

    def _wait(
        self,
        seconds: float | None,
        ready: Callable[[], bool],
        wake: Callable[[], None],
        key: object = None,
    ) -> Wait:
        with self._mutex:
            deadline = None if seconds is None else self._elapsed + max(nanoseconds(seconds), 0)
            wait = Wait(deadline, ready, wake, key)
            wait.over_at = real_monotonic_ns() + (deadline or 0) - self._elapsed
            self._waits.append(wait)
            if self._closed:
                self._expire_all()
            self._step()
        return wait

    def _left(self, wait: Wait) -> None:
        with self._mutex:
            if wait in self._waits:
                self._waits.remove(wait)

    def _patience(self, wait: Wait) -> float:
        """How long to wait really before looking around; below 0 for ever."""
        if wait.deadline is None:
            return -1
        wait.busy_at, wait.looked_at = process_time(), real_monotonic_ns()
        return _GRACE

    def _is_overdue(self, wait: Wait) -> bool:
        """Whether the wait is over, though it was not woken; by wall time, or because its turn did not come.

        Somebody who does not wait by this clock holds it up. If he computes, he is waited for; else he waits
        for something real: a socket, a process, a lock. Where nobody was let run, that is not known before
        the next look.
        """
        assert wait.deadline is not None
        is_late = real_monotonic_ns() - wait.looked_at > _STARVED
        wait.late_looks += is_late
        was_starved = is_late and wait.late_looks <= _LATE_LOOKS
        if (was_starved or process_time() - wait.busy_at > _IDLE) and not self._closed:
            return False
        with self._mutex:
            if wait.deadline > self._elapsed and real_monotonic_ns() < wait.over_at:
                return wait.expired
            if not wait.expired:
                self._advance(wait.deadline)
                wait.expired = True
        return True

    @property
    def is_closed(self) -> bool:
        """Whether its time is over, and nobody lives by it any more."""
        return self._closed

    def close(self) -> None:
        """No more jumps: threads that still wait are let go, event loops wait on at wall speed.

        A thread that outlives its test would else hold up who joins it, for as long as it was to wait.
        """
        with self._mutex:
            self._closed = True
            self._expire_all()

    # Jumping; with the mutex held

    def _is_alone(self) -> bool:
        return self.living.is_one() and not self._closed

    def _step(self) -> None:
        """Jump, where all wait and nobody has what is waited for."""
        if self._closed or len(self._waits) < self.living.count() or self.living.is_beginning():
            return
        if not any(wait.roused or wait.ready() for wait in self._waits):
            self._wake_first(due=False)

    def _wake_first(self, *, due: bool) -> None:
        """Expire the wait with the nearest deadline; if `due`, only where it has come."""
        waits = [wait for wait in self._waits if wait.deadline is not None]
        first = min(waits, key=Wait.order, default=None)
        if first is None or first.deadline is None or (due and first.deadline > self._elapsed):
            return
        self._advance(first.deadline)
        self._waits.remove(first)
        first.expired = True
        if first.ident == current_ident():
            return  # it has not begun to wait really
        try:
            first.wake()
        except RuntimeError:
            # Somebody from outside had released it in this very moment.
            first.expired = False

    def _expire_all(self) -> None:
        """Let all threads go that wait with a deadline. Time stays where it is."""
        for wait in tuple(self._waits):
            if wait.deadline is not None and isinstance(wait.key, Signal):
                self._waits.remove(wait)
                wait.expired = True
                with suppress(RuntimeError):  # it was released in this very moment
                    wait.wake()

    def _advance(self, elapsed: int) -> None:
        self._elapsed = max(self._elapsed, elapsed)
        self._readings.moved()
