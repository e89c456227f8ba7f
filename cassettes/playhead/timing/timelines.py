"""An exchange's time cut into columns: how much came in each, which blocks were open, where it stalled.

Data for whoever draws it, on a terminal or in a widget. Knows timings; draws nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from playhead.timing.blocks import BlockTiming
from playhead.timing.measurement import Timing
from playhead.timing.moments import Anchor

_LANES = 4


@dataclass(frozen=True, slots=True)
class Run:
    """A block from column `first` to column `last`, both included."""

    first: int
    last: int
    block: int
    type: str


@dataclass(frozen=True, slots=True)
class Timeline:
    """From `start` to `end`, in seconds since the cassette's start. Columns count from 0."""

    start: float
    end: float
    content: tuple[int, ...]
    """How many frames with content came in each column."""
    chunks: tuple[int, ...]
    """How many chunks came in each column."""
    stalled: tuple[bool, ...]
    """Whether a stall reaches into the column."""
    lanes: tuple[tuple[Run, ...], ...]
    """The blocks that took time; those that overlap lie in different lanes. None at all where there are more
    blocks than columns; what does not fit in four lanes is left out."""


@dataclass(frozen=True, slots=True)
class _Scale:
    start: float
    end: float
    columns: int

    def column(self, t: float) -> int:
        place = int((t - self.start) / (self.end - self.start) * self.columns)
        return min(max(place, 0), self.columns - 1)

    def counts(self, times: Iterable[float]) -> tuple[int, ...]:
        found = [0] * self.columns
        for t in times:
            if self.start <= t <= self.end:  # never true of NaN
                found[self.column(t)] += 1
        return tuple(found)


def timeline(timing: Timing, anchor: Anchor, columns: int) -> Timeline | None:
    """The time from `anchor` to the end, in so many columns; `None` where either is unknown, or the same."""
    start = timing.moments.at(anchor)
    ends = [t for t in (timing.moments.last_chunk, timing.moments.ending) if t is not None]
    if start is None or not ends or max(ends) <= start or columns < 1:
        return None
    scale = _Scale(start, max(ends), columns)
    times = timing.blocks.columns
    content = map(times.frame_times.__getitem__, times.content)
    return Timeline(
        start=scale.start,
        end=scale.end,
        content=scale.counts(content),
        chunks=scale.counts(times.chunk_times),
        stalled=_stalled(timing, scale),
        lanes=_lanes(timing.blocks, scale) if len(timing.blocks) <= columns else (),
    )


def _stalled(timing: Timing, scale: _Scale) -> tuple[bool, ...]:
    found = [False] * scale.columns
    for stall in timing.stalls:
        first, last = scale.column(stall.start), scale.column(stall.end)
        # What began and ended it came in the columns at its edges.
        for column in range(first + 1, last):
            found[column] = True
    return tuple(found)


def _lanes(blocks: Iterable[BlockTiming], scale: _Scale) -> tuple[tuple[Run, ...], ...]:
    lanes: list[list[Run]] = []
    for block in blocks:
        began = _first(block.opened, block.first_content)
        ended = _first(block.closed, scale.end if block.is_open else None, block.last_content, began)
        if began is None or ended is None or ended <= began:
            continue  # what came whole in a moment has no length to draw
        first, last = scale.column(began), scale.column(ended)
        lane = next((lane for lane in lanes if lane[-1].last <= first), None)
        if lane is None:
            if len(lanes) == _LANES:
                continue
            lanes.append(lane := [])
        elif lane[-1].last == first:
            # Two blocks meet in a column: it belongs to the one that was there, if the other has more.
            first += 1
            if first > last:
                continue
        lane.append(Run(first, last, block.number, block.type))
    return tuple(map(tuple, lanes))


def _first(*times: float | None) -> float | None:
    return next((t for t in times if t is not None), None)
