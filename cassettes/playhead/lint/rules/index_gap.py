"""Indexes that leave one out, or do not begin at 0."""

from __future__ import annotations

from playhead.findings import Severity
from playhead.lint.remarks import remarked
from playhead.lint.rule import Group, Rule
from playhead.protocols.remarks import RemarkKind

RULE = Rule(
    id="index-gap",
    group=Group.ORDER,
    severity=Severity.WARNING,
    title="indexes are not contiguous",
    explanation=(
        "Clients that keep blocks, choices or tool calls in a list use the index as a place in it: with a"
        " gap they raise IndexError or put content in the wrong place. Count from 0, without gaps."
    ),
    source="anthropic `lib/streaming/_messages.py`; openai `lib/streaming/chat/_completions.py`",
    find=remarked(RemarkKind.INDEX_GAP, breaks=True),
)
