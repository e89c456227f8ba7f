"""Bodies of unusual shape: empty ones, empty frames, huge chunks, interim heads, cuts at every byte.

What the client reads behind the recorder is what the cassette holds is what replay gives.
"""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import httpx2
import pytest

from playhead import EndingKind, Exchange, Framing
from playhead.replay.server import ServerThread

from .clients import SYNC, Met, Raw
from .origin import SECONDS, SSE, Http1, Origin, Play, Sender
from .recorder import Recorder
from .replays import on_a_socket, through_transports


def send(out: Sender, *pieces: bytes) -> None:
    out.head()
    for piece in pieces:
        out.send(piece)
    out.whole()


def chunks_of(exchange: Exchange) -> list[bytes]:
    return [chunk.data for chunk in exchange.chunks]


def no_chunks(out: Http1) -> None:
    send(out)


def length_zero(out: Http1) -> None:
    out.framing = 0
    send(out)


def closed_at_once(out: Http1) -> None:
    out.framing = "close"
    send(out)


def no_content(out: Http1) -> None:
    out.framing = "none"
    out.head(status=204)


@pytest.mark.parametrize(
    ("script", "framing"),
    [
        (no_chunks, Framing.CHUNKED),
        (length_zero, Framing.LENGTH),
        (closed_at_once, Framing.CLOSE),
        (no_content, Framing.LENGTH),
    ],
)
def test_an_empty_body(origin: Origin, recorder: Recorder, script: Any, framing: Framing) -> None:
    play = origin.play(script)
    real = SYNC.meet(recorder.url + play.path, took=play.took)
    check_empty(recorder, play, real, framing)


def head_and_end(out: Any) -> None:
    out.head(end=True)


def empty_frame_and_end(out: Any) -> None:
    send(out, b"", b"")


@pytest.mark.parametrize("script", [head_and_end, empty_frame_and_end])
def test_an_empty_body_in_http2(tls_origin: Origin, tls_recorder: Recorder, script: Any) -> None:
    play = tls_origin.play(script)
    real = SYNC.meet(tls_recorder.secure_url + play.path, took=play.took, http2=True)
    check_empty(tls_recorder, play, real, Framing.H2)


def check_empty(recorder: Recorder, play: Play, real: Met, framing: Framing) -> None:
    assert (real.error, real.body) == (None, b"")
    exchange = recorder.cassette(play.path)[1]
    assert (len(exchange.chunks), len(exchange.losses), len(exchange.frames)) == (0, 0, 0)
    assert (exchange.ending.kind, exchange.ending.framing) == (EndingKind.COMPLETE, framing)
    for met in through_transports(exchange, play.path):
        assert (met.status, met.chunks, met.error) == (real.status, [], None)
    head, body, end = on_a_socket(exchange, play.path)
    assert head.startswith(b"HTTP/1.1 %d " % (real.status or 0))
    assert (b"".join(body), end) == (b"", "fin" if framing is Framing.CLOSE else "whole")


def test_an_answer_to_head(origin: Origin, recorder: Recorder) -> None:
    play = origin.play(lambda out: out.head())
    with Raw(recorder.url) as raw:
        raw.ask(play.path, method="HEAD")
        assert b"text/event-stream" in raw.head()
        exchange = recorder.cassette(play.path)[1]
    assert (exchange.ending.kind, len(exchange.chunks)) == (EndingKind.COMPLETE, 0)
    with ServerThread(exchange, speed="max") as server, Raw(server.url) as raw:
        for _ in range(2):
            raw.ask(play.path, method="HEAD")
            assert raw.head().startswith(b"HTTP/1.1 200 ")


def test_empty_data_frames_are_no_end(tls_origin: Origin, tls_recorder: Recorder) -> None:
    play = tls_origin.play(lambda out: send(out, b"", b"data: 1\n\n", b"", b"", b"data: 2\n\n", b""))
    real = SYNC.meet(tls_recorder.secure_url + play.path, took=play.took, http2=True)
    assert (real.error, real.body) == (None, b"data: 1\n\ndata: 2\n\n")
    exchange = tls_recorder.cassette(play.path)[1]
    assert chunks_of(exchange) == [b"data: 1\n\n", b"data: 2\n\n"]
    for met in through_transports(exchange, play.path):
        assert (met.error, met.chunks) == (None, chunks_of(exchange))


HUGE = b"data: " + bytes(range(97, 123)) * 7700 + b"\n\n"


def test_a_huge_chunk_is_recorded_in_the_pieces_that_the_client_got(
    origin: Origin, recorder: Recorder
) -> None:
    assert len(HUGE) > 200_000
    play = origin.play(lambda out: send(out, b"data: 1\n\n", HUGE, b"data: 2\n\n"))
    read = []
    with Raw(recorder.url) as raw:
        raw.ask(play.path)
        raw.head()
        while piece := raw.chunk():
            play.took(piece)
            read.append(piece)
    exchange = recorder.cassette(play.path)[1]
    assert chunks_of(exchange) == read
    assert len(read) > 3
    check_huge(exchange, play.path)
    assert on_a_socket(exchange, play.path)[1:] == (read, "whole")


@pytest.mark.parametrize("framing", ["close", len(HUGE)])
def test_a_huge_piece_in_other_framings(origin: Origin, recorder: Recorder, framing: Any) -> None:
    def script(out: Http1) -> None:
        out.framing = framing
        send(out, HUGE)

    play = origin.play(script)
    real = SYNC.meet(recorder.url + play.path, took=play.took)
    assert (real.error, real.body) == (None, HUGE)
    exchange = recorder.cassette(play.path)[1]
    assert exchange.body == HUGE
    assert len(exchange.chunks) > 3


def test_a_huge_piece_in_http2(tls_origin: Origin, tls_recorder: Recorder) -> None:
    play = tls_origin.play(lambda out: send(out, b"data: 1\n\n", HUGE, b"data: 2\n\n"))
    real = SYNC.meet(tls_recorder.secure_url + play.path, took=play.took, http2=True)
    exchange = tls_recorder.cassette(play.path)[1]
    assert chunks_of(exchange) == [chunk for chunk in real.chunks if chunk]
    check_huge(exchange, play.path)


def check_huge(exchange: Exchange, path: str) -> None:
    assert exchange.body == b"data: 1\n\n" + HUGE + b"data: 2\n\n"
    assert len(exchange.frames) == 3
    for met in through_transports(exchange, path):
        assert (met.error, met.chunks) == (None, chunks_of(exchange))


@pytest.mark.parametrize("upstream", ["http/1", "http/2"])
def test_two_streams_at_once_on_one_connection(request: pytest.FixtureRequest, upstream: str) -> None:
    names = ("origin", "recorder") if upstream == "http/1" else ("tls_origin", "tls_recorder")
    origin, recorder = map(request.getfixturevalue, names)
    turn = threading.Barrier(2)

    def script(word: bytes) -> Any:
        def speak(out: Sender) -> None:
            out.head()
            for number in range(5):
                turn.wait(SECONDS)
                out.send(b"data: %b %d\n\n" % (word, number))
            turn.wait(SECONDS)
            out.whole()

        return speak

    plays = [origin.play(script(word)) for word in (b"one", b"two")]

    async def read(client: httpx2.AsyncClient, play: Play) -> list[bytes]:
        chunks = []
        async with client.stream("GET", recorder.secure_url + play.path) as response:
            assert response.http_version == "HTTP/2"
            async for chunk in response.aiter_raw():
                play.took(chunk)
                chunks.append(chunk)
        return chunks

    async def read_both() -> list[list[bytes]]:
        options = {"http2": True, "verify": False, "trust_env": False, "timeout": SECONDS}
        async with httpx2.AsyncClient(**options) as client:
            return await asyncio.gather(*(read(client, play) for play in plays))

    read_by = asyncio.run(read_both())
    exchanges = [recorder.cassette(play.path)[1] for play in plays]
    for exchange, word, chunks in zip(exchanges, (b"one", b"two"), read_by, strict=True):
        assert chunks_of(exchange) == chunks == [b"data: %b %d\n\n" % (word, n) for n in range(5)]
        assert exchange.ending.kind is EndingKind.COMPLETE
    connections = [exchange.request.facts["connection"] for exchange in exchanges if exchange.request]
    assert connections[0] == connections[1]


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"], ids=["lf", "crlf", "cr"])
def test_every_cut_in_characters_and_line_ends(origin: Origin, recorder: Recorder, end: bytes) -> None:
    event = "data: a\u00e9\u20ac\U0001f600".encode() + end + b"id: 7" + end + end
    pieces = [piece for at in range(1, len(event)) for piece in (event[:at], event[at:])]
    pieces += [event[at : at + 1] for at in range(len(event))]
    play = origin.play(lambda out: send(out, *pieces))
    real = SYNC.meet(recorder.url + play.path, took=play.took)
    assert (real.error, real.chunks) == (None, pieces)
    exchange = recorder.cassette(play.path)[1]
    assert chunks_of(exchange) == pieces
    frames = [(frame.data, frame.id) for frame in exchange.frames]
    assert frames == [("a\u00e9\u20ac\U0001f600", "7")] * len(event)
    for met in through_transports(exchange, play.path):
        assert (met.error, met.chunks) == (None, pieces)
    assert on_a_socket(exchange, play.path)[1:] == (pieces, "whole")


HINTS = b"HTTP/1.1 103 Early Hints\r\nlink: </a>\r\nlink: </b>\r\n\r\n"


@pytest.mark.parametrize(
    "interim",
    [[HINTS], [b"HTTP/1.1 100 Continue\r\n\r\n", HINTS, b"HTTP/1.1 102 \r\n\r\n"], [HINTS[:20], HINTS[20:]]],
    ids=["one", "several", "in two pieces"],
)
def test_interim_heads_are_passed_over(origin: Origin, recorder: Recorder, interim: list[bytes]) -> None:
    def script(out: Http1) -> None:
        for piece in interim:
            out.raw(piece)
            out.acknowledged()
        send(out, b"data: 1\n\n")

    play = origin.play(script)
    for _ in range(2):
        real = SYNC.meet(recorder.url + play.path, took=play.took)
        assert (real.status, real.error, real.chunks) == (200, None, [b"data: 1\n\n"])
    exchange = recorder.cassette(play.path)[1]
    # As in HTTP/2: the client behind the proxy never saw it.
    assert [response.status for response in exchange.responses] == [200]
    assert chunks_of(exchange) == real.chunks


def test_an_interim_head_in_http2_is_passed_over(tls_origin: Origin, tls_recorder: Recorder) -> None:
    def script(out: Any) -> None:
        out.head(((b"link", b"</a>"),), status=103)
        send(out, b"data: 1\n\n")

    play = tls_origin.play(script)
    real = SYNC.meet(tls_recorder.secure_url + play.path, took=play.took, http2=True)
    assert (real.status, real.error, real.chunks) == (200, None, [b"data: 1\n\n"])
    exchange = tls_recorder.cassette(play.path)[1]
    # mitmproxy swallows it: nobody behind it can know.
    assert [response.status for response in exchange.responses] == [200]
    assert chunks_of(exchange) == real.chunks


LIE = [b"data: 1\n\n", b"data: 2\n\n"]


@pytest.mark.parametrize("encoding", [b"gzip", b"zstd", b"gzip, br", b"made-up"])
def test_an_encoding_that_is_a_lie_passes_and_is_replayed_as_it_came(
    origin: Origin, recorder: Recorder, encoding: bytes
) -> None:
    def script(out: Http1) -> None:
        out.head((*SSE, (b"content-encoding", encoding)))
        for piece in LIE:
            out.send(piece)
        out.whole()

    play = origin.play(script)
    real = SYNC.meet(recorder.url + play.path, took=play.took)
    assert (real.error, real.chunks) == (None, LIE)
    exchange = recorder.cassette(play.path)[1]
    assert chunks_of(exchange) == LIE
    assert all(chunk.undecoded for chunk in exchange.chunks)
    for met in through_transports(exchange, play.path):
        assert (met.error, met.chunks) == (None, LIE)
        assert (b"content-encoding", encoding) in met.headers
