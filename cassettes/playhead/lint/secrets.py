"""Credentials that a recording still holds: where they are, never what they are.

What counts as one, `playhead.redaction` knows, which finds them; here is told what is nobody's secret:
masks, examples, words too short. Members that name a user and headers on no list are replaced by the
recorder as well, and are no credentials. Knows no provider.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

from playhead.exchange import Exchange
from playhead.redaction import fields, secret
from playhead.redaction.examine import find_in_heads, find_in_request, find_in_response
from playhead.redaction.patches import distinct
from playhead.redaction.policy import UNLISTED, Policy

_SHORTEST = 8
_MASKED = re.compile(r"(?i)redact|filtered|masked|hidden|example|dummy|placeholder|x{6}|[*.\u2022]{3}")
_ANY_HEADER = Policy(rules_off=frozenset({UNLISTED}))
_ACCOUNT = "account"
"""The redaction rule for what names an account, and opens none."""


class Secret(msgspec.Struct, frozen=True):
    """One credential: what kind, and where. Offsets and sizes are bytes."""

    where: str
    kind: str
    """The rule of redaction that knows it: `openai-key`, `named-member`."""
    start: int
    size: int
    pieces: int = 1
    """How many deltas brought it."""

    def __str__(self) -> str:
        parts = f", in {self.pieces} pieces" if self.pieces > 1 else ""
        return f"{self.where}, {self.size} long at {self.start}{parts} ({self.kind})"

    @property
    def names_an_account(self) -> bool:
        """Whether it only tells whose it is."""
        return self.kind == _ACCOUNT


def in_heads(exchange: Exchange) -> Iterator[Secret]:
    """The credentials left in the URL, in headers and in trailers."""
    for heads in find_in_heads(exchange, _ANY_HEADER):
        for span in heads.spans:
            if _is_clear(heads.text[span.start : span.end]):
                yield Secret(_words(heads.place), span.rule, span.start, span.end - span.start)


def in_request(exchange: Exchange) -> Iterator[Secret]:
    """The credentials in the body of the request."""
    return _in_body(find_in_request(exchange.request), "request body")


def in_response(exchange: Exchange) -> Iterator[Secret]:
    """The credentials in the body of the response, those that it holds in small deltas included."""
    return _in_body(find_in_response(exchange), "response body")


def _in_body(found: secret.Found, where: str) -> Iterator[Secret]:
    for each in distinct(found.secrets):
        if each.rule != fields.RULE and _is_clear(each.value):
            yield Secret(where, each.rule, each.pieces[0][0], each.size, len(each.pieces))


def _is_clear(value: str) -> bool:
    """Whether what stands there is a secret still."""
    return len(value) >= _SHORTEST and not _MASKED.search(value)


def _words(place: str) -> str:
    """`request.headers.cookie` as people say it."""
    if place == "url":
        return "the URL"
    whose, _, name = place.partition(".headers.")
    return f"{whose} header {name}" if name else f"trailer {place.removeprefix('response.trailers.')}"
