"""Every way in which an exchange can end: the client meets what it meets without us, the cassette says how
it was, and a replay of it gives the same again.

Class, arguments, message and causes of the exception, the read at which it came, the state of the response.
"""

from __future__ import annotations

import socket
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import playhead
from playhead import EndingKind, Exchange, Framing, How

from ..loop.clients import Client, Met
from ..loop.encodings import ENCODERS, encode
from ..loop.origin import SSE, Http1, Origin
from .visits import recording

TWO = [b"data: 1\n\n", b"data: \xe2\x82"]


def sends(
    *ends: Callable[[Http1], None],
    framing: str | int = "chunked",
    version: bytes = b"1.1",
    pieces: list[bytes] = TWO,
) -> Callable[[Http1], None]:
    def script(out: Http1) -> None:
        out.framing = framing
        out.version = version
        out.head()
        out.sent(0)
        for piece in pieces:
            out.send(piece)
        for end in ends:
            end(out)

    return script


def cut_chunk(out: Http1) -> None:
    out.part_of_a_chunk(b"data: only a par")


def no_size(out: Http1) -> None:
    out.raw(b"this is no chunk size\r\n")
    out.until_they_leave()


def no_content(out: Http1) -> None:
    out.framing = "none"
    out.head(status=204)


@dataclass(frozen=True)
class Case:
    name: str
    script: Callable[[Http1], Any]
    kind: EndingKind
    how: How
    framing: Framing
    chunks: tuple[bytes, ...] = tuple(TWO)
    patience: tuple[float, ...] = (30.0,)
    """Of the client, in seconds: where what does come came later, on a busy machine, it is given more."""
    played_as: str | None = None
    """The message in the replay, where only the class can be equal."""


STOPPED, DONE = EndingKind.SERVER_CLOSED, EndingKind.COMPLETE
CHUNKED, LENGTH, CLOSE, NONE = Framing.CHUNKED, Framing.LENGTH, Framing.CLOSE, Framing.UNKNOWN
CASES = [
    Case("whole, chunked", sends(Http1.whole), DONE, How.CLEAN, CHUNKED),
    Case("whole, length", sends(framing=17), DONE, How.CLEAN, LENGTH),
    Case("whole, close", sends(Http1.fin, framing="close"), DONE, How.CLEAN, CLOSE),
    Case("whole, 1.0", sends(Http1.fin, framing="close", version=b"1.0"), DONE, How.CLEAN, CLOSE),
    Case("no body", no_content, DONE, How.CLEAN, LENGTH, ()),
    Case("FIN, chunked", sends(Http1.fin), STOPPED, How.FIN, CHUNKED),
    Case("FIN, in a chunk", sends(cut_chunk, Http1.fin), STOPPED, How.FIN, CHUNKED,
         (*TWO, b"data: only a par")),
    Case("FIN, length", sends(Http1.fin, framing=100), STOPPED, How.FIN, LENGTH),
    Case("RST, chunked", sends(Http1.reset), STOPPED, How.RESET, CHUNKED),
    Case("RST, close", sends(Http1.reset, framing="close"), STOPPED, How.RESET, CLOSE),
    Case("garbage", sends(no_size), STOPPED, How.UNKNOWN, CHUNKED, played_as="illegal chunk header"),
    Case("stall", sends(Http1.until_they_leave), EndingKind.TIMEOUT, How.TIMEOUT, CHUNKED,
         patience=(1.0, 4.0, 16.0)),
    Case("FIN before the head", Http1.fin, STOPPED, How.FIN, NONE, ()),
    Case("RST before the head", Http1.reset, STOPPED, How.RESET, NONE, ()),
    Case("stall before the head", Http1.until_they_leave, EndingKind.TIMEOUT, How.TIMEOUT, NONE, (),
         patience=(1.0, 4.0, 16.0)),
]  # fmt: skip


def is_as_scripted(met: Met, case: Case) -> bool:
    """Whether the client's patience was used up by what was to do it, and not before, in connecting."""
    was_late = met.error is not None and met.error[0] == "ReadTimeout"
    return tuple(met.chunks) == case.chunks and was_late == (case.kind is EndingKind.TIMEOUT)


def met_alike(one: Met, other: Met) -> None:
    assert (one.chunks, one.errors, one.after) == (other.chunks, other.errors, other.after)
    assert (one.status, one.headers, one.http_version) == (other.status, other.headers, other.http_version)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_recorded_as_it_was_and_replayed_as_it_was_met(
    client: Client, origin: Origin, tmp_path: Path, case: Case
) -> None:
    play = origin.play(case.script)
    url = origin.url + play.path
    path = tmp_path / "x.cassette.jsonl"
    for patience in case.patience:
        bare = client.meet(url, took=play.took, timeout=patience)
        transport = recording(client, path, overwrite=True)
        real = client.meet(url, transport=transport, took=play.took, timeout=patience)
        if is_as_scripted(bare, case) and is_as_scripted(real, case):
            break
    met_alike(real, bare)
    assert (transport.failures, transport.exchanges) == ((), 1)

    exchange = playhead.load(path)[1]
    ending = exchange.ending
    assert (ending.kind, ending.how, ending.framing) == (case.kind, case.how, case.framing)
    assert [chunk.data for chunk in exchange.chunks] == list(case.chunks) == real.chunks
    check_request(exchange, url)
    check_times(exchange)

    played = client.meet(url, transport=client.replay(path), timeout=patience)
    if case.played_as is None:
        met_alike(without_framing(played), without_framing(real))
    else:
        assert played.chunks == real.chunks
        assert played.errors[0][0] == real.errors[0][0]
        assert played.errors[0][2].startswith(case.played_as)


def without_framing(met: Met) -> Met:
    """Replay frames anew, in its own spelling; the connection is nobody's."""
    named = [(name.lower(), value) for name, value in met.headers]
    met.headers = [pair for pair in named if pair[0] not in (b"connection", b"transfer-encoding")]
    return met


def check_request(exchange: Exchange, url: str) -> None:
    request = exchange.request
    assert request is not None
    assert (request.method, request.url, request.body) == ("POST", url, b"{}")
    assert request.http_version == "HTTP/1.1"
    assert ("Content-Length", "2") in request.headers


def check_times(exchange: Exchange) -> None:
    request, response = exchange.request, exchange.response
    assert request is not None
    times = [request.t_start, request.t]
    times += [response.t] if response is not None else []
    times += [*[chunk.t for chunk in exchange.chunks], exchange.ending.t]
    assert None not in times
    assert times == sorted(times)


def test_nobody_listens(client: Client, tmp_path: Path) -> None:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{bound.getsockname()[1]}/x"
        path = tmp_path / "x.cassette.jsonl"
        real = client.meet(url, transport=recording(client, path))
        met_alike(real, client.meet(url))
    exchange = playhead.load(path)[1]
    assert (exchange.ending.kind, exchange.ending.how) == (STOPPED, How.REFUSED)
    assert exchange.request is not None
    assert (exchange.request.body, exchange.request.t) == (b"{}", None)
    met_alike(client.meet(url, transport=client.replay(path)), real)


def test_no_such_host(client: Client, tmp_path: Path) -> None:
    path = tmp_path / "x.cassette.jsonl"
    real = client.meet("http://host.invalid/x", transport=recording(client, path))
    ending = playhead.load(path)[1].ending
    assert real.errors[0][0].endswith("ConnectError")
    assert (ending.kind, ending.how) == (STOPPED, How.DNS)
    assert ending.facts["error"].startswith("ConnectError: ")


def test_what_the_client_was_at_before_is_no_evidence(client: Client, tmp_path: Path) -> None:
    path = tmp_path / "x.cassette.jsonl"
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        try:
            raise socket.gaierror("of another request")
        except socket.gaierror:
            client.meet(f"http://127.0.0.1:{bound.getsockname()[1]}/", transport=recording(client, path))
    assert playhead.load(path)[1].ending.how is How.REFUSED


@pytest.mark.parametrize("encoding", sorted(ENCODERS))
def test_encodings_are_removed_in_the_cassette_alone(
    client: Client, origin: Origin, tmp_path: Path, encoding: str
) -> None:
    header, _ = ENCODERS[encoding]
    if "br" in header:
        pytest.importorskip("brotli")
    pieces = encode(encoding, TWO)

    def script(out: Http1) -> None:
        out.head((*SSE, (b"content-encoding", header.encode())))
        out.sent(0)
        for piece in pieces:
            out.send(piece)
        out.whole()

    play = origin.play(script)
    path = tmp_path / "x.cassette.jsonl"
    real = client.meet(origin.url + play.path, transport=recording(client, path), took=play.took)
    chunks = playhead.load(path)[1].chunks
    assert b"".join(chunk.data for chunk in chunks) == b"".join(TWO)
    assert [chunk.data for chunk in chunks][:2] == TWO
    assert [chunk.wire_bytes for chunk in chunks] == [len(piece) for piece in real.chunks]
    played = client.meet(origin.url + play.path, transport=client.replay(path), decode=True)
    assert played.body == b"".join(TWO)


# trio warns of the generators that httpx leaves behind when a client leaves, with or without us.
LEAVING = pytest.mark.filterwarnings("ignore:.*:pytest.PytestUnraisableExceptionWarning")


@LEAVING
@pytest.mark.parametrize("after", [1, 2])
def test_a_client_that_leaves(client: Client, origin: Origin, tmp_path: Path, after: int) -> None:
    play = origin.play(sends(Http1.until_they_leave, pieces=TWO[:after]))
    path = tmp_path / "x.cassette.jsonl"
    url = origin.url + play.path
    real = client.meet(url, transport=recording(client, path), took=play.took, leave_after=after)
    exchange = playhead.load(path)[1]
    assert [chunk.data for chunk in exchange.chunks] == TWO[:after] == real.chunks
    assert exchange.ending.kind is EndingKind.CLIENT_CLOSED
    assert exchange.ending.detail == "the client closed the response while it was reading"
    assert exchange.ending.facts["client_open"] == "false"


@LEAVING
def test_a_client_that_has_all_of_the_length_left_nothing_out(
    client: Client, origin: Origin, tmp_path: Path
) -> None:
    play = origin.play(sends(framing=17))
    path = tmp_path / "x.cassette.jsonl"
    client.meet(origin.url + play.path, transport=recording(client, path), took=play.took, leave_after=2)
    assert playhead.load(path)[1].ending.kind is EndingKind.COMPLETE
