"""Data that passed by unrecorded. Knows losses."""

from __future__ import annotations

from collections.abc import Iterator

from playhead.exchange import Exchange
from playhead.findings import Severity
from playhead.lint.rule import Group, Rule, Spot


def _find(exchange: Exchange) -> Iterator[Spot]:
    for loss in exchange.losses:
        what = "an unknown number of chunks" if loss.chunks is None else f"{loss.chunks:,} chunks"
        size = "" if loss.size is None else f" of {loss.size:,} bytes"
        why = f": {loss.detail}" if loss.detail else ""
        yield Spot(f"{what}{size} passed by unrecorded{why}")


RULE = Rule(
    id="lost-data",
    group=Group.RECORDING,
    severity=Severity.WARNING,
    title="data passed by unrecorded",
    explanation=(
        "The recorder could not keep up, or could not write, and says what it missed. The bytes of this"
        " exchange are not whole: what other rules find near the gap may not have been there, and replay"
        " stops at it. Record again, with more room for the backlog or a faster disk."
    ),
    source="FORMAT.md, record `loss`",
    find=_find,
)
