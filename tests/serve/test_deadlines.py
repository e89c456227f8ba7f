"""Callbacks at their time, by the loop's timers and by a timerfd where there is one."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from playhead.replay.server import deadlines
from playhead.replay.server.deadlines import Deadlines, LoopDeadlines

KINDS: list[Callable[[asyncio.AbstractEventLoop], Deadlines]] = [LoopDeadlines]
if sys.platform == "linux" and sys.version_info >= (3, 13):
    KINDS.append(deadlines.TimerfdDeadlines)


@pytest.fixture(params=KINDS, ids=lambda kind: kind.__name__)
def using(request: pytest.FixtureRequest) -> Callable[[Any], Any]:
    """`using(main)` runs `main(deadlines, loop)`."""

    def run(main: Callable[[Deadlines, asyncio.AbstractEventLoop], Coroutine[Any, Any, Any]]) -> Any:
        async def body() -> Any:
            loop = asyncio.get_running_loop()
            waiting = request.param(loop)
            try:
                return await asyncio.wait_for(main(waiting, loop), 30)
            finally:
                waiting.close()

        return asyncio.run(body())

    return run


def test_in_the_order_of_their_times_and_never_early(using: Callable[[Any], Any]) -> None:
    async def main(waiting: Deadlines, loop: asyncio.AbstractEventLoop) -> list[tuple[str, bool]]:
        called: list[tuple[str, bool]] = []
        done = asyncio.Event()
        start = loop.time()
        # asyncio calls a timer that is due within its clock's resolution.
        almost = 1e-6

        def note(name: str, when: float) -> None:
            called.append((name, loop.time() >= when - almost))
            if len(called) == 4:
                done.set()

        for name, delay in (("late", 0.03), ("early", 0.01), ("past", -1.0), ("middle", 0.02)):
            waiting.at(start + delay, lambda name=name, when=start + delay: note(name, when))
        await done.wait()
        return called

    assert using(main) == [("past", True), ("early", True), ("middle", True), ("late", True)]


def test_a_cancelled_one_is_not_called(using: Callable[[Any], Any]) -> None:
    async def main(waiting: Deadlines, loop: asyncio.AbstractEventLoop) -> list[str]:
        called: list[str] = []
        done = asyncio.Event()
        start = loop.time()
        waiting.at(start + 0.001, lambda: called.append("first")).cancel()
        waiting.at(start + 0.002, lambda: called.append("second"))
        waiting.at(start + 0.003, done.set)
        await done.wait()
        return called

    assert using(main) == ["second"]


def test_one_may_ask_for_the_next(using: Callable[[Any], Any]) -> None:
    async def main(waiting: Deadlines, loop: asyncio.AbstractEventLoop) -> int:
        called = 0
        done = asyncio.Event()

        def again() -> None:
            nonlocal called
            called += 1
            if called == 5:
                done.set()
            else:
                waiting.at(loop.time(), again)

        waiting.at(loop.time(), again)
        await done.wait()
        return called

    assert using(main) == 5


def test_a_timerfd_is_used_where_there_is_one() -> None:
    async def main() -> str:
        made = deadlines.deadlines(asyncio.get_running_loop())
        made.close()
        return type(made).__name__

    assert asyncio.run(main()) == KINDS[-1].__name__
