"""The real thing, small: a recorder on loopback before an origin of ours, and what a client got through it.

The origin sends three events, 50 ms apart at least, and each only when the client has the one before it (or
gave up waiting): so that "unbuffered" needs no judgement about times. Knows sockets and the `record`
command as a process; the cassette is read as anybody would.
"""

from __future__ import annotations

import contextlib
import http.client
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import msgspec

import playhead
from playhead.demo.process import Children, Service
from playhead.doctor import Finding, Level
from playhead.errors import PlayheadError
from playhead_recorder import private

EVENTS: Final = (b"data: one\n\n", b"data: two\n\n", b"data: three\n\n")
_APART_SECONDS = 0.05
_PATIENCE_SECONDS = 5.0
_SECONDS = 90.0
"""More than a recorder may take to start: the origin waits through that, too."""
_STREAM, _CASSETTE = "live stream", "live cassette"
_HEAD = (
    b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n"
    b"connection: close\r\n\r\n"
)


class Met(msgspec.Struct, frozen=True):
    """What the client met: the body, and for each event how long after its sending it came, in seconds."""

    body: bytes
    delays: tuple[float, ...]
    is_unbuffered: bool
    """Whether each event came before the next was sent."""


class Origin:
    """Answers one request with the events, from `with` on. `received` is told what the client has."""

    def __init__(self) -> None:
        self.sent: list[float] = []
        self.is_unbuffered: bool = True
        self._has = threading.Condition()
        self._received = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(_SECONDS)
        self.url: str = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._thread = threading.Thread(target=self._serve, name="playhead-origin", daemon=True)

    def __enter__(self) -> Origin:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.close()
        self._thread.join(_PATIENCE_SECONDS)

    def received(self, size: int) -> None:
        with self._has:
            self._received += size
            self._has.notify_all()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            connection, _ = self._listener.accept()
            with connection:
                connection.settimeout(_SECONDS)
                request = b""
                while b"\r\n\r\n" not in request and (data := connection.recv(65536)):
                    request += data
                connection.sendall(_HEAD)
                self._send(connection)
                connection.sendall(b"0\r\n\r\n")

    def _send(self, connection: socket.socket) -> None:
        size = 0
        for event in EVENTS:
            self.sent.append(time.monotonic())
            connection.sendall(b"%x\r\n%b\r\n" % (len(event), event))
            size += len(event)
            with self._has:
                if not self._has.wait_for(lambda: self._received >= size, _PATIENCE_SECONDS):  # noqa: B023
                    self.is_unbuffered = False
            time.sleep(_APART_SECONDS)


def live() -> list[Finding]:
    """Record three events, and tell what became of them."""
    with private.folder() as own:
        try:
            with Origin() as origin:
                record = ("record", "--upstream", origin.url, "-o", str(own), "--listen", "127.0.0.1:0")
                with Service(Children(), *record) as proxy:
                    met = _read(proxy.url, origin)
        except (PlayheadError, OSError, http.client.HTTPException) as error:
            # Of a traceback the last line says what it was.
            why = str(error).strip().rpartition("\n")[2] or type(error).__name__
            what = f"no stream came through the recorder: {why}"
            return [Finding(_STREAM, Level.FAIL, what, "Run `playhead record` by hand and see what it says.")]
        return [judge_stream(met), judge_cassettes(own)]


def judge_stream(met: Met) -> Finding:
    if met.body != b"".join(EVENTS):
        return Finding(_STREAM, Level.FAIL, f"the client got other bytes: {len(met.body)} of them")
    if not met.is_unbuffered:
        return Finding(
            _STREAM, Level.FAIL, "the client got the events late: something between holds them back"
        )
    delay = max(met.delays, default=0.0) * 1000
    return Finding(_STREAM, Level.OK, f"{len(EVENTS)} events came one by one, each within {delay:.1f} ms")


def judge_cassettes(folder: Path) -> Finding:
    """Whether there is one cassette of the whole stream in `folder`, or below it."""
    found = sorted(each for each in folder.rglob("*.cassette.jsonl*") if not each.name.endswith(".partial"))
    if len(found) != 1:
        return Finding(_CASSETTE, Level.FAIL, f"the recorder left {len(found)} cassettes, not one")
    try:
        (exchange,) = playhead.load(found[0]).exchanges
        same = exchange.body == b"".join(EVENTS) and not exchange.losses
        ending = exchange.ending.kind
    except (PlayheadError, ValueError) as error:
        return Finding(_CASSETTE, Level.FAIL, f"the cassette cannot be read: {error}")
    if not same:
        return Finding(_CASSETTE, Level.FAIL, "the cassette does not hold what was sent")
    if ending is not playhead.EndingKind.COMPLETE:
        return Finding(_CASSETTE, Level.FAIL, f"the cassette says that the stream ended as {ending.value}")
    return Finding(_CASSETTE, Level.OK, f"whole: {len(exchange.chunks)} chunks, {exchange.size} bytes")


def _read(url: str, origin: Origin) -> Met:
    """Request the stream through the recorder at `url`."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=_SECONDS)
    body, arrivals = b"", []
    try:
        connection.request("GET", "/playhead-doctor", headers={"accept": "text/event-stream"})
        response = connection.getresponse()
        while data := response.read1():
            arrivals.append((time.monotonic(), len(body) + len(data)))
            body += data
            origin.received(len(data))
    finally:
        connection.close()
    return Met(body, tuple(_delays(arrivals, origin.sent)), origin.is_unbuffered)


def _delays(arrivals: list[tuple[float, int]], sent: list[float]) -> Iterator[float]:
    """How long each event was on its way: until its last byte was there."""
    end = 0
    for at, event in zip(sent, EVENTS, strict=False):
        end += len(event)
        yield next((time_ - at for time_, size in arrivals if size >= end), 0.0)
