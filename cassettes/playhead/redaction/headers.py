"""Headers without their secrets: what a name, a scheme or a shape gives away is replaced, in its length.

A header that the policy does not list, or whose name is that of a secret, loses its whole value, but for
the scheme or prefix that says what it was. A listed one loses what it holds of secrets: URLs with secret
parameters, named values (`token=…`, `"api_key": "…"`), what a scheme carries, what any text may hold. Names
count in any case, and lose what they hold of secrets themselves. Nothing else changes: not the order, not
the duplicates, not the length of any value.
"""

from __future__ import annotations

import re
from typing import Final

import msgspec

from playhead.model import Headers, Redaction
from playhead.redaction import rules
from playhead.redaction.escapes import View
from playhead.redaction.names import is_secret
from playhead.redaction.policy import DEFAULT, UNLISTED, Policy
from playhead.redaction.shapes import find_bearers
from playhead.redaction.spans import Span, foreign, merge, replace
from playhead.redaction.texts import find_in_text, find_shapes
from playhead.redaction.urls import find_in_parts

_SCHEME: Final = "auth-scheme"
_WORTH_A_PREFIX = 8
"""Characters that must follow a known prefix for it to be kept."""
# What may be a URL, within whatever stands around it.
_PIECE = re.compile(r"[^\s<>\"]+")
_PAIR = re.compile(
    r"(?:^|[?&;,\s])(?P<name>[^=&;,?\s\"<>]+)=(?:\"(?P<quoted>[^\"]*)\"|(?P<value>[^&;,\s<>]*))"
)
_PROTOCOLS: Final = "sec-websocket-protocol"
_CREDENTIAL = re.compile(
    r"(?:bearer\.authorization\.k8s\.io|api-?key|token|bearer|authorization)\.(?P<value>[^\s,]{8,})",
    re.IGNORECASE,
)
"""What browsers send in a list of protocols, where they can set no other header (Kubernetes, OpenAI)."""
_MEMBER = re.compile(r"\"(?P<name>(?:[^\"\\]|\\.){1,100})\"\s*:\s*\"(?P<value>(?:[^\"\\]|\\.)*)")


def redact_request_headers(
    headers: Headers, key: bytes, name: str = "request.headers", *, policy: Policy = DEFAULT
) -> tuple[Headers, tuple[Redaction, ...]]:
    """Request headers without secrets, and what was replaced. `key` has 1 to 64 random bytes."""
    return _redact(headers, key, name, policy, is_request=True)


def redact_response_headers(
    headers: Headers, key: bytes, name: str = "response.headers", *, policy: Policy = DEFAULT
) -> tuple[Headers, tuple[Redaction, ...]]:
    """Response headers (or trailers, with their `name`) without secrets, and what was replaced."""
    return _redact(headers, key, name, policy, is_request=False)


def find_in_header(name: str, value: str, policy: Policy = DEFAULT, *, is_request: bool) -> list[Span]:
    """The secrets in a header's value, in order; placeholders of ours are none."""
    if policy.off:
        return []
    lower = name.lower()
    rule = _rule(lower, name, value, policy, is_request)
    spans = _within(lower, value, policy) if rule is None else _whole(value, rule, policy)
    return foreign(value, [span for span in spans if span.rule not in policy.rules_off])


def find_in_name(name: str, policy: Policy = DEFAULT) -> list[Span]:
    """The secrets in a header's name: somebody may have taken the value for it."""
    lower = name.lower()
    if lower in rules.HEADERS or lower in policy.headers:
        return []
    return find_in_text(name, policy)


def shown_name(name: str, policy: Policy = DEFAULT, key: bytes = b"-") -> str:
    """The name as places have it: in lower case, or without what it holds of secrets."""
    spans = find_in_name(name, policy)
    return replace(name, spans, "", key)[0] if spans else name.lower()


def _redact(
    headers: Headers, key: bytes, place: str, policy: Policy, *, is_request: bool
) -> tuple[Headers, tuple[Redaction, ...]]:
    safe: list[tuple[str, str]] = []
    found: list[Redaction] = []
    for name, value in headers:
        spans = find_in_header(name, value, policy, is_request=is_request)
        in_name = find_in_name(name, policy)
        new_name = replace(name, in_name, place, key)[0] if in_name else name
        # A placeholder keeps its case, which tells that it is one.
        shown = new_name if in_name else name.lower()
        new, replaced = replace(value, spans, f"{place}.{shown}", key)
        safe.append((new_name, new))
        found += (*(Redaction(place, span.rule) for span in in_name), *replaced)
    return tuple(safe), tuple(found)


def _rule(lower: str, name: str, value: str, policy: Policy, is_request: bool) -> str | None:
    """Why the whole value is secret; `None` where only something in it may be."""
    off = policy.rules_off
    listed = rules.HEADERS.get(lower)
    if listed is not None:
        return None if listed in off else listed
    if lower in policy.secret_headers or (lower not in policy.trusted_headers and is_secret(name, value)):
        if "secret-name" not in off:
            return "secret-name"
    elif is_request and _SCHEME not in off and rules.SCHEME.match(value):
        return _SCHEME
    elif UNLISTED not in off and lower not in policy.trusted_headers and not policy.allows(lower):
        return UNLISTED
    return None


def _whole(value: str, rule: str, policy: Policy) -> list[Span]:
    scheme = rules.SCHEME.match(value)
    start = scheme.end() if scheme else 0
    for prefix, its_rule in rules.PREFIXES:
        if value.startswith(prefix, start) and len(value) - start - len(prefix) >= _WORTH_A_PREFIX:
            start = start + len(prefix)
            rule = rule if rule == UNLISTED or its_rule in policy.rules_off else its_rule
            break
    return [Span(start, len(value), rule)] if start < len(value) else []


def _within(name: str, value: str, policy: Policy) -> list[Span]:
    found = find_in_text(value, policy)
    for piece in _PIECE.finditer(value):
        start = piece.start()
        found += [
            msgspec.structs.replace(span, start=start + span.start, end=start + span.end)
            for span in (*find_in_parts(piece[0], policy), *find_shapes(piece[0], policy))
        ]
    if rules.CHALLENGES.search(name):
        return merge([span for span in found if span.rule != _SCHEME])
    found += [*find_bearers(value), *_named_values(value, policy)]
    if name == _PROTOCOLS:
        found += [Span(*match.span("value"), "named-value") for match in _CREDENTIAL.finditer(value)]
    return merge(foreign(value, found))


def _named_values(value: str, policy: Policy) -> list[Span]:
    found: list[Span] = []
    for match in (*_PAIR.finditer(value), *_MEMBER.finditer(value)):
        group = "quoted" if match.groupdict().get("quoted") is not None else "value"
        name = match["name"] if "\\" not in match["name"] else View(match["name"]).text
        if match[group] and is_secret(name, match[group], policy.secret_query):
            found.append(Span(*match.span(group), "named-value"))
    return found
