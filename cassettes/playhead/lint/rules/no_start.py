"""Deltas before the event that begins the message."""

from __future__ import annotations

from playhead.findings import Severity
from playhead.lint.remarks import remarked
from playhead.lint.rule import Group, Rule
from playhead.protocols.remarks import RemarkKind

RULE = Rule(
    id="no-start",
    group=Group.ORDER,
    severity=Severity.ERROR,
    title="content before the event that begins the message",
    explanation=(
        "The message has to be begun before anything can be added to it. The anthropic package fails on an"
        " assertion, others lose what came before. Either the first event was lost (see byte-order- mark),"
        " or a gateway begins in the middle: let it send the opening event first."
    ),
    source="anthropic `lib/streaming/_messages.py`, `accumulate_event`",
    find=remarked(RemarkKind.NO_START),
)
