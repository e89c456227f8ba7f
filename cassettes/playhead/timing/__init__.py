"""When things happened in an exchange: latencies, gaps, rates, stalls, each figure with its anchor named.

Pure: knows exchanges and what a protocol's reader wrote of them. `docs/timing.md` has every formula and
its source. Times are seconds; what depends on a time that nobody recorded is `None`.
"""

from __future__ import annotations

from playhead.timing.blocks import BlockTiming, BlockTimings
from playhead.timing.gaps import Gaps, Histogram, percentile
from playhead.timing.groups import Group, Sample, Spread, group, sample_of
from playhead.timing.measurement import Timing, measure
from playhead.timing.moments import Anchor, Latencies, Moments
from playhead.timing.stalls import Stall, StallCause
from playhead.timing.timelines import Run, Timeline, timeline
from playhead.timing.waits import StallPhase

__all__ = [
    "Anchor",
    "BlockTiming",
    "BlockTimings",
    "Gaps",
    "Group",
    "Histogram",
    "Latencies",
    "Moments",
    "Run",
    "Sample",
    "Spread",
    "Stall",
    "StallCause",
    "StallPhase",
    "Timeline",
    "Timing",
    "group",
    "measure",
    "percentile",
    "sample_of",
    "timeline",
]
