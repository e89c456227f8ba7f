"""How much may still be written: of one exchange, and of a run. Knows sizes in bytes, and no file."""

from __future__ import annotations

from typing import Final

from playhead.capture.choices import Limits
from playhead.capture.log import warn

SIZE_CAP: Final = "size_cap"
TOTAL_CAP: Final = "total_cap"


class Meter:
    """Of one run."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._left = limits.total
        self._has_warned = False

    def take(self, size: int, before: int) -> str | None:
        """Spend `size` bytes of an exchange that has `before`; the format's reason where that is too much."""
        most = self._limits.exchange
        if most is not None and before + size > most:
            return SIZE_CAP
        if self._left is None:
            return None
        if size > self._left:
            return TOTAL_CAP
        self._left -= size
        return None

    def spend(self, size: int) -> None:
        """Count what is written in any case."""
        if self._left is not None:
            self._left = max(self._left - size, 0)

    @property
    def is_spent(self) -> bool:
        """Whether a run may write nothing more."""
        return self._left is not None and self._left <= 0

    def close(self, reason: str, where: str) -> None:
        """A cap is reached: an exchange's own is said each time; the run's once, and nothing more fits."""
        if reason == SIZE_CAP:
            most = self._limits.exchange
            warn(f"{where}: the cap of {most:,} bytes is reached. The stream goes on, unrecorded.")
            return
        self._left = 0
        if not self._has_warned:
            self._has_warned = True
            warn(f"the cap of {self._limits.total:,} bytes on this run is reached: no more is recorded.")
