"""Playing a stream: which event is due at a moment, and when the next one will be.

Pure: it is told the time. Deadlines are absolute: each is the one before plus a gap, never "now" plus a
gap, so that what drawing costs adds up to nothing.
"""

from __future__ import annotations

import enum
import math
from collections.abc import Callable

SPEEDS = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0, math.inf)
"""Factors on the recorded pace; the last does not wait."""
IDLE_CAP = 2.0
"""Seconds of the recording beyond which a wait is cut short."""
_FRAME = 1 / 30
"""Seconds between two moves where nothing waits."""
_LONGEST_RUN = 600
"""How many moves the whole of a stream takes at most, where nothing waits."""


class Ends(enum.Enum):
    """What happens behind the last event."""

    STOP = enum.auto()
    WAIT = enum.auto()
    """More may come: a stream that is still recorded."""


class Player:
    """`gap(n)` is the time in seconds between event `n` - 1 and `n` as shown, `None` where unknown."""

    def __init__(self, gap: Callable[[int], float | None]) -> None:
        self._gap = gap
        self._speed = SPEEDS.index(1.0)
        self.idle_cap: float | None = IDLE_CAP
        """`None`: waits are as long as they were."""
        self._due: float | None = None
        self._last = 0

    @property
    def speed(self) -> float:
        """`math.inf` is "max"."""
        return SPEEDS[self._speed]

    @property
    def is_playing(self) -> bool:
        return self._due is not None

    @property
    def due(self) -> float | None:
        """The moment of the next move; `None` while it pauses."""
        return self._due

    def like(self, other: Player) -> None:
        """Have the speed and the cap of another."""
        self._speed, self.idle_cap = other._speed, other.idle_cap

    def play(self, now: float, number: int) -> None:
        """Go on from event `number`, which is on the screen."""
        self._last = number
        self._due = now + self._wait(number + 1)

    def stand(self, number: int) -> None:
        """Event `number` is on the screen now: the numbers have changed. A wait goes on."""
        self._last = number

    def pause(self) -> None:
        self._due = None

    def faster(self, by: int, now: float) -> None:
        """The next speed, or the one before; what is left of a wait is shortened or stretched with it."""
        before = self.speed
        self._speed = min(max(self._speed + by, 0), len(SPEEDS) - 1)
        if self._due is None or before == self.speed:
            return
        if math.inf in (before, self.speed):
            self._due = now + self._wait(self._last + 1)
        else:
            self._due = now + max(self._due - now, 0.0) * before / self.speed

    def advance(self, now: float, count: int, ends: Ends = Ends.STOP) -> int:
        """The event that is due at `now`, of `count`; plays on until it is asked again.

        Of several that are due the last: a slow screen skips events, and is never late for long.
        """
        while self._due is not None and self._due <= now:
            if self._last >= count:
                self._due = None if ends is Ends.STOP else now + _FRAME
                break
            if self.speed == math.inf:
                self._last = min(self._last + max(1, count // _LONGEST_RUN), count)
                self._due = now + _FRAME
                break
            self._last += 1
            self._due += self._wait(self._last + 1)
        if self._due is not None and self._last >= count and ends is Ends.STOP:
            self._due = None
        return self._last

    def _wait(self, number: int) -> float:
        if self.speed == math.inf:
            return _FRAME
        gap = max(self._gap(number) or 0.0, 0.0)
        if self.idle_cap is not None:
            gap = min(gap, self.idle_cap)
        return gap / self.speed
