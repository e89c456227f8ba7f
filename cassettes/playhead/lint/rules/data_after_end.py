"""Data behind the event that ends the stream."""

from __future__ import annotations

from playhead.findings import Severity
from playhead.lint.remarks import remarked
from playhead.lint.rule import Group, Rule
from playhead.protocols.remarks import RemarkKind

RULE = Rule(
    id="data-after-end",
    group=Group.ORDER,
    severity=Severity.WARNING,
    title="data behind the end",
    explanation=(
        "Clients stop reading at the event that ends the stream, or close the connection: what follows is"
        " lost to them. Send usage, errors and the like before the end."
    ),
    source="openai `_streaming.py`, `Stream.__stream__`; anthropic `lib/streaming/_messages.py`",
    find=remarked(RemarkKind.AFTER_TERMINATOR),
)
