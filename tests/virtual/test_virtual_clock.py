"""The virtual clock under every way of waiting: what is seen, and that it is the same each time."""

from __future__ import annotations

import asyncio
import contextlib
import queue
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from time import monotonic as taken_at_import
from time import sleep as sleep_taken_at_import
from typing import Any

import pytest
import trio

import playhead
from playhead import UsageError
from playhead.virtual import clock as clocks
from playhead.virtual import in_use, virtual_time
from playhead.virtual.clock import Clock
from playhead.virtual.waits import Wait, nanoseconds

REAL = (time.sleep, time.time, time.monotonic, time.perf_counter, time.time_ns, threading.Thread.start)


def blocking() -> object:
    start = (time.monotonic(), time.time(), time.perf_counter(), time.monotonic_ns())
    time.sleep(12.5)
    now = (time.monotonic(), time.time(), time.perf_counter(), time.monotonic_ns())
    return [round(b - a, 6) for a, b in zip(start, now, strict=True)]


async def awaiting() -> object:
    loop = asyncio.get_running_loop()
    start = loop.time()
    met = []
    await asyncio.sleep(5)
    try:
        async with asyncio.timeout(10):
            await asyncio.sleep(60)
    except TimeoutError:
        met.append(loop.time() - start)
    with pytest.raises(asyncio.TimeoutError):
        await asyncio.wait_for(loop.create_future(), 2.5)
    met.append(round(time.monotonic() - start, 9))
    return met


async def taking_turns() -> object:
    met: list[tuple[str, float]] = []
    start = time.monotonic()

    async def tick(name: str, pace: float) -> None:
        for _ in range(3):
            await asyncio.sleep(pace)
            met.append((name, round(time.monotonic() - start, 6)))

    await asyncio.gather(tick("a", 1), tick("b", 1.25))
    return met


async def in_an_executor() -> object:
    loop = asyncio.get_running_loop()
    start = loop.time()
    await asyncio.gather(
        loop.run_in_executor(None, time.sleep, 5), asyncio.to_thread(time.sleep, 7), asyncio.sleep(6)
    )
    return round(loop.time() - start, 9)


async def called_from_a_thread() -> object:
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[float] = loop.create_future()
    start = time.monotonic()

    def call() -> None:
        time.sleep(4)
        loop.call_soon_threadsafe(answer.set_result, round(time.monotonic() - start, 6))

    thread = threading.Thread(target=call)
    thread.start()
    await asyncio.sleep(1)
    met = await answer
    thread.join()
    return met


async def in_trio() -> object:
    start = trio.current_time()
    met = []
    await trio.sleep(0.1)
    with trio.move_on_after(10) as scope:
        await trio.sleep(100)
    met.append((scope.cancelled_caught, round(trio.current_time() - start, 6)))
    begun = time.monotonic()
    await trio.to_thread.run_sync(time.sleep, 4)
    met.append((True, round(time.monotonic() - begun, 6)))
    async with trio.open_nursery() as nursery:
        nursery.start_soon(trio.sleep, 3)
        nursery.start_soon(trio.sleep, 2)
    return met


def in_threads() -> object:
    met: list[tuple[str, float]] = []
    start = time.monotonic()

    def tick(name: str, pace: float) -> None:
        for _ in range(3):
            time.sleep(pace)
            met.append((name, round(time.monotonic() - start, 6)))

    threads = [threading.Thread(target=tick, args=each) for each in (("a", 1), ("b", 1.25))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return met


def through_a_queue() -> object:
    things: queue.Queue[int] = queue.Queue()

    def put() -> None:
        for number in range(3):
            time.sleep(2)
            things.put(number)

    thread = threading.Thread(target=put)
    thread.start()
    got: list[object] = [things.get(timeout=5) for _ in range(3)]
    try:
        things.get(timeout=5)
    except queue.Empty:
        got.append("empty")
    thread.join()
    return got


def by_events() -> object:
    event = threading.Event()
    timer = threading.Timer(3, event.set)
    timer.start()
    met = [event.wait(10), event.wait(1), threading.Event().wait(2)]
    timer.join()
    condition = threading.Condition()
    with condition:
        met.append(condition.wait_for(lambda: False, timeout=1))
    return [*met, threading.Semaphore(0).acquire(timeout=1)]


def in_a_pool() -> object:
    start = time.monotonic()

    def wait(seconds: float) -> float:
        time.sleep(seconds)
        return round(time.monotonic() - start, 6)

    with ThreadPoolExecutor(2) as pool:
        met: list[object] = list(pool.map(wait, [3, 1, 1]))
        slow = pool.submit(time.sleep, 10)
        other = pool.submit(time.sleep, 10)
        never: Future[None] = pool.submit(time.sleep, 10)
        met.append(never.cancel())
        with pytest.raises(TimeoutError):
            slow.result(timeout=4)
        other.result()
    return met


def joining_in_time() -> object:
    thread = threading.Thread(target=time.sleep, args=(5,))
    thread.start()
    thread.join(2)
    met = thread.is_alive()
    thread.join(10)
    return met, thread.is_alive()


def spinning() -> object:
    start = time.monotonic()
    while time.monotonic() < start + 3:
        pass
    flag: list[int] = []
    thread = threading.Thread(target=lambda: (time.sleep(2), flag.append(1)))
    thread.start()
    while not flag:
        time.sleep(0)
    thread.join()
    return True


def with_names_taken_at_import() -> object:
    start = taken_at_import()
    sleep_taken_at_import(2)
    return round(taken_at_import() - start, 6)


def threads_and_a_loop() -> object:
    """A loop in a thread, while the first thread sleeps."""
    met: list[object] = []
    thread = threading.Thread(target=lambda: met.append(asyncio.run(taking_turns())))
    thread.start()
    time.sleep(2)
    met.append(len(met))
    thread.join()
    return met


TURNS = [("a", 1.0), ("b", 1.25), ("a", 2.0), ("b", 2.5), ("a", 3.0), ("b", 3.75)]

SCENARIOS: list[tuple[Callable[[], object], object, float | None]] = [
    (blocking, [12.5, 12.5, 12.5, 12_500_000_000], 12.5),
    (lambda: asyncio.run(awaiting()), [15.0, 17.5], 17.5),
    (lambda: asyncio.run(taking_turns()), TURNS, 3.75),
    (lambda: asyncio.run(in_an_executor()), 7.0, 7.0),
    (lambda: asyncio.run(called_from_a_thread()), 4.0, 4.0),
    (lambda: trio.run(in_trio), [(True, 10.1), (True, 4.0)], 17.1),
    (in_threads, TURNS, 3.75),
    (through_a_queue, [0, 1, 2, "empty"], 11.0),
    (by_events, [True, True, False, False, False], 7.0),
    (in_a_pool, [3.0, 1.0, 2.0, True], 13.0),
    (joining_in_time, (True, False), 5.0),
    (spinning, True, None),
    (with_names_taken_at_import, 2.0, 2.0),
    (threads_and_a_loop, [0, TURNS], 3.75),
]

NAMES = "blocking asyncio turns executor threadsafe trio threads queue events pool join spin names both"


@pytest.mark.parametrize(("scenario", "met", "elapsed"), SCENARIOS, ids=NAMES.split())
def test_everybody_sees_the_same_time(
    scenario: Callable[[], object], met: object, elapsed: float | None, pytestconfig: pytest.Config
) -> None:
    for _ in range(2 if scenario is spinning else 20):
        with virtual_time(roots=[pytestconfig.rootpath]) as clock:
            assert in_use() is clock
            assert scenario() == met
            assert elapsed is None or clock.elapsed == elapsed
    assert in_use() is None


def test_everything_is_put_back() -> None:
    real_wait, real_join = threading.Condition.wait, threading.Thread.join
    with contextlib.suppress(ZeroDivisionError), virtual_time():
        assert time.sleep is not REAL[0]
        assert threading.Condition.wait is not real_wait
        raise ZeroDivisionError
    now = (time.sleep, time.time, time.monotonic, time.perf_counter, time.time_ns, threading.Thread.start)
    assert now == REAL
    assert (threading.Condition.wait, threading.Thread.join) == (real_wait, real_join)
    assert threading._time is time.monotonic  # type: ignore[attr-defined]


def test_one_within_another_is_the_same() -> None:
    with virtual_time() as outer:
        time.sleep(3)
        with virtual_time() as inner:
            assert inner is outer
            time.sleep(4)
        assert outer.elapsed == 7.0


def test_a_thread_that_outlives_it_is_let_go() -> None:
    """Else who joins the thread waits for as long as it was to sleep."""
    sleeping = threading.Event()
    met: list[bool] = []

    def sleeps() -> None:
        sleeping.set()
        met.append(threading.Event().wait(1e6))

    with virtual_time() as clock:
        thread = threading.Thread(target=sleeps)
        thread.start()
        sleeping.wait()
        time.sleep(1)
    thread.join()
    assert met == [False]
    assert clock.elapsed == 1.0


def test_who_looks_around_late_looks_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the machine gave this process no processor, that nobody has used one says nothing."""
    now, clock = 0, Clock()
    wait = Wait(1, ready=lambda: False, wake=lambda: None)
    monkeypatch.setattr(clocks, "process_time", lambda: 0.0)
    monkeypatch.setattr(clocks, "real_monotonic_ns", lambda: now)
    for seconds, is_overdue in ((0.8, False), (0.3, False), (0.1, True)):
        clock._patience(wait)
        now += nanoseconds(seconds)
        assert clock._is_overdue(wait) is is_overdue


def test_who_always_looks_around_late_decides_in_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    now, clock = 0, Clock()
    wait = Wait(1, ready=lambda: False, wake=lambda: None)
    monkeypatch.setattr(clocks, "process_time", lambda: 0.0)
    monkeypatch.setattr(clocks, "real_monotonic_ns", lambda: now)
    for _ in range(50):
        clock._patience(wait)
        now += nanoseconds(1)
        assert not clock._is_overdue(wait)
    clock._patience(wait)
    now += nanoseconds(1)
    assert clock._is_overdue(wait)


def test_it_is_public() -> None:
    with playhead.virtual_time() as clock:
        time.sleep(1)
    assert clock.elapsed == 1.0
    assert repr(clock) == "<Clock: 1 virtual seconds>"


@pytest.mark.parametrize("roots", [3, "tests", [3]])
def test_roots_that_are_no_folders_are_refused_when_they_are_written(roots: Any) -> None:
    with pytest.raises(UsageError, match="roots are folders, not"):
        virtual_time(roots=roots)
