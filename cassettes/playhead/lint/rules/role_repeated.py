"""A role in more than one chunk."""

from __future__ import annotations

from playhead.findings import Severity
from playhead.lint.remarks import remarked
from playhead.lint.rule import Group, Rule
from playhead.protocols.remarks import RemarkKind

RULE = Rule(
    id="role-repeated",
    group=Group.CONTENT,
    severity=Severity.WARNING,
    title="the role is sent again",
    explanation=(
        "The openai package's accumulator joins strings, and a role that comes with every chunk grows to"
        " `assistantassistant` in the final message: sent back as history, it is refused. Send the role in"
        " the first chunk only; a program can set the role itself."
    ),
    source="openai `lib/streaming/_deltas.py`, `accumulate_delta`",
    find=remarked(RemarkKind.ROLE_REPEATED),
)
