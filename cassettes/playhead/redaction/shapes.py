"""Secrets that their own shape gives away, wherever they stand. Knows no names."""

from __future__ import annotations

from playhead.redaction import rules
from playhead.redaction.spans import Span


def find_keys(text: str) -> list[Span]:
    """The well-known keys in `text`, each without the prefix that says what it is."""
    found: list[Span] = []
    for match in rules.SHAPE.finditer(text):
        prefix = match["prefix"] or match["jwt"]
        found.append(Span(match.start() + len(prefix), match.end(), rules.RULE_OF_PREFIX[prefix]))
    return found


def find_bearers(text: str) -> list[Span]:
    """What stands behind `Bearer` or `Basic` in `text`."""
    return [Span(match.end("scheme"), match.end(), "auth-scheme") for match in rules.BEARER.finditer(text)]
