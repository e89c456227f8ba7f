"""Usage that shrinks."""

from __future__ import annotations

from playhead.findings import Severity
from playhead.lint.remarks import remarked
from playhead.lint.rule import Group, Rule
from playhead.protocols.remarks import RemarkKind

RULE = Rule(
    id="usage-shrank",
    group=Group.CONTENT,
    severity=Severity.WARNING,
    title="a count of tokens became smaller",
    explanation=(
        "Counts of tokens in a stream are totals so far: a later one is not smaller. Clients overwrite what"
        " they had, and bill or budget by the last. Mostly a gateway counts anew for a part, or sends a"
        " final event with zeros."
    ),
    source="anthropic `lib/streaming/_messages.py`; openai `lib/streaming/chat/_completions.py`",
    find=remarked(RemarkKind.USAGE_SHRANK),
)
