"""Deltas behind their block's end."""

from __future__ import annotations

from playhead.findings import Severity
from playhead.lint.remarks import remarked
from playhead.lint.rule import Group, Rule
from playhead.protocols.remarks import RemarkKind

RULE = Rule(
    id="delta-after-stop",
    group=Group.ORDER,
    severity=Severity.WARNING,
    title="a delta for a block that is closed",
    explanation=(
        "A block that was closed gets more content. Clients that accumulate take it in, clients that acted"
        " when the block closed have acted on less: two users of one stream see two messages. Close a block"
        " behind its last delta."
    ),
    source="anthropic `lib/streaming/_messages.py`; openai `lib/streaming/responses/_responses.py`",
    find=remarked(RemarkKind.DELTA_AFTER_STOP),
)
