"""Waits for content that are too long, and what the stream did meanwhile.

Knows waits, the record, and what the cassette says of losses. A keep-alive masks a stall from everything
that watches bytes; so a stall is a wait for content, and its cause is told by what came in its place.
"""

from __future__ import annotations

import enum
import math
import re
from array import array
from bisect import bisect_left, bisect_right
from dataclasses import dataclass

from playhead.exchange import Exchange
from playhead.protocols.record import Record
from playhead.sse import FrameKind
from playhead.timing.columns import Columns
from playhead.timing.gaps import between, percentile, rounded
from playhead.timing.waits import StallPhase, Wait, waits

_EDGE = 0.05
"""The share of a wait, at either end, that belongs to the content it lies between: a block that closes and
the next that opens come together with the content behind them, and broke no silence."""
_BACKLOG = 0.5
"""The share of what the usual pace would have brought during a wait that must come at once behind it, for the
wait to be a delivery held back."""
_BACKLOG_FRAMES = 4
_PACE_FRAMES = 64
"""The frames with content before a wait whose median gap is the usual pace."""
_PAUSED = 0.5
"""The share of a wait through which the client must have been paused, for that to be its cause."""
_SPAN = re.compile(r"(\d+(?:\.\d+)?)-(\d+(?:\.\d+)?)")


class StallCause(enum.StrEnum):
    """What the stream did while there was no content."""

    TRANSPORT_SILENT = "transport_silent"
    """No chunk came."""
    KEEP_ALIVES_ONLY = "keep_alives_only"
    """Chunks came, with nothing in them but comments, frames without data, and events that mean nothing."""
    EVENTS_WITHOUT_CONTENT = "events_without_content"
    """Events came that say something, and none of them had content."""
    UNFINISHED_EVENT = "unfinished_event"
    """Chunks came, and none completed a frame: an event was under way, slowly."""
    HELD_BACK = "held_back"
    """No chunk came, then at once about what would have come meanwhile: the server had gone on. A client that
    did not read, the network, or a buffer on the way."""
    SLOW_CLIENT = "slow_client"
    """The recorder saw that the client took nothing though bytes waited for it (the fact `client_paused`)."""
    UNKNOWN = "unknown"
    """What came meanwhile was lost, or when it came is unknown."""


@dataclass(frozen=True, slots=True)
class Stall:
    """A wait for content from `start` to `end`, in seconds since the cassette's start."""

    start: float
    end: float
    cause: StallCause
    phase: StallPhase
    after_frame: int
    """The frame with content before it; 0 where there was none."""
    until_frame: int | None
    """The frame that ended it; `None` where the exchange ended first."""
    after_chunk: int
    """The chunk with which it began; 0 is the response's head."""
    until_chunk: int | None
    """The chunk that ended it; `None` where the exchange ended first."""
    chunks: int
    """How many chunks came between these two."""
    frames: int
    """How many frames came between those two."""
    keep_alives: int
    """How many of these frames say nothing."""
    block: int | None
    """The number of the block that was open in the middle of it; `None` between blocks."""

    @property
    def seconds(self) -> float:
        return rounded(self.end - self.start)


def find_stalls(exchange: Exchange, record: Record, columns: Columns, threshold: float) -> tuple[Stall, ...]:
    """The waits for content over `threshold` seconds, in order."""
    explainer = _Explainer(exchange, record, columns)
    return tuple(explainer.stall(wait) for wait in waits(exchange, record, columns, threshold))


class _Explainer:
    """Tells the cause of one wait after another."""

    def __init__(self, exchange: Exchange, record: Record, columns: Columns) -> None:
        self._exchange = exchange
        self._record = record
        self._columns = columns
        self._lost = [(loss.t_start, loss.t) for loss in exchange.losses]
        self._paused = _spans(exchange.ending.facts.get("client_paused", ""))

    def stall(self, wait: Wait) -> Stall:
        inside = range(wait.after_frame + 1, wait.until_frame)
        silent = sum(map(self._says_nothing, inside))
        columns = self._columns
        return Stall(
            start=wait.start,
            end=wait.end,
            cause=self._cause(wait),
            phase=wait.phase,
            after_frame=wait.after_frame,
            until_frame=wait.until_frame if wait.until_frame <= columns.frames else None,
            after_chunk=wait.after_chunk,
            until_chunk=wait.until_chunk if wait.until_chunk <= columns.chunks else None,
            chunks=max(wait.until_chunk - wait.after_chunk - 1, 0),
            frames=len(inside),
            keep_alives=silent,
            block=self._block(wait),
        )

    def _cause(self, wait: Wait) -> StallCause:
        times = self._columns.chunk_times[wait.after_chunk + 1 : wait.until_chunk]
        if self._lost_in(wait) or any(map(math.isnan, times)):
            return StallCause.UNKNOWN
        if _overlap(self._paused, wait) >= _PAUSED * wait.seconds:
            return StallCause.SLOW_CLIENT
        edge = wait.seconds * _EDGE
        early, late = wait.start + edge, wait.end - edge
        if not any(early < t < late for t in times):
            return StallCause.HELD_BACK if self._backlog_follows(wait) else StallCause.TRANSPORT_SILENT
        frame_times = self._columns.frame_times
        inside = [
            frame
            for frame in range(wait.after_frame + 1, wait.until_frame)
            if early < frame_times[frame] < late and not self._is_tail(frame)
        ]
        if not inside:
            return StallCause.UNFINISHED_EVENT
        if all(map(self._says_nothing, inside)):
            return StallCause.KEEP_ALIVES_ONLY
        return StallCause.EVENTS_WITHOUT_CONTENT

    def _lost_in(self, wait: Wait) -> bool:
        """Whether something passed by unrecorded, or may have: a loss without times may be anywhere."""
        return any(
            (start is None or start < wait.end) and (end is None or end > wait.start)
            for start, end in self._lost
        )

    def _backlog_follows(self, wait: Wait) -> bool:
        if wait.phase is not StallPhase.BETWEEN_CONTENT or not self._come_at_once(wait, _BACKLOG_FRAMES):
            return False
        content, times = self._columns.content, self._columns.frame_times
        at = bisect_left(content, wait.until_frame)
        before = array("d", (times[frame] for frame in content[max(at - _PACE_FRAMES, 0) : at]))
        pace = percentile(sorted(gap for gap in between(before) if gap > 0), 0.5)
        return pace is not None and self._come_at_once(wait, math.ceil(_BACKLOG * wait.seconds / pace))

    def _come_at_once(self, wait: Wait, frames: int) -> bool:
        """Whether so many frames with content came as soon as the wait was over, its own end among them."""
        content, times = self._columns.content, self._columns.frame_times
        last = bisect_left(content, wait.until_frame) + frames - 1
        # Times ascend: where the last of them came soon enough, all did.
        return last < len(content) and times[content[last]] <= wait.end + wait.seconds * _EDGE

    def _says_nothing(self, frame: int) -> bool:
        if not self._exchange.is_stream:
            return False
        if self._exchange.frames.kind(frame - 1) is not FrameKind.EVENT:
            return True
        marks = self._record.keep_alives
        at = bisect_left(marks, frame)
        return at < len(marks) and marks[at] == frame

    def _is_tail(self, frame: int) -> bool:
        return self._exchange.is_stream and self._exchange.frames.kind(frame - 1) is FrameKind.TAIL

    def _block(self, wait: Wait) -> int | None:
        """The block that was open in the middle; of several, the one that was opened or grew last."""
        middle = (wait.start + wait.end) / 2
        times, record = self._columns.frame_times, self._record
        behind = min(wait.until_frame, len(times))
        came = (frame for frame in range(wait.after_frame, behind) if times[frame] <= middle)
        frame = max(came, default=0)
        opened, grown = record.blocks_at(frame), bisect_right(record.grown_frames, frame)
        candidates = [(record.blocks[opened - 1].opened, opened)] if opened else []
        if grown:
            candidates.append((record.grown_frames[grown - 1], record.grown_blocks[grown - 1]))
        numbers = (number for _, number in sorted(candidates, reverse=True))
        return next((number for number in numbers if self._open_at(number, frame)), None)

    def _open_at(self, number: int, frame: int) -> bool:
        block = self._record.blocks[number - 1]
        return block.opened <= frame and not 0 < block.closed <= frame


def _spans(text: str) -> list[tuple[float, float]]:
    """The spans in a fact: `1.5-2.25 7-9.1`. What is none is passed over: facts may be anybody's."""
    return [(float(start), float(end)) for start, end in _SPAN.findall(text)]


def _overlap(spans: list[tuple[float, float]], wait: Wait) -> float:
    """How many seconds of a wait lie in the spans, which follow one another."""
    if not spans:
        return -math.inf
    return sum(max(min(end, wait.end) - max(start, wait.start), 0.0) for start, end in spans)
