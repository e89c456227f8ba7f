"""URLs without their secrets: user information, secret query parameters, well-known keys in any place.

Works on the text of the URL, so that everything else stays byte for byte, malformed URLs included. Knows
ASCII URLs; a caller that has other bytes percent-encodes them first.
"""

from __future__ import annotations

import re
from urllib.parse import unquote

from playhead.model import Redaction
from playhead.redaction import rules
from playhead.redaction.headers import find_keys
from playhead.redaction.spans import Span, replace

# Up to the last @ of the authority, as clients read it.
_USERINFO = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*://(?P<user>[^/?#:]*)(?P<password>:[^/?#]*)?@")
_PARAMETER = re.compile(r"[?&;](?P<name>[^=&;#?]*)=(?P<value>[^&;#]*)")


def redact_url(url: str, key: bytes) -> tuple[str, tuple[Redaction, ...]]:
    """`url` without secrets, in the same length, and what was replaced. `key` has 1 to 64 random bytes."""
    spans = _user_information(url) + _parameters(url)
    spans += [span for span in find_keys(url) if not any(_overlap(span, other) for other in spans)]
    return replace(url, sorted(spans, key=lambda span: span.start), "url", key)


def _user_information(url: str) -> list[Span]:
    match = _USERINFO.match(url)
    if match is None:
        return []
    places = [match.span("user")]
    if match["password"]:
        places.append((match.start("password") + len(":"), match.end("password")))
    return [Span(start, end, "userinfo") for start, end in places if start < end]


def _parameters(url: str) -> list[Span]:
    query = url.find("?")
    if query < 0:
        return []
    return [
        Span(*match.span("value"), "query-parameter")
        for match in _PARAMETER.finditer(url, query)
        if match["value"] and _is_secret(unquote(match["name"]).lower())
    ]


def _is_secret(name: str) -> bool:
    return name in rules.QUERY_NAMES or name.endswith(rules.QUERY_ENDINGS)


def _overlap(one: Span, other: Span) -> bool:
    return one.start < other.end and other.start < one.end
