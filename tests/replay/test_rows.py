"""Origins that no server library would be: raw bytes on a socket, and what is played in their place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx2
import pytest

import playhead.httpx2
from playhead import Cassette, EndingKind, Response
from playhead.plan.alterations import Alteration, corrupt, cut
from playhead.replay.altered import altered

from .origins import RawBytes

Make = Callable[..., Cassette]
TARGET = "/v1/messages?beta=true"
BODY = [(b"data: 1\n\n", 2.0), (b"data: 2\n\n", 2.2)]
PLAIN = Response(status=200, reason="OK", headers=(("content-type", "text/event-stream"),), t=1.5)
OLD = Response(
    status=200, reason="OK", http_version="HTTP/1.0", headers=(("content-type", "text/event-stream"),), t=1.5
)
HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
ONE = b"9\r\ndata: 1\n\n\r\n"


ROWS: list[tuple[str, bytes, Alteration | None, dict[str, Any], str | None]] = [
    ("FIN before the head", b"", cut("fin", head=True), {},
     "Server disconnected without sending a response."),
    ("FIN inside the head", HEAD[:30], cut("fin", head=True), {},
     "Server disconnected without sending a response."),
    ("FIN inside a chunk", HEAD + ONE[:7], cut("fin", byte=4), {"facts": {"framing": "chunked"}},
     "peer closed connection without sending complete message body (incomplete chunked read)"),
    ("FIN behind a chunk", HEAD + ONE, cut("fin", chunk=1), {"facts": {"framing": "chunked"}},
     "peer closed connection without sending complete message body (incomplete chunked read)"),
    ("HTTP/1.0",
     b"HTTP/1.0 200 OK\r\ncontent-type: text/event-stream\r\nConnection: close\r\n\r\ndata: 1\n\n", None,
     {"chunks": BODY[:1], "response": OLD, "ending": EndingKind.SERVER_CLOSED,
            "facts": {"how": "fin", "framing": "close"}}, None),
    ("short", b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nContent-Length: 18\r\n\r\ndata: 1\n\n",
     cut("fin", chunk=1), {"facts": {"framing": "length"}},
     "peer closed connection without sending complete message body (received 9 bytes, expected 18)"),
    ("not HTTP", b"not http\r\n\r\n", corrupt("head"), {}, "illegal status line: bytearray(b'not http')"),
    ("bad size", HEAD + ONE + b"zz\r\n", corrupt("chunk-size", event=1), {},
     r"illegal chunk header: bytearray(b'zz\r\n')"),
    ("bad footer", HEAD + b"9\r\ndata: 1\n\nzz", corrupt("chunk-footer", event=1), {},
     r"malformed chunk footer: bytearray(b'zz') (expected b'\r\n')"),
]  # fmt: skip


@pytest.mark.parametrize(("raw", "alteration", "options", "message"), [row[1:] for row in ROWS],
                         ids=[row[0] for row in ROWS])  # fmt: skip
def test_what_is_played_is_what_such_an_origin_does(
    client: Any,
    make: Make,
    raw: bytes,
    alteration: Alteration | None,
    options: dict[str, Any],
    message: str | None,
) -> None:
    exchange = make(**{"chunks": BODY, "response": PLAIN, **options})[1]
    played_from = exchange if alteration is None else altered(exchange, alteration)
    with RawBytes(raw) as url:
        real = client.meet(url + TARGET)
    played = client.meet(url + TARGET, transport=client.transport(played_from))
    assert played.error == real.error
    assert played.has_request == real.has_request
    assert played.head == real.head
    assert played.after == real.after
    assert b"".join(played.chunks) == b"".join(real.chunks)
    assert [text for _, _, text in played.error[:1]] == ([] if message is None else [message])


@pytest.mark.parametrize("version", ["HTTP/1.1", "HTTP/2.0"])
def test_code_that_asks_for_the_connection_is_answered(make: Make, version: str) -> None:
    response = Response(status=200, http_version=version, headers=PLAIN.headers, t=1.5)
    transport = playhead.httpx2.ReplayTransport(make(BODY, response=response, request=None))
    with httpx2.Client(transport=transport) as client:
        extensions = client.get("http://h/").extensions
    assert extensions["network_stream"].get_extra_info("ssl_object") is None
    assert extensions.get("stream_id") == (1 if version == "HTTP/2.0" else None)
