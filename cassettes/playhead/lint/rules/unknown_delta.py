"""Deltas of unknown types."""

from __future__ import annotations

from playhead.findings import Severity
from playhead.lint.remarks import remarked
from playhead.lint.rule import Group, Rule
from playhead.protocols.remarks import RemarkKind

RULE = Rule(
    id="unknown-delta",
    group=Group.CONTENT,
    severity=Severity.WARNING,
    title="a delta of a type that the protocol does not know",
    explanation=(
        "The protocol has no delta of this type, as far as this version of Playhead knows it, so that"
        " clients do not know what to add it to and leave it out: content is missing from their message. It"
        " is new, or misspelt: update the client, or mend the server."
    ),
    source="anthropic `lib/streaming/_messages.py`, `accumulate_event`",
    find=remarked(RemarkKind.UNKNOWN_DELTA),
)
