"""Headers without their secrets: what a name, a scheme or a shape gives away is replaced, in its length.

Request headers are judged by name, by the word their value begins with and by shape; response headers
by name and shape only, so that `anthropic-ratelimit-tokens-remaining` stays readable. Names count in any
case. Nothing else changes: not the order, not the duplicates, not the length of any value.
"""

from __future__ import annotations

from playhead.model import Headers, Redaction
from playhead.redaction import rules
from playhead.redaction.spans import Span, replace

_WORTH_A_PREFIX = 8
"""Characters that must follow a known prefix for it to be kept."""


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


def find_keys(text: str) -> list[Span]:
    """The well-known keys in `text`, each without the prefix that says what it is."""
    found: list[Span] = []
    for match in rules.SHAPE.finditer(text):
        prefix = match["prefix"] or match["jwt"]
        found.append(Span(match.start() + len(prefix), match.end(), rules.RULE_OF_PREFIX[prefix]))
    return found


def _redact(
    headers: Headers, key: bytes, place: str, *, is_request: bool
) -> tuple[Headers, tuple[Redaction, ...]]:
    safe: list[tuple[str, str]] = []
    found: list[Redaction] = []
    for name, value in headers:
        lower = name.lower()
        spans = _secrets(value, _rule(lower, value, is_request))
        new, replaced = replace(value, spans, f"{place}.{lower}", key)
        safe.append((name, new))
        found += replaced
    return tuple(safe), tuple(found)


def _rule(name: str, value: str, is_request: bool) -> str | None:
    """Why the whole value is secret; `None` where only a known shape in it would be."""
    if not is_request:
        return rules.RESPONSE_HEADERS.get(name)
    listed = rules.REQUEST_HEADERS.get(name)
    if listed is not None:
        return listed
    if rules.SECRET_NAME.search(name):
        return "secret-name"
    return "auth-scheme" if rules.SCHEME.match(value) else None


def _secrets(value: str, rule: str | None) -> list[Span]:
    if rule is None:
        return find_keys(value)
    scheme = rules.SCHEME.match(value)
    start = scheme.end() if scheme else 0
    for prefix, its_rule in rules.PREFIXES:
        if value.startswith(prefix, start) and len(value) - start - len(prefix) >= _WORTH_A_PREFIX:
            start, rule = start + len(prefix), its_rule
            break
    return [Span(start, len(value), rule)] if start < len(value) else []
