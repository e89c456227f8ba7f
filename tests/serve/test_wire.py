"""The server's bytes, as a raw socket sees them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from playhead import Cassette, EndingKind, Response
from playhead.replay.server import Server, ServerThread
from playhead.replay.server.connection import Connection, Shared

from .conftest import DEADLINE

Make = Callable[..., Cassette]
Connect = Callable[[str], Any]
TWO = [(b"data: 1\n\n", None), (b"data: \xe2", None)]
CHUNKED_BODY = b"9\r\ndata: 1\n\n\r\n7\r\ndata: \xe2\r\n"
HEAD = b"HTTP/1.1 200 OK\r\n"
CHUNKED = {"framing": "chunked"}


def answer(cassette: Cassette, connect: Connect, **ask: Any) -> tuple[bytes, str]:
    with ServerThread(cassette, speed="max") as server:
        raw = connect(server.url)
        raw.ask(**{"more": "Connection: close\r\n", **ask})
        return raw.rest()  # type: ignore[no-any-return]


def test_a_recorded_chunk_is_one_http_chunk(make: Make, connect: Connect) -> None:
    got = answer(make(TWO, facts=CHUNKED), connect)
    head = HEAD + b"Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
    assert got == (head + CHUNKED_BODY + b"0\r\n\r\n", "fin")


def test_trailers(make: Make, connect: Connect) -> None:
    got, _ = answer(make(TWO, facts=CHUNKED, trailers=(("X-Sum", "1"), ("x-sum", "2"))), connect)
    assert got.endswith(CHUNKED_BODY + b"0\r\nX-Sum: 1\r\nx-sum: 2\r\n\r\n")


def test_a_length_is_that_of_the_stored_bytes(make: Make, connect: Connect) -> None:
    response = Response(status=200, reason="OK", headers=(("Content-Length", "77"), ("x", "y")))
    got = answer(make(TWO, facts={"framing": "length"}, responses=(response,)), connect)
    expected = HEAD + b"x: y\r\nContent-Length: 16\r\nConnection: close\r\n\r\ndata: 1\n\ndata: \xe2"
    assert got == (expected, "fin")


@pytest.mark.parametrize("version", ["1.0", "1.1"])
def test_a_body_that_the_closing_ends(make: Make, connect: Connect, version: str) -> None:
    cassette = make(TWO, facts={"framing": "close"})
    got = answer(cassette, connect, version=version, more="")
    assert got == (HEAD + b"Connection: close\r\n\r\ndata: 1\n\ndata: \xe2", "fin")


def test_an_old_client_gets_no_chunks(make: Make, connect: Connect) -> None:
    got = answer(make(TWO, facts=CHUNKED), connect, version="1.0", more="")
    assert got == (HEAD + b"Connection: close\r\n\r\ndata: 1\n\ndata: \xe2", "fin")


def test_a_cut_that_an_old_client_could_not_see_is_a_reset(make: Make, connect: Connect) -> None:
    cassette = make(TWO, ending=EndingKind.SERVER_CLOSED, facts={"how": "fin", **CHUNKED})
    got = answer(cassette, connect, version="1.0", more="")
    assert got == (HEAD + b"Connection: close\r\n\r\ndata: 1\n\ndata: \xe2", "reset")


@pytest.mark.parametrize(("how", "end"), [("fin", "fin"), ("unknown", "fin"), ("reset", "reset")])
def test_a_cut_has_no_last_chunk(make: Make, connect: Connect, how: str, end: str) -> None:
    cassette = make(TWO, ending=EndingKind.SERVER_CLOSED, facts={"how": how, **CHUNKED})
    got = answer(cassette, connect, more="")
    assert got == (HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + CHUNKED_BODY, end)


@pytest.mark.parametrize(("how", "end"), [("fin", "fin"), ("reset", "reset"), ("refused", "reset")])
def test_an_end_before_the_head(make: Make, connect: Connect, how: str, end: str) -> None:
    cassette = make([], responses=(), ending=EndingKind.SERVER_CLOSED, facts={"how": how})
    assert answer(cassette, connect) == (b"", end)


@pytest.mark.parametrize("size", [100, 9_000_000])
def test_a_reset_does_not_overtake_what_was_sent(make: Make, connect: Connect, size: int) -> None:
    """The client reads nothing until the server is done; then everything is there, and the reset."""
    body = bytes(range(256)) * (size // 256)
    chunks = [(body[at : at + 65536], None) for at in range(0, len(body), 65536)]
    cassette = make(chunks, ending=EndingKind.SERVER_CLOSED, facts={"how": "reset", "framing": "close"})
    got, end = answer(cassette, connect)
    assert end == "reset"
    assert got.partition(b"\r\n\r\n")[2] == body


def test_early_hints_come_first_and_a_recorded_100_does_not(make: Make, connect: Connect) -> None:
    hints = Response(status=103, reason="Early Hints", headers=(("link", "</a>"),))
    responses = (Response(status=100), hints, Response(status=200, reason="OK"))
    got, _ = answer(make(TWO, responses=responses), connect)
    assert got.startswith(b"HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n" + HEAD)


def test_an_old_client_gets_no_early_hints(make: Make, connect: Connect) -> None:
    responses = (Response(status=103), Response(status=200, reason="OK"))
    got, _ = answer(make(TWO, responses=responses), connect, version="1.0", more="")
    assert got.startswith(HEAD)


def test_a_head_request_gets_a_head(make: Make, connect: Connect) -> None:
    response = Response(status=200, reason="OK", headers=(("content-length", "16"),))
    got, _ = answer(make(TWO, method="HEAD", responses=(response,)), connect, method="HEAD")
    assert got == HEAD + b"Content-Length: 16\r\nConnection: close\r\n\r\n"


def test_one_connection_serves_many(make: Make, connect: Connect) -> None:
    with ServerThread(make(TWO), speed="max") as server:
        raw = connect(server.url)
        for _ in range(3):
            raw.ask()
            assert raw.until(b"0\r\n\r\n").endswith(CHUNKED_BODY + b"0\r\n\r\n")
        raw.ask("/other")
        raw.until(b"\r\n\r\n")
        raw.until(b"}}")
        raw.ask()
        assert raw.until(b"0\r\n\r\n").endswith(CHUNKED_BODY + b"0\r\n\r\n")


def test_requests_sent_at_once_are_answered_in_turn(make: Make, connect: Connect) -> None:
    with ServerThread(make(TWO, targets=("/a", "/b")), speed="max") as server:
        raw = connect(server.url)
        request = b"GET /%b HTTP/1.1\r\nHost: here\r\n\r\n"
        raw.send(request % b"a" + request % b"b" + request % b"a")
        for _ in range(3):
            assert raw.until(b"0\r\n\r\n").count(b"HTTP/1.1 200 OK") == 1


def test_a_request_body_is_read_and_asked_for(make: Make, connect: Connect) -> None:
    with ServerThread(make(TWO, method="POST"), speed="max") as server:
        raw = connect(server.url)
        raw.ask(method="POST", more="Content-Length: 5\r\nExpect: 100-continue\r\n")
        assert raw.until(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
        raw.send(b"12345")
        assert raw.until(b"0\r\n\r\n").startswith(HEAD)
        raw.ask(method="POST", more="Transfer-Encoding: chunked\r\n")
        raw.send(b"3\r\nabc\r\n0\r\n\r\n")
        assert raw.until(b"0\r\n\r\n").startswith(HEAD)


def test_a_client_that_sends_no_more_may_still_read(make: Make, connect: Connect) -> None:
    with ServerThread(make(TWO), speed="max") as server:
        raw = connect(server.url)
        raw.ask(version="1.0")
        raw.socket.shutdown(1)
        assert raw.rest() == (HEAD + b"Connection: close\r\n\r\ndata: 1\n\ndata: \xe2", "fin")


@pytest.mark.parametrize("gap", [0.0, 0.3])
@pytest.mark.parametrize("behind", [b"", b"GET /b HTTP/1.1\r\nHost: here\r\n\r\n", b"GET /b HT"])
def test_a_client_that_closes_its_side_is_not_waited_for(
    make: Make, connect: Connect, gap: float, behind: bytes
) -> None:
    """Whatever it sent before it did is answered: at the moment, and while it meets another answer."""
    chunks = [(b"data: 1\n\n", 1.0), (b"data: 2\n\n", 1.0 + gap)]
    with ServerThread(make(chunks, targets=("/a", "/b")), speed=1.0) as server:
        raw = connect(server.url)
        raw.send(b"GET /a HTTP/1.1\r\nHost: here\r\n\r\n" + behind)
        first = raw.until(b"data: 1\n\n")
        raw.socket.shutdown(1)
        got, end = raw.rest()
    assert first.startswith(HEAD)
    assert end == "fin"
    assert got.count(b"HTTP/1.1 ") == (1 if behind else 0)
    assert (b"HTTP/1.1 400" in got) == (behind == b"GET /b HT")


def test_a_stall_is_silent_until_the_client_leaves(make: Make, connect: Connect) -> None:
    cassette = make(TWO, ending=EndingKind.TIMEOUT, facts=CHUNKED)
    with ServerThread(cassette, speed="max") as server:
        raw = connect(server.url)
        raw.ask()
        raw.until(CHUNKED_BODY)
        raw.socket.settimeout(0.05)
        with pytest.raises(TimeoutError):
            raw.socket.recv(1)
        raw.socket.settimeout(30)
        raw.socket.shutdown(1)
        assert raw.rest() == (b"", "fin")


@pytest.mark.parametrize(
    "garbage",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n",
        b"GET\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET /a b?key=the-real-secret HTTP/1.1\r\nHost: here\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: here\r\nX-Key : the-real-secret\r\n\r\n",
    ],
)
def test_what_is_no_request_is_told_so(make: Make, connect: Connect, garbage: bytes) -> None:
    said: list[str] = []
    with ServerThread(make(TWO), say=said.append) as server:
        raw = connect(server.url)
        raw.send(garbage)
        got, end = raw.rest()
    assert got.startswith(b"HTTP/1.1 400 Bad Request\r\n")
    assert json.loads(got.partition(b"\r\n\r\n")[2])["error"]["type"] == "bad_request"
    assert end == "fin"
    assert said[0].startswith("not an HTTP request")
    assert "secret" not in said[0]
    assert b"secret" not in got


def test_a_miss_says_what_there_is(make: Make, connect: Connect) -> None:
    said: list[str] = []
    with ServerThread(make(TWO, targets=("/\u00e9",)), say=said.append) as server:
        raw = connect(server.url)
        raw.ask("/other?x=1", more="Connection: close\r\n")
        got, _ = raw.rest()
    assert got.startswith(b"HTTP/1.1 404 Not Found\r\n")
    error = json.loads(got.partition(b"\r\n\r\n")[2])["error"]
    assert error == {"type": "playhead_miss", "message": said[0]}
    assert "answers GET /other?x=1" in said[0]
    assert "1. GET /\u00e9 (not played yet)" in said[0]
    assert b"\\u00e9" in got


@pytest.mark.parametrize(("name", "value"), [("bad name", "x"), ("x", "a\r\nSet-Cookie: evil=1")])
def test_headers_that_http_does_not_allow_are_not_sent(
    make: Make, connect: Connect, name: str, value: str
) -> None:
    said: list[str] = []
    cassette = make(TWO, responses=(Response(status=200, headers=((name, value),)),))
    with ServerThread(cassette, speed="max", say=said.append) as server:
        raw = connect(server.url)
        raw.ask()
        assert raw.rest() == (b"", "reset")
    assert "cannot be played further" in said[-1]


def test_a_damaged_chunk_ends_the_connection_and_not_the_server(
    make: Make, connect: Connect, tmp_path: Path
) -> None:
    whole = make([(b"first", None), (b"second", None)], facts=CHUNKED, targets=("/a", "/b"))
    damaged = tmp_path / "damaged.cassette.jsonl"
    bad = b'"base64":"%%%%"'
    damaged.write_bytes(Path(whole.name).read_bytes().replace(b'"text":"second"', bad, 1))
    said: list[str] = []
    with ServerThread(damaged, speed="max", say=said.append) as server:
        raw = connect(server.url)
        raw.ask("/a")
        got, end = raw.rest()
        assert got.endswith(b"5\r\nfirst\r\n")
        assert end == "reset"
        other = connect(server.url)
        other.ask("/b")
        assert other.until(b"0\r\n\r\n").endswith(b"6\r\nsecond\r\n0\r\n\r\n")
    assert "is not base64" in said[1]


def test_a_damaged_end_is_no_traceback(make: Make, connect: Connect, tmp_path: Path) -> None:
    damaged = tmp_path / "damaged.cassette.jsonl"
    whole = Path(make(TWO).name).read_bytes()
    damaged.write_bytes(whole.replace(b'"ending":"complete"', b'"ending":7', 1))
    said: list[str] = []
    with ServerThread(damaged, speed="max", say=said.append) as server:
        raw = connect(server.url)
        raw.ask()
        assert raw.rest() == (b"", "reset")
    assert said[0].startswith("GET /events cannot be played: ")
    assert "line 7" in said[0]


def test_a_client_that_reads_slowly_gets_everything(make: Make, connect: Connect) -> None:
    body = b"0123456789abcdef" * 500_000
    chunks = [(body[at : at + 100_000], None) for at in range(0, len(body), 100_000)]
    got, _ = answer(make(chunks, facts={"framing": "length"}), connect)
    assert got.partition(b"\r\n\r\n")[2] == body


def test_stopping_ends_what_is_being_played(make: Make, connect: Connect) -> None:
    with ServerThread(make(TWO, ending=EndingKind.TIMEOUT)) as server:
        raw = connect(server.url)
        raw.ask()
        raw.until(b"data: \xe2\r\n")
    assert raw.rest()[0] == b""


def test_stopping_waits_for_no_client_that_is_just_accepted(
    make: Make, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    init = Connection.__init__

    async def main() -> Any:
        server, stopping = Server(make(TWO)), asyncio.get_running_loop().create_future()

        def stopped_at_once(connection: Connection, shared: Shared) -> None:
            init(connection, shared)
            stopping.set_result(asyncio.ensure_future(server.stop()))

        monkeypatch.setattr(Connection, "__init__", stopped_at_once)
        await server.start()
        raw = connect(server.url)
        await asyncio.wait_for(await stopping, DEADLINE)
        return raw.rest()

    assert asyncio.run(main()) == (b"", "fin")
