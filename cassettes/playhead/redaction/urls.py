"""URLs without their secrets: user information, secret parameters, well-known keys in any place.

Works on the text of the URL, so that everything else stays byte for byte, malformed URLs included. Knows
ASCII URLs; a caller that has other bytes percent-encodes them first. Parameters are those of the query,
of the fragment (OAuth answers there) and of path segments (`;jsessionid=`).
"""

from __future__ import annotations

import re
from urllib.parse import unquote

from playhead.model import Redaction
from playhead.redaction.names import is_secret
from playhead.redaction.policy import DEFAULT, Policy
from playhead.redaction.spans import Span, foreign, merge, replace
from playhead.redaction.texts import find_in_percent, find_in_text

# Up to the last @ of the authority, as clients read it.
_USERINFO = re.compile(r"(?:^|:)//(?P<user>[^/?#:]*)(?P<password>:[^/?#]*)?@")
# `;` separates only what has a name of its own.
_PARAMETER = re.compile(r"[?&;#](?P<name>[^=&;#?]*)=(?P<value>(?:[^&;#]|;(?![^=&;#?]*=))*)")
_PATH_PARAMETER = re.compile(r";(?P<name>[^=/;?#]*)=(?P<value>[^/;?#]*)")
_FIELD = re.compile(r"(?:^|&)(?P<name>[^=&]{1,200})=(?P<value>[^&]*)")
_QUERY = re.compile(r"[?#]")
_DEPTH = 3
"""How many URLs within parameters of URLs are looked into."""


def redact_url(url: str, key: bytes, *, policy: Policy = DEFAULT) -> tuple[str, tuple[Redaction, ...]]:
    """`url` without secrets, in the same length, and what was replaced. `key` has 1 to 64 random bytes."""
    return replace(url, find_in_url(url, policy), "url", key)


def find_in_url(url: str, policy: Policy = DEFAULT) -> list[Span]:
    """The secrets in `url`, absolute or relative, in order; placeholders of ours are none."""
    if policy.off:
        return []
    return merge([*find_in_parts(url, policy), *find_in_text(url, policy)])


def find_in_parts(url: str, policy: Policy = DEFAULT) -> list[Span]:
    """Those that only a URL's parts tell: its parameters, its user information, its percent-encoding."""
    found = [*_named(url, policy.secret_query, _DEPTH), *find_in_percent(url, policy)]
    return foreign(url, [span for span in found if span.rule not in policy.rules_off])


def find_in_form(text: str, policy: Policy = DEFAULT) -> list[Span]:
    """The secrets that the names of a form's fields tell: `client_secret=…` (urlencoded)."""
    found = [
        Span(*match.span("value"), "named-value")
        for match in _FIELD.finditer(text)
        if match["value"] and is_secret(unquote(match["name"]), unquote(match["value"]), policy.secret_query)
    ]
    return foreign(text, [span for span in found if span.rule not in policy.rules_off])


def _named(url: str, also: frozenset[str], depth: int) -> list[Span]:
    query = _QUERY.search(url)
    start = query.start() if query else len(url)
    parameters = [*_PATH_PARAMETER.finditer(url, 0, start), *_PARAMETER.finditer(url, start)]
    secret = [
        Span(*match.span("value"), "query-parameter")
        for match in parameters
        if match["value"] and _is_secret(unquote(match["name"]), unquote(match["value"]), also, depth)
    ]
    return [*_user_information(url), *secret]


def _is_secret(name: str, value: str, also: frozenset[str], depth: int) -> bool:
    """A parameter that holds a URL with secrets goes as a whole: it is mostly percent-encoded."""
    return is_secret(name, value, also) or (depth > 0 and bool(_named(value, also, depth - 1)))


def _user_information(url: str) -> list[Span]:
    places: list[tuple[int, int]] = []
    for match in _USERINFO.finditer(url):
        places.append(match.span("user"))
        if match["password"]:
            places.append((match.start("password") + len(":"), match.end("password")))
    return [Span(start, end, "userinfo") for start, end in places if start < end]
