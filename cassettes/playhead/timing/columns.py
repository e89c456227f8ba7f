"""The times of an exchange's chunks, frames and content, as columns of numbers.

Knows exchanges and records. A column's place is the number that users count by, so that place 0 is nobody's
and holds NaN; NaN is unknown.
"""

from __future__ import annotations

import math
from array import array
from dataclasses import dataclass
from itertools import chain, groupby

from playhead.arrays import NUMBERS
from playhead.exchange import Exchange
from playhead.protocols.record import Record
from playhead.sse import FrameKind

_NAN = math.nan


@dataclass(frozen=True, slots=True)
class Columns:
    """Of what was there when they were made; an exchange that grows does not change them."""

    chunk_times: array[float]
    frame_chunks: array[int]
    frame_times: array[float]
    content: array[int]
    """The frames that brought content, ascending, each once."""

    @property
    def chunks(self) -> int:
        return len(self.chunk_times) - 1

    @property
    def frames(self) -> int:
        return len(self.frame_times) - 1

    def of_chunk(self, number: int) -> float | None:
        return known(self.chunk_times[number]) if 0 < number <= self.chunks else None

    def of_frame(self, number: int | None) -> float | None:
        """When a frame was complete; `None` for one that there is not."""
        return known(self.frame_times[number]) if number and number <= self.frames else None


def columns_of(exchange: Exchange, record: Record) -> Columns:
    """The columns of an exchange that was read into `record`."""
    chunks = exchange.chunks
    chunk_times = array("d", (_NAN if t is None else t for t in map(chunks.time, range(1, len(chunks) + 1))))
    chunk_times.insert(0, _NAN)
    if exchange.is_stream:
        frame_chunks = array(NUMBERS, chain((0,), exchange.frames.chunk_numbers))
        frame_times = array("d", map(chunk_times.__getitem__, frame_chunks))
    else:
        # The body counts as one frame. Where in several chunks its content began, nobody can say.
        frame_chunks = array(NUMBERS, (0, len(chunks)))
        frame_times = array("d", (_NAN, chunk_times[1] if len(chunks) == 1 else _NAN))
    content = array(NUMBERS, (frame for frame, _ in groupby(record.grown_frames) if frame < len(frame_times)))
    return Columns(chunk_times, frame_chunks, frame_times, content)


def first_frames(exchange: Exchange) -> tuple[int | None, int | None]:
    """The first frame of any kind, and the first event. A tail was never complete, and is neither."""
    if not exchange.is_stream:
        return None, None
    frames = exchange.frames
    kinds = ((number, frames.kind(number - 1)) for number in range(1, len(frames) + 1))
    first: int | None = None
    for number, kind in kinds:
        if kind is FrameKind.TAIL:
            continue
        first = first or number
        if kind is FrameKind.EVENT:
            return first, number
    return first, None


def known(time: float) -> float | None:
    return None if math.isnan(time) else time
