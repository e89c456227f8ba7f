"""The path and the query of a URL by meaning: percent-encoding made one, parameters in any order.

Knows URLs as text, and the spans of them that were redacted; not who asks. Source: RFC 3986, 6.2.2 (what
percent-encodings mean the same), the WHATWG URL standard (names and values of a query).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, unquote_plus, urlsplit

from playhead.matching.wildcards import Pieces, Span, paired, pieces, within

_ENCODED: Final = re.compile(r"%([0-9A-Fa-f]{2})")
_BEHIND_HOST: Final = re.compile("[/?#]")
_UNRESERVED: Final = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_URL_SIGNS: Final = "%!#$&'()*+,/:;=?@[]~"
_NO_URL_SIGN: Final = re.compile(f"[^A-Za-z0-9_.{re.escape(_URL_SIGNS)}-]")

Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Query:
    """The parameters of a recorded URL of which values were redacted: one for one, in any order."""

    exact: tuple[Pair, ...]
    open: tuple[tuple[str, Pieces[str]], ...]

    def fits(self, asked: tuple[Pair, ...]) -> bool:
        """`asked` is what `query_of` gives."""
        left = Counter(asked)
        left.subtract(self.exact)
        if any(count < 0 for count in left.values()):
            return False
        rest = list(left.elements())
        return len(rest) == len(self.open) and paired(self.open, rest, _fits)


def _fits(recorded: tuple[str, Pieces[str]], asked: Pair) -> bool:
    return recorded[0] == asked[0] and recorded[1].fits(asked[1])


def host_of(url: str) -> str:
    """Host and port as the URL names them, lower case; empty in what is only a target."""
    try:
        return urlsplit(url).netloc.rpartition("@")[2].lower()
    except ValueError:
        return ""


def split(url: str) -> tuple[Span, Span]:
    """Where the path and the query stand in a URL, or in what is only a target; a fragment is never sent."""
    start = _start(url)
    fragment = url.find("#", start)
    end = len(url) if fragment < 0 else fragment
    query = url.find("?", start, end)
    return ((start, end), (end, end)) if query < 0 else ((start, query), (query + 1, end))


def path_of(path: str) -> str:
    """A path as it is compared; the root may be written without its slash."""
    return f"/{plain}" if not (plain := _normal(path)).startswith("/") else plain


def query_of(query: str) -> tuple[Pair, ...]:
    """The decoded parameters as they are compared: ordered by name, those of one name as they came."""
    if not query:
        return ()
    return tuple(sorted((_pair(text) for text in query.split("&") if text), key=lambda pair: pair[0]))


def redacted_path(url: str, path: Span, spans: Iterable[Span]) -> Pieces[str] | None:
    """The path of which `spans` of the URL were redacted; `None` where none of it was."""
    redacted = list(within(path, spans))
    if not redacted:
        return None
    kept = [_normal(piece) for piece in pieces(url[slice(*path)], redacted).kept]
    if not kept[0].startswith("/"):
        kept[0] = f"/{kept[0]}"
    return Pieces(tuple(kept))


def redacted_query(url: str, query: Span, spans: list[Span]) -> Query | None:
    """The query of which `spans` of the URL were redacted; `None` where none of it was."""
    exact: list[Pair] = []
    opened: list[tuple[str, Pieces[str]]] = []
    for place in _parameters(url, query):
        text = url[slice(*place)]
        name = text.partition("=")[0]
        value = (min(place[0] + len(name) + 1, place[1]), place[1])
        redacted = list(within(value, spans))
        if redacted:
            kept = pieces(url[slice(*value)], redacted).kept
            opened.append((plain(name), Pieces(tuple(map(plain, kept)))))
        else:
            exact.append(_pair(text))
    return Query(tuple(exact), tuple(opened)) if opened else None


def plain(text: str) -> str:
    """A name or value of a query or a form, decoded; bytes that are no UTF-8 become lone surrogates."""
    return unquote_plus(text, errors="surrogateescape")


def characters(text: str, spans: list[Span]) -> list[Span]:
    """Spans of bytes as spans of characters."""
    if text.isascii():
        return spans
    data = text.encode()
    return [
        (len(data[:start].decode(errors="ignore")), len(data[:end].decode(errors="ignore")))
        for start, end in spans
    ]


def _start(url: str) -> int:
    if url.startswith("/"):
        return 0
    scheme = url.find("://")
    host = scheme + len("://") if scheme >= 0 and scheme + len("://") < len(url) else 0
    behind = _BEHIND_HOST.search(url, host)
    return behind.start() if behind is not None else len(url)


def _parameters(url: str, query: Span) -> Iterator[Span]:
    start, end = query
    while start < end:
        sign = url.find("&", start, end)
        stop = end if sign < 0 else sign
        if stop > start:
            yield start, stop
        start = stop + 1


def _pair(text: str) -> Pair:
    name, _, value = text.partition("=")
    return plain(name), plain(value)


def _normal(path: str) -> str:
    """Sign by sign: a piece of a path is normal as it is in the whole."""
    if _NO_URL_SIGN.search(path):
        path = quote(path, safe=_URL_SIGNS)
    return _ENCODED.sub(_one_way, path) if "%" in path else path


def _one_way(encoded: re.Match[str]) -> str:
    character = chr(int(encoded[1], 16))
    return character if character in _UNRESERVED else encoded[0].upper()
