"""Tool calls whose input cannot be parsed at the end."""

from __future__ import annotations

from playhead.findings import Severity
from playhead.lint.remarks import remarked
from playhead.lint.rule import Group, Rule
from playhead.protocols.remarks import RemarkKind

RULE = Rule(
    id="invalid-tool-input",
    group=Group.CONTENT,
    severity=Severity.ERROR,
    title="the input of a tool call is no valid JSON",
    explanation=(
        "A tool call was finished, and its input, put together from all its fragments, does not parse. A"
        " program that parses it fails; one that uses a forgiving parser calls the tool with something else"
        " than was meant. The answer was cut by a token limit, a fragment was lost, or the model wrote bad"
        " JSON: check before you call the tool."
    ),
    source="RFC 8259; anthropic `lib/streaming/_messages.py`",
    find=remarked(RemarkKind.INVALID_TOOL_INPUT),
)
