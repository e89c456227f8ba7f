"""Response headers for a replay: what stays as recorded, what the performer must write anew.

The recorded body is stored after transfer and content decoding, so headers that describe the delivery
(RFC 9110, 7.6.1; RFC 9112, 6) or the encoding would lie about it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from playhead.errors import CassetteError
from playhead.model import Framing, Headers, Response, header
from playhead.plan.steps import Head, RawHeaders

CONTENT_ENCODING: Final = b"content-encoding"
_DELIVERY: Final = frozenset(
    {
        "connection",
        "content-length",
        "keep-alive",
        "proxy-connection",
        "te",
        "transfer-encoding",
        "upgrade",
    }
)
_FRAMED_BELOW: Final = frozenset({"HTTP/2", "HTTP/2.0", "HTTP/3", "HTTP/3.0"})
"""Versions whose own frames tell where a body ends: a header would be a protocol error."""
_LENGTH: Final = re.compile(r"[0-9]{1,19}")
_FOLD: Final = re.compile(r"[ \t]*\r?\n[ \t]+")
"""A line of a header that goes on in the next one: a recorder may keep it so."""
_BREAKS: Final = re.compile(r"[\r\n\0]")
"""What ends a line of a head, or the head: written as it stands, it would make headers of a value."""
_FRAMING_OF: Final = {framing.value: framing for framing in Framing}


def kept(headers: Headers, *, encoded: bool) -> RawHeaders:
    """The pairs that stay, in order, duplicates included. `encoded`: the bytes are served as encoded."""
    named = {
        name.strip().lower()
        for key, value in headers
        if key.lower() == "connection"
        for name in value.split(",")
    }
    dropped = _DELIVERY | named if encoded else _DELIVERY | named | {"content-encoding"}
    return raw((name, value) for name, value in headers if name.lower() not in dropped)


def framed(head: Head) -> RawHeaders:
    """The headers of a head with what its framing asks for, behind those that were recorded."""
    if head.framing is Framing.LENGTH:
        own = ((b"Content-Length", b"%d" % head.length),) if head.length is not None else ()
    elif head.http_version in _FRAMED_BELOW:
        own = ()
    elif head.framing is Framing.CHUNKED:
        own = ((b"Transfer-Encoding", b"chunked"),)
    else:
        own = ((b"Connection", b"close"),)
    return head.headers + own


def raw(headers: Iterable[tuple[str, str]]) -> RawHeaders:
    """Pairs as bytes, folded lines unfolded (RFC 9112, 5.2). Raises what `head_bytes` raises."""
    return tuple((head_bytes(name), head_bytes(_unfolded(value))) for name, value in headers)


def _unfolded(value: str) -> str:
    return _FOLD.sub(" ", value) if "\n" in value else value


def head_bytes(text: str) -> bytes:
    """Text of a head as the bytes that it was read from.

    Raises `CassetteError` where it was read from none: for a character that no byte stands for, and for CR,
    LF and NUL, which no part of a head holds (RFC 9110, 5.5).
    """
    if found := _BREAKS.search(text):
        raise CassetteError(
            f"a response head holds {found[0]!r}, which no header and no reason can",
            hint="Take it out of the cassette: a client would read what stands behind it as headers.",
        )
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError as error:
        raise CassetteError(
            f"a response head holds {text[error.start]!r}, which is no ISO-8859-1 character",
            hint="The bytes of a head are stored as ISO-8859-1, a character for each byte.",
        ) from None


def recorded_framing(response: Response, told: Framing) -> Framing:
    """How the body was framed: what the ending tells, else what the response's facts or headers do."""
    if told is not Framing.UNKNOWN:
        return told
    fact = _FRAMING_OF.get(response.facts.get("framing", ""), Framing.UNKNOWN)
    if fact is not Framing.UNKNOWN:
        return fact
    if "chunked" in (header(response.headers, "transfer-encoding") or "").lower():
        return Framing.CHUNKED
    return Framing.LENGTH if declared_length(response) is not None else Framing.UNKNOWN


def declared_length(response: Response) -> int | None:
    """What `content-length` said, where it is a number that a length can be."""
    value = (header(response.headers, "content-length") or "").strip()
    return int(value) if _LENGTH.fullmatch(value) else None
