"""Streams that are recorded and not read."""

from __future__ import annotations

from playhead.findings import Severity
from playhead.lint.remarks import remarked
from playhead.lint.rule import Group, Rule
from playhead.protocols.remarks import RemarkKind

RULE = Rule(
    id="unsupported-stream",
    group=Group.CONTENT,
    severity=Severity.INFO,
    title="a stream that Playhead does not read",
    explanation=(
        "The bytes are recorded and can be replayed, but Playhead does not know how to read a message from"
        " them: rules about order and content say nothing of this exchange. A package can add the protocol"
        " by the entry point group `playhead.protocols`."
    ),
    source="docs/protocols.md",
    find=remarked(RemarkKind.UNSUPPORTED),
)
