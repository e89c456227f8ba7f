"""Which block stands in which column of the scrubber: blocks that run at once lie in lanes of their own.

Knows blocks and when their events came; draws nothing. However many blocks there are, each is in a run:
those that share a column share a run, too.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from playhead.protocols.blocks import BlockKind, BlockLog
from playhead_viewer.source.stream import Stream
from playhead_viewer.text.safe import Safe, safe, shortened

_MOST = 20_000
_LABEL = 40


class Run(msgspec.Struct, frozen=True):
    """Blocks `block` to `until` from column `first` to `last`, all included. `labels`: the longest first."""

    first: int
    last: int
    block: int
    until: int
    kind: BlockKind
    labels: tuple[Safe, ...]


Lane = Sequence[Run]


def lanes(stream: Stream, start: float, end: float, columns: int) -> tuple[Lane, ...]:
    """The runs of an exchange from `start` to `end`, in seconds since the anchor.

    None at all where each event is a block, or where there are more blocks than anybody could tell apart.
    """
    record = stream.record
    if record is None or record.has_block_per_event or len(record.blocks) > _MOST or end <= start:
        return ()
    found: list[list[Run]] = []
    for block, began, ended in _spans(stream, record.blocks, end):
        first, last = (
            min(max(int((t - start) / (end - start) * columns), 0), columns - 1) for t in (began, ended)
        )
        _put(found, _run(block, first, max(first, last)))
    return tuple(map(tuple, found))


def _spans(stream: Stream, blocks: Sequence[BlockLog], end: float) -> Iterator[tuple[BlockLog, float, float]]:
    for block in blocks:
        began = stream.time(block.opened) if 0 < block.opened <= stream.count else None
        closed = 0 < block.closed <= stream.count
        ended = stream.time(block.closed) if closed else end
        if began is not None:
            yield block, began, max(ended if ended is not None else began, began)


def _put(found: list[list[Run]], run: Run) -> None:
    """Into the first lane where it fits; blocks that meet in a column stand side by side, or in one run."""
    for lane in found:
        before = lane[-1]
        if before.last < run.first:
            lane.append(run)
            return
        if before.last == run.first:
            if run.first < run.last:
                lane.append(msgspec.structs.replace(run, first=run.first + 1))
            else:
                several = (Safe(f"{before.block}-{run.until}"),)
                lane[-1] = msgspec.structs.replace(before, until=run.until, labels=several)
            return
    found.append([run])


def _run(block: BlockLog, first: int, last: int) -> Run:
    told, number = called(block), block.number
    labels = (Safe(f"{number}:{told}"), told, Safe(str(number)))
    return Run(first, last, number, number, block.kind, labels)


def called(block: BlockLog) -> Safe:
    """What a block is called: a tool by its name, others by their type."""
    name = block.name.latest
    return safe(shortened(name if isinstance(name, str) and name else block.type, _LABEL))
