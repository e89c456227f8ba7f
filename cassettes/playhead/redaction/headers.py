"""Headers without their secrets: what a name, a scheme or a shape gives away is replaced, in its length.

A header with a secret name loses its whole value, but for the scheme or prefix that says what it was.
Any other loses what it holds of secrets: URLs with secret parameters, named values (`token=…`,
`"api_key": "…"`), what a scheme carries, well-known keys. Names count in any case. Nothing else changes:
not the order, not the duplicates, not the length of any value.
"""

from __future__ import annotations

import re

from playhead.model import Headers, Redaction
from playhead.redaction import rules
from playhead.redaction.names import is_secret
from playhead.redaction.shapes import find_bearers, find_keys
from playhead.redaction.spans import Span, merge, replace
from playhead.redaction.urls import find_in_url

_WORTH_A_PREFIX = 8
"""Characters that must follow a known prefix for it to be kept."""
# What may be a URL, within whatever stands around it.
_PIECE = re.compile(r"[^\s<>\"]+")
_PAIR = re.compile(
    r"(?:^|[?&;,\s])(?P<name>[^=&;,?\s\"<>]+)=(?:\"(?P<quoted>[^\"]*)\"|(?P<value>[^&;,\s<>]*))"
)
_MEMBER = re.compile(r"\"(?P<name>[^\"\\]{1,100})\"\s*:\s*\"(?P<value>(?:[^\"\\]|\\.)*)")


def redact_request_headers(
    headers: Headers, key: bytes, name: str = "request.headers"
) -> tuple[Headers, tuple[Redaction, ...]]:
    """Request headers without secrets, and what was replaced. `key` has 1 to 64 random bytes."""
    return _redact(headers, key, name, is_request=True)


def redact_response_headers(
    headers: Headers, key: bytes, name: str = "response.headers"
) -> tuple[Headers, tuple[Redaction, ...]]:
    """Response headers (or trailers, with their `name`) without secrets, and what was replaced."""
    return _redact(headers, key, name, is_request=False)


def _redact(
    headers: Headers, key: bytes, place: str, *, is_request: bool
) -> tuple[Headers, tuple[Redaction, ...]]:
    safe: list[tuple[str, str]] = []
    found: list[Redaction] = []
    for name, value in headers:
        rule = _rule(name, value, is_request)
        spans = _within(name.lower(), value) if rule is None else _whole(value, rule)
        new, replaced = replace(value, spans, f"{place}.{name.lower()}", key)
        safe.append((name, new))
        found += replaced
    return tuple(safe), tuple(found)


def _rule(name: str, value: str, is_request: bool) -> str | None:
    """Why the whole value is secret; `None` where only something in it may be."""
    listed = rules.HEADERS.get(name.lower())
    if listed is not None:
        return listed
    if is_secret(name, value):
        return "secret-name"
    return "auth-scheme" if is_request and rules.SCHEME.match(value) else None


def _whole(value: str, rule: str) -> list[Span]:
    scheme = rules.SCHEME.match(value)
    start = scheme.end() if scheme else 0
    for prefix, its_rule in rules.PREFIXES:
        if value.startswith(prefix, start) and len(value) - start - len(prefix) >= _WORTH_A_PREFIX:
            start, rule = start + len(prefix), its_rule
            break
    return [Span(start, len(value), rule)] if start < len(value) else []


def _within(name: str, value: str) -> list[Span]:
    found = find_keys(value)
    for piece in _PIECE.finditer(value):
        start = piece.start()
        found += [Span(start + span.start, start + span.end, span.rule) for span in find_in_url(piece[0])]
    if not rules.CHALLENGES.search(name):
        found += [*find_bearers(value), *_named_values(value)]
    return merge(found)


def _named_values(value: str) -> list[Span]:
    found: list[Span] = []
    for match in (*_PAIR.finditer(value), *_MEMBER.finditer(value)):
        group = "quoted" if match.groupdict().get("quoted") is not None else "value"
        if match[group] and is_secret(match["name"], match[group]):
            found.append(Span(*match.span(group), "named-value"))
    return found
