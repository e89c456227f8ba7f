"""A row of time: a tick and a number wherever a round time falls. Knows spans and columns; no widget."""

from __future__ import annotations

import math

from playhead_viewer.text.safe import Safe

_APART = 12
"""Columns between two ticks, at least."""
_TICK = "╵"
_MOST = 1000
_MINUTES = (60.0, 120.0, 300.0, 600.0, 1800.0, 3600.0, 7200.0, 21600.0, 86400.0)


def ruler(start: float, end: float, columns: int) -> Safe:
    """The row for the time from `start` to `end`, in seconds from where times count.

    >>> ruler(0.0, 4.0, 48)
    '╵0s         ╵1s         ╵2s         ╵3s         '
    """
    span = end - start
    if columns < 1 or not 0 < span < math.inf:
        return Safe(" " * max(columns, 0))
    step = _step(span * _APART / columns)
    row = [" "] * columns
    first = math.ceil(start / step - 1e-9)
    for count in range(first, first + _MOST):
        at = int((count * step - start) / span * columns + 1e-9)
        label = f"{_TICK}{short(count * step)}"
        if at + len(label) > columns:
            break
        row[at : at + len(label)] = label
    return Safe("".join(row))


def short(t: float) -> Safe:
    """A round time in as few cells as can be: `0s`, `500ms`, `1.5s`, `2m`."""
    if t and abs(t) < 0.9995:
        return Safe(f"{t * 1000:.4g}ms")
    return Safe(f"{t / 60:.6g}m" if abs(t) >= 600 else f"{t:.6g}s")


def _step(least: float) -> float:
    """The smallest round time that is not under `least`."""
    if least > _MINUTES[0] / 2:
        return next((each for each in _MINUTES if each >= least), math.ceil(least / 86400) * 86400.0)
    decade: float = 10.0 ** math.floor(math.log10(least))
    return next(decade * each for each in (1, 2, 5, 10) if decade * each >= least * (1 - 1e-9))
