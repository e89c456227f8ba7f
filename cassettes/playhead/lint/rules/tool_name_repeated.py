"""Names and ids of tool calls in more than one chunk."""

from __future__ import annotations

from playhead.findings import Severity
from playhead.lint.remarks import remarked
from playhead.lint.rule import Group, Rule
from playhead.protocols.remarks import RemarkKind

RULE = Rule(
    id="tool-name-repeated",
    group=Group.CONTENT,
    severity=Severity.ERROR,
    title="the name or id of a tool call is sent again",
    explanation=(
        "The openai package's accumulator joins strings: a name sent twice becomes"
        " `get_weatherget_weather`, which no program has a tool for, and the doubled id matches no result."
        " Send name and id in the first fragment of each tool call only."
    ),
    source="openai `lib/streaming/_deltas.py`, `accumulate_delta`",
    find=remarked(RemarkKind.NAME_REPEATED),
)
