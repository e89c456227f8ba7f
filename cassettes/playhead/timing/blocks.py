"""When each block was opened, grew and was closed. Knows the record and the columns.

A plain stream has a block for every event: the timing of a block is made when it is asked for.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby, islice
from operator import le

from playhead.arrays import NUMBERS
from playhead.on_access import OnAccess
from playhead.protocols.blocks import BlockKind
from playhead.protocols.record import Record
from playhead.timing.columns import Columns, known
from playhead.timing.gaps import Gaps, between, summary


@dataclass(frozen=True, slots=True)
class BlockTiming:
    """Of one block; moments are seconds since the cassette's start, `None` where unknown or not come to."""

    number: int
    kind: BlockKind
    type: str
    """The protocol's own word."""
    choice: int
    opened: float | None
    first_content: float | None
    last_content: float | None
    closed: float | None
    is_open: bool
    """Whether it was never closed."""
    frames: int
    """How many frames brought content to it."""
    characters: int
    """Of text, thinking, or a call's JSON."""
    gaps: Gaps
    """Between the frames that brought content to this block."""


class BlockTimings(OnAccess[BlockTiming]):
    """The timing of every block, in the order in which they were opened."""

    _word = "block"

    def __init__(self, record: Record, columns: Columns) -> None:
        self._record = record
        self.columns: Columns = columns
        """The times that all of it was measured by."""
        self._size = len(record.blocks)
        self._grown = len(record.grown_frames)
        self.is_per_event: bool = record.has_block_per_event
        """Whether each event is a block of its own, as in plain streams: there may be millions."""

    def __repr__(self) -> str:
        return f"<the timing of {self._size} blocks>"

    def __len__(self) -> int:
        return self._size

    def _made(self, place: int) -> BlockTiming:
        number, columns = place + 1, self.columns
        log = self._record.blocks[place]
        times = array("d", map(columns.frame_times.__getitem__, self._frames_of(number)))
        closed = 0 < log.closed <= columns.frames
        return BlockTiming(
            number=number,
            kind=log.kind,
            type=log.type,
            choice=log.choice,
            opened=columns.of_frame(log.opened),
            first_content=known(times[0]) if times else None,
            last_content=known(times[-1]) if times else None,
            closed=columns.of_frame(log.closed) if closed else None,
            is_open=not closed,
            frames=len(times),
            characters=log.text.size_at(columns.frames),
            gaps=summary(between(times)),
        )

    def _frames_of(self, number: int) -> Iterator[int]:
        """The frames that brought content to a block, ascending, each once."""
        order, blocks = self._by_block
        first = bisect_left(blocks, number, 0, self._grown)
        places = range(first, bisect_right(blocks, number, first, self._grown))
        frames = self._record.grown_frames
        return (frame for frame, _ in groupby(frames[order[place]] for place in places))

    @cached_property
    def _by_block(self) -> tuple[Sequence[int], array[int]]:
        """The entries of the record's content ordered by block, and the block of each."""
        blocks, entries = self._record.grown_blocks, range(self._grown)
        if all(map(le, blocks, islice(blocks, 1, self._grown))):  # nearly always: a block follows another
            return entries, blocks
        order = array(NUMBERS, sorted(entries, key=blocks.__getitem__))
        return order, array(NUMBERS, map(blocks.__getitem__, order))
