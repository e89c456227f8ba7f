"""Sequence numbers that leave some out."""

from __future__ import annotations

from playhead.findings import Severity
from playhead.lint.remarks import remarked
from playhead.lint.rule import Group, Rule
from playhead.protocols.remarks import RemarkKind

RULE = Rule(
    id="sequence-gap",
    group=Group.ORDER,
    severity=Severity.WARNING,
    title="sequence numbers are not contiguous",
    explanation=(
        "Events are numbered, and one or more numbers are missing: events were lost on the way, or arrived"
        " in another order. Compare with the server's own record; look for a proxy that drops events it does"
        " not know."
    ),
    source="openai `types/responses/response_*_event.py`, `sequence_number`",
    find=remarked(RemarkKind.SEQUENCE_GAP),
)
