"""Every way in which an origin can end a stream in HTTP/1: recorded, with which evidence, and replayed.

What a client meets in the replay is what the same client meets at that origin without a recorder: class,
arguments, message and causes of the exception, the read at which it came, the state of the response. Where
that cannot be, the case says why.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from playhead import EndingKind, Exchange, Framing, How

from .clients import SYNC, Client, Met
from .origin import Http1, Origin, Play
from .recorder import Recorder
from .replays import on_a_socket

TWO = [b"data: 1\n\n", b"data: \xe2\x82"]
INCOMPLETE = "peer closed connection without sending complete message body (incomplete chunked read)"


def sends(
    *ends: Callable[[Http1], None],
    framing: str | int = "chunked",
    pieces: list[bytes] = TWO,
    version: bytes = b"1.1",
) -> Callable[[Http1], None]:
    """A head, the pieces, then what ends it."""

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


def no_footer(out: Http1) -> None:
    out.raw(b"9\r\ndata: 2\n\nXX")
    out.sent(9)
    out.until_they_leave()


@dataclass(frozen=True)
class Case:
    """What the origin does, what the cassette says, what a client of httpx2 meets in the replay."""

    name: str
    script: Callable[[Http1], None]
    kind: EndingKind
    how: How
    framing: Framing
    error: tuple[str, str] | None
    """Class and message, for blocking code."""
    socket: str
    """How the connection to the replay server ends: "whole", "fin" or "reset"; "no size" is what none is."""
    chunks: tuple[bytes, ...] = tuple(TWO)
    same_message: bool = True


RST = ("ReadError", "[Errno 104] Connection reset by peer")
CUT = ("RemoteProtocolError", INCOMPLETE)
SHORT = (
    "RemoteProtocolError",
    "peer closed connection without sending complete message body (received 17 bytes, expected 135)",
)
fin, reset, whole = Http1.fin, Http1.reset, Http1.whole
PART = (*TWO, b"data: only a par")
# fmt: off
WHOLE = (EndingKind.COMPLETE, How.CLEAN)
FIN = (EndingKind.SERVER_CLOSED, How.FIN)
RESET = (EndingKind.SERVER_CLOSED, How.RESET)
GAVE_UP = (EndingKind.UNKNOWN, How.UNKNOWN)
CASES = [
    Case("chunked, whole", sends(whole), *WHOLE, Framing.CHUNKED, None, "whole"),
    Case("chunked, FIN", sends(fin), *FIN, Framing.CHUNKED, CUT, "fin"),
    Case("chunked, FIN at once", sends(fin, pieces=[]), *FIN, Framing.CHUNKED, CUT, "fin", ()),
    Case("chunked, FIN in a chunk", sends(cut_chunk, fin), *FIN, Framing.CHUNKED, CUT, "fin", PART),
    Case("chunked, RST", sends(reset), *RESET, Framing.CHUNKED, RST, "reset"),
    Case("chunked, RST at once", sends(reset, pieces=[]), *RESET, Framing.CHUNKED, RST, "reset", ()),
    Case("chunked, RST in a chunk", sends(cut_chunk, reset), *RESET, Framing.CHUNKED, RST, "reset", PART),
    Case("length, whole", sends(whole, framing=17), *WHOLE, Framing.LENGTH, None, "whole"),
    Case("length, FIN", sends(fin, framing=135), *FIN, Framing.LENGTH, SHORT, "fin"),
    Case("length, FIN at once", sends(fin, framing=135, pieces=[]), *FIN, Framing.LENGTH,
         (SHORT[0], SHORT[1].replace("17", "0")), "fin", ()),
    Case("length, RST", sends(reset, framing=135), *RESET, Framing.LENGTH, RST, "reset"),
    Case("close, FIN", sends(fin, framing="close"), *WHOLE, Framing.CLOSE, None, "fin"),
    Case("close, RST", sends(reset, framing="close"), *RESET, Framing.CLOSE, RST, "reset"),
    Case("HTTP/1.0, FIN", sends(fin, framing="close", version=b"1.0"), *WHOLE, Framing.CLOSE, None, "fin"),
    Case("HTTP/1.0, RST", sends(reset, framing="close", version=b"1.0"), *RESET, Framing.CLOSE, RST, "reset"),
    # mitmproxy gives up, and nothing tells why but its message: not which bytes it could not read.
    Case("bad chunk size", sends(no_size), *GAVE_UP, Framing.CHUNKED,
         ("RemoteProtocolError", "illegal chunk header: bytearray(b'?\\r\\n')"), "no size",
         same_message=False),
    Case("bad chunk footer", sends(no_footer), *GAVE_UP, Framing.CHUNKED,
         ("RemoteProtocolError", "malformed chunk footer: bytearray(b'??') (expected b'\\r\\n')"), "fin",
         (*TWO, b"data: 2\n\n"), same_message=False),
]
# fmt: on
EVIDENCE = {
    EndingKind.COMPLETE: ("true", "true", None),
    EndingKind.SERVER_CLOSED: ("true", "false", "false"),
    EndingKind.UNKNOWN: ("true", "false", "false"),
}
"""`client_open`, `server_open` (where not complete), `framing_complete`."""
Recorded = Callable[[Case], tuple[Play, Exchange]]


@pytest.fixture(scope="module")
def recorded(origin: Origin, recorder: Recorder) -> Recorded:
    """`recorded(case)` is the case's script and the exchange that the recorder made of it, made once."""
    made: dict[str, tuple[Play, Exchange]] = {}

    def record(case: Case) -> tuple[Play, Exchange]:
        if case.name not in made:
            play = origin.play(case.script)
            SYNC.meet(recorder.url + play.path, took=play.took)
            made[case.name] = play, recorder.cassette(play.path)[1]
        return made[case.name]

    return record


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_what_the_cassette_says(recorded: Recorded, case: Case) -> None:
    _, exchange = recorded(case)
    ending = exchange.ending
    assert (ending.kind, ending.how, ending.framing) == (case.kind, case.how, case.framing)
    assert [chunk.data for chunk in exchange.chunks] == list(case.chunks)
    assert (ending.chunks, ending.size) == (len(case.chunks), len(exchange.body))
    client_open, server_open, complete = EVIDENCE[case.kind]
    assert ending.facts["client_open"] == client_open
    if case.kind is not EndingKind.COMPLETE:
        assert ending.facts["server_open"] == server_open
        assert ending.facts["framing_complete"] == complete
    assert ("error" in ending.facts) is (case.error is not None and case.framing is not Framing.CLOSE)
    assert exchange.losses == ()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_client_meets_in_the_replay_what_it_meets_at_the_origin(
    origin: Origin, recorded: Recorded, client: Client, case: Case
) -> None:
    play, exchange = recorded(case)
    real = client.meet(origin.url + play.path, took=play.took)
    played = client.meet(origin.url + play.path, transport=client.replay(exchange))
    check_same(played, real, case)
    assert played.chunks == list(case.chunks)
    if client == SYNC:
        assert played.error == case.error


def check_same(played: Met, real: Met, case: Case) -> None:
    if case.same_message:
        assert played.errors == real.errors
    else:
        assert [kind for kind, _, _ in played.errors] == [kind for kind, _, _ in real.errors]
    assert (played.status, played.http_version) == (real.status, real.http_version)
    assert played.after == real.after
    assert played.chunks == real.chunks


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_socket_meets_it_too(recorded: Recorded, case: Case) -> None:
    play, exchange = recorded(case)
    _, body, end = on_a_socket(exchange, play.path)
    assert (b"".join(body), end) == (b"".join(case.chunks), case.socket)
    if case.framing is Framing.CHUNKED:
        assert body == list(case.chunks)
