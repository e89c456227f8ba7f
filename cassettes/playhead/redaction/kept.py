"""A policy as text that an unfinished cassette keeps, and two as one that is as strict as both. Pure.

Whoever finishes a cassette may have another policy than whoever recorded it: neither may be loosened. The
text is JSON, and says how the policy differs from the built-in one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

import msgspec

from playhead.redaction.fields import Field
from playhead.redaction.policy import DEFAULT, Policy, Shape

FACT = "redaction_policy"
"""The fact that an unfinished cassette's header has the text under; a finished one has none."""
_BOTH = "-and-"


class _Kept(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    name: str
    allowed: tuple[str, ...] = ()
    not_allowed: tuple[str, ...] = ()
    """Of the built-in list."""
    trusted: tuple[str, ...] = ()
    headers: tuple[str, ...] = ()
    query: tuple[str, ...] = ()
    fields: tuple[Field, ...] = ()
    not_fields: tuple[Field, ...] = ()
    """Of the built-in ones."""
    shapes: tuple[tuple[str, str], ...] = ()
    rules_off: tuple[str, ...] = ()


def text_of(policy: Policy) -> str:
    """What `policy_of_text` reads. Of one that is off there is nothing to keep."""
    kept = _Kept(
        name=policy.name,
        allowed=_sorted(policy.headers - DEFAULT.headers),
        not_allowed=_sorted(DEFAULT.headers - policy.headers),
        trusted=_sorted(policy.trusted_headers),
        headers=_sorted(policy.secret_headers),
        query=_sorted(policy.secret_query),
        fields=tuple(each for each in policy.fields if each not in DEFAULT.fields),
        not_fields=tuple(each for each in DEFAULT.fields if each not in policy.fields),
        shapes=tuple((shape.rule, shape.pattern.pattern) for shape in policy.shapes),
        rules_off=_sorted(policy.rules_off),
    )
    return msgspec.json.encode(kept).decode()


def policy_of_text(text: str) -> Policy:
    """The policy. Raises `ValueError` where a newer Playhead wrote it, or nobody did."""
    kept = msgspec.json.decode(text, type=_Kept)
    try:
        shapes = tuple(Shape(rule, re.compile(pattern)) for rule, pattern in kept.shapes)
    except re.error as error:
        raise ValueError(f"a shape is no pattern: {error}") from None
    return Policy(
        name=kept.name,
        headers=(DEFAULT.headers | {*kept.allowed}) - {*kept.not_allowed},
        trusted_headers=frozenset(kept.trusted),
        secret_headers=frozenset(kept.headers),
        secret_query=frozenset(kept.query),
        fields=(*(each for each in DEFAULT.fields if each not in kept.not_fields), *kept.fields),
        shapes=shapes,
        rules_off=frozenset(kept.rules_off),
    )


def union(first: Policy, second: Policy) -> Policy:
    """One by which is secret what is by either; one of the two where that is as strict by itself."""
    if first.off or second.off:
        return second if first.off else first
    merged = Policy(
        name=f"{first.name}{_BOTH}{second.name}",
        headers=_allowed_by_both(first, second),
        trusted_headers=first.trusted_headers & second.trusted_headers,
        secret_headers=first.secret_headers | second.secret_headers,
        secret_query=first.secret_query | second.secret_query,
        fields=tuple(dict.fromkeys((*first.fields, *second.fields))),
        shapes=tuple(dict.fromkeys((*first.shapes, *second.shapes))),
        rules_off=first.rules_off & second.rules_off,
    )
    return next((each for each in (first, second) if _content(each) == _content(merged)), merged)


def _allowed_by_both(first: Policy, second: Policy) -> frozenset[str]:
    """The headers that neither list would replace. Of two beginnings the longer one is allowed by both."""
    return frozenset(
        name
        for one, other in ((first, second), (second, first))
        for name in one.headers
        if other.allows(name)
    )


def _content(policy: Policy) -> tuple[object, ...]:
    """All but the name, where order does not matter."""
    return (
        *(policy.off, policy.headers, policy.trusted_headers, policy.secret_headers, policy.secret_query),
        *(frozenset(policy.fields), frozenset(policy.shapes), policy.rules_off),
    )


def _sorted(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(names))
