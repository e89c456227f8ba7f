"""The words of the domain as values: request, response, chunk, ending, and how each is known.

Knows bytes, times and names; never where they are stored, nor how they were captured. Times are seconds
since the cassette's start on a monotonic clock; `None` is "unknown".
"""

from __future__ import annotations

import enum
from collections.abc import Mapping

import msgspec

Headers = tuple[tuple[str, str], ...]
"""Name and value pairs as received: order and duplicates kept, bytes read as ISO-8859-1."""


class EndingKind(enum.StrEnum):
    """How an exchange stopped."""

    COMPLETE = "complete"
    """The response was delivered whole."""
    CLIENT_CLOSED = "client_closed"
    SERVER_CLOSED = "server_closed"
    """The server stopped before the response was whole."""
    TIMEOUT = "timeout"
    RECORDER_STOPPED = "recorder_stopped"
    """The recorder was shut down; the stream went on or not, nobody knows."""
    TRUNCATED = "truncated"
    """The cassette has no end record: the recorder died."""
    UNKNOWN = "unknown"


class How(enum.StrEnum):
    """By what the end showed itself on the wire."""

    CLEAN = "clean"
    FIN = "fin"
    RESET = "reset"
    TIMEOUT = "timeout"
    REFUSED = "refused"
    TLS = "tls"
    DNS = "dns"
    UNKNOWN = "unknown"


class Framing(enum.StrEnum):
    """How the length of the response body was told."""

    LENGTH = "length"
    CHUNKED = "chunked"
    CLOSE = "close"
    H2 = "h2"
    H3 = "h3"
    UNKNOWN = "unknown"


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """`t` is when the request was complete, `t_start` when its head arrived.

    `body` is content-decoded; `None` means that it was not captured, `b""` that it was empty.
    """

    method: str
    url: str
    http_version: str | None = None
    headers: Headers = ()
    body: bytes | None = None
    t: float | None = None
    t_start: float | None = None
    facts: Mapping[str, str] = msgspec.field(default_factory=dict)


class Response(msgspec.Struct, frozen=True, kw_only=True):
    """The head of a response; `t` is when it arrived."""

    status: int
    reason: str | None = None
    http_version: str | None = None
    headers: Headers = ()
    t: float | None = None
    facts: Mapping[str, str] = msgspec.field(default_factory=dict)


class Chunk(msgspec.Struct, frozen=True, gc=False):
    """Bytes as they were delivered, after transfer and content decoding.

    `number` counts from 1. `wire_bytes` is the delivered length where a content encoding was removed.
    `undecoded` marks bytes that are still content-encoded, because decoding them failed.
    """

    number: int
    t: float | None
    data: bytes
    wire_bytes: int | None = None
    undecoded: bool = False


class Ending(msgspec.Struct, frozen=True, kw_only=True):
    """How the exchange stopped, and the evidence for it.

    `chunks`, `size` (bytes) and `sha256` describe the stored response body as its writer counted it.
    """

    kind: EndingKind
    t: float | None = None
    detail: str | None = None
    how: How = How.UNKNOWN
    framing: Framing = Framing.UNKNOWN
    trailers: Headers = ()
    chunks: int | None = None
    size: int | None = None
    sha256: str | None = None
    facts: Mapping[str, str] = msgspec.field(default_factory=dict)


class Loss(msgspec.Struct, frozen=True, kw_only=True):
    """What passed by unrecorded, between `t_start` and `t`."""

    detail: str | None = None
    t: float | None = None
    t_start: float | None = None
    chunks: int | None = None
    size: int | None = None


class Redaction(msgspec.Struct, frozen=True):
    """What was replaced before it was written: the format's `redaction` record.

    `name` is where (`request.headers.x-api-key`, `url`), `rule` why, `byte_offset` and `size` which bytes
    of the header's value or of the URL.
    """

    name: str
    rule: str
    byte_offset: int | None = None
    size: int | None = None


def header(headers: Headers, name: str) -> str | None:
    """The first value of a header, its name in any case."""
    name = name.lower()
    for key, value in headers:
        if key.lower() == name:
            return value
    return None
