"""The waits for content in an exchange: from the head, from content to content, to where no more could come.

Knows columns and the record. What a wait was caused by is told in `stalls`.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator
from dataclasses import dataclass

from playhead.exchange import Exchange
from playhead.protocols.record import Record
from playhead.timing.columns import Columns
from playhead.timing.gaps import rounded


class StallPhase(enum.StrEnum):
    """Where in the answer a stall lies."""

    BEFORE_CONTENT = "before_content"
    """From the response's head (where that is unknown, the first chunk) to the first content."""
    BETWEEN_CONTENT = "between_content"
    AFTER_CONTENT = "after_content"
    """From the last content to where the stream says that the message is whole, or tells an error; else to
    the ending."""


@dataclass(frozen=True, slots=True)
class Wait:
    """A wait that is not explained. What is behind the last frame or chunk has the next number."""

    start: float
    end: float
    phase: StallPhase
    after_frame: int
    until_frame: int
    after_chunk: int
    until_chunk: int

    @property
    def seconds(self) -> float:
        return rounded(self.end - self.start)


def waits(exchange: Exchange, record: Record, columns: Columns, threshold: float) -> Iterator[Wait]:
    """The waits of more than `threshold` seconds, in order."""
    yield from (wait for wait in _before(exchange, record, columns) if wait.seconds > threshold)
    yield from (wait for wait in _between(columns, threshold) if wait.seconds > threshold)
    yield from (wait for wait in _after(exchange, record, columns) if wait.seconds > threshold)


def _before(exchange: Exchange, record: Record, columns: Columns) -> Iterator[Wait]:
    response = exchange.response
    start, after_chunk = response.t if response else None, 0
    if start is None:
        start, after_chunk = columns.of_chunk(1), 1
    if columns.content:
        until = columns.content[0]
        end = columns.of_frame(until)
        until_chunk = columns.frame_chunks[until]
    else:
        end, until, until_chunk = _end(exchange, record, columns, behind=0)
    if start is not None and end is not None:
        yield Wait(start, end, StallPhase.BEFORE_CONTENT, 0, until, after_chunk, until_chunk)


def _between(columns: Columns, threshold: float) -> Iterator[Wait]:
    times, chunks = columns.frame_times, columns.frame_chunks
    before = 0
    for frame in columns.content:
        # Never true beside NaN: beside an unknown time no wait is known.
        if before and times[frame] - times[before] > threshold:
            yield Wait(
                times[before],
                times[frame],
                StallPhase.BETWEEN_CONTENT,
                before,
                frame,
                chunks[before],
                chunks[frame],
            )
        before = frame


def _after(exchange: Exchange, record: Record, columns: Columns) -> Iterator[Wait]:
    if not columns.content:
        return
    last = columns.content[-1]
    start = columns.of_frame(last)
    end, until, until_chunk = _end(exchange, record, columns, behind=last)
    if start is not None and end is not None:
        yield Wait(start, end, StallPhase.AFTER_CONTENT, last, until, columns.frame_chunks[last], until_chunk)


def _end(
    exchange: Exchange, record: Record, columns: Columns, *, behind: int
) -> tuple[float | None, int, int]:
    """Until when content could still have come: when, by which frame, by which chunk."""
    last = min(
        (frame for frame in (record.completed, record.error.born) if frame), default=columns.frames + 1
    )
    if last > columns.frames:
        return exchange.ending.t, columns.frames + 1, columns.chunks + 1
    return columns.of_frame(last) if last > behind else None, last, columns.frame_chunks[last]
