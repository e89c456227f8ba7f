"""Every row of what can happen to a response, recorded from a real origin and met again in the replay.

Each row is a script of an origin that test clients reach over a socket (HTTP/1, TLS, HTTP/2). It is recorded
once, by the recording transport of one client; every client then meets at the origin and in the replay the
same: chunks, head, class, arguments and message of the exception and of each cause, the read at which it
came, and the state of the response afterwards.
"""

from __future__ import annotations

import gzip
import socket
import sys
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import httpx2
import pytest

import playhead
import playhead.httpx2
from playhead import Exchange
from playhead.capture.log import unquoted

from ..loop import certificates
from ..loop.clients import CLIENTS, SYNC, Client, Met
from ..loop.origin import SSE, Http1, Origin

TWO = [b"data: 1\n\n", b"data: \xe2\x82"]
GZIP = (*SSE, (b"content-encoding", b"gzip"))
ZIPPED = gzip.compress(b"data: 1\n\n" * 40)


def flushed(*pieces: bytes) -> list[bytes]:
    """Pieces of one gzip body that can each be decoded at once."""
    encoder = zlib.compressobj(wbits=31)
    return [encoder.compress(piece) + encoder.flush(zlib.Z_SYNC_FLUSH) for piece in pieces]


def body(
    *ends: Callable[[Any], Any],
    pieces: list[bytes] = TWO,
    framing: str | int = "chunked",
    version: bytes = b"1.1",
    headers: Any = SSE,
) -> Callable[[Any], None]:
    """A head, deliveries, and what comes then."""

    def script(out: Any) -> None:
        out.framing = framing
        out.version = version
        out.head(headers)
        out.sent(0)
        for piece in pieces:
            out.send(piece)
        for end in ends:
            end(out)

    return script


def raw(data: bytes, *ends: Callable[[Any], Any]) -> Callable[[Any], None]:
    """Bytes of a head that are none, or not all."""

    def script(out: Any) -> None:
        out.raw(data)
        out.acknowledged()
        for end in ends:
            end(out)

    return script


def part(out: Http1) -> None:
    out.part_of_a_chunk(b"data: only a par")


def then_raw(data: bytes) -> Callable[[Any], None]:
    return lambda out: out.raw(data)


def encoded(*pieces: bytes) -> Callable[[Any], None]:
    """A gzip body, whose pieces nobody waits for: what is read has another length."""

    def script(out: Http1) -> None:
        out.head(GZIP)
        for piece in pieces:
            out.raw(b"%x\r\n%b\r\n" % (len(piece), piece))
        out.whole()

    return script


@dataclass(frozen=True)
class Row:
    """`error` is the class that httpx2's blocking client raises, and how its message begins."""

    name: str
    script: Callable[[Any], Any]
    error: str | None = None
    timeout: float = 30.0
    decode: bool = False
    quotes: bool = False
    """The message quotes what came. A recording leaves that out: it may be anything, a secret too."""


LEAVE = Http1.until_they_leave
CUT = "RemoteProtocolError: peer closed connection without sending complete message body"
INCOMPLETE = f"{CUT} (incomplete chunked read)"
NO_ANSWER = "RemoteProtocolError: Server disconnected without sending a response."
RESET = "ReadError: [Errno 104] Connection reset by peer"
STALL = "ReadTimeout: timed out"
HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n"

HTTP1 = [
    Row("whole, chunked", body(Http1.whole)),
    Row("whole, length", body(framing=17)),
    Row("whole, closed", body(Http1.fin, framing="close")),
    Row("whole, trailers", body(lambda out: out.whole(((b"x-sum", b"9"),)))),
    Row("whole, HTTP/1.0", body(Http1.fin, framing="close", version=b"1.0")),
    Row("FIN in a chunked body", body(Http1.fin), INCOMPLETE),
    Row("FIN in a chunk", body(part, Http1.fin), INCOMPLETE),
    Row("FIN behind the head", body(Http1.fin, pieces=[]), INCOMPLETE),
    Row("FIN before the length", body(Http1.fin, framing=100), f"{CUT} (received 17 bytes, expected 100)"),
    Row("FIN, length, nothing sent", body(Http1.fin, framing=100, pieces=[]),
        f"{CUT} (received 0 bytes, expected 100)"),
    Row("RST in a chunked body", body(Http1.reset), RESET),
    Row("RST in a chunk", body(part, Http1.reset), RESET),
    Row("RST before the length", body(Http1.reset, framing=100), RESET),
    Row("RST in a body that only its end delimits", body(Http1.reset, framing="close"), RESET),
    Row("RST behind the head", body(Http1.reset, pieces=[]), RESET),
    Row("RST before the head", Http1.reset, RESET),
    Row("RST inside the head", raw(HEAD, Http1.reset), RESET),
    Row("FIN before the head", Http1.fin, NO_ANSWER),
    Row("FIN inside the head", raw(HEAD, Http1.fin), NO_ANSWER),
    Row("stall in a chunked body", body(LEAVE), STALL, 0.5),
    Row("stall in a chunk", body(part, LEAVE), STALL, 0.5),
    Row("stall before the length", body(LEAVE, framing=100), STALL, 0.5),
    Row("stall in a body that only its end delimits", body(LEAVE, framing="close"), STALL, 0.5),
    Row("stall behind the head", body(LEAVE, pieces=[]), STALL, 0.5),
    Row("stall before the head", LEAVE, STALL, 0.5),
    Row("stall inside the head", raw(HEAD, LEAVE), STALL, 0.5),
    Row("a head that is none", raw(b"not http\r\n\r\n", Http1.fin),
        "RemoteProtocolError: illegal status line: bytearray(b'not http')", quotes=True),
    Row("a header line that is none", raw(HEAD + b"oh no\r\n\r\n", Http1.fin),
        "RemoteProtocolError: illegal header line: bytearray(b'oh no')", quotes=True),
    Row("a length that is none", raw(HEAD + b"content-length: -4\r\n\r\n", Http1.fin),
        "RemoteProtocolError: bad Content-Length"),
    Row("a chunk size that is none", body(then_raw(b"zz\r\n"), Http1.fin),
        r"RemoteProtocolError: illegal chunk header: bytearray(b'zz\r\n')", quotes=True),
    Row("a chunk size that is none, at once", body(then_raw(b"zz\r\n"), Http1.fin, pieces=[]),
        r"RemoteProtocolError: illegal chunk header: bytearray(b'zz\r\n')", quotes=True),
    Row("a chunk footer that is none", body(then_raw(b"3\r\nabczz"), LEAVE),
        r"RemoteProtocolError: malformed chunk footer: bytearray(b'zz') (expected b'\r\n')", quotes=True),
    Row("gzip", encoded(*flushed(*TWO)), decode=True),
    Row("gzip truncated, clean", encoded(ZIPPED[:-12]), decode=True),
    Row("gzip corrupt", encoded(*flushed(*TWO), b"\xff" * 20),
        "DecodingError: Error -3 while decompressing data", decode=True),
    Row("gzip corrupt from the start", encoded(b"no gzip"),
        "DecodingError: Error -3 while decompressing data", decode=True),
]  # fmt: skip
STREAM_RESET = "RemoteProtocolError: <StreamReset stream_id:1, error_code:%d, remote_reset:True>"
TERMINATED = (
    "RemoteProtocolError: <ConnectionTerminated error_code:%d, last_stream_id:%d, additional_data:%s>"
)
DISCONNECTED = "RemoteProtocolError: Server disconnected"
TLS_STALL = "ReadTimeout: The read operation timed out"


def quiet(out: Any) -> None:
    """The stream stays open, and the connection with it."""


def goaway(code: int, last: int, said: bytes | None = None) -> Callable[[Any], None]:
    def end(out: Any) -> None:
        with out.flushing():
            out.h2.close_connection(code, said, last)

    return end


HTTP2 = [
    Row("whole", body(lambda out: out.whole())),
    Row("trailers", body(lambda out: out.whole(((b"x-sum", b"9"),)))),
    Row("RST_STREAM", body(lambda out: out.rst_stream(2)), STREAM_RESET % 2),
    Row("RST_STREAM cancel", body(lambda out: out.rst_stream(8)), STREAM_RESET % 8),
    Row("RST_STREAM of an unknown code", body(lambda out: out.rst_stream(99)), STREAM_RESET % 99),
    Row("RST_STREAM before the head", lambda out: out.rst_stream(7), STREAM_RESET % 7),
    Row("GOAWAY", body(goaway(0, 1)), TERMINATED % (0, 1, None)),
    Row("GOAWAY with an error", body(goaway(2, 1)), TERMINATED % (2, 1, None)),
    Row("GOAWAY of an unknown code", body(goaway(99, 1)), TERMINATED % (99, 1, None)),
    Row("GOAWAY with words", body(goaway(11, 1, b"calm down")), TERMINATED % (11, 1, b"calm down".hex())),
    Row("GOAWAY that has seen none", body(goaway(0, 0)), TERMINATED % (0, 0, None)),
    Row("GOAWAY before the head", goaway(0, 1), TERMINATED % (0, 1, None)),
    Row("FIN", body(lambda out: out.fin()), DISCONNECTED),
    Row("FIN before the head", lambda out: out.fin(), DISCONNECTED),
    Row("RST", body(lambda out: out.reset()), RESET),
    Row("stall", body(quiet), TLS_STALL, 0.5),
    Row("stall before the head", quiet, TLS_STALL, 0.5),
]
TLS = [
    Row("whole", body(Http1.whole)),
    Row("FIN", body(Http1.fin), INCOMPLETE),
    Row("RST", body(Http1.reset), RESET),
    Row("RST before the head", Http1.reset, RESET),
    Row("FIN before the head", Http1.fin, NO_ANSWER),
    Row("stall", body(LEAVE), TLS_STALL, 0.5),
    Row("stall before the head", LEAVE, TLS_STALL, 0.5),
]


@pytest.fixture(scope="module")
def origin() -> Iterator[Origin]:
    with Origin() as made:
        yield made
        assert not made.errors


@pytest.fixture(scope="module")
def tls_origin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Origin]:
    pytest.importorskip("cryptography")
    certificate = certificates.make(tmp_path_factory.mktemp("certificate") / "origin.pem")
    with Origin(certificates.server_context(certificate)) as made:
        yield made
        assert not made.errors


@pytest.fixture(params=CLIENTS, ids=lambda client: client.name)
def visitor(request: pytest.FixtureRequest) -> Client:
    return request.param


def patience(client: Client, row: Row) -> Any:
    """Only a read may wait in vain: a handshake takes what it takes on a machine that is busy."""
    return client.library.Timeout(30.0, read=row.timeout)


class Recordings:
    """What was recorded of each row, once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._made: dict[tuple[str, str], tuple[Any, Exchange]] = {}
        self._numbers = count()

    def of(self, origin: Origin, row: Row, *, http2: bool = False) -> tuple[Any, Exchange]:
        """The script's place at the origin, and the exchange."""
        key = (f"{origin.url}-{http2}", row.name)
        if key not in self._made:
            play = origin.play(row.script)
            path = self._folder / f"{next(self._numbers)}.cassette.jsonl"
            below = httpx2.HTTPTransport(verify=False, http2=http2, trust_env=False)
            transport = playhead.httpx2.RecordingTransport(path, below)
            met = SYNC.meet(
                origin.url + play.path, transport=transport, took=play.took, timeout=patience(SYNC, row),
                decode=row.decode,
            )  # fmt: skip
            error = f"{met.error[0]}: {met.error[1]}" if met.error else None
            assert error == row.error or (error and row.error and error.startswith(row.error)), error
            self._made[key] = play, playhead.load(path)[1]
        return self._made[key]


@pytest.fixture(scope="module")
def recordings(tmp_path_factory: pytest.TempPathFactory) -> Recordings:
    return Recordings(tmp_path_factory.mktemp("matrix"))


def described(met: Met, row: Row) -> dict[str, Any]:
    """What must be equal. Framing is made anew, and a decoded body has no encoding any more."""
    dropped = {b"connection", b"transfer-encoding"}
    if row.decode:
        dropped |= {b"content-encoding"}
    errors = met.errors
    if row.quotes:
        errors = [(kind, tuple(map(unquoted, args)), unquoted(message)) for kind, args, message in errors]
    headers = [(name.lower(), value) for name, value in met.headers]
    after = met.after[:2] if row.decode and met.after else met.after
    return {
        "status": met.status,
        "headers": [pair for pair in headers if pair[0] not in dropped],
        "version": met.http_version,
        "extensions": met.extensions,
        "chunks": met.chunks,
        "errors": errors,
        "after": after,
    }


def compare(
    origin: Origin, recordings: Recordings, visitor: Client, row: Row, *, http2: bool = False
) -> None:
    if row.error == RESET and origin.url.startswith("https") and sys.version_info < (3, 13):
        pytest.skip("before 3.13 Python's ssl takes a reset for an end")
    play, exchange = recordings.of(origin, row, http2=http2)
    url = origin.url + play.path
    wait = patience(visitor, row)
    real = visitor.meet(url, took=play.took, timeout=wait, http2=http2, decode=row.decode)
    played = visitor.meet(url, transport=visitor.replay(exchange), timeout=wait, decode=row.decode)
    assert described(played, row) == described(real, row)


# After a DecodingError httpcore leaves a generator to the garbage collector, of which trio complains.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("row", HTTP1, ids=lambda row: row.name)
def test_http1(origin: Origin, recordings: Recordings, visitor: Client, row: Row) -> None:
    compare(origin, recordings, visitor, row)


@pytest.mark.parametrize("row", TLS, ids=lambda row: row.name)
def test_tls(tls_origin: Origin, recordings: Recordings, visitor: Client, row: Row) -> None:
    compare(tls_origin, recordings, visitor, row)


def test_a_certificate_that_nobody_vouches_for(tls_origin: Origin, visitor: Client, tmp_path: Path) -> None:
    """Recorded by the blocking client, which is told why."""
    url = tls_origin.url + tls_origin.play(quiet).path
    path = tmp_path / "tls.cassette.jsonl"
    SYNC.meet(url, transport=playhead.httpx2.RecordingTransport(path))
    library = visitor.library
    below = library.HTTPTransport if visitor.flavour == "sync" else library.AsyncHTTPTransport
    real = visitor.meet(url, transport=below(trust_env=False))
    played = visitor.meet(url, transport=visitor.replay(path))
    assert played.errors == real.errors
    assert real.error is not None
    assert real.error[0] == "ConnectError"


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]"])
def test_nobody_listens(visitor: Client, tmp_path: Path, host: str) -> None:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        url = f"http://{host}:{bound.getsockname()[1]}/"
        path = tmp_path / "refused.cassette.jsonl"
        below = httpx2.HTTPTransport(trust_env=False)
        SYNC.meet(url, transport=playhead.httpx2.RecordingTransport(path, below))
        real = visitor.meet(url)
    played = visitor.meet(url, transport=visitor.replay(path))
    assert real.error is not None
    if host == "[::1]" and "[Errno 9" in real.error[1]:
        pytest.skip("there is no IPv6 here")
    assert played.errors == real.errors


@pytest.mark.parametrize("row", HTTP2, ids=lambda row: row.name)
def test_http2(tls_origin: Origin, recordings: Recordings, visitor: Client, row: Row) -> None:
    pytest.importorskip("h2")
    compare(tls_origin, recordings, visitor, row, http2=True)
