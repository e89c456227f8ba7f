"""A block whose index is open, or was used."""

from __future__ import annotations

from playhead.findings import Severity
from playhead.lint.remarks import remarked
from playhead.lint.rule import Group, Rule
from playhead.protocols.remarks import RemarkKind

RULE = Rule(
    id="block-reopened",
    group=Group.ORDER,
    severity=Severity.ERROR,
    title="a block is opened twice",
    explanation=(
        "Clients find blocks by their index. Where an index is opened again some append a block and write"
        " the deltas of the second into the first, others drop what the first held: two contents run into"
        " one. Give every block an index of its own."
    ),
    source="anthropic `lib/streaming/_messages.py`; openai `lib/streaming/responses/_responses.py`",
    find=remarked(RemarkKind.BLOCK_REOPENED, breaks=True),
)
