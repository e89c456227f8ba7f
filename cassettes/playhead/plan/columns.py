"""Sends as columns: the bytes of a body and their times side by side, objects only for whoever asks for them.

Knows shapes, as `steps` does. A replay at full speed needs the bytes alone, and most are such.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import overload

from playhead.plan.steps import Send


class Sends(Sequence[Send]):
    """The chunks of a recording as they are delivered, numbered from 1; none is empty.

    `times` are the recorded ones, NaN where unknown, and `start` is that of the replay, `None` where unknown.
    """

    def __init__(self, data: Sequence[bytes], times: Sequence[float], start: float | None) -> None:
        self.data: Sequence[bytes] = data
        self._times = times
        self._start = start

    def __repr__(self) -> str:
        return f"<{len(self)} sends>"

    @cached_property
    def _made(self) -> tuple[Send, ...]:
        return tuple(map(self._send, range(1, len(self.data) + 1), self.data, self._times))

    def _send(self, number: int, data: bytes, t: float) -> Send:
        at = None if self._start is None or math.isnan(t) else max(t - self._start, 0.0)
        return Send(number, data, at)

    def __len__(self) -> int:
        return len(self.data)

    @overload
    def __getitem__(self, at: int) -> Send: ...
    @overload
    def __getitem__(self, at: slice) -> tuple[Send, ...]: ...
    def __getitem__(self, at: int | slice) -> Send | tuple[Send, ...]:
        return self._made[at]

    def __iter__(self) -> Iterator[Send]:
        return iter(self._made)
