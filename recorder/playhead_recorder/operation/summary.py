"""What is said of a run when it is over: what there is, what there is not, and why. Pure.

Knows a snapshot of the counters; no proxy, no file.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from playhead.cli.output import counted
from playhead_recorder.operation.counters import Snapshot

_WHY_SKIPPED: Mapping[str, str] = {
    "host": "by host",
    "path": "by path",
    "method": "by method",
    "model": "by model",
    "header": "by header",
    "sampled_out": "by sampling",
    "not_a_stream": "no stream",
}
"""Reasons in words; another is said by its name."""


def recorded(snapshot: Snapshot, where: Path) -> str:
    """The line about what there is. `where` is the folder as the user named it."""
    what = counted(snapshot.streams_recorded, "stream")
    others = snapshot.exchanges_recorded - snapshot.streams_recorded
    if others:
        what += f" and {counted(others, 'other exchange')}"
    new = snapshot.cassettes - snapshot.recovered
    numbers = [
        counted(snapshot.events - snapshot.recovered_events, "event"),
        counted(snapshot.chunks, "chunk"),
        counted(snapshot.bytes, "byte"),
        counted(new, "cassette"),
    ]
    line = f"Recorded {what}: {', '.join(numbers)} in {where}."
    if snapshot.recovered:
        events = counted(snapshot.recovered_events, "event")
        line += f" {counted(snapshot.recovered, 'cassette')} of an earlier run recovered, of {events}."
    return line


def missing(snapshot: Snapshot) -> str | None:
    """The line about what there is not, where something is missing, and what nobody could look into."""
    said = list(_missing(snapshot))
    sentences = [f"Not recorded: {'; '.join(said)}."] if said else []
    if number := snapshot.unscanned_bodies:
        bodies = "1 body" if number == 1 else f"{number:,} bodies"
        sentences.append(
            f"Recorded, but not to be read for secrets: {bodies} (see `playhead redact --check`)."
        )
    return " ".join(sentences) or None


def _missing(snapshot: Snapshot) -> Iterator[str]:
    if snapshot.exchanges_failed:
        yield f"{counted(snapshot.exchanges_failed, 'exchange')} not recorded to the end (see above)"
    if snapshot.lost:
        yield _lost(snapshot)
    if snapshot.skipped:
        reasons = ", ".join(
            f"{_WHY_SKIPPED.get(reason, reason.replace('_', ' '))} {number:,}"
            for reason, number in sorted(snapshot.skipped.items())
        )
        yield f"{counted(sum(snapshot.skipped.values()), 'exchange')} left out ({reasons})"
    if snapshot.cassettes_failed:
        yield f"{counted(snapshot.cassettes_failed, 'cassette')} could not be finished (see above)"
    if snapshot.cassettes_waiting > 0:
        waiting = counted(snapshot.cassettes_waiting, "cassette")
        yield f"{waiting} not finished yet: that goes on without the recorder, or when it starts again"


def _lost(snapshot: Snapshot) -> str:
    reasons = ", ".join(
        f"{reason.replace('_', ' ')} {gaps.chunks:,}" for reason, gaps in sorted(snapshot.lost.items())
    )
    unknown = sum(gaps.gaps for gaps in snapshot.lost.values() if not gaps.chunks)
    line = (
        f"{counted(snapshot.lost_chunks, 'chunk')} lost, {counted(snapshot.lost_bytes, 'byte')} ({reasons})"
    )
    return line + (f", and {counted(unknown, 'gap')} of unknown length" if unknown else "")
