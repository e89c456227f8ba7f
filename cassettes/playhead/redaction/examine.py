"""All secrets of an exchange: in its URL, its headers, its bodies, and in what its stream adds up to.

Knows what an exchange consists of, by the shape of `Recorded`; not where it comes from.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Protocol

import msgspec

from playhead.bodies import BodyKind
from playhead.model import Chunk, Ending, Headers, Redaction, Request, Response, header
from playhead.protocols.reading import Answer, Reading
from playhead.redaction.body import find_in_body, is_text
from playhead.redaction.claims import Claims, Content, cut
from playhead.redaction.headers import find_in_header, find_in_name, shown_name
from playhead.redaction.policy import DEFAULT, Policy
from playhead.redaction.ropes import Bodied, find_in_blocks
from playhead.redaction.secret import Found
from playhead.redaction.spans import Span
from playhead.redaction.streams import find_in_stream
from playhead.redaction.urls import find_in_url
from playhead.sse import Frame

_PLAIN = "plain"
_BEGINNING = 64
"""Bytes that tell packed from plain."""
_ENOUGH = 64
"""Frames after which a stream that no protocol claims is read no further: its events are its blocks."""


class Recorded(Protocol):
    """What is asked of an exchange."""

    @property
    def request(self) -> Request | None: ...
    @property
    def response(self) -> Response | None: ...
    @property
    def responses(self) -> tuple[Response, ...]: ...
    @property
    def chunks(self) -> Iterable[Chunk]: ...
    @property
    def body_kind(self) -> BodyKind: ...
    @property
    def frames(self) -> Bodied: ...
    @property
    def ending(self) -> Ending: ...
    @property
    def redactions(self) -> tuple[Redaction, ...]: ...


class Heads(msgspec.Struct, frozen=True):
    """Secrets in a text of one line, and what the text is: `url`, `request.headers.cookie`."""

    place: str
    text: str
    spans: list[Span]


def find_in_heads(exchange: Recorded, policy: Policy = DEFAULT) -> Iterator[Heads]:
    """The secrets in the URL, the headers and the trailers, where there are any."""
    request = exchange.request
    if request is not None:
        yield from _worth(Heads("url", request.url, find_in_url(request.url, policy)))
        yield from _in_headers(request.headers, "request.headers", policy, is_request=True)
    for response in exchange.responses:
        yield from _in_headers(response.headers, "response.headers", policy)
    yield from _in_headers(exchange.ending.trailers, "response.trailers", policy)


def find_in_request(
    request: Request | None, policy: Policy = DEFAULT, redactions: Iterable[Redaction] = ()
) -> Found:
    """The secrets in the body of a request; `redactions` say what was replaced in it already."""
    if request is None or not request.body or policy.off:
        return Found()
    if request.facts.get("body") == "undecoded":
        return Found((), 0)
    found = find_in_body(request.body, request.headers, policy)
    return _without_ours(found, "request.body", redactions, cut(request.body))


def find_in_response(exchange: Recorded, policy: Policy = DEFAULT) -> Found:
    """The secrets in the body of the response, those that only its deltas together hold included."""
    if policy.off:
        return Found()
    readable = _Readable(exchange.chunks)
    kind = exchange.body_kind
    headers = exchange.response.headers if exchange.response else ()
    if kind is BodyKind.WHOLE:
        body = b"".join(readable)
        found = find_in_body(body, headers, policy)
        content = cut(body)
    elif not is_text(_beginning(exchange.chunks), header(headers, "content-type") or ""):
        return Found((), 0)
    else:
        found = _in_stream(exchange, readable, kind, policy)

        def content(start: int, end: int) -> bytes:
            return exchange.frames.content(start, end)  # mostly nobody asks, and then nobody reads the frames

    found = _without_ours(found, "response.body", exchange.redactions, content)
    return found if readable.end is None else _joined(found, Found((), readable.end))


def _without_ours(found: Found, place: str, redactions: Iterable[Redaction], content: Content) -> Found:
    """Without what was replaced already. A placeholder in several pieces does not show by itself what it is,
    where a text stands between them that another reading leaves out: the cassette's own records tell.
    """
    claims = Claims(
        (each.byte_offset, each.byte_offset + each.size)
        for each in redactions
        if each.name == place and each.byte_offset is not None and each.size is not None
    )
    return Found([each for each in found.secrets if not claims.hold(each, content)], found.unscanned)


def _beginning(chunks: Iterable[Chunk]) -> bytes:
    """Enough bytes to see whether a stream is one of text."""
    start = b""
    for chunk in chunks:
        if chunk.undecoded:
            break
        start += chunk.data[:_BEGINNING]
        if len(start) >= _BEGINNING:
            break
    return start


class _Readable:
    """The bytes of chunks up to the first that nobody could decode; `end` is where that is."""

    def __init__(self, chunks: Iterable[Chunk]) -> None:
        self._chunks = chunks
        self.end: int | None = None

    def __iter__(self) -> Iterator[bytes]:
        size = 0
        for chunk in self._chunks:
            if chunk.undecoded:
                self.end = size
                return
            size += len(chunk.data)
            yield chunk.data


def _in_stream(exchange: Recorded, chunks: Iterable[bytes], kind: BodyKind, policy: Policy) -> Found:
    reader = _Reader(exchange.request, exchange.response)
    found = find_in_stream(chunks, kind, policy, reader.feed)
    reading = reader.reading
    if reading is None or found.unscanned is not None:
        return found
    reading.close()
    return _joined(found, find_in_blocks(reading.record, lambda: exchange.frames, policy))


class _Reader:
    """Reads a stream by its protocol, as far as there is one."""

    def __init__(self, request: Request | None, response: Response | None) -> None:
        self.reading: Reading | None = Reading(Answer(request, response))

    def feed(self, frames: list[Frame]) -> None:
        if self.reading is None:
            return
        self.reading.feed(frames)
        if len(self.reading) >= _ENOUGH and self.reading.protocol.name == _PLAIN:
            self.reading = None


def _in_headers(headers: Headers, place: str, policy: Policy, *, is_request: bool = False) -> Iterator[Heads]:
    for name, value in headers:
        yield from _worth(Heads(place, name, [] if policy.off else find_in_name(name, policy)))
        spans = find_in_header(name, value, policy, is_request=is_request)
        yield from _worth(Heads(f"{place}.{shown_name(name, policy)}", value, spans))


def _worth(heads: Heads) -> Iterator[Heads]:
    if heads.spans:
        yield heads


def _joined(one: Found, other: Found) -> Found:
    ends = [found.unscanned for found in (one, other) if found.unscanned is not None]
    return Found([*one.secrets, *other.secrets], min(ends, default=None))
