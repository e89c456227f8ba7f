"""Data that the official client drops."""

from __future__ import annotations

from playhead.findings import Severity
from playhead.lint.remarks import remarked
from playhead.lint.rule import Group, Rule
from playhead.protocols.remarks import RemarkKind

RULE = Rule(
    id="client-ignores",
    group=Group.CONTENT,
    severity=Severity.WARNING,
    title="the official client drops this",
    explanation=(
        "The event means something, and the official client of this protocol does not take it in: it is in"
        " the bytes and not in the message that the program gets. Compare with what the finding names, and"
        " send it where that client looks for it."
    ),
    source=(
        "the official SDK's accumulator: anthropic `lib/streaming/_messages.py`, openai"
        " `lib/streaming/chat/_completions.py`"
    ),
    find=remarked(RemarkKind.CLIENT_IGNORES),
)
