"""What stands in the place of the system's clock while a virtual one is in use.

Knows names of the standard library, and nothing of what is played. Each replacement asks whether the current
thread lives by the clock; for all others everything is as it was.
"""

from __future__ import annotations

import queue
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import thread as pools
from typing import Any, Final, NamedTuple

from playhead.virtual.clock import Clock
from playhead.virtual.waits import NS, Signal


class Patch(NamedTuple):
    """`owner.name` becomes `value`."""

    owner: Any
    name: str
    value: Any


TIME_NAMES: Final = (
    "sleep",
    "time",
    "time_ns",
    "monotonic",
    "monotonic_ns",
    "perf_counter",
    "perf_counter_ns",
)
"""The functions of `time` that are replaced."""
_POOLS: Final = frozenset({"concurrent.futures.thread", "trio._core._thread_cache"})
"""Modules whose threads wait for jobs: they live by the clock only while they have one."""
_MOMENT: Final = 0.001
"""Seconds that a thread may take for its last steps."""


def time_functions(clock: Clock) -> dict[str, Callable[..., Any]]:
    """What the functions of `time` become, by name."""
    real = {name: getattr(time, name) for name in TIME_NAMES}

    def sleep(seconds: Any, /) -> None:
        if clock.is_mine() and not seconds < 0:
            clock.sleep(seconds)
        else:
            real["sleep"](seconds)

    return {
        "sleep": sleep,
        "time": _seconds(clock, clock.time_ns, real["time"]),
        "monotonic": _seconds(clock, clock.monotonic_ns, real["monotonic"]),
        "perf_counter": _seconds(clock, clock.perf_counter_ns, real["perf_counter"]),
        "time_ns": _nanoseconds(clock, clock.time_ns, real["time_ns"]),
        "monotonic_ns": _nanoseconds(clock, clock.monotonic_ns, real["monotonic_ns"]),
        "perf_counter_ns": _nanoseconds(clock, clock.perf_counter_ns, real["perf_counter_ns"]),
    }


def _seconds(clock: Clock, ours: Callable[[], int], real: Callable[[], float]) -> Callable[[], float]:
    return lambda: ours() / NS if clock.is_mine() else real()


def _nanoseconds(clock: Clock, ours: Callable[[], int], real: Callable[[], int]) -> Callable[[], int]:
    return lambda: ours() if clock.is_mine() else real()


def patches(clock: Clock, functions: dict[str, Callable[..., Any]]) -> Iterator[Patch]:
    """Everything of the standard library but event loops."""
    for name, function in functions.items():
        yield Patch(time, name, function)
    # They took theirs at import; deadlines that one thread waits for must be by one clock.
    yield Patch(threading, "_time", functions["monotonic"])
    yield Patch(queue, "time", functions["monotonic"])
    yield Patch(threading.Condition, "wait", _condition_wait(clock))
    yield Patch(threading.Thread, "start", _start(clock))
    yield Patch(threading.Thread, "join", _join(clock))
    yield Patch(threading.Thread, "_bootstrap_inner", _bootstrap_inner(clock))
    yield Patch(pools.ThreadPoolExecutor, "submit", _submit(clock))
    yield Patch(pools._WorkItem, "run", _run(clock))
    yield Patch(subprocess.Popen, "_wait", _process_wait(clock))


def _condition_wait(clock: Clock) -> Callable[..., bool]:
    real = threading.Condition.wait

    def wait(self: Any, timeout: float | None = None) -> bool:
        if not clock.is_mine() or (timeout is not None and timeout <= 0):
            return real(self, timeout)
        if not self._is_owned():
            raise RuntimeError("cannot wait on un-acquired lock")
        waiter = Signal()
        self._waiters.append(waiter)
        state = self._release_save()
        notified = False
        try:
            notified = clock.acquire(waiter, timeout)
            return notified
        finally:
            self._acquire_restore(state)
            if not notified and waiter in self._waiters:
                self._waiters.remove(waiter)

    return wait


def _start(clock: Clock) -> Callable[..., None]:
    real = threading.Thread.start

    def start(self: threading.Thread) -> None:
        if not clock.is_mine():
            real(self)
            return
        if not _is_of_a_pool(self):
            clock.living.starting(self)
        try:
            # It waits here for the thread to run, which is no wait of the code's.
            with clock.living.apart():
                real(self)
        except BaseException:
            clock.living.not_started(self)
            raise

    return start


def _is_of_a_pool(thread: threading.Thread) -> bool:
    return getattr(getattr(thread, "_target", None), "__module__", None) in _POOLS


def _bootstrap_inner(clock: Clock) -> Callable[..., None]:
    real = threading.Thread._bootstrap_inner  # type: ignore[attr-defined]

    def _bootstrap_inner(self: threading.Thread) -> None:
        if not clock.living.begun(self):
            real(self)
            return
        try:
            real(self)
        finally:
            clock.living.finished(self)

    return _bootstrap_inner


def _join(clock: Clock) -> Callable[..., None]:
    real = threading.Thread.join

    def join(self: threading.Thread, timeout: float | None = None) -> None:
        if not clock.is_mine() or self is threading.current_thread():
            real(self, timeout)
            return
        end = None if timeout is None else clock.elapsed + timeout
        while clock.living.joined(self, None if end is None else max(end - clock.elapsed, 0)):
            if end is not None or not _is_of_a_pool(self):
                # It has finished but for its last steps, or is not ours.
                real(self, timeout)
                return
            real(self, _MOMENT)  # a pool's may get another job before it ends
            if not self.is_alive():
                return

    return join


def _submit(clock: Clock) -> Callable[..., Any]:
    real = pools.ThreadPoolExecutor.submit

    def submit(self: Any, fn: Any, /, *args: Any, **kwargs: Any) -> Any:
        if not clock.is_mine():
            return real(self, fn, *args, **kwargs)
        job = _Job(fn)
        clock.living.submitted(job, self)
        try:
            with clock.living.apart():
                future = real(self, job, *args, **kwargs)
        except BaseException:
            clock.living.dropped(job)
            raise
        # A job that is cancelled before it has begun is never done.
        future.add_done_callback(lambda _: clock.living.dropped(job))
        return future

    return submit


class _Job:
    """A function that was given to a pool."""

    __slots__ = ("fn",)

    def __init__(self, fn: Any) -> None:
        self.fn = fn

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.fn(*args, **kwargs)


def _run(clock: Clock) -> Callable[..., None]:
    real = pools._WorkItem.run

    def run(self: Any, *args: Any) -> None:
        # 3.14 keeps function and arguments in one.
        job = self.fn if hasattr(self, "fn") else self.task[0]
        with clock.living.doing(job):
            real(self, *args)

    return run


def _process_wait(clock: Clock) -> Callable[..., int]:
    real: Callable[..., int] = subprocess.Popen._wait  # type: ignore[attr-defined]

    def _wait(self: Any, timeout: float | None) -> int:
        if not clock.is_mine():
            return real(self, timeout)
        # With a timeout it sleeps, again and again, until its own clock, the real one, says it is over.
        with clock.living.apart():
            return real(self, timeout)

    return _wait
