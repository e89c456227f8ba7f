"""The real clock under names of its own, and what it is to wait for a virtual one.

Knows locks and the real clock; not who waits, nor when time jumps.
"""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable
from typing import Any, Final

# The real ones, whatever the names in `time` and `threading` stand for later.
real_monotonic_ns: Final = time.monotonic_ns
real_time_ns: Final = time.time_ns
real_perf_counter_ns: Final = time.perf_counter_ns
real_sleep: Final = time.sleep
process_time: Final = time.process_time
new_lock: Final = threading.Lock
current_ident: Final = threading.get_ident

NS: Final = 1_000_000_000


class Signal:
    """Something that one waits for, and another releases, once: the lock that a condition makes for a waiter.

    `given` is set before the lock is free: a lock alone is held again as soon as the waiter has it, though
    he does not run yet.
    """

    __slots__ = ("given", "lock")

    def __init__(self) -> None:
        self.lock: Any = new_lock()
        self.lock.acquire()
        self.given: bool = False

    def release(self) -> None:
        """Let the waiter go. Raises `RuntimeError` where he was let go before, as a lock does."""
        if self.given:
            raise RuntimeError("released already")
        self.given = True
        self.lock.release()


class Wait:
    """Somebody who waits. `deadline` is in elapsed nanoseconds; `None` waits for others only.

    `ready` tells whether what is waited for is there already; `wake` ends the real wait. `key` is by what
    somebody else can tell that there is something (`roused`), before it can be seen.
    """

    __slots__ = (
        "busy_at",
        "deadline",
        "expired",
        "ident",
        "key",
        "late_looks",
        "looked_at",
        "number",
        "over_at",
        "ready",
        "roused",
        "wake",
    )
    _numbers: Final = itertools.count()

    def __init__(
        self,
        deadline: int | None,
        ready: Callable[[], bool],
        wake: Callable[[], None],
        key: object = None,
    ) -> None:
        self.deadline: int | None = deadline
        self.ready: Callable[[], bool] = ready
        self.wake: Callable[[], None] = wake
        self.key: object = key
        self.roused: bool = False
        self.expired: bool = False
        self.ident: int = current_ident()
        self.busy_at: float = 0.0
        """The processor time when it last looked around."""
        self.looked_at: int = 0
        """The same by the real clock."""
        self.late_looks: int = 0
        """How often it looked around much later than it meant to."""
        self.over_at: int = 0
        """When it is over at wall speed, by the real clock."""
        self.number: int = next(Wait._numbers)

    def order(self) -> tuple[int, int]:
        """By deadline, then by who came first."""
        return (self.deadline or 0, self.number)


def nanoseconds(seconds: float) -> int:
    """Never 0 for a time that is above 0: somebody would wait for it for ever."""
    return round(seconds * NS) or int(seconds > 0)
