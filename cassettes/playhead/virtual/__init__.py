"""Virtual time: code meets the recorded pace, and no wall time passes.

    with playhead.virtual_time() as clock:
        run_agent()                      # with ReplayTransport(..., speed=1.0)
        assert clock.elapsed == 30.0

Works for blocking code, for asyncio on selector loops, and for trio, with threads of all of them. What is
covered: `time.sleep`, `time`, `monotonic` and `perf_counter`, with and without `_ns`; conditions, events,
semaphores and queues; `Thread.join`; timeouts and deadlines of asyncio and trio. Not `datetime.now`, nor
what waits in C: a thread that waits for a `Lock` or a `queue.SimpleQueue` counts as one that works.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from functools import lru_cache
from pathlib import Path

from playhead.errors import CannotRun, UsageError
from playhead.virtual.clock import Clock
from playhead.virtual.loops import (
    asyncio_patches,
    refuse_other_loops,
    refuse_trio_unmoved,
    trio_patches,
    uvloop_patches,
)
from playhead.virtual.names import OwnModules
from playhead.virtual.patches import Patch, patches, time_functions

__all__ = ["Clock", "in_use", "refuse_unmoved", "virtual_time"]

_current: Clock | None = None
_entering = threading.Lock()


def in_use() -> Clock | None:
    """The virtual clock of this process, while there is one."""
    return _current


def refuse_unmoved() -> None:
    """Raises `CannotRun` where the loop that runs now keeps its own time, though virtual time is in use.

    Or what `Clock.failing` makes of it.
    """
    try:
        refuse_other_loops()
        refuse_trio_unmoved()
    except CannotRun as error:
        if _current is not None:
            _current.refused = error
            if _current.failing is not None:
                raise _current.failing(str(error)) from None
        raise


def virtual_time(*, roots: Iterable[str | Path] | None = None) -> AbstractContextManager[Clock]:
    """Let the current thread, and the threads that it starts within, live by a virtual clock.

    The clock stands still while one of them runs, and jumps to the next deadline when all wait. What waits
    for something real (a socket, a process, a lock) waits at wall speed. Other threads keep the real time.
    `roots` are the folders in whose modules names taken by `from time import …` are replaced too: by default
    the current one. Within another virtual time it is the same one.

    Raises `UsageError` where `roots` are none; when it is entered, `CannotRun` on uvloop and other loops that
    keep their own time, and `UsageError` where another thread has virtual time already.
    """
    return _entered((Path.cwd(),) if roots is None else _folders(roots))


def _folders(roots: Iterable[str | Path]) -> tuple[Path, ...]:
    try:
        if not isinstance(roots, str):
            return tuple(Path(root).absolute() for root in roots)
    except TypeError:
        pass
    raise UsageError(f"roots are folders, not {roots!r}", hint='virtual_time(roots=["tests"])')


@contextmanager
def _entered(where: tuple[Path, ...]) -> Iterator[Clock]:
    outer = _current
    if outer is not None:
        if not outer.is_mine():
            raise UsageError("another thread lives by virtual time: there is one clock in a process")
        yield outer
        return
    refuse_other_loops()
    with ExitStack() as stack:
        yield _begin(stack, where)


def _begin(stack: ExitStack, roots: tuple[Path, ...]) -> Clock:
    global _current
    with _entering:
        if _current is not None:
            raise UsageError("another thread lives by virtual time: there is one clock in a process")
        clock = _current = Clock()
    stack.callback(_forget)
    stack.callback(clock.close)
    functions = time_functions(clock)
    for patch in (
        *_own_modules(roots).patches(functions),
        *patches(clock, functions),
        *asyncio_patches(clock),
        *trio_patches(clock),
        *uvloop_patches(clock),
    ):
        _apply(stack, patch)
    return clock


def _apply(stack: ExitStack, patch: Patch) -> None:
    own = vars(patch.owner)
    if patch.name in own:
        stack.callback(setattr, patch.owner, patch.name, own[patch.name])
    else:
        stack.callback(delattr, patch.owner, patch.name)  # inherited
    setattr(patch.owner, patch.name, patch.value)


def _forget() -> None:
    global _current
    _current = None


@lru_cache(maxsize=4)
def _own_modules(roots: tuple[Path, ...]) -> OwnModules:
    return OwnModules(roots)
