"""Deltas before the event that begins the message."""

from __future__ import annotations

from playhead.findings import Severity
from playhead.lint.remarks import remarked
from playhead.lint.rule import Group, Rule
from playhead.protocols.remarks import RemarkKind

RULE = Rule(
    id="no-start",
    group=Group.ORDER,
    severity=Severity.WARNING,
    title="content before the event that begins the message",
    explanation=(
        "The message has to be begun before anything can be added to it. What comes before its first event"
        " is lost to most clients, and one that never sees it raises at the end, or here. Either the first"
        " event was lost (see `byte-order-mark`), or a gateway begins in the middle: let it send the opening"
        " event first."
    ),
    source="anthropic `lib/streaming/_messages.py`, `accumulate_event`",
    find=remarked(RemarkKind.NO_START, breaks=True),
)
