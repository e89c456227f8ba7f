"""The drivers: they sleep until the deadlines of a playback and hand its bytes on. No logic is here.

One for blocking code and one for asyncio and trio. Clocks are looked up when they are needed, so that a
test's own clock is seen.
"""

from __future__ import annotations

import sys
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator, Iterable, Iterator
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from playhead.virtual import Clock

R = TypeVar("R")
__tracebackhide__ = True
"""What a stream ends with is the client library's error: pytest shows its frames and the code's, not ours."""


def virtual_clock() -> Clock | None:
    """The virtual clock that is in use: then even silence costs nothing. Who has not imported it has none."""
    virtual = sys.modules.get("playhead.virtual")
    clock: Clock | None = None if virtual is None else virtual.in_use()
    return clock


def is_virtual() -> bool:
    """Whether virtual time is in use."""
    return virtual_clock() is not None


def sync_now() -> float:
    """The clock that `run` and `stream` sleep by."""
    return time.monotonic()


def run(steps: Generator[float, None, R]) -> R:
    """Sleep until each deadline; what the generator returns."""
    try:
        while True:
            _sleep_until(next(steps))
    except StopIteration as done:
        result: R = done.value
        return result


def stream(parts: Iterator[bytes | float]) -> Generator[bytes]:
    """The bytes among `parts`, each when it is due."""
    for part in parts:
        if type(part) is bytes:
            yield part
        else:
            _sleep_until(float(part))


def _sleep_until(deadline: float) -> None:
    left = deadline - time.monotonic()
    if left > 0:
        time.sleep(left)


def async_now() -> float:
    """The clock of the running event loop, which `arun` and `astream` sleep by.

    Raises `CannotRun` where virtual time is in use and the loop keeps its own.
    """
    import anyio

    if is_virtual():
        sys.modules["playhead.virtual"].refuse_unmoved()
    return anyio.current_time()


async def arun(steps: Generator[float, None, R]) -> R:
    """`run` for asyncio and trio."""
    import anyio

    try:
        while True:
            await anyio.sleep_until(next(steps))
    except StopIteration as done:
        result: R = done.value
        return result


async def astream(
    ready: Iterable[bytes], parts: Iterable[bytes | float], sleep_until: Callable[[float], Awaitable[None]]
) -> AsyncGenerator[bytes]:
    """`stream` for asyncio and trio, behind what is `ready` and waits for nothing."""
    for data in ready:
        yield data
    for part in parts:
        if type(part) is bytes:
            yield part
        else:
            await sleep_until(float(part))
