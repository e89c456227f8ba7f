"""Calling back at an absolute time, as precisely as the system allows.

asyncio's selector rounds its timeouts to a millisecond. On Linux with Python 3.13 one timerfd for all
deadlines wakes the loop within some microseconds; elsewhere the loop's own timers do. Times are the
loop's (`loop.time()`, which is CLOCK_MONOTONIC on Linux).
"""

from __future__ import annotations

import asyncio
import contextlib
import heapq
import os
import sys
import time
from collections.abc import Callable
from itertools import count
from typing import Protocol


class Handle(Protocol):
    """A callback to come."""

    def cancel(self) -> None: ...


class Deadlines(Protocol):
    """Where callbacks wait for their time."""

    def at(self, when: float, call: Callable[[], None]) -> Handle:
        """Call `call` at `when`, or soon where that is past. It must not raise."""
        ...

    def close(self) -> None:
        """Call nothing any more."""
        ...


class LoopDeadlines:
    """The event loop's own timers."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop

    def at(self, when: float, call: Callable[[], None]) -> Handle:
        return self._loop.call_at(when, call)

    def close(self) -> None:
        pass


class _Deadline:
    """An entry of the heap. A cancelled one stays there until its time."""

    __slots__ = ("call", "number", "when")

    def __init__(self, when: float, number: int, call: Callable[[], None]) -> None:
        self.when = when
        self.number = number
        self.call: Callable[[], None] | None = call

    def __lt__(self, other: _Deadline) -> bool:
        return (self.when, self.number) < (other.when, other.number)

    def cancel(self) -> None:
        self.call = None


if sys.platform == "linux" and sys.version_info >= (3, 13):

    class TimerfdDeadlines:
        """One timerfd, armed for the earliest deadline."""

        def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
            self._loop = loop
            self._waiting: list[_Deadline] = []
            self._numbers = count()
            self._closed = False
            self._fd = os.timerfd_create(time.CLOCK_MONOTONIC, flags=os.TFD_NONBLOCK | os.TFD_CLOEXEC)
            loop.add_reader(self._fd, self._ring)

        def at(self, when: float, call: Callable[[], None]) -> Handle:
            deadline = _Deadline(when, next(self._numbers), call)
            heapq.heappush(self._waiting, deadline)
            if self._waiting[0] is deadline and not self._closed:
                self._arm()
            return deadline

        def close(self) -> None:
            self._closed = True
            self._loop.remove_reader(self._fd)
            os.close(self._fd)

        def _ring(self) -> None:
            with contextlib.suppress(BlockingIOError):
                os.read(self._fd, 8)
            try:
                self._call_due(self._loop.time())
            finally:
                # Whatever a callback did: the others keep their time.
                if not self._closed:
                    self._arm()

        def _call_due(self, now: float) -> None:
            waiting = self._waiting
            while waiting and waiting[0].when <= now:
                call = heapq.heappop(waiting).call
                if call is not None:
                    call()

        def _arm(self) -> None:
            if self._waiting:
                # Zero would disarm the timer; a moment in the past rings at once.
                first = max(round(self._waiting[0].when * 1e9), 1)
                os.timerfd_settime_ns(self._fd, flags=os.TFD_TIMER_ABSTIME, initial=first)


def deadlines(loop: asyncio.AbstractEventLoop) -> Deadlines:
    """The most precise deadlines that this system has for `loop`."""
    if sys.platform == "linux" and sys.version_info >= (3, 13):
        with contextlib.suppress(OSError, NotImplementedError):
            return TimerfdDeadlines(loop)
    return LoopDeadlines(loop)
