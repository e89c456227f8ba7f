"""Readings of the clock between which nothing moved it: when the code spins, or waits for something real.

Knows readings, the real clock and the processor's time; not who waits by the virtual clock, nor its time. A
wait for something real cannot be seen from outside. What can be seen is that the thread gave the processor
away, and that the process used next to none of it until the next reading: code that computes does neither,
however busy the machine is.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Final

from playhead.virtual.waits import NS, current_ident, process_time, real_monotonic_ns

_FRUITLESS: Final = 10_000
"""Readings without a wait, after which each one more ticks: code that spins until a deadline gets there."""
_TICK: Final = 1_000_000
_MOMENT: Final = 1_000_000
"""Nanoseconds between two readings below which there was no wait."""
_BUSY: Final = 0.1
"""The part of the time between two readings from which on the process computed."""
_REAL_WAITS: Final = 5
"""Real waits, one after another, after which they count; all of them, and those that follow."""
_REAL_TIME: Final = NS
"""Nanoseconds of wall time that they must have taken."""


class Readings:
    """Those since the clock was moved by a wait."""

    def __init__(self) -> None:
        self._count = 0
        self._threads: dict[int, _Thread] = {}

    def one(self) -> int:
        """The current thread reads the clock: by how many nanoseconds it should be moved before."""
        self._count += 1
        if self._count > _FRUITLESS:
            return _TICK
        thread = self._threads.get(current_ident())
        if thread is None:
            self._threads[current_ident()] = _Thread()
        elif thread.waited():
            # What one thread waited, the others need not wait again.
            return max(each.taken() for each in tuple(self._threads.values()))
        return 0

    def moved(self) -> None:
        """Somebody's wait moved the clock."""
        self._count = 0
        self._threads = {}


class _Thread:
    """The real waits of one thread: spans between readings in which it let go, and the process was idle."""

    __slots__ = ("_at", "_busy", "_count", "_is_counted", "_span", "_switches")

    def __init__(self) -> None:
        self._count = 0
        self._span = 0
        self._is_counted = False
        self._at = real_monotonic_ns()
        self._busy = process_time()
        self._switches = _switches()

    def waited(self) -> bool:
        """Whether there is wall time to be counted, at one more reading."""
        now = real_monotonic_ns()
        span = now - self._at
        if span < _MOMENT:
            return False
        busy, switches = process_time(), _switches()
        let_go = _COUNTER is None or switches > self._switches
        if let_go and (busy - self._busy) * NS < span * _BUSY:
            self._count += 1
            self._span += span
        else:
            self._count = self._span = 0
            self._is_counted = False
        self._at, self._busy, self._switches = now, busy, switches
        if self._count >= _REAL_WAITS and self._span >= _REAL_TIME:
            self._is_counted = True
        return self._is_counted

    def taken(self) -> int:
        """The span so far, which begins anew."""
        span, self._span = self._span, 0
        return span


def _counter() -> Callable[[], int] | None:
    """How often the current thread gave the processor away of its own accord; `None` where nobody counts."""
    if sys.platform != "linux":
        return None
    try:
        from resource import RUSAGE_SELF, RUSAGE_THREAD, getrusage
    except ImportError:
        return None
    if not getrusage(RUSAGE_SELF).ru_nvcsw:
        return None  # some systems say 0 for every process
    return lambda: getrusage(RUSAGE_THREAD).ru_nvcsw


_COUNTER: Final = _counter()


def _switches() -> int:
    return 0 if _COUNTER is None else _COUNTER()
