"""A complete message with a block that is not."""

from __future__ import annotations

from playhead.findings import Severity
from playhead.lint.remarks import remarked
from playhead.lint.rule import Group, Rule
from playhead.protocols.remarks import RemarkKind

RULE = Rule(
    id="block-left-open",
    group=Group.ORDER,
    severity=Severity.WARNING,
    title="a block is not closed",
    explanation=(
        "The message says that it is complete while one of its blocks was never closed. Clients that act on"
        " the closing event, to run a tool or to show a paragraph, do not act. Send the closing event for"
        " every block."
    ),
    source="anthropic `lib/streaming/_messages.py`; openai `lib/streaming/responses/_responses.py`",
    find=remarked(RemarkKind.BLOCK_LEFT_OPEN),
)
