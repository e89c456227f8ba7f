"""Credentials that a recording still holds: where they are, never what they are.

What counts as one, `playhead.redaction` knows; here is told what was replaced already, and what is nobody's
secret: masks, examples, words too short. Knows texts and headers; knows no provider.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import msgspec

from playhead.model import Headers
from playhead.redaction import redact_request_headers, redact_response_headers, redact_url
from playhead.redaction.rules import PREFIXES
from playhead.redaction.shapes import find_bearers, find_keys
from playhead.redaction.spans import MARK, Span, merge

_SHORTEST = 8
_KEY = b"-"
"""For redaction whose result is thrown away."""
_MASKED = re.compile(r"(?i)redact|filtered|masked|hidden|example|dummy|placeholder|x{6}|[*.\u2022]{3}")
_ACCOUNT = "account"
"""The redaction rule for what names an account, and opens none."""
# Members that hold a credential wherever they stand: others (`token`, `signature`) are content more often.
_MEMBER = re.compile(
    r"\"(?:api[_-]?key|authorization|authorization_token|access_token|refresh_token|client_secret"
    r"|private_key|x-api-key)\"\s*:\s*\"(?P<value>[^\"\\\s]+(?: [^\"\\\s]+)?)\"",
    re.IGNORECASE,
)


_MEMBER_ENDS = ('key"', 'authorization"', '_token"', 'secret"')
_SCHEMES = ("bearer", "basic")
# "Basic arithmetic" stands in prose, and is no credential.
_TOKEN = re.compile(r"(?=.*[0-9])(?=.*[A-Za-z]).{16,}")


class Secret(msgspec.Struct, frozen=True):
    """One credential: what kind, and where. Offsets are bytes in heads, characters in texts."""

    where: str
    kind: str
    """The rule of redaction that knows it: `openai-key`, `named-member`."""
    start: int
    size: int

    def __str__(self) -> str:
        return f"{self.where}, {self.size} long at {self.start} ({self.kind})"

    @property
    def names_an_account(self) -> bool:
        """Whether it only tells whose it is."""
        return self.kind == _ACCOUNT


def in_request_headers(headers: Headers) -> Iterator[Secret]:
    """The credentials left in request headers."""
    return (found for pair in headers for found in _in_header(pair, is_request=True))


def in_response_headers(headers: Headers, what: str = "response header") -> Iterator[Secret]:
    """The credentials left in response headers, or in trailers."""
    return (found for pair in headers for found in _in_header(pair, is_request=False, what=what))


def in_url(url: str) -> Iterator[Secret]:
    """The credentials left in a URL."""
    for span in redact_url(url, _KEY)[1]:
        yield from _kept(url, "the URL", span.rule, span.byte_offset or 0, span.size or 0)


def in_text(text: str, where: str) -> Iterator[Secret]:
    """The credentials in a body or a message: by their shape, and by the name of a JSON member."""
    for span in merge(_in_text(text)):
        yield from _kept(text, where, span.rule, span.start, span.end - span.start)


def _in_text(text: str) -> list[Span]:
    # Most texts hold none of it: a plain search tells so at a tenth of a pattern's cost.
    found: list[Span] = []
    if any(prefix in text for prefix, _ in PREFIXES):
        found += find_keys(text)
    lower = text.lower()
    if any(scheme in lower for scheme in _SCHEMES):
        found += [span for span in find_bearers(text) if _TOKEN.fullmatch(text, span.start, span.end)]
    if any(end in lower for end in _MEMBER_ENDS):
        found += [Span(*match.span("value"), "named-member") for match in _MEMBER.finditer(text)]
    return found


def _in_header(pair: tuple[str, str], *, is_request: bool, what: str = "request header") -> Iterable[Secret]:
    redact = redact_request_headers if is_request else redact_response_headers
    name, value = pair
    for span in redact((pair,), _KEY)[1]:
        yield from _kept(value, f"{what} {name.lower()}", span.rule, span.byte_offset or 0, span.size or 0)


def _kept(text: str, where: str, kind: str, start: int, size: int) -> Iterator[Secret]:
    """The secret, unless what stands there is no secret any more."""
    value = text[start : start + size]
    if size >= _SHORTEST and not value.startswith(MARK) and not _MASKED.search(value):
        yield Secret(where, kind, start, size)
