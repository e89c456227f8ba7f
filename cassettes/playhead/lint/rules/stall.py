"""Content that does not come. Knows waits."""

from __future__ import annotations

from collections.abc import Iterator

from playhead.exchange import Exchange
from playhead.findings import Severity
from playhead.lint.rule import Group, Rule, Spot
from playhead.lint.stalls import stalls


def _find(exchange: Exchange) -> Iterator[Spot]:
    return stalls(exchange, masked=False)


RULE = Rule(
    id="stall",
    group=Group.TIME,
    severity=Severity.WARNING,
    title="no content for 5 seconds or more",
    explanation=(
        "The stream was under way and then brought no content for longer than people wait in patience. The"
        " finding tells what it brought instead, which tells where to look: silence on the wire is the"
        " model, the server or the network; much at once behind the wait is a buffer on the way. Waits"
        " before the first content, and those for a client that did not read, are worth knowing only."
    ),
    source="docs/timing.md, stalls",
    find=_find,
)
