"""Deltas that belong to no block."""

from __future__ import annotations

from playhead.findings import Severity
from playhead.lint.remarks import remarked
from playhead.lint.rule import Group, Rule
from playhead.protocols.remarks import RemarkKind

RULE = Rule(
    id="delta-without-block",
    group=Group.ORDER,
    severity=Severity.WARNING,
    title="a delta for a block that was never opened",
    explanation=(
        "There is nothing the delta can be added to: clients raise IndexError or drop the content. Open"
        " each block before its first delta, with the same index."
    ),
    source="anthropic `lib/streaming/_messages.py`; openai `lib/streaming/responses/_responses.py`",
    find=remarked(RemarkKind.DELTA_WITHOUT_BLOCK, breaks=True),
)
