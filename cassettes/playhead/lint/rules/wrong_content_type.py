"""An event stream that does not say that it is one. Knows the head and the first bytes."""

from __future__ import annotations

import re
from collections.abc import Iterator

from playhead.exchange import Exchange
from playhead.findings import Severity
from playhead.lint.rule import Group, Rule, Spot
from playhead.model import header

_FIRST_LINES = re.compile(
    rb"(?:\xef\xbb\xbf)?(?::[^\r\n]*[\r\n]+)*(?:data: ?[^\r\n]*|event: ?[\w.\-]+)[\r\n]"
)
_START = 4096


def _find(exchange: Exchange) -> Iterator[Spot]:
    response = exchange.response
    if exchange.is_sse or response is None or not _FIRST_LINES.match(_start(exchange)):
        return
    kind = header(response.headers, "content-type") or ""
    yield Spot(f"the body is an event stream, the content type is {kind.split(';')[0].strip() or 'empty'}")


def _start(exchange: Exchange) -> bytes:
    start = b""
    for chunk in exchange.chunks:
        if chunk.undecoded or len(start) >= _START:
            break
        start += chunk.data
    return start


RULE = Rule(
    id="wrong-content-type",
    group=Group.FRAMING,
    severity=Severity.ERROR,
    title="an event stream under another content type",
    explanation=(
        "An `EventSource` closes the connection unless the content type is `text/event-stream`, and clients"
        " that choose by it read the body as something else. Playhead does not decode it into frames either."
        " Set the header where the stream is made; a proxy that sets it for errors often forgets it for"
        " streams."
    ),
    source="WHATWG HTML 9.2.3, announcing and failing the connection",
    find=_find,
)
