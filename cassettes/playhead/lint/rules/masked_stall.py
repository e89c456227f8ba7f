"""Content that does not come, while keep-alives do. Knows waits."""

from __future__ import annotations

from collections.abc import Iterator

from playhead.exchange import Exchange
from playhead.findings import Severity
from playhead.lint.rule import Group, Rule, Spot
from playhead.lint.stalls import stalls


def _find(exchange: Exchange) -> Iterator[Spot]:
    return stalls(exchange, masked=True)


RULE = Rule(
    id="masked-stall",
    group=Group.TIME,
    severity=Severity.WARNING,
    title="keep-alives hide 5 seconds or more without content",
    explanation=(
        "Comments, frames without data or pings came, and no content. Every timeout that counts bytes or"
        " events is satisfied by them, so a model that hangs is never noticed: a client waits for as long as"
        " the server keeps the connection alive. Measure the time since the last content, and give up by"
        " that. Before the first content it is worth knowing only."
    ),
    source="docs/timing.md, stalls; WHATWG HTML 9.2.7, which advises a comment every 15 seconds",
    find=_find,
)
