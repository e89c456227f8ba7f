"""A closing event that contradicts the deltas."""

from __future__ import annotations

from playhead.findings import Severity
from playhead.lint.remarks import remarked
from playhead.lint.rule import Group, Rule
from playhead.protocols.remarks import RemarkKind

RULE = Rule(
    id="done-differs",
    group=Group.ORDER,
    severity=Severity.ERROR,
    title="the deltas add up to something else than the closing event says",
    explanation=(
        "The closing event repeats what was streamed, and here it is not the same: users who watched the"
        " deltas and users who wait for the end get different content. Events were lost or repeated, or"
        " something on the way changed one and not the other."
    ),
    source="openai `lib/streaming/responses/_responses.py`",
    find=remarked(RemarkKind.DONE_DIFFERS),
)
