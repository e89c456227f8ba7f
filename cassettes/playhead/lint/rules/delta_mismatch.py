"""Deltas that do not fit their block."""

from __future__ import annotations

from playhead.findings import Severity
from playhead.lint.remarks import remarked
from playhead.lint.rule import Group, Rule
from playhead.protocols.remarks import RemarkKind

RULE = Rule(
    id="delta-mismatch",
    group=Group.ORDER,
    severity=Severity.ERROR,
    title="a delta of one type for a block of another",
    explanation=(
        "A delta says what it extends: text, thinking, the input of a tool. For a block of another type"
        " clients drop it without a word, and content is missing. Mostly the indexes of two blocks were"
        " mixed up."
    ),
    source="anthropic `lib/streaming/_messages.py`, `accumulate_event`",
    find=remarked(RemarkKind.DELTA_MISMATCH),
)
