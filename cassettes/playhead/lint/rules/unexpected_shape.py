"""Payloads without the members or types that they must have."""

from __future__ import annotations

from playhead.findings import Severity
from playhead.lint.remarks import remarked
from playhead.lint.rule import Group, Rule
from playhead.protocols.remarks import RemarkKind

RULE = Rule(
    id="unexpected-shape",
    group=Group.CONTENT,
    severity=Severity.WARNING,
    title="an event whose payload has not the shape that it must have",
    explanation=(
        "A member is missing or of another type than the protocol says. Clients check little while they"
        " stream: some raise far from here, when a program first uses the value, others take null. Compare"
        " the event with the protocol's own description."
    ),
    source="the event models of the official SDK",
    find=remarked(RemarkKind.UNEXPECTED_SHAPE, breaks=True),
)
