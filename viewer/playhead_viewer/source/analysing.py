"""Timing and findings of an exchange that is shown. Long: whoever calls does so in a thread of its own."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec

from playhead import PlayheadError
from playhead_viewer.source.moment import Analysis
from playhead_viewer.source.stream import Stream

if TYPE_CHECKING:
    from playhead import BlockTiming, Finding, Timing
    from playhead.timing import Timeline
    from playhead_viewer.source.lanes import Lane

CHECKED_UNASKED = 50_000
"""Events up to which an exchange is checked without being asked: a million take half a minute."""
CHECKED_BYTES = 8_000_000
"""The same for its bytes: whatever reads more holds up who steps meanwhile."""
_TIMED_WHILE_GROWING = 20_000
BLOCKS = 50
"""Blocks that are timed one by one."""


def may_time(stream: Stream) -> bool:
    """Whether an exchange that still grows is short enough to be timed again and again."""
    return stream.is_over or stream.count <= _TIMED_WHILE_GROWING


def is_checked_unasked(stream: Stream) -> bool:
    """Whether an exchange is short enough to be checked without being asked."""
    end = stream.frames.span(stream.count - 1)[1] if stream.count else 0
    return stream.count <= CHECKED_UNASKED and end <= CHECKED_BYTES


def analyse(stream: Stream, *, checked: bool = False) -> Analysis:
    """What there is to say of the whole. Raises `InputError` where it cannot be read.

    An exchange that grows is timed under its lock, and not checked: what is missing yet is no finding.
    One that is over is whole, though others may follow it: the file then grows when it was read.
    """
    from playhead import check, measure  # much stands on them, and the first row does not wait for it

    if not stream.is_over:
        with stream.loader.lock:
            stream.read()
            timing = measure(stream.exchange)
            return Analysis(timing, None, _blocks(timing), is_whole=False)
    findings: list[Finding] | None = None
    with stream.loader.still():
        stream.read()
        _settle(stream)
        timing = measure(stream.exchange)
        if checked or is_checked_unasked(stream):
            with contextlib.suppress(PlayheadError):  # damaged: the damage itself is told
                findings = check(stream.exchange)
    return Analysis(timing, findings, _blocks(timing))


def _blocks(timing: Timing) -> Sequence[BlockTiming]:
    return () if timing.blocks.is_per_event else timing.blocks[:BLOCKS]


class Track(msgspec.Struct, frozen=True):
    """What the scrubber draws: the time in columns, the blocks in lanes."""

    timeline: Timeline
    lanes: Sequence[Lane]


def drawn(stream: Stream, analysis: Analysis, columns: int) -> Track | None:
    """The exchange's time in so many columns; `None` where no times are known."""
    from playhead.timing import timeline
    from playhead_viewer.source.anchors import anchor_of
    from playhead_viewer.source.lanes import lanes

    anchor = anchor_of(analysis.timing)
    if anchor is None:
        return None
    with contextlib.nullcontext() if stream.is_over else stream.loader.lock:
        found = timeline(analysis.timing, anchor, columns)
        if found is None:
            return None
        start, end = stream.since(found.start), stream.since(found.end)
        blocks = () if start is None or end is None else lanes(stream, start, end, columns)
        return Track(found, blocks)


def _settle(stream: Stream) -> None:
    """Let text that is read to its end turn its last page now: threads may read it at once from here on."""
    record = stream.record
    if record is None or record.has_block_per_event:
        return
    with stream.loader.lock:
        for block in record.blocks:
            block.text.cut(max(block.text.size - 1, 0), block.text.size)
