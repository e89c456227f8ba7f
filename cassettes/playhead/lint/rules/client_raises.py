"""The official client raises. Knows remarks."""

from __future__ import annotations

from collections.abc import Iterator

from playhead.exchange import Exchange
from playhead.findings import Severity
from playhead.lint.remarks import remarks, spot
from playhead.lint.rule import Group, Rule, Spot
from playhead.protocols.remarks import RemarkKind

_ERRORS = (RemarkKind.ERROR_EVENT, RemarkKind.ERROR_BODY)


def _find(exchange: Exchange) -> Iterator[Spot]:
    told = {remark.frame for remark in remarks(exchange, *_ERRORS)}
    for remark in remarks(exchange, RemarkKind.CLIENT_RAISES):
        # What the provider reports as an error has a rule of its own, which names the exception too.
        if remark.frame not in told:
            yield spot(exchange, remark)


RULE = Rule(
    id="client-raises",
    group=Group.CONTENT,
    severity=Severity.ERROR,
    title="the official client raises here",
    explanation=(
        "The official client of this protocol raises the exception named, and reads no further: the program"
        " gets what came before, if it catches it. What Playhead shows behind this frame, that client never"
        " saw. The other findings of the frame mostly tell why."
    ),
    source="the official SDK's stream and accumulator, tried with the same events",
    find=_find,
)
