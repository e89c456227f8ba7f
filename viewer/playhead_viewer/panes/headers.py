"""The request and the response besides its events: heads, the request's body, the ending, what was lost."""

from __future__ import annotations

from collections.abc import Iterator

from playhead import Exchange
from playhead.model import Headers
from playhead.protocols.payload import NotJson, parse
from playhead_viewer.panes.document import Document, Line, Style, field, joined, line, wrapped
from playhead_viewer.panes.payload import pretty
from playhead_viewer.source.moment import Moment
from playhead_viewer.text.numbers import seconds, size
from playhead_viewer.text.safe import Safe, safe, safe_bytes, shortened

_VALUE = 2000
_BODY = 64 * 1024
_SHOWN = 4096
_HEADERS = 300


def document(moment: Moment, width: int) -> Document:
    exchange = moment.stream.exchange
    groups = (
        _request(moment, width),
        *(_response(moment, at, width) for at in range(len(exchange.responses))),
        _ending(moment, width),
        _lost(exchange, width),
        _request_body(exchange, width),
    )
    return Document(joined(groups), title=Safe("Headers"))


def key(moment: Moment) -> object:
    """What the document depends on besides the stream."""
    stream = moment.stream
    exchange = stream.exchange
    more = len(exchange.responses), len(exchange.losses), len(exchange.redactions)
    return moment.reference, stream.is_over, more


def _request(moment: Moment, width: int) -> Iterator[Line]:
    request = moment.stream.exchange.request
    if request is None:
        yield line("The request is unknown.", Style.FAINT)
        return
    head = f"{request.method} {request.url} {request.http_version or ''}".strip()
    yield from wrapped(safe(shortened(head, _VALUE)), width, Style.BOLD, indent=2)
    yield line(f"t {seconds(moment.shown(moment.stream.since(request.t)))}", Style.FAINT)
    yield from _headers(request.headers, width)


def _response(moment: Moment, at: int, width: int) -> Iterator[Line]:
    response = moment.stream.exchange.responses[at]
    head = f"{response.status} {response.reason or ''} {response.http_version or ''}".strip()
    yield from wrapped(safe(shortened(head, _VALUE)), width, Style.BOLD, indent=2)
    yield line(f"t {seconds(moment.shown(moment.stream.since(response.t)))}", Style.FAINT)
    yield from _headers(response.headers, width)


def _headers(headers: Headers, width: int) -> Iterator[Line]:
    names = min(max((len(name) for name, _ in headers), default=0) + 1, max(width * 2 // 5, 8))
    for name, value in headers[:_HEADERS]:
        yield from field(safe(shortened(name, _VALUE)), safe(shortened(value, _VALUE)), width, names=names)
    if len(headers) > _HEADERS:
        yield line(f"… {len(headers) - _HEADERS:,} more headers", Style.WARNING)


def _ending(moment: Moment, width: int) -> Iterator[Line]:
    ending = moment.stream.exchange.ending
    yield line(f"ending {ending.kind.value}", Style.BOLD)
    told = {
        "t": seconds(moment.shown(moment.stream.since(ending.t))),
        "how": Safe(ending.how.value),
        "framing": Safe(ending.framing.value),
        "detail": safe(shortened(ending.detail, _VALUE)) if ending.detail else None,
        "body": size(ending.size) if ending.size is not None else None,
        "chunks": Safe(f"{ending.chunks:,}") if ending.chunks is not None else None,
    }
    for name, value in told.items():
        if value is not None:
            yield from field(name, value, width, names=9)
    yield from _headers(ending.trailers, width)


def _lost(exchange: Exchange, width: int) -> Iterator[Line]:
    for loss in exchange.losses[:_HEADERS]:
        detail = safe(shortened(loss.detail or "no reason given", _VALUE))
        yield from wrapped(f"⚠ not recorded: {loss.chunks or '?'} chunks, {detail}", width, Style.WARNING)
    for redaction in exchange.redactions[:_HEADERS]:
        told = safe(shortened(f"{redaction.name} ({redaction.rule})", _VALUE))
        yield from wrapped(f"redacted: {told}", width, Style.FAINT)


def _request_body(exchange: Exchange, width: int) -> Iterator[Line]:
    body = exchange.request.body if exchange.request is not None else None
    if body is None:
        return
    yield line(f"request body · {size(len(body))}", Style.BOLD)
    if len(body) <= _BODY:
        try:
            yield from pretty(parse(body.decode()), width)
            return
        except (NotJson, UnicodeDecodeError):
            pass
    yield from wrapped(safe_bytes(body[:_SHOWN]), width)
    if len(body) > _SHOWN:
        yield line(f"… {len(body) - _SHOWN:,} more bytes", Style.WARNING)
