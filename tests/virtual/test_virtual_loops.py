"""Loops and the virtual clock: which are refused, and those that run already."""

from __future__ import annotations

import asyncio
import queue
import time
from collections.abc import Callable
from typing import Any

import pytest
import trio

from playhead import CannotRun
from playhead.virtual import in_use, virtual_time
from playhead.virtual.loops import refuse_other_loops


class OtherLoop(asyncio.AbstractEventLoop):
    """A loop that keeps its own time, as uvloop does."""


def test_loops_that_keep_their_own_time_are_refused() -> None:
    loop = OtherLoop()
    asyncio._set_running_loop(loop)
    try:
        with pytest.raises(CannotRun, match="OtherLoop: it keeps its own time"), virtual_time():
            pass
    finally:
        asyncio._set_running_loop(None)
    assert in_use() is None


def test_uvloop_as_the_policy_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    policy = type("EventLoopPolicy", (), {"__module__": "uvloop"})()
    monkeypatch.setattr(asyncio.events, "_event_loop_policy", policy)
    with pytest.raises(CannotRun, match="cannot move uvloop"):
        refuse_other_loops()


def test_a_loop_that_runs_already_lives_by_it_for_a_while() -> None:
    async def main() -> list[float]:
        met = []
        for _ in range(20):
            await asyncio.sleep(0)
            with virtual_time() as clock:
                async with asyncio.timeout(30):
                    await asyncio.gather(asyncio.sleep(10), asyncio.to_thread(time.sleep, 4))
                with pytest.raises(TimeoutError):
                    async with asyncio.timeout(5):
                        await asyncio.sleep(100)
                met.append(clock.elapsed)
        return met

    assert asyncio.run(main()) == [15.0] * 20


def test_a_run_of_trio_that_runs_already_lives_by_it_for_a_while() -> None:
    async def main() -> list[float]:
        met = []
        for _ in range(20):
            await trio.sleep(0)
            with virtual_time() as clock:
                with trio.fail_after(30):
                    await trio.sleep(10)
                await trio.to_thread.run_sync(time.sleep, 4)
                with trio.move_on_after(5):
                    await trio.sleep_forever()
                met.append(clock.elapsed)
        return met

    assert trio.run(main) == [pytest.approx(19.0, abs=1e-8)] * 20


def as_guest(main: Callable[[], Any], early: bool) -> tuple[Any, float]:
    """What `main` comes to as anyio's plugin runs it: the host waits for a queue, trio in another thread."""
    calls: queue.Queue[Callable[[], object]] = queue.Queue()
    begin = trio.Event()
    met: list[Any] = []

    async def guest() -> None:
        await begin.wait()
        met.append(await main())

    def start() -> None:
        trio.lowlevel.start_guest_run(guest, run_sync_soon_threadsafe=calls.put, done_callback=met.append)
        calls.get()()

    if early:
        start()
    with virtual_time() as clock:
        if not early:
            start()
        calls.put(begin.set)
        while len(met) < 2:
            calls.get()()
        return met[0], clock.elapsed


@pytest.mark.parametrize("early", [False, True], ids=["new", "running"])
def test_a_guest_run_of_trio(early: bool) -> None:
    async def main() -> tuple[bool, float]:
        start = trio.current_time()
        await trio.sleep(5)
        with trio.move_on_after(10) as scope:
            await trio.sleep(100)
        await trio.to_thread.run_sync(time.sleep, 4)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(trio.sleep, 3)
            nursery.start_soon(trio.sleep, 2)
        return scope.cancelled_caught, round(trio.current_time() - start, 6)

    for _ in range(20):
        assert as_guest(main, early) == ((True, 22.0), 22.0)


async def _who_runs_first() -> list[str]:
    met: list[str] = []

    async def note(name: str) -> None:
        for _ in range(5):
            await trio.sleep(1)
            met.append(name)

    async with trio.open_nursery() as nursery:
        for name in "abcdef":
            nursery.start_soon(note, name)
    return met


def test_trio_draws_no_lots() -> None:
    """Of several tasks that may run it chooses the first by chance, on purpose; not here."""
    seen = set()
    for _ in range(20):
        with virtual_time():
            seen.add("".join(trio.run(_who_runs_first)))
    assert len(seen) == 1
