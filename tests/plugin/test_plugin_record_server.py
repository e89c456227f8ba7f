"""`playhead_server` in a mode that records: what it passes on, and where it leads."""

from __future__ import annotations

import contextlib
import http.client
import select
import socket
import threading
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import httpx2
import pytest

import playhead
from playhead.testing.recording.forwarding import _Server

from .inner import Suite
from .provider import Provider
from .recorded import HEAD, inner


def test_a_server_that_is_told_no_provider(suite: Suite, provider: Provider) -> None:
    suite.write(
        "test_it.py",
        """
        import urllib.error, urllib.request
        import pytest

        @pytest.mark.playhead("x", record_mode="once")
        def test_it(playhead_server):
            with pytest.raises(urllib.error.HTTPError) as caught:
                urllib.request.urlopen(playhead_server + "/v1/chat", b"{}", timeout=30)
            caught.value.close()
        """,
    )
    text = inner(suite, provider).failed("test_it")
    assert "nothing says for which provider" in text
    assert 'upstream="https://HOST"' in text
    assert not (suite.folder / "cassettes").exists()


SERVED = (
    HEAD
    + """
import http.client, json, socket, urllib.request
from urllib.parse import unquote_to_bytes, urlsplit

BASE = "ANTHROPIC_BASE_URL"

@pytest.mark.playhead("served", unplayed="ignore")
def test_served(playhead, playhead_server):
    for path in ["/echo", "/words"] if "MORE" in os.environ else ["/echo"]:
        with urllib.request.urlopen(os.environ[BASE] + path, b"{}", timeout=30) as response:
            assert response.read()

@pytest.mark.playhead("served/cut")
def test_cut(playhead, playhead_server):
    with urllib.request.urlopen(os.environ[BASE] + "/cut", timeout=30) as response:
        assert response.readline() + response.readline() == b"data: one\\n\\n"
        with pytest.raises((http.client.IncompleteRead, ConnectionResetError)):
            response.read()
    assert playhead[1].ending.kind == "server_closed"

@pytest.mark.playhead("served/chunks")
def test_chunks_of_a_request(playhead, playhead_server):
    connection = http.client.HTTPConnection(urlsplit(os.environ[BASE]).netloc, timeout=30)
    headers = {"x-odd": "caf\\u00e9"}
    connection.request("POST", "/echo", iter([b"one ", b"two"]), headers, encode_chunked=True)
    assert json.loads(connection.getresponse().read())["echo"] == "one two"
    connection.request("HEAD", "/words")
    assert connection.getresponse().read() == b""
    connection.close()

@pytest.mark.playhead("served/old")
def test_http_1_0(playhead, playhead_server):
    address = urlsplit(os.environ[BASE])
    with socket.create_connection((address.hostname, address.port), timeout=30) as connection:
        connection.sendall(b"GET /v1/messages HTTP/1.0\\r\\n\\r\\n")
        got = b"".join(iter(lambda: connection.recv(65536), b""))
    assert got.partition(b"\\r\\n\\r\\n")[2] == playhead[1].body

@pytest.mark.playhead("served/reasons")
def test_reasons(playhead, playhead_server):
    address = urlsplit(os.environ[BASE])
    for number, reason in enumerate(["Caf%E9", "Caf%C3%A9", ""], start=1):
        with socket.create_connection((address.hostname, address.port), timeout=30) as connection:
            connection.sendall(f"GET /reason?{reason} HTTP/1.0\\r\\n\\r\\n".encode())
            got = b"".join(iter(lambda: connection.recv(65536), b""))
        assert got.partition(b"\\r\\n")[0] == b"HTTP/1.1 200 " + unquote_to_bytes(reason)
        assert playhead[number].ending.kind == "complete"
"""
)


def test_the_server_passes_on_what_it_is_sent(suite: Suite, provider: Provider) -> None:
    suite.write("test_it.py", SERVED)
    environ = {"ANTHROPIC_BASE_URL": provider.url}
    inner(suite, provider, "--playhead-record=new_episodes", environ=environ).passed()
    asked = ["POST /echo", "GET /cut", "POST /echo", "HEAD /words", "GET /v1/messages"]
    asked += ["GET /reason?Caf%E9", "GET /reason?Caf%C3%A9", "GET /reason?"]
    assert provider.asked == asked
    assert provider.headers[2]["x-odd"] == "caf\u00e9"
    miss = inner(suite, provider, "-k", "test_served", environ={**environ, "MORE": "1"}).failed("test_served")
    assert "To record it here: pytest --playhead-record=new_episodes\n" in miss
    again = ["-k", "test_served", "--playhead-record=new_episodes"]
    inner(suite, provider, *again, environ={**environ, "MORE": "1"}).passed()
    assert provider.asked[8:] == ["POST /words"]
    cassette = playhead.load(suite.folder / "cassettes/served.cassette.jsonl")
    assert [each.request.url for each in cassette.exchanges if each.request] == [
        f"{provider.url}/echo",
        f"{provider.url}/words",
    ]


class Watched:
    """A body on its way. Behind its last part it looks at what has reached the client by then."""

    def __init__(self, *parts: bytes) -> None:
        self.parts = parts
        self.client: socket.socket | None = None
        self.came = b""
        self.has_ended = threading.Event()

    def __iter__(self) -> Iterator[bytes]:
        yield from self.parts
        assert self.client is not None
        if select.select([self.client], [], [], 0)[0]:
            self.came = self.client.recv(65536, socket.MSG_PEEK)
        self.has_ended.set()

    def close(self) -> None:
        pass


@pytest.mark.parametrize(
    ("method", "status", "headers", "parts", "last"),
    [
        ("POST", 200, {"content-length": "5"}, [b"one", b"tw"], b"tw"),
        ("POST", 200, {"content-length": "3"}, [b"one", b""], b"one"),
        ("POST", 200, {}, [b"one"], b"0\r\n\r\n"),
        ("POST", 200, {"content-length": "0"}, [], b"\r\n\r\n"),
        ("HEAD", 200, {"content-length": "5"}, [], b"\r\n\r\n"),
        ("HEAD", 200, {}, [], b"\r\n\r\n"),
        ("GET", 204, {}, [], b"\r\n\r\n"),
    ],
    ids=["length", "length and nothing", "chunks", "no length", "head", "head of chunks", "no content"],
)
def test_the_end_has_been_seen_when_the_client_has_the_last_byte(
    method: str, status: int, headers: dict[str, str], parts: list[bytes], last: bytes
) -> None:
    """Then the test goes on, and what it looks at is recorded whole."""
    body = Watched(*parts)
    response = SimpleNamespace(
        status_code=status, headers=httpx2.Headers(headers), extensions={}, stream=body
    )
    player: Any = SimpleNamespace(answer=lambda *_given: response)
    transport = SimpleNamespace(handle_request=None)
    with _Server(player, httpx2, transport, "http://provider.test").running() as server:
        client = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=60)
        with contextlib.closing(client):
            client.connect()
            body.client = client.sock
            client.request(method, "/", b"{}" if method == "POST" else None)
            assert body.has_ended.wait(60)
            assert not body.came.endswith(last)
            with client.getresponse() as got:
                assert got.read() == b"".join(parts)
