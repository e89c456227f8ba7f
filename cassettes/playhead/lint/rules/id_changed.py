"""More than one id in one message."""

from __future__ import annotations

from playhead.findings import Severity
from playhead.lint.remarks import remarked
from playhead.lint.rule import Group, Rule
from playhead.protocols.remarks import RemarkKind

RULE = Rule(
    id="id-changed",
    group=Group.CONTENT,
    severity=Severity.WARNING,
    title="the message's id changes under way",
    explanation=(
        "All events of a message carry one id. Here it changes: programs that store or join by it take the"
        " stream for several messages, and a request to the provider's support finds half of it. A gateway"
        " makes ids of its own, or joined two answers."
    ),
    source="openai `types/chat/chat_completion_chunk.py`, `id`",
    find=remarked(RemarkKind.ID_CHANGED),
)
