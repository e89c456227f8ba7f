"""What is made wrong on purpose, through a transport and over a socket: clients meet the same."""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Any

import pytest

from playhead import Cassette, EndingKind, Response
from playhead.plan.alterations import Alteration, corrupt, cut, encode, inject, rechunk, slow, stall, status
from playhead.replay.altered import altered
from playhead.replay.server import ServerThread

from .conftest import PATIENCE
from .origins import OneVisit

h2_config = pytest.importorskip("h2.config")
h2_connection = pytest.importorskip("h2.connection")
h2_events = pytest.importorskip("h2.events")

Make = Callable[..., Cassette]
TARGET = "/v1/messages?beta=true"
BODY = [(b"data: 1\n\n", 2.0), ("data: 5 €\n\n".encode(), 2.2), (b"data: x\n\n", 2.4)]
CHUNKED = {"framing": "chunked"}
CASES: list[tuple[Alteration, str | None]] = [
    (corrupt("head"), "RemoteProtocolError: illegal status line: bytearray(b'not http')"),
    (corrupt("chunk-size", event=1), r"RemoteProtocolError: illegal chunk header: bytearray(b'zz\r\n')"),
    (corrupt("chunk-size", event=0), r"RemoteProtocolError: illegal chunk header: bytearray(b'zz\r\n')"),
    (corrupt("chunk-footer", event=2), "RemoteProtocolError: malformed chunk footer"),
    (corrupt("truncated", event=2), None),
    (corrupt("garbled", event=1), "DecodingError: Error -3 while decompressing data"),
    (encode("gzip"), None),
    (encode("deflate"), None),
    (cut(event=2), None),
    (cut("fin", event=2), "RemoteProtocolError: peer closed connection without sending"),
    (cut("reset", event=1), "ReadError: "),
    (cut("fin", head=True), "RemoteProtocolError: Server disconnected without sending a response."),
    (cut("reset", head=True), "ReadError: "),
    (stall(event=1), "ReadTimeout: "),
    (stall(head=True), "ReadTimeout: "),
    (inject("garbage", event=1, seed=3), None),
    (inject("event", event=1, name="ping"), None),
    (inject("comment", event=0), None),
    (inject("error", event=2), None),
    (inject(b"\x00\xff", byte=3), None),
    (status(429, retry_after=1.5), None),
    (status(529, retry_after=2), None),
    (status(204), None),
    (status(304), None),
    (rechunk("recorded"), None),
    (rechunk("event"), None),
    (rechunk("whole"), None),
    (rechunk(1), None),
    (rechunk("utf-8"), None),
    (rechunk("crlf"), None),
    (rechunk("field"), None),
    (rechunk("random", seed=7), None),
    (slow(gap=0), None),
    (cut("fin", event=2) | rechunk(4), "RemoteProtocolError: peer closed connection without sending"),
    (inject("garbage", event=1) | cut("reset", byte=40) | rechunk("random"), "ReadError: "),
    (inject("error", event=1) | corrupt("truncated", event=2), None),
]  # fmt: skip


# After a DecodingError httpcore leaves a generator to the garbage collector, of which trio complains.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize(("alteration", "error"), CASES, ids=lambda each: str(each)[:40])
def test_an_altered_exchange_is_as_on_a_socket(
    client: Any, make: Make, alteration: Alteration, error: str | None
) -> None:
    exchange = altered(make(BODY, facts=CHUNKED)[1], alteration)
    patience = PATIENCE if "stall" in str(alteration) else (20.0,)
    with ServerThread(exchange, speed="max") as server:
        url = server.url + TARGET
        played = client.meet(url, transport=client.transport(exchange), timeout=patience[0], decoded=True)
        for seconds in patience:
            real = client.meet(url, timeout=seconds, decoded=True)
            if (real.kind, real.body) == (played.kind, played.body):
                break
    assert played.error == real.error
    assert played.head == real.head
    assert played.after == real.after
    assert played.body == real.body
    met = [f"{kind}: {message}" for kind, _, message in played.error[:1]]
    assert len(met) == (error is not None)
    assert all(each.startswith(f"{client.library.__name__}.{error}") for each in met)


class H2Server(OneVisit):
    """An origin that speaks HTTP/2 without TLS, and stops after one event, as it is told."""

    def __init__(self, stop: str) -> None:
        super().__init__()
        self._stop = stop
        self._answered = False

    def answer(self, sock: socket.socket) -> None:
        http = h2_connection.H2Connection(h2_config.H2Configuration(client_side=False))
        http.initiate_connection()
        sock.sendall(http.data_to_send())
        while data := sock.recv(65536):
            for event in http.receive_data(data):
                if isinstance(event, h2_events.StreamEnded):
                    self._respond(http, event.stream_id)
            sock.sendall(http.data_to_send())
            if self._answered and self._stop == "fin":
                sock.shutdown(socket.SHUT_WR)
            if self._answered and self._stop == "goaway":
                return

    def _respond(self, http: Any, stream: int) -> None:
        self._answered = True
        http.send_headers(stream, [(":status", "200"), ("content-type", "text/event-stream")])
        http.send_data(stream, b"data: 1\n\n")
        if self._stop == "rst-stream":
            http.reset_stream(stream, error_code=2)
        elif self._stop == "goaway":
            http.close_connection(error_code=0, last_stream_id=stream)


@pytest.fixture
def h2_recording(make: Make) -> Cassette:
    response = Response(
        status=200, http_version="HTTP/2", headers=(("content-type", "text/event-stream"),), t=1.5
    )
    return make(BODY[:1], response=response, ending=EndingKind.SERVER_CLOSED,
               facts={"how": "reset", "framing": "h2", "error_code": "2", "server_open": "true"})  # fmt: skip


@pytest.mark.parametrize(
    ("stop", "message"),
    [
        ("rst-stream", "<StreamReset stream_id:1, error_code:2, remote_reset:True>"),
        ("fin", "Server disconnected"),
        (
            "goaway",
            "<ConnectionTerminated error_code:0, last_stream_id:1, additional_data:None>",
        ),
    ],
)
def test_http2_gives_up(client: Any, h2_recording: Cassette, stop: str, message: str) -> None:
    with H2Server(stop) as url:
        real = client.meet(url + TARGET, http2=True)
    # The first is as it was recorded.
    exchange = h2_recording[1] if stop == "rst-stream" else altered(h2_recording[1], cut(stop, event=1))
    played = client.meet(url + TARGET, transport=client.transport(exchange))
    assert played.error == real.error
    assert played.chunks == real.chunks == [b"data: 1\n\n"]
    assert played.head == real.head
    assert played.error[0][2] == message
