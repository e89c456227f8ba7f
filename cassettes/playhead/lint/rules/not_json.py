"""Data that should be JSON."""

from __future__ import annotations

from playhead.findings import Severity
from playhead.lint.remarks import remarked
from playhead.lint.rule import Group, Rule
from playhead.protocols.remarks import RemarkKind

RULE = Rule(
    id="not-json",
    group=Group.CONTENT,
    severity=Severity.WARNING,
    title="data that is not JSON",
    explanation=(
        "Every event of this protocol carries JSON, and this one does not. Clients raise, or skip it. Look"
        " for a proxy that wrote a page of its own into the stream, for text that was cut, or for a line end"
        " within the JSON."
    ),
    source="openai and anthropic `_streaming.py`, `ServerSentEvent.json`",
    find=remarked(RemarkKind.NOT_JSON, breaks=True),
)
