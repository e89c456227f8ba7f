"""Modes of mitmproxy in which a client names an address: cassettes and filters know the name that it means.

And requests that are answered before they are whole, as mitmproxy streams them.
"""

from __future__ import annotations

import re
import signal
import socket
import ssl
import threading

import pytest

from playhead import EndingKind

from .conftest import EVENT, SSE

pytest.importorskip("mitmproxy")


@pytest.fixture
def socks(start_proxy, origin, tmp_path):
    """`socks(*options)`: a SOCKS proxy that records, and a client's connection through it to the origin."""

    def start(*options):
        lazy = ("--set", "connection_strategy=lazy", "--set", "ssl_insecure=true")
        proxy = start_proxy("mitmdump", "", tmp_path / "out", "--mode", "socks5", *lazy, *options)
        client = proxy.connect()
        client.send(b"\x05\x01\x00")
        assert client.read_exactly(2) == b"\x05\x00"
        client.send(b"\x05\x01\x00\x01" + socket.inet_aton("127.0.0.1") + origin.port.to_bytes(2))
        assert client.read_exactly(10)[:2] == b"\x05\x00"
        return proxy, client

    return start


def answer(served):
    served.send_chunked_head()
    served.send_chunk(EVENT)
    served.send(b"0\r\n\r\n")


def test_an_address_goes_by_the_name_in_the_head(socks, origin):
    proxy, client = socks("--set", "playhead_hosts=api.example.test")
    client.send(b"GET /named?q=1 HTTP/1.1\r\nhost: api.example.test\r\n\r\n")
    answer(origin.accept())
    client.read_until(b"\r\n\r\n")
    assert client.read_chunk() == EVENT
    exchange = proxy.cassette("/named")[1]
    assert exchange.request.url == f"http://api.example.test:{origin.port}/named?q=1"
    assert exchange.body == EVENT
    (path,) = proxy.folder.glob("*.cassette.jsonl")
    assert "-api.example.test-" in path.name


@pytest.mark.parametrize("host", [b"127.0.0.1", b"bad name", b"a/b", b"[::1]", b""])
def test_what_is_no_name_is_not_taken_for_one(socks, origin, host):
    proxy, client = socks()
    client.send(b"GET /plain HTTP/1.1\r\nhost: " + host + b"\r\n\r\n")
    answer(origin.accept())
    client.read_until(b"\r\n\r\n")
    assert client.read_chunk() == EVENT
    assert proxy.cassette("/plain")[1].request.url == f"http://127.0.0.1:{origin.port}/plain"


def test_an_address_goes_by_the_name_in_tls(socks, origin, tmp_path):
    from mitmproxy.certs import CertStore

    store = CertStore.from_store(tmp_path / "ca", "test", 2048)
    entry = store.get_cert("llm.example.test", [])
    chain = tmp_path / "chain.pem"
    chain.write_bytes(entry.cert.to_pem() + _key(entry))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain)

    def serve():
        with context.wrap_socket(origin.accept_any().socket, server_side=True) as served:
            while b"\r\n\r\n" not in served.recv(65536):
                pass
            served.sendall(b"HTTP/1.1 200 OK\r\n" + SSE + b"content-length: 9\r\n\r\n" + EVENT)

    proxy, client = socks("--set", "playhead_hosts=llm.example.test")
    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    trusting = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    trusting.check_hostname = False
    trusting.verify_mode = ssl.CERT_NONE
    with trusting.wrap_socket(client.socket, server_hostname="llm.example.test") as secure:
        secure.sendall(b"GET /tls HTTP/1.1\r\nhost: other.example.test\r\n\r\n")
        received = b""
        while not received.endswith(EVENT):
            received += secure.recv(65536)
    thread.join()
    found = proxy.cassette("/tls")[1]
    assert found.request.url == f"https://llm.example.test:{origin.port}/tls"


def _key(entry):
    from cryptography.hazmat.primitives import serialization

    return entry.privatekey.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    )


def test_before_a_server_the_name_in_the_head_counts_for_nothing(start_proxy, origin, tmp_path):
    """Whoever keeps the client's own `host` gets the server's URL all the same."""
    proxy = start_proxy("mitmdump", origin.url, tmp_path, "--set", "keep_host_header=true")
    client = proxy.connect()
    client.send(b"GET /before HTTP/1.1\r\nhost: elsewhere.example.test\r\n\r\n")
    answer(origin.accept())
    client.read_until(b"\r\n\r\n")
    assert client.read_chunk() == EVENT
    assert proxy.cassette("/before")[1].request.url == f"{origin.url}/before"


def test_an_answer_that_comes_before_the_upload_is_whole(start_proxy, origin, tmp_path):
    """The cassette says that the request is not all there; the server gets the rest, and holds none of it."""
    proxy = start_proxy("mitmdump", origin.url, tmp_path, "--set", "stream_large_bodies=1")
    client = proxy.connect()
    client.send(b"POST /early HTTP/1.1\r\nhost: h\r\ncontent-length: 10\r\n\r\n12345")
    served = origin.accept_any()
    head = served.read_until(b"\r\n\r\n")
    assert re.search(rb"(?i)content-length: 10", head)
    assert served.read_exactly(5) == b"12345"
    served.send(b"HTTP/1.1 200 OK\r\n" + SSE + b"transfer-encoding: chunked\r\n\r\n9\r\n" + EVENT + b"\r\n")
    client.read_until(b"\r\n\r\n")
    assert client.read_chunk() == EVENT
    client.send(b"67890")
    assert served.read_exactly(5) == b"67890"
    served.send(b"0\r\n\r\n")
    assert client.read_chunk() == b""
    exchange = proxy.cassette("/early")[1]
    assert exchange.request.body == b"12345"
    assert exchange.request.facts["body"] == "incomplete"
    assert (exchange.body, exchange.ending.kind) == (EVENT, EndingKind.COMPLETE)


def test_uploads_hold_no_more_together_than_the_queue_may():
    from playhead.capture.backlog import Backlog
    from playhead_recorder.traffic.upload import Room, Upload

    room = Room(Backlog(1000))
    uploads = [Upload(room, None) for _ in range(4)]
    for upload in uploads:
        for _ in range(2):
            assert upload(b"x" * 200) == b"x" * 200
    assert room.held == 800
    assert [upload.taken() for upload in uploads] == [b"x" * 400, b"x" * 400, None, None]
    assert room.held == 0
    assert uploads[0](b"more") == b"more"
    assert room.held == 0
    assert uploads[0].taken() is None


def test_a_url_of_any_bytes_is_ascii():
    from mitmproxy.test import tutils

    from playhead_recorder.traffic import evidence

    request = tutils.treq(path=b"/a b\xff\x7f\xc3\xa9?q=\x01~" + b"x" * 200_000)
    found = evidence.url_of(request, request.host)
    assert found.startswith(f"http://{request.host}:{request.port}/a%20b%FF%7F%C3%A9?q=%01~xxx")
    assert found.isascii()
    assert len(found) > 200_000


def test_a_terminal_that_is_closed_ends_it_as_a_signal_does(begun):
    proxy, _, _ = begun()
    assert proxy.stop(signal.SIGHUP) == 0
    exchange = proxy.cassette("/first")[1]
    assert (exchange.body, exchange.ending.kind) == (EVENT, EndingKind.RECORDER_STOPPED)


def test_nohup_is_heeded(start_proxy, origin, tmp_path):
    proxy = start_proxy("record", origin.url, tmp_path / "out", wrap=("nohup",))
    proxy.process.send_signal(signal.SIGHUP)
    client = proxy.get("/still")
    answer(origin.accept())
    client.read_until(b"\r\n\r\n")
    assert client.read_chunk() == EVENT
    assert proxy.cassette("/still")[1].body == EVENT
    assert proxy.stop() == 0
