"""Blocks of unknown types."""

from __future__ import annotations

from playhead.findings import Severity
from playhead.lint.remarks import remarked
from playhead.lint.rule import Group, Rule
from playhead.protocols.remarks import RemarkKind

RULE = Rule(
    id="unknown-block",
    group=Group.CONTENT,
    severity=Severity.INFO,
    title="a block of a type that the protocol does not know",
    explanation=(
        "The protocol has no block of this type, as far as this version of Playhead knows it. Official"
        " clients keep it as it came, and programs that handle blocks by type skip it. It is new, or"
        " misspelt."
    ),
    source="the content block types of the official SDK",
    find=remarked(RemarkKind.UNKNOWN_BLOCK),
)
