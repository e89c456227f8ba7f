"""Event loops under a virtual clock: where nothing is ready and nothing real is under way, time jumps.

Knows how asyncio's selector loops and trio wait. A loop that waits for a descriptor of the code's own waits
at wall speed. Other loops keep their own time and are refused.
"""

from __future__ import annotations

import asyncio
import random
import select
import selectors
import sys
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Final
from weakref import WeakKeyDictionary

from playhead.errors import CannotRun
from playhead.virtual.clock import Clock
from playhead.virtual.patches import Patch
from playhead.virtual.waits import NS, real_monotonic_ns

if TYPE_CHECKING:
    from collections.abc import Sequence

_SELECTORS: Final = (
    "SelectSelector",
    "_PollLikeSelector",
    "EpollSelector",
    "DevpollSelector",
    "KqueueSelector",
)
_MOVED: Final = frozenset({"TrioClock", "SystemClock", "MockClock"})
"""Trio's clocks that can be moved: ours, its own, and its own for tests, which moves itself."""
_OWN: Final = 1
"""Descriptors that a loop registers for itself: the pipe by which it is woken."""


def asyncio_patches(clock: Clock) -> Iterator[Patch]:
    """The selectors that asyncio may wait with."""
    for name in _SELECTORS:
        selector = getattr(selectors, name, None)
        if selector is not None and "select" in vars(selector):
            yield Patch(selector, "select", _selecting(clock, selector.select))


def _selecting(clock: Clock, real: Callable[..., Any]) -> Callable[..., Any]:
    def select(self: Any, timeout: float | None = None) -> Any:
        loop: Any = asyncio._get_running_loop()
        if getattr(loop, "_selector", None) is not self or not clock.is_mine():
            return real(self, timeout)
        selector: Any = self
        events = real(selector, 0)
        if events or (timeout is not None and timeout <= 0):
            return events
        return _wait(
            clock,
            timeout,
            is_real=len(selector.get_map()) > _OWN,
            look=lambda seconds: real(selector, seconds),
            ready=lambda: bool(real(selector, 0)),
            wake=loop._write_to_self,
        )

    return select


def trio_patches(clock: Clock) -> Iterator[Patch]:
    """Trio's clock, its wait for events, and its threads. Nothing where trio is not imported."""
    run = sys.modules.get("trio._core._run")
    threads = sys.modules.get("trio._core._thread_cache")
    # On Windows its events have a queue of another kind.
    if run is None or threads is None or sys.platform == "win32":
        return
    system, manager = run.SystemClock, run.TheIOManager
    yield Patch(run, "SystemClock", lambda: _trio_clock(clock) if clock.is_mine() else system())
    yield from _system_clock(clock, system)
    yield Patch(manager, "get_events", _get_events(clock, manager.get_events))
    # Who of several runs first is drawn by lot, on purpose: here by the same one each time.
    yield Patch(run, "_ALLOW_DETERMINISTIC_SCHEDULING", True)
    yield Patch(run, "_r", random.Random(0))
    pair = sys.modules["trio._core._wakeup_socketpair"].WakeupSocketpair
    name = "wakeup_thread_and_signal_safe"
    yield Patch(pair, name, _wakeup(clock, getattr(pair, name)))
    cache = threads.ThreadCache
    yield Patch(cache, "start_thread_soon", _start_thread_soon(clock, cache.start_thread_soon))


def uvloop_patches(clock: Clock) -> Iterator[Patch]:
    """Its loop, which asks the system for the time: refused when it is run. Nothing where it is not used."""
    loop = getattr(sys.modules.get("uvloop"), "Loop", None)
    if loop is not None:
        yield Patch(loop, "run_forever", _refusing(clock, loop.run_forever))


def _refusing(clock: Clock, real: Callable[..., None]) -> Callable[..., None]:
    def run_forever(self: Any) -> None:
        # Once: what is begun afterwards cleans up.
        if clock.is_mine() and clock.refused is None:
            clock.refused = CannotRun(
                "virtual time cannot move uvloop: it keeps its own time",
                hint="Run this on asyncio's own loop: asyncio.SelectorEventLoop.",
            )
            raise clock.refused
        real(self)

    return run_forever


class _Due:
    """Trio's time: jumps end at whole nanoseconds; deadlines, sums of floats, may lie just behind."""

    def __init__(self) -> None:
        self._deadline = 0.0

    def now(self, now: float) -> float:
        return self._deadline if 0 < self._deadline - now < 1 / NS else now

    def left(self, deadline: float, now: float) -> float:
        self._deadline = deadline
        return deadline - self.now(now)


def _system_clock(clock: Clock, system: Any) -> Iterator[Patch]:
    """The clock of a run that had begun before: it reads ours from now on."""
    real_time, real_left, due = system.current_time, system.deadline_to_sleep_time, _Due()

    def now(self: Any) -> float:
        return float(self.offset + clock.perf_counter_ns() / NS)

    def current_time(self: Any) -> float:
        return due.now(now(self)) if clock.is_mine() else float(real_time(self))

    def deadline_to_sleep_time(self: Any, deadline: float) -> float:
        return due.left(deadline, now(self)) if clock.is_mine() else float(real_left(self, deadline))

    yield Patch(system, "current_time", current_time)
    yield Patch(system, "deadline_to_sleep_time", deadline_to_sleep_time)


def _get_events(clock: Clock, real: Callable[..., Any]) -> Callable[..., Any]:
    wakeups: WeakKeyDictionary[Any, object] = WeakKeyDictionary()

    def get_events(self: Any, timeout: float) -> Any:
        if not clock.is_mine():
            return real(self, timeout)
        if (runner := _runner_here()) is not None:
            wakeups[self] = runner.entry_queue.wakeup
        events = real(self, 0)
        if events or timeout <= 0:
            return events
        waiting = self.statistics()
        return _wait(
            clock,
            timeout,
            is_real=waiting.tasks_waiting_read + waiting.tasks_waiting_write > _OWN,
            look=lambda seconds: real(self, 86400 if seconds is None else seconds),
            ready=lambda: _is_readable(self),
            wake=self.force_wakeup,
            # A guest run asks in its own thread, and then waits in another one.
            key=wakeups.get(self),
        )

    return get_events


def _runner_here() -> Any:
    """The run of trio in the current thread."""
    run = sys.modules.get("trio._core._run")
    return getattr(getattr(run, "GLOBAL_RUN_CONTEXT", None), "runner", None)


def _wakeup(clock: Clock, real: Callable[..., None]) -> Callable[..., None]:
    def wakeup_thread_and_signal_safe(self: Any) -> None:
        # The loop's queue gives an event once: when it was taken, nobody sees it before the loop runs.
        waits = clock.rouse(self)
        real(self)
        if not waits:
            clock.rouse(self)  # it may have begun to wait meanwhile

    return wakeup_thread_and_signal_safe


def _is_readable(manager: Any) -> bool:
    """Whether a queue of events has any. Trio's give each once, so that looking would take it away."""
    queue = getattr(manager, "_epoll", None) or manager._kqueue
    poll = select.poll()
    poll.register(queue.fileno(), select.POLLIN)
    return bool(poll.poll(0))


def _start_thread_soon(clock: Clock, real: Callable[..., Any]) -> Callable[..., Any]:
    def start_thread_soon(self: Any, fn: Any, deliver: Any, name: str | None = None) -> Any:
        if not clock.is_mine():
            return real(self, fn, deliver, name)
        job = object()

        def done(result: Any) -> None:
            # Time stands still until the loop knows.
            try:
                deliver(result)
            finally:
                clock.living.dropped(job)

        def do() -> Any:
            with clock.living.doing(job):
                try:
                    return fn()
                finally:
                    clock.living.submitted(job)

        clock.living.submitted(job)
        with clock.living.apart():
            return real(self, do, done, name)

    return start_thread_soon


def _trio_clock(clock: Clock) -> Any:
    import trio

    class TrioClock(trio.abc.Clock):
        """The virtual clock, as trio asks one."""

        def __init__(self) -> None:
            self._due = _Due()

        def start_clock(self) -> None:
            pass

        def current_time(self) -> float:
            return self._due.now(clock.monotonic_ns() / NS)

        def deadline_to_sleep_time(self, deadline: float) -> float:
            return self._due.left(deadline, clock.monotonic_ns() / NS)

    return TrioClock()


def _wait(
    clock: Clock,
    timeout: float | None,
    *,
    is_real: bool,
    look: Callable[[float | None], Sequence[Any]],
    ready: Callable[[], bool],
    wake: Callable[[], None],
    key: object = None,
) -> Sequence[Any]:
    """What comes within `timeout` virtual seconds. `look` waits really; `ready` looks, and takes nothing."""
    if is_real:
        start = real_monotonic_ns()
        found = look(timeout)
        clock.passed(real_monotonic_ns() - start if found or timeout is None else round(timeout * NS))
        return found
    found = ()

    def block(seconds: float | None) -> bool:
        nonlocal found
        found = look(seconds)
        return bool(found)

    clock.park(timeout, ready=ready, wake=wake, block=block, key=key)
    return found


def refuse_other_loops() -> None:
    """Raises `CannotRun` where the running loop, or the one that would be made, keeps its own time."""
    loop = asyncio._get_running_loop()
    if loop is not None and not isinstance(loop, asyncio.selector_events.BaseSelectorEventLoop):
        name = f"{type(loop).__module__}.{type(loop).__qualname__}"
        raise CannotRun(
            f"virtual time cannot move {name}: it keeps its own time",
            hint="Run the code on asyncio's own selector loop: asyncio.SelectorEventLoop.",
        )
    policy = getattr(asyncio.events, "_event_loop_policy", None)
    if type(policy).__module__.partition(".")[0] == "uvloop":
        raise CannotRun(
            "virtual time cannot move uvloop, which is installed as asyncio's policy",
            hint="Run this test without uvloop: asyncio.set_event_loop_policy(None).",
        )


def refuse_trio_unmoved() -> None:
    """Raises `CannotRun` where trio runs by a clock that is not moved; to be asked within virtual time."""
    runner = _runner_here()
    if runner is None:
        return
    is_moved = sys.modules["trio._core._run"].TheIOManager.get_events.__module__ == __name__
    if not is_moved or type(runner.clock).__name__ not in _MOVED:
        raise CannotRun(
            f"virtual time cannot move this run of trio, nor its {type(runner.clock).__name__}",
            hint="Import trio before virtual time begins. It is not supported on Windows.",
        )
