"""What the machine gives a recorder: a clock fine enough, and enough open files."""

from __future__ import annotations

import time

from playhead.doctor.findings import Finding, Level, Surroundings

_FINE = 1e-6
"""The format's times are microseconds."""
_COARSE = 1e-3
_ENOUGH_FILES = 1024
_FILES_A_STREAM = 3
"""Two sockets and a cassette."""


def clock(_: Surroundings) -> Finding:
    """Whether times can be told apart."""
    return judge_clock(time.get_clock_info("monotonic").resolution)


def judge_clock(resolution: float) -> Finding:
    """`resolution` is in seconds."""
    text = f"the monotonic clock counts in steps of {resolution * 1e6:,.3f} µs"
    if resolution <= _FINE:
        return Finding("clock", Level.OK, text)
    if resolution <= _COARSE:
        return Finding("clock", Level.NOTE, f"{text}: gaps are as coarse")
    return Finding("clock", Level.WARN, f"{text}: short gaps will read as none")


def open_files(_: Surroundings) -> Finding:
    """Whether many streams at once can be recorded."""
    try:
        import resource
    except ImportError:
        return Finding("open files", Level.NOTE, "this system does not say how many may be open")
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    return judge_open_files(soft, hard, resource.RLIM_INFINITY)


def judge_open_files(soft: int, hard: int, infinity: int) -> Finding:
    if soft == infinity:
        return Finding("open files", Level.OK, "no limit")
    text = f"{soft:,} at most: about {soft // _FILES_A_STREAM:,} streams at once"
    if soft >= _ENOUGH_FILES:
        return Finding("open files", Level.OK, text)
    most = 4096 if hard == infinity else min(hard, 4096)
    fix = f"ulimit -n {most}" if most > soft else "Have the system's limit raised."
    return Finding("open files", Level.WARN, text, fix)
