"""Events of unknown types."""

from __future__ import annotations

from playhead.findings import Severity
from playhead.lint.remarks import remarked
from playhead.lint.rule import Group, Rule
from playhead.protocols.remarks import RemarkKind

RULE = Rule(
    id="unknown-event",
    group=Group.CONTENT,
    severity=Severity.INFO,
    title="an event that the protocol does not know",
    explanation=(
        "The protocol has no event of this type, as far as this version of Playhead knows it. Official"
        " clients pass such events through or skip them. It is new, or misspelt, or not meant for this"
        " protocol; its data is kept and shown."
    ),
    source="the event types of the official SDK",
    find=remarked(RemarkKind.UNKNOWN_EVENT),
)
