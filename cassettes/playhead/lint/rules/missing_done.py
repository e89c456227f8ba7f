"""A message that ended without the sentinel behind it."""

from __future__ import annotations

from playhead.findings import Severity
from playhead.lint.remarks import remarked
from playhead.lint.rule import Group, Rule
from playhead.protocols.remarks import RemarkKind

RULE = Rule(
    id="missing-done",
    group=Group.ORDER,
    severity=Severity.WARNING,
    title="the sentinel is missing",
    explanation=(
        "The message is whole, the sentinel that closes the stream is missing. The openai package does not"
        " mind; clients that wait for `[DONE]` report a cut stream or wait for a timeout. Send it as the"
        " last event."
    ),
    source="openai `_streaming.py`, `Stream.__stream__`",
    find=remarked(RemarkKind.MISSING_DONE),
)
