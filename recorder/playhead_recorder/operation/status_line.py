"""One line about a run that goes on: what it says, and where it is shown.

Knows a snapshot and a width; the terminal is `console`'s. Plain ASCII, so that its length is its width.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, TextIO

from playhead.cli.output import counted
from playhead_recorder.operation.counters import Snapshot

_SEPARATOR = " | "
_UNITS = ("B", "kB", "MB", "GB", "TB")
_STEP = 1000


class _Part(NamedTuple):
    text: str
    rank: int
    """Where a line is too narrow, the parts with the highest rank go first."""


def line(snapshot: Snapshot, width: int) -> str:
    """What goes on, in at most `width` characters: whole parts as long as any fits."""
    parts = _parts(snapshot)
    while len(parts) > 1 and len(_joined(parts)) > width:
        parts.remove(max(parts, key=lambda part: part.rank))
    return _joined(parts)[: max(width, 0)]


def is_wanted(stream: TextIO, environ: Mapping[str, str]) -> bool:
    """Whether `stream` is a terminal that can redraw a line."""
    if environ.get("TERM", "dumb") == "dumb":
        return False
    try:
        return stream.isatty()
    except (AttributeError, OSError, ValueError):
        return False


def is_coloured(environ: Mapping[str, str]) -> bool:
    """Whether the user wants more than plain text (no-color.org)."""
    return not environ.get("NO_COLOR")


def _parts(snapshot: Snapshot) -> list[_Part]:
    lost = snapshot.lost_chunks or sum(gaps.gaps for gaps in snapshot.lost.values())
    parts = [
        _Part(f"rec {_clock(snapshot.uptime)}", 6),
        _Part(f"{counted(snapshot.streams_open, 'stream')} open", 0),
        _Part(f"{snapshot.exchanges_recorded:,} recorded", 3),
        _Part(counted(snapshot.chunks, "chunk"), 5),
        _Part(size(snapshot.bytes), 4),
    ]
    if lost:
        parts.append(_Part(f"{lost:,} lost", 1))
    if snapshot.exchanges_failed:
        parts.append(_Part(f"{snapshot.exchanges_failed:,} failed", 2))
    parts.append(_Part(f"queue {size(snapshot.queue_bytes)}", 7))
    if snapshot.cassettes_waiting > 0:
        parts.append(_Part(f"{snapshot.cassettes_waiting:,} to finish", 8))
    return parts


def _joined(parts: list[_Part]) -> str:
    return _SEPARATOR.join(part.text for part in parts)


def _clock(seconds: float) -> str:
    minutes, second = divmod(int(seconds), 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}:{minute:02}:{second:02}"


def size(number: int) -> str:
    """So many bytes, in at most three digits before the point: `0 B`, `1.2 MB`."""
    amount = float(number)
    for unit in _UNITS:
        if amount < _STEP or unit == _UNITS[-1]:
            return f"{amount:.0f} {unit}" if unit == "B" else f"{amount:.1f} {unit}"
        amount /= _STEP
    raise AssertionError("the last unit takes any number")
