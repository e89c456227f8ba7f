"""Every content encoding in every framing, from the origin through a recorder to every replay.

The client's bytes are the origin's; the cassette's chunks are the deliveries, decoded; every replay gives
those chunks again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from playhead import Cassette, EndingKind, Framing, How

from .clients import SYNC, Raw
from .encodings import ENCODERS, encode
from .origin import SSE, Origin, Play
from .recorder import Recorder
from .replays import on_a_socket, through_transports

PIECES = [
    b"event: a\ndata: 1\n\n",
    b"data: caf\xc3",
    b"\xa9\r\n\r",
    b"\n: keep-alive\n\n",
    b"data: \xff is no text\n\n" + b"data: more of it\n\n" * 400,
    b"data: [DONE]\n\n",
]
ENCODINGS = ["none", "identity", *ENCODERS]


@dataclass(frozen=True)
class Route:
    """How the body travels: from an origin over `tls` or not, to a client over HTTP/2 or not."""

    framing: Framing
    length: bool = False
    version: bytes = b"1.1"
    asked: str = "1.1"
    tls: bool = False
    http2: bool = False


ROUTES = {
    "chunked": Route(Framing.CHUNKED),
    "length": Route(Framing.LENGTH, length=True),
    "close": Route(Framing.CLOSE),
    "http/1.0": Route(Framing.CLOSE, version=b"1.0"),
    "http/1.0-length": Route(Framing.LENGTH, length=True, version=b"1.0", asked="1.0"),
    "http/1.0-client": Route(Framing.CLOSE, asked="1.0"),
    "tls-chunked": Route(Framing.CHUNKED, tls=True),
    "chunked-to-http/2": Route(Framing.CHUNKED, http2=True),
    "length-to-http/2": Route(Framing.LENGTH, length=True, http2=True),
    "close-to-http/2": Route(Framing.CLOSE, http2=True),
    "http/2": Route(Framing.H2, tls=True, http2=True),
}


@dataclass(frozen=True)
class Way:
    """A route with an origin and a recorder on it."""

    route: Route
    origin: Origin
    recorder: Recorder

    def play(self, wire: list[bytes], encoding: str | None) -> Play:
        """What the origin sends: a delivery for each of `wire`."""
        headers = (*SSE, (b"content-encoding", encoding.encode())) if encoding else SSE

        def script(out: Any) -> None:
            out.version = self.route.version
            out.framing = sum(map(len, wire)) if self.route.length else self.route.framing.value
            out.head(headers)
            for piece in wire:
                out.send(piece)
            out.whole()

        return self.origin.play(script)

    def read(self, play: Play) -> list[bytes]:
        """The deliveries as the client behind the recorder reads them."""
        if not self.route.http2:
            return read_raw(self.recorder.url, play, self.route.asked)
        met = SYNC.meet(self.recorder.secure_url + play.path, took=play.took, http2=True)
        assert (met.status, met.http_version, met.error) == (200, b"HTTP/2", None)
        return met.chunks


@pytest.fixture(params=ROUTES)
def way(request: pytest.FixtureRequest) -> Way:
    route = ROUTES[request.param]
    names = ("tls_origin", "tls_recorder") if route.tls else ("origin", "recorder")
    return Way(route, *map(request.getfixturevalue, names))


def read_raw(url: str, play: Play, version: str = "1.1") -> list[bytes]:
    """A response's body over HTTP/1: its chunks, else what each read gave."""
    pieces = []
    with Raw(url) as raw:
        raw.ask(play.path, version=version)
        head = raw.head().lower()
        play.took(b"")
        read = raw.chunk if b"transfer-encoding: chunked" in head else raw.piece
        length = int(head.partition(b"content-length: ")[2].partition(b"\r\n")[0] or -1)
        while sum(map(len, pieces)) != length and (piece := read()):
            play.took(piece)
            pieces.append(piece)
    return pieces


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_every_encoding_in_every_framing(way: Way, encoding: str) -> None:
    encoded = encoding in ENCODERS
    wire = encode(encoding, PIECES) if encoded else PIECES
    named = ENCODERS[encoding][0] if encoded else encoding
    play = way.play(wire, None if encoding == "none" else named)
    # A last delivery may hold nothing, which no framing can carry.
    wire = [piece for piece in wire if piece]
    assert way.read(play) == wire

    cassette = way.recorder.cassette(play.path)
    exchange = cassette[1]
    decoded = PIECES + [b""] * (len(wire) - len(PIECES))
    assert [chunk.data for chunk in exchange.chunks] == decoded
    assert [chunk.wire_bytes for chunk in exchange.chunks] == [
        len(piece) if encoded else None for piece in wire
    ]
    assert not any(chunk.undecoded for chunk in exchange.chunks)
    ending = exchange.ending
    assert (ending.kind, ending.how, ending.framing) == (EndingKind.COMPLETE, How.CLEAN, way.route.framing)
    assert (ending.facts["framing_complete"], ending.size) == ("true", sum(map(len, PIECES)))
    assert exchange.losses == ()
    check_replays(cassette, play.path, PIECES)


def check_replays(cassette: Cassette, path: str, pieces: list[bytes]) -> None:
    """Every client of every flavour, and a socket, meet `pieces` one by one and a clean end."""
    framing = cassette[1].ending.framing
    for met in through_transports(cassette, path):
        assert (met.error, met.chunks) == (None, pieces)
        assert b"content-encoding" not in [name.lower() for name, _ in met.headers]
        assert (met.http_version == b"HTTP/2") is (framing is Framing.H2)
    head, body, end = on_a_socket(cassette, path)
    assert b"content-encoding" not in head.lower()
    if framing in (Framing.CHUNKED, Framing.H2):
        assert (body, end) == (pieces, "whole")
    else:
        assert (body, end) == ([b"".join(pieces)], "fin" if framing is Framing.CLOSE else "whole")
