"""Secrets that their own shape gives away, wherever they stand. Knows few names: those of members of JSON.

Prefixes are looked for by plain search, and a pattern is tried only where one stands: most texts hold none.
"""

from __future__ import annotations

from collections.abc import Iterator

from playhead.redaction import rules
from playhead.redaction.spans import Span

_UNMISTAKABLE = 6
"""From this length on a prefix may stand behind a letter, where what follows looks random."""
_SCHEMES = ("bearer", "basic")


def find_keys(text: str) -> list[Span]:
    """The well-known keys in `text`, each without the prefix that says what it is."""
    found: list[Span] = []
    taken: set[int] = set()
    for prefix, rule in rules.PREFIXES:
        tail = rules.TAILS.get(prefix, rules.TAIL)
        for at in _places(text, prefix):
            if at in taken:
                continue  # a longer prefix stands there, whatever follows it
            taken.add(at)
            glued = at > 0 and text[at - 1].isascii() and text[at - 1].isalnum()
            if glued and len(prefix) < _UNMISTAKABLE:
                continue
            match = tail.match(text, at + len(prefix))
            if match is None:
                continue
            if (glued or prefix in rules.AMBIGUOUS) and not rules.RANDOM.search(match[0]):
                continue
            found.append(Span(match.start(), match.end(), rule))
    return found


def find_private_keys(text: str) -> list[Span]:
    """What stands between the first and the last line of a private key in PEM, or to where it is cut."""
    if "PRIVATE KEY" not in text:
        return []
    return [Span(*match.span("key"), rules.PEM_RULE) for match in rules.PEM.finditer(text)]


def find_bearers(text: str) -> list[Span]:
    """What stands behind `Bearer` or `Basic` in `text`."""
    return [Span(match.end("scheme"), match.end(), "auth-scheme") for match in rules.BEARER.finditer(text)]


def find_in_prose(text: str) -> list[Span]:
    """Keys, tokens behind a scheme, members that are named like a credential: what any text may hold."""
    found = [*find_keys(text), *find_private_keys(text)]
    lower = text.lower()
    if any(scheme in lower for scheme in _SCHEMES):
        found += [span for span in find_bearers(text) if rules.TOKEN.fullmatch(text, span.start, span.end)]
    if any(end in lower for end in rules.MEMBER_ENDS):
        found += [
            Span(*match.span("value"), "named-member")
            for match in rules.MEMBER.finditer(text)
            if rules.RANDOM.search(match["value"])
        ]
    return found


def _places(text: str, literal: str) -> Iterator[int]:
    at = text.find(literal)
    while at >= 0:
        yield at
        at = text.find(literal, at + 1)
