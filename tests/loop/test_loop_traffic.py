"""What is no stream, over TLS and HTTP/2 on either side, and servers with a certificate of a private CA."""

from __future__ import annotations

import socket
import ssl
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from playhead import EndingKind, Framing, How

from .clients import SYNC
from .origin import SECONDS, Origin
from .recorder import Recorder

JSON = ((b"content-type", b"application/json"),)


def whole(status: int, body: bytes) -> Callable[[Any], None]:
    def script(out: Any) -> None:
        if not body:
            out.head(JSON, status, end=True)
            return
        out.head(JSON, status)
        out.send(body)
        out.whole()

    return script


@pytest.mark.parametrize(
    ("status", "body"), [(200, b'{"input_tokens": 1}'), (429, b'{"error": {}}'), (529, b"{}"), (204, b"")]
)
def test_an_answer_in_one_piece(tls_origin: Origin, tls_recorder: Recorder, status: int, body: bytes) -> None:
    play = tls_origin.play(whole(status, body))
    met = SYNC.meet(tls_recorder.secure_url + play.path, took=play.took, http2=True)
    exchange = tls_recorder.cassette(play.path)[1]
    assert (met.status, met.body, met.errors) == (status, body, [])
    assert exchange.request is not None
    assert exchange.response is not None
    assert (exchange.request.body, exchange.response.status, exchange.body) == (b"{}", status, body)
    assert (exchange.request.http_version, exchange.response.http_version) == ("HTTP/2.0", "HTTP/2.0")
    assert (exchange.ending.kind, exchange.ending.framing) == (EndingKind.COMPLETE, Framing.H2)
    assert exchange.losses == ()


def test_an_http2_client_of_an_http1_server(origin: Origin, recorder: Recorder) -> None:
    def script(out: Any) -> None:
        out.head(JSON)
        out.send(b"{}")
        out.whole()

    play = origin.play(script)
    met = SYNC.meet(recorder.secure_url + play.path, took=play.took, http2=True)
    exchange = recorder.cassette(play.path)[1]
    assert (met.http_version, met.body) == (b"HTTP/2", b"{}")
    assert exchange.request is not None
    assert exchange.response is not None
    assert (exchange.request.http_version, exchange.response.http_version) == ("HTTP/2.0", "HTTP/1.1")
    assert exchange.ending.framing is Framing.CHUNKED


def record(folder: Path, *options: str) -> list[str]:
    listen = ("--listen", "127.0.0.1:0")
    return [sys.executable, "-m", "playhead", "record", "-o", str(folder), *listen, *options]


def test_before_a_server_with_a_private_ca(
    tls_origin: Origin, certificate: Path, start_recorder: Callable[..., Recorder], tmp_path: Path
) -> None:
    """A client of plain HTTP: certificates are the recorder's business."""
    command = record(tmp_path, "--upstream", tls_origin.url, "--upstream-ca", str(certificate))
    recorder = start_recorder(tls_origin.url, tmp_path, command=command)
    play = tls_origin.play(whole(200, b"{}"))
    met = SYNC.meet(recorder.url + play.path, took=play.took)
    assert (met.status, met.body) == (200, b"{}")
    assert recorder.cassette(play.path)[1].ending.kind is EndingKind.COMPLETE
    assert recorder.stop() == 0


def test_a_tunnel_to_a_server_with_a_private_ca(
    tls_origin: Origin, certificate: Path, start_recorder: Callable[..., Recorder], tmp_path: Path
) -> None:
    recorder = start_recorder("", tmp_path, command=record(tmp_path, "--upstream-ca", str(certificate)))
    play = tls_origin.play(whole(200, b"{}"))
    address = tls_origin.url.removeprefix("https://")
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    with socket.create_connection(("127.0.0.1", recorder.port), SECONDS) as plain:
        plain.sendall(f"CONNECT {address} HTTP/1.1\r\nhost: {address}\r\n\r\n".encode())
        assert b" 200 " in plain.recv(65536)
        with context.wrap_socket(plain) as secure:
            secure.sendall(f"GET {play.path} HTTP/1.1\r\nhost: {address}\r\n\r\n".encode())
            got = b""
            while b"\r\n\r\n" not in got:
                got += secure.recv(65536)
            play.took(b"")
            play.took(b"{}")
            while not got.endswith((b"{}", b"0\r\n\r\n")):
                got += secure.recv(65536)
    exchange = recorder.cassette(play.path)[1]
    assert exchange.request is not None
    assert exchange.request.url == tls_origin.url + play.path
    assert exchange.body == b"{}"


def test_a_server_whose_ca_nobody_knows(
    tls_origin: Origin, start_recorder: Callable[..., Recorder], tmp_path: Path
) -> None:
    recorder = start_recorder(tls_origin.url, tmp_path)
    met = SYNC.meet(recorder.url + "/unknown")
    assert met.error is not None
    assert met.error[0] == "RemoteProtocolError"
    ending = recorder.cassette("/unknown")[1].ending
    assert (ending.kind, ending.how) == (EndingKind.SERVER_CLOSED, How.TLS)
    assert "certificate" in ending.facts["error"].lower()
