"""What another process costs: its processor time, that of its children, its memory. Linux only."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import NamedTuple

_TICKS = os.sysconf("SC_CLK_TCK")
_CUTIME, _CSTIME = 16 - 3, 17 - 3
"""Fields of proc(5)'s `/proc/PID/stat`, counted from the third, the first behind the name."""


class Cpu(NamedTuple):
    """Seconds of processor time: of the process, all threads that it ever had, and apart, of its children."""

    own: float
    children: float

    def since(self, before: Cpu) -> Cpu:
        return Cpu(self.own - before.own, self.children - before.children)


def cpu(pid: int) -> Cpu:
    """What `pid` and its descendants have used so far."""
    return Cpu(_clock(pid), _reaped(pid) + sum(_clock(child) + _reaped(child) for child in descendants(pid)))


def descendants(pid: int) -> list[int]:
    """The processes that `pid` started, and those that these started, as far as they live."""
    found: list[int] = []
    for thread in _listed(Path(f"/proc/{pid}/task")):
        try:
            children = (thread / "children").read_text().split()
        except OSError:
            continue
        for child in map(int, children):
            found += [child, *descendants(child)]
    return found


def memory(pid: int) -> int:
    """Resident bytes of `pid` alone; 0 where it is gone."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("VmRSS")), 0)


def threads(pid: int) -> dict[str, float]:
    """Seconds of each living thread, by its name and number."""
    found = {}
    for thread in _listed(Path(f"/proc/{pid}/task")):
        name = (thread / "comm").read_text().strip()
        found[f"{name} {thread.name}"] = int((thread / "schedstat").read_text().split()[0]) / 1e9
    return found


def _clock(pid: int) -> float:
    """Nanoseconds count here; `stat` has ticks of 10 ms, and `task` forgets threads that ended.

    The number of a process's clock is what clock_getcpuclockid(3) of Linux's C libraries makes of it.
    """
    try:
        return time.clock_gettime_ns((~pid << 3) | 2) / 1e9
    except OSError:
        return 0.0


def _reaped(pid: int) -> float:
    """What the children of `pid` had used that ended and were waited for."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[_CUTIME]) + int(fields[_CSTIME])) / _TICKS


def _listed(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except OSError:
        return []
