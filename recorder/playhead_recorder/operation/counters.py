"""What a run recorded and what it did not, as numbers that several threads add to.

Knows no proxy, no file and no way to print. Every method may be called from any thread and takes one short
lock; call them for an exchange or a batch, not for every delivery.
"""

from __future__ import annotations

import datetime
import threading
import time
from collections.abc import Mapping
from typing import Any, Protocol

import msgspec

from playhead.capture.finishing.finisher import Done
from playhead.format.times import timestamp
from playhead.version import __version__


class Gaps(msgspec.Struct, frozen=True):
    """What was lost for one reason. A gap whose deliveries nobody counted adds to `gaps` alone."""

    gaps: int = 0
    chunks: int = 0
    bytes: int = 0


class Snapshot(msgspec.Struct, frozen=True, kw_only=True):
    """The counters at one moment: as JSON under these very names (docs/operation.md lists them).

    Times are RFC 3339 in UTC, `uptime` is seconds, sizes are bytes. Everything counts from the start of the
    run, but for `…_open`, `cassettes_waiting` and `queue_bytes`, which are of now.
    """

    recorder: str = f"playhead/{__version__}"
    started: str
    written: str
    uptime: float
    exchanges_open: int = 0
    exchanges_recorded: int = 0
    exchanges_failed: int = 0
    """Those that were not recorded to their end."""
    streams_open: int = 0
    streams_recorded: int = 0
    """Those of the recorded exchanges whose response was an event stream or NDJSON."""
    chunks: int = 0
    bytes: int = 0
    events: int = 0
    """In finished cassettes: events are counted where they are finished."""
    cassettes: int = 0
    cassette_bytes: int = 0
    cassettes_waiting: int = 0
    """Written to their end, and not finished yet."""
    cassettes_failed: int = 0
    """Left unfinished: they could not be finished."""
    recovered: int = 0
    """Of the finished cassettes, those that a recorder before had left behind."""
    recovered_events: int = 0
    """Of the events, those in them."""
    redacted_spans: int = 0
    unscanned_bodies: int = 0
    lost: Mapping[str, Gaps] = {}
    """By the format's reason: `queue_full`, `disk_full`, `exception`, …"""
    skipped: Mapping[str, int] = {}
    """Exchanges that were not to be recorded, by reason: `host`, `path`, `sampled_out`, …"""
    queue_bytes: int = 0
    queue_peak: int = 0
    warnings: int = 0

    @property
    def lost_chunks(self) -> int:
        return sum(gaps.chunks for gaps in self.lost.values())

    @property
    def lost_bytes(self) -> int:
        return sum(gaps.bytes for gaps in self.lost.values())

    def as_json(self) -> dict[str, Any]:
        """The same as values of JSON."""
        found: dict[str, Any] = msgspec.to_builtins(self)
        return found


class Fate(Protocol):
    """What is known of a recorded exchange when it is over (`playhead.capture` says more)."""

    @property
    def is_stream(self) -> bool: ...
    @property
    def failure(self) -> str | None: ...


class Counters:
    """Counts what it is told. The clock starts when it is made."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._started = datetime.datetime.now(datetime.UTC)
        self._start = time.monotonic()
        self._numbers: dict[str, int] = {}
        self._lost: dict[str, Gaps] = {}
        self._skipped: dict[str, int] = {}

    def opened(self) -> None:
        """An exchange is being recorded."""
        self._add(exchanges_open=1)

    def stream_opened(self) -> None:
        """An exchange that was counted as open turned out to be a stream."""
        self._add(streams_open=1)

    def wrote(self, chunks: int, size: int) -> None:
        """Chunks were written, with so many bytes of data."""
        self._add(chunks=chunks, bytes=size)

    def dropped(self) -> None:
        """An open exchange is not to be kept, after all; no stream is one."""
        self._add(exchanges_open=-1)

    def finished(self, finished: Fate) -> None:
        """An open exchange is over: written to its end, or not."""
        stream, whole = int(finished.is_stream), int(finished.failure is None)
        self._add(
            exchanges_open=-1,
            streams_open=-stream,
            exchanges_recorded=whole,
            exchanges_failed=1 - whole,
            streams_recorded=stream * whole,
        )

    def lost(self, reason: str, chunks: int | None, size: int | None) -> None:
        """Deliveries passed by unrecorded; `None` where nobody counted them."""
        with self._lock:
            before = self._lost.get(reason, Gaps())
            self._lost[reason] = Gaps(
                before.gaps + 1, before.chunks + (chunks or 0), before.bytes + (size or 0)
            )

    def skipped(self, reason: str) -> None:
        """An exchange passed that was not to be recorded."""
        with self._lock:
            self._skipped[reason] = self._skipped.get(reason, 0) + 1

    def queued(self, size: int) -> None:
        """So many bytes wait for the writer thread now."""
        with self._lock:
            self._numbers["queue_bytes"] = size
            self._numbers["queue_peak"] = max(size, self._numbers.get("queue_peak", 0))

    def handed_over(self) -> None:
        """A cassette was written to its end, and waits to be finished."""
        self._add(cassettes_waiting=1)

    def done(self, done: Done) -> None:
        """A finisher is through with a cassette; what it recovers was never handed over."""
        waiting = 0 if done.recovered else -1
        if done.failure is not None:
            self._add(cassettes_waiting=waiting, cassettes_failed=1)
            return
        if not done.is_finished:
            self._add(cassettes_waiting=waiting)
            return
        self._add(
            cassettes_waiting=waiting,
            cassettes=1,
            cassette_bytes=done.size,
            events=done.events,
            recovered=int(done.recovered),
            recovered_events=done.events if done.recovered else 0,
            redacted_spans=done.redacted,
            unscanned_bodies=done.unscanned,
        )

    def warned(self) -> None:
        """A warning was logged, by whomever."""
        self._add(warnings=1)

    def snapshot(self) -> Snapshot:
        """What there is now."""
        written, uptime = datetime.datetime.now(datetime.UTC), time.monotonic() - self._start
        with self._lock:
            return Snapshot(
                started=timestamp(self._started),
                written=timestamp(written),
                uptime=round(uptime, 3),
                lost=dict(self._lost),
                skipped=dict(self._skipped),
                **self._numbers,  # type: ignore[arg-type]  # names of fields, all of them numbers
            )

    def _add(self, **numbers: int) -> None:
        with self._lock:
            for name, number in numbers.items():
                self._numbers[name] = self._numbers.get(name, 0) + number
