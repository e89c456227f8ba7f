"""What panes and bars are given: the stream, the event at the cursor, what was found out of the whole."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from playhead import BlockTiming, Finding, Timing
    from playhead_viewer.source.stream import Stream


class Analysis(msgspec.Struct, frozen=True):
    """Of an exchange, as it was when it was made. `findings` are `None` while they are not known."""

    timing: Timing
    findings: Sequence[Finding] | None
    blocks: Sequence[BlockTiming] = ()
    """The timing of the first blocks; making one takes time with its size."""
    is_whole: bool = True
    """Whether nothing came since, nor can."""


class Moment(msgspec.Struct, frozen=True):
    """Event `number` of a stream; 0 where there is none."""

    stream: Stream
    number: int
    analysis: Analysis | None = None
    reference: float | None = None
    """Seconds since the anchor from which times are counted, where a reader has chosen one."""

    is_checking: bool = False
    """Whether the exchange is being checked because a reader asked for it."""
    check_key: str = ""
    """The key that asks for it; empty where there are no keys."""

    def shown(self, t: float | None) -> float | None:
        """A time since the anchor, as it is shown."""
        return t if t is None or self.reference is None else t - self.reference
