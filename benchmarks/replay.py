"""Replay through a client against the least that a client can be given: a MockTransport over a list.

Prints, for httpx and httpx2, milliseconds per request of 300 events and the ratio to a bare MockTransport
with a chunk per event: with the cassette loaded and played before, and with a cassette loaded for each
request. Interleaved request by request, medians; all ways share one client. Run:
`python benchmarks/replay.py`.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import playhead
from playhead import EndingKind, Request, Response

EVENTS = 300
ROUNDS = 400
URL = "http://replay.test/v1/messages"
HEADERS = (("content-type", "text/event-stream"), ("request-id", "req_bench"))
EVENT = (
    'event: content_block_delta\ndata: {"type":"content_block_delta","index":0,'
    '"delta":{"type":"text_delta","text":"word %d "}}\n\n'
)


def main() -> None:
    """Measure and print."""
    import httpx
    import httpx2

    from playhead.httpx import ReplayTransport as HttpxReplay
    from playhead.httpx2 import ReplayTransport as Httpx2Replay

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "bench.cassette.jsonl"
        write(path)
        for library, transport in ((httpx, HttpxReplay), (httpx2, Httpx2Replay)):
            measure(library, transport, path)


def write(path: Path) -> None:
    """A cassette of one exchange: a chunk an event."""
    with playhead.open_writer(path) as writer:
        exchange = writer.exchange()
        exchange.request(Request(method="POST", url=URL, body=b"{}", t=0.0))
        exchange.response(Response(status=200, reason="OK", headers=HEADERS, t=0.4))
        for number in range(EVENTS):
            exchange.chunk((EVENT % number).encode(), 0.5 + number * 0.02)
        exchange.end(EndingKind.COMPLETE, 7.0, facts={"how": "clean", "framing": "chunked"})


def measure(library: object, transport: type, path: Path) -> None:
    cassette = playhead.load(path)
    chunks = [chunk.data for chunk in cassette[1].chunks]

    def mock() -> object:
        return library.MockTransport(
            lambda _: library.Response(200, headers=list(HEADERS), content=iter(chunks))
        )

    ways: dict[str, Callable[[], object]] = {
        "bare mock": mock,
        "replay, loaded": lambda: transport(cassette),
        "replay, with loading": lambda: transport(path),
    }
    times: dict[str, list[float]] = {name: [] for name in ways}
    with library.Client() as client:
        for _ in range(ROUNDS):
            for name, make in ways.items():
                times[name].append(one_request(client, make))
    base = statistics.median(times["bare mock"])
    for name, taken in times.items():
        median = statistics.median(taken)
        print(f"{library.__name__:7} {name:22} {median * 1e3:7.3f} ms  {median / base:5.2f}x")


def one_request(client: object, make: Callable[[], object]) -> float:
    """Seconds for a request; making the transport is part of it."""
    started = time.perf_counter()
    client._transport = make()
    with client.stream("POST", URL, content=b"{}") as response:
        got = sum(1 for _ in response.iter_raw())
    took = time.perf_counter() - started
    if got != EVENTS:
        sys.exit(f"{got} chunks instead of {EVENTS}")
    return took


if __name__ == "__main__":
    main()
