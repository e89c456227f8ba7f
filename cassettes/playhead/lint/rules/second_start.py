"""A second event that begins a message."""

from __future__ import annotations

from playhead.findings import Severity
from playhead.lint.remarks import remarked
from playhead.lint.rule import Group, Rule
from playhead.protocols.remarks import RemarkKind

RULE = Rule(
    id="second-start",
    group=Group.ORDER,
    severity=Severity.WARNING,
    title="the message begins a second time",
    explanation=(
        "One body holds one message. Some clients ignore the second beginning and go on with the first"
        " message, others start over: ids, usage and content then belong to different answers. A gateway"
        " that retries behind the client's back must not send the new stream's beginning."
    ),
    source="anthropic `lib/streaming/_messages.py`, `accumulate_event`",
    find=remarked(RemarkKind.SECOND_START),
)
