"""Beside the peers: what each replays of a stream that it has recorded, and what a test of it costs.

`uv run --group company python benchmarks/peers.py [--tests N] [--rounds N]`. First each records, through
httpx, from an origin on this machine: a stream with a chunk per event, whole, cut (FIN inside the chunked
body) and reset; then it replays that without the origin, at the recorded pace where it has one. respx and
pytest-httpx record nothing; pytest-recording is vcrpy here. Then suites of like tests, each in a pytest of
its own: the processor time that a test takes more than an empty one, and an event of its stream, as ratios to
a bare MockTransport with a chunk per event. docs/peers.md has the figures.
"""

from __future__ import annotations

import argparse
import socket
import struct
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import agentrec
import cassetter
import httpx
import vcr
from measure import interleaved, table
from peers_suites import LONG, SHORT, suites

from playhead.httpx import RecordingTransport, ReplayTransport

EVENTS, CUT, GAP = 11, 6, 0.03
CHUNKS = [b"id: %d\ndata: word %d\n\n" % (number, number) for number in range(EVENTS)]
HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
RESET = struct.pack("ii", 1, 0)
"""SO_LINGER that makes close() send RST."""


class Met(NamedTuple):
    """What a client met: chunks, seconds to the first and to the last, and the class of the error, if any."""

    chunks: list[bytes]
    first: float
    last: float
    error: str


class Peer(NamedTuple):
    """How a tool is used: clients that record, and clients that replay, for one path of the origin."""

    record: Callable[[Path], AbstractContextManager[httpx.Client]]
    replay: Callable[[Path], AbstractContextManager[httpx.Client]]


@contextmanager
def origin() -> Iterator[str]:
    """A server of `/whole`, `/cut` and `/reset`; each connection answers once."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=_listen, args=(listener,), daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()


def _listen(listener: socket.socket) -> None:
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        with connection:
            _answer(connection)


def _answer(connection: socket.socket) -> None:
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    asked = b""
    while b"{}" not in asked:
        asked += connection.recv(65536)
    path = asked.split(b" ", 2)[1]
    connection.sendall(HEAD)
    for data in CHUNKS if path == b"/whole" else CHUNKS[:CUT]:
        time.sleep(GAP)
        connection.sendall(b"%x\r\n%b\r\n" % (len(data), data))
    if path == b"/whole":
        connection.sendall(b"0\r\n\r\n")
    elif path == b"/reset":
        time.sleep(GAP)  # else the reset overtakes what was sent
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)


def fetch(client: httpx.Client, url: str) -> Met:
    """Read the stream as it comes."""
    chunks: list[bytes] = []
    times: list[float] = []
    error = "clean end"
    start = time.perf_counter()
    try:
        with client.stream("POST", url, content=b"{}") as response:
            for data in response.iter_bytes():
                times.append(time.perf_counter() - start)
                chunks.append(data)
    except Exception as met:  # noqa: BLE001 - which one it is, is what is asked
        error = type(met).__name__
    return Met(chunks, times[0] if times else 0.0, times[-1] if times else 0.0, error)


def _playhead() -> Peer:
    def record(folder: Path) -> AbstractContextManager[httpx.Client]:
        return httpx.Client(transport=RecordingTransport(folder / "it.cassette.jsonl"))

    def replay(folder: Path) -> AbstractContextManager[httpx.Client]:
        return httpx.Client(transport=ReplayTransport(folder / "it.cassette.jsonl", speed=1.0))

    return Peer(record, replay)


def _patching(using: Callable[[Path, str], AbstractContextManager[Any]]) -> Peer:
    """A tool that answers every client inside a `with`."""

    @contextmanager
    def client(folder: Path, mode: str) -> Iterator[httpx.Client]:
        with using(folder / "it.yaml", mode), httpx.Client() as client:
            yield client

    return Peer(lambda folder: client(folder, "once"), lambda folder: client(folder, "none"))


def _agentrec() -> Peer:
    def record(folder: Path) -> AbstractContextManager[httpx.Client]:
        store = agentrec.FileStore(folder)
        return httpx.Client(transport=agentrec.SyncRecordingTransport(httpx.HTTPTransport(), store))

    def replay(folder: Path) -> AbstractContextManager[httpx.Client]:
        store = agentrec.FileStore(folder)
        return httpx.Client(transport=agentrec.SyncReplayTransport(store, simulate_timing=True))

    return Peer(record, replay)


PEERS = {
    "playhead": _playhead(),
    "vcrpy": _patching(lambda path, mode: vcr.use_cassette(str(path), record_mode=mode)),
    "cassetter": _patching(lambda path, mode: cassetter.use_cassette(path, record_mode=mode)),
    "agentrec": _agentrec(),
}


def recorded(peer: Peer, base: str, folder: Path, path: str) -> tuple[Met, Met | None]:
    """What a client met while the peer recorded, and in the replay; None where nothing was saved."""
    folder.mkdir()
    with peer.record(folder) as client:
        live = fetch(client, base + path)
    if not any(folder.iterdir()):
        return live, None
    with peer.replay(folder) as client:
        return live, fetch(client, base + path)


def fidelity(root: Path) -> list[tuple[str, ...]]:
    """A row for each peer."""
    rows = []
    for name, peer in PEERS.items():
        with origin() as base:
            met = {path: recorded(peer, base, root / (name + path), "/" + path) for path in ENDS}
        live, replayed = met["whole"]
        assert replayed is not None
        if b"".join(replayed.chunks) != b"".join(CHUNKS):
            sys.exit(f"{name} replays other bytes")
        kept = sum(chunk in replayed.chunks for chunk in CHUNKS)
        ends = [_ending(*met[path]) for path in ENDS[1:]]
        rows.append(
            (
                name,
                "at once" if live.first < live.last / 2 else "when all is there",
                f"{kept} of {EVENTS}",
                f"{(replayed.last - replayed.first) / (GAP * (EVENTS - 1)):.2f}",
                *ends,
            )
        )
    return rows


ENDS = ("whole", "cut", "reset")


def _ending(live: Met, replayed: Met | None) -> str:
    if replayed is None:
        return "nothing saved"
    size = len(b"".join(replayed.chunks))
    said = f"{replayed.error} after {size} of {len(b''.join(CHUNKS[:CUT]))} bytes"
    return said if replayed.error != live.error else f"the same: {said}"


def cost(root: Path, tests: int, rounds: int) -> None:
    """Suites of short streams, of long ones and of none."""
    medians = interleaved(suites(root, tests), rounds)
    empty = medians.pop("empty")
    names = list(dict.fromkeys(name for name, _ in (each.split("|") for each in medians)))
    taken = {name: medians[f"{name}|{SHORT}"] - empty for name in names}
    events = {
        name: (medians[f"{name}|{LONG}"] - medians[f"{name}|{SHORT}"]) / (LONG - SHORT) for name in names
    }
    bare = "bare mock"
    rows = [
        (
            name,
            f"{taken[name] * 1e3:.2f}",
            f"{taken[name] / taken[bare]:.1f}",
            f"{events[name] * 1e6:.2f}",
            f"{events[name] / events[bare]:.1f}",
        )
        for name in names
    ]
    heads = ("", f"ms a test of {SHORT} events", "× bare mock", "µs an event more", "× bare mock")
    table("processor time, over an empty test", rows, heads)


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure Playhead beside its peers.")
    parser.add_argument("--tests", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        heads = ("", "client reads while recorded", "chunks", "× recorded span", "cut", "reset")
        table(f"a stream of {EVENTS} events, recorded and replayed", fidelity(root), heads)
        cost(root, options.tests, options.rounds)


if __name__ == "__main__":
    main()
