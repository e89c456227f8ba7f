"""Readers that fail."""

from __future__ import annotations

from playhead.findings import Severity
from playhead.lint.remarks import remarked
from playhead.lint.rule import Group, Rule
from playhead.protocols.remarks import RemarkKind

RULE = Rule(
    id="reader-failed",
    group=Group.RECORDING,
    severity=Severity.WARNING,
    title="Playhead failed to read an event",
    explanation=(
        "The reader of this protocol raised an exception on the event: a bug in Playhead, or in a package"
        " that added the protocol. The bytes are whole; what was read of the message may not be. Please"
        " report it with the event."
    ),
    source="playhead.protocols.reading",
    find=remarked(RemarkKind.READER_FAILED),
)
