"""The ways to end a stream of HTTP/2, from either side.

The replay transports raise what a client of HTTP/2 raises. The replay server speaks HTTP/1: a stream reset
is a connection reset there, and a connection that was given up is a body that was cut.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from playhead import EndingKind, Exchange, Framing, How, RecordingEnded
from playhead.replay.server import ServerThread

from .clients import SYNC, Client, Raw
from .origin import Http1, Origin, Play
from .recorder import Recorder
from .replays import on_a_socket, through_transports

pytest.importorskip("h2")
from .origin_http2 import Http2
from .raw_http2 import RawHttp2

TWO = [b"data: 1\n\n", b"data: \xe2\x82"]
OPEN = {"client_open": "true", "server_open": "true", "framing_complete": "false"}
SERVER_GONE = {"client_open": "true", "server_open": "false", "framing_complete": "false"}


@dataclass(frozen=True)
class Case:
    """What the origin does, what the cassette says, what a blocking client of httpx2 meets, twice."""

    name: str
    end: Callable[[Http2], None]
    kind: EndingKind
    how: How
    facts: dict[str, str]
    real: tuple[str, str]
    """At the origin."""
    played: tuple[str, str]
    """In the replay."""
    socket: str
    """How the connection to the replay server ends."""


RST = ("ReadError", "[Errno 104] Connection reset by peer")
GONE = ("RemoteProtocolError", "Server disconnected")


def stream_reset(code: int) -> tuple[str, str]:
    return "RemoteProtocolError", f"<StreamReset stream_id:1, error_code:{code}, remote_reset:True>"


def terminated(code: int) -> tuple[str, str]:
    text = f"<ConnectionTerminated error_code:{code}, last_stream_id:1, additional_data:None>"
    return "RemoteProtocolError", text


# fmt: off
CASES = [
    # mitmproxy blames the client for either side's reset, and both connections stay open: nobody can know.
    Case("RST_STREAM internal error", lambda out: out.rst_stream(2),
         EndingKind.UNKNOWN, How.RESET, OPEN | {"error_code": "2"}, stream_reset(2), stream_reset(2),
         "reset"),
    Case("RST_STREAM cancel", lambda out: out.rst_stream(8),
         EndingKind.UNKNOWN, How.RESET, OPEN | {"error_code": "8"}, stream_reset(8), stream_reset(8),
         "reset"),
    Case("GOAWAY", lambda out: out.goaway(),
         EndingKind.SERVER_CLOSED, How.UNKNOWN, SERVER_GONE, terminated(0), terminated(0), "fin"),
    Case("GOAWAY with an error", lambda out: out.goaway(2),
         EndingKind.SERVER_CLOSED, How.UNKNOWN, SERVER_GONE, terminated(2), terminated(2), "fin"),
    Case("FIN", lambda out: out.fin(),
         EndingKind.SERVER_CLOSED, How.FIN, SERVER_GONE, GONE, GONE, "fin"),
    Case("RST", lambda out: out.reset(),
         EndingKind.SERVER_CLOSED, How.RESET, SERVER_GONE, RST, RST, "reset"),
]
# fmt: on
Recorded = Callable[[Case], tuple[Play, Exchange]]


def two_then(end: Callable[[Any], None]) -> Callable[[Any], None]:
    def script(out: Any) -> None:
        out.head()
        for piece in TWO:
            out.send(piece)
        end(out)

    return script


@pytest.fixture(scope="module")
def recorded(tls_origin: Origin, tls_recorder: Recorder) -> Recorded:
    """`recorded(case)` is the case's script and the exchange that the recorder made of it, made once."""
    made: dict[str, tuple[Play, Exchange]] = {}

    def record(case: Case) -> tuple[Play, Exchange]:
        if case.name not in made:
            play = tls_origin.play(two_then(case.end))
            met = SYNC.meet(tls_recorder.secure_url + play.path, took=play.took, http2=True)
            # Whatever happened behind it: to its client mitmproxy resets the stream.
            assert met.chunks == TWO
            assert met.error is not None
            assert met.error[1].startswith("<StreamReset ")
            made[case.name] = play, tls_recorder.cassette(play.path)[1]
        return made[case.name]

    return record


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_what_the_cassette_says(recorded: Recorded, case: Case) -> None:
    play, exchange = recorded(case)
    ending = exchange.ending
    assert [chunk.data for chunk in exchange.chunks] == TWO
    assert (ending.kind, ending.how, ending.framing) == (case.kind, case.how, Framing.H2)
    assert case.facts.items() <= ending.facts.items()
    _, body, end = on_a_socket(exchange, play.path)
    assert (body, end) == (TWO, case.socket)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_what_a_client_meets(tls_origin: Origin, recorded: Recorded, client: Client, case: Case) -> None:
    play, exchange = recorded(case)
    real = client.meet(tls_origin.url + play.path, took=play.took, http2=True)
    played = client.meet(tls_origin.url + play.path, transport=client.replay(exchange))
    assert played.chunks == real.chunks == TWO
    assert played.http_version == real.http_version == b"HTTP/2"
    assert (played.status, played.headers, played.after) == (real.status, real.headers, real.after)
    assert real.error is not None
    assert played.error is not None
    if case.name == "RST" and real.error[1] == "Server disconnected":
        pytest.skip("the TLS library of this Python shows a reset as an end")
    if case.real == case.played:
        assert played.errors == real.errors
    else:
        assert (real.error, played.error) == (case.real, case.played)
    if client == SYNC:
        assert played.error == case.played


def test_trailers_are_kept_and_replayed(tls_origin: Origin, tls_recorder: Recorder) -> None:
    play = tls_origin.play(two_then(lambda out: out.whole(((b"server-timing", b"9"),))))
    met = SYNC.meet(tls_recorder.secure_url + play.path, took=play.took, http2=True)
    assert (met.error, met.chunks) == (None, TWO)
    exchange = tls_recorder.cassette(play.path)[1]
    assert (exchange.ending.kind, exchange.ending.trailers) == (
        EndingKind.COMPLETE,
        (("server-timing", "9"),),
    )
    assert [met.error for met in through_transports(exchange, play.path)] == [None] * 6
    with ServerThread(exchange, speed="max") as server, Raw(server.url) as raw:
        raw.ask(play.path)
        raw.head()
        assert [raw.chunk() for _ in TWO] == TWO
        assert [raw.line()[0] for _ in range(3)] == [b"0", b"server-timing: 9", b""]


def wait(out: Http1) -> None:
    out.until_they_leave()


def nothing(_: Http2) -> None:
    """The stream stays open, and the connection with it."""


LEAVINGS: dict[str, Callable[[RawHttp2, int], None]] = {
    "RST_STREAM": lambda client, number: client.reset_stream(number),
    "GOAWAY": lambda client, _: client.goaway(),
    "FIN": lambda client, _: client.fin(),
    "RST": lambda client, _: client.reset(),
}
CLIENT = EndingKind.CLIENT_CLOSED


@pytest.mark.parametrize(
    ("leave", "upstream", "kind", "how", "client_open"),
    [
        ("RST_STREAM", "http/1", CLIENT, How.RESET, "true"),
        # Behind HTTP/2 it could as well have been the server.
        ("RST_STREAM", "http/2", EndingKind.UNKNOWN, How.RESET, "true"),
        ("GOAWAY", "http/1", CLIENT, How.UNKNOWN, "false"),
        ("GOAWAY", "http/2", CLIENT, How.UNKNOWN, "false"),
        ("FIN", "http/1", CLIENT, How.FIN, "false"),
        ("FIN", "http/2", CLIENT, How.FIN, "false"),
        ("RST", "http/1", CLIENT, How.RESET, "false"),
        ("RST", "http/2", CLIENT, How.RESET, "false"),
    ],
)
def test_a_client_that_leaves(
    request: pytest.FixtureRequest, leave: str, upstream: str, kind: EndingKind, how: How, client_open: str
) -> None:
    names = ("origin", "recorder") if upstream == "http/1" else ("tls_origin", "tls_recorder")
    origin, recorder = map(request.getfixturevalue, names)
    play = origin.play(two_then(wait if upstream == "http/1" else nothing))
    with RawHttp2(recorder.port) as raw:
        LEAVINGS[leave](raw, raw.read(play, 17))
        exchange = recorder.cassette(play.path)[1]
    ending = exchange.ending
    assert [chunk.data for chunk in exchange.chunks] == TWO
    assert (ending.kind, ending.how) == (kind, how)
    assert (ending.facts["client_open"], ending.facts["framing_complete"]) == (client_open, "false")
    for met in through_transports(exchange, play.path):
        assert met.chunks == TWO
        if kind is CLIENT:
            assert isinstance(met.raised, RecordingEnded)
        else:
            assert met.error == stream_reset(8)
    assert on_a_socket(exchange, play.path)[1:] == (TWO, "reset")
