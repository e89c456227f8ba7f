"""Replay through a client against the least that a client can be given, and against the peers.

`uv run --group bench python benchmarks/replay.py [--rounds N]`. Milliseconds of the processor per request of
300 events, and the ratio to a bare MockTransport with a chunk per event in the same round: median and
quartiles. The limit of loading is the same bare mock over what msgspec makes of the chunks, unchecked
and in one call. The peers (vcrpy, respx, pytest-httpx, on httpx) give one chunk: they have no others.

A path is loaded once, and again when its file is another: "by its path again" is every test but the first.

The last table says what loading consists of, each row with what stands above it, over the same bare mock.
"""

from __future__ import annotations

import argparse
import io
import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx
import httpx2
import msgspec
from measure import quartiles, table, taken

import playhead
from playhead.format import codec
from playhead.httpx import ReplayTransport as HttpxReplay
from playhead.httpx2 import ReplayTransport as Httpx2Replay
from playhead.plan import whole

EVENTS = 300
REQUESTS = 10
BASE = "bare mock, chunk per event"
URL = "http://replay.test/v1/messages"
HEADERS = (("content-type", "text/event-stream"), ("request-id", "req_bench"))
EVENT = (
    'event: content_block_delta\ndata: {"type":"content_block_delta","index":0,'
    '"delta":{"type":"text_delta","text":"word %d "}}\n\n'
)
CHUNKS = [(EVENT % number).encode() for number in range(EVENTS)]
BODY = b"".join(CHUNKS)
_CHUNKS = slice(4, 4 + EVENTS)
"""The lines behind the header, the columns, the request and the response."""


class Least(msgspec.Struct, gc=False, tag_field="type", tag="chunk"):
    """What has to be read of a chunk's line, by anybody."""

    exchange: int
    t: float
    text: str


_least = msgspec.json.Decoder(Least)


def write(path: Path) -> None:
    """A cassette of one exchange: a chunk an event."""
    with playhead.open_writer(path) as writer:
        exchange = writer.exchange()
        exchange.request(playhead.Request(method="POST", url=URL, body=b"{}", t=0.0))
        exchange.response(playhead.Response(status=200, reason="OK", headers=HEADERS, t=0.4))
        for number, data in enumerate(CHUNKS):
            exchange.chunk(data, 0.5 + number * 0.02)
        exchange.end(playhead.EndingKind.COMPLETE, 7.0, facts={"how": "clean", "framing": "chunked"})


def fetch(client: Any) -> None:
    """One request, its body read to the end."""
    with client.stream("POST", URL, content=b"{}") as response:
        size = sum(map(len, response.iter_bytes()))
    if size != len(BODY):
        sys.exit(f"{size} bytes instead of {len(BODY)}")


def through(client: Any, transport: Callable[[], object]) -> float:
    """Seconds of the processor a request, over some; making the transport is part of it."""
    start = time.thread_time()
    for _ in range(REQUESTS):
        client._transport = transport()
        fetch(client)
    return (time.thread_time() - start) / REQUESTS


def mock(library: ModuleType, content: Callable[[], dict[str, object]]) -> object:
    """A MockTransport that answers with `content()`, keywords of a response."""

    def answer(_: object) -> object:
        return library.Response(200, headers=list(HEADERS), **content())

    return library.MockTransport(answer)


def ours(library: ModuleType, replay: type, path: Path) -> dict[str, Callable[[], float]]:
    """Bare mocks and our transport, for one library."""

    class Plain(library.SyncByteStream):
        """The least there is: a list's own iterator."""

        chunks = CHUNKS

        def __iter__(self) -> Iterator[bytes]:
            return iter(self.chunks)

    def decoded() -> object:
        """The least that loading can be: no checks, no index, no times."""
        found = _least.decode_lines(b"".join(lines_of(path)[_CHUNKS]))
        stream = Plain()
        stream.chunks = [record.text.encode() for record in found]
        return mock(library, lambda: {"stream": stream})

    client = library.Client()
    cassette = playhead.load(path)
    ways: dict[str, Callable[[], object]] = {
        BASE: lambda: mock(library, lambda: {"stream": Plain()}),
        "bare mock, one chunk": lambda: mock(library, lambda: {"content": BODY}),
        "playhead, loaded": lambda: replay(cassette),
        "the limit of loading": decoded,
        "playhead, with loading": lambda: replay(playhead.load(path)),
        "playhead, by its path again": lambda: replay(path),
    }
    return {name: lambda make=make: through(client, make) for name, make in ways.items()}


def lines_of(path: Path) -> list[bytes]:
    """The lines of a file, as fast as they can be had."""
    with io.FileIO(path) as file:
        return io.BytesIO(file.readall()).readlines()


def parts(path: Path) -> dict[str, Callable[[], float]]:
    """Loading, ever more of it."""
    ways: dict[str, Callable[[], object]] = {
        "the lines of the file": lambda: lines_of(path),
        "chunks decoded, and checked": lambda: codec.decode_plain(lines_of(path)[_CHUNKS]),
        "an index": lambda: playhead.load(path)[1],
        "a plan": lambda: whole(playhead.load(path)[1]),
        "a transport": lambda: (HttpxReplay(cassette := playhead.load(path)), whole(cassette[1])),
    }

    def seconds(work: Callable[[], object]) -> float:
        start = time.thread_time()
        for _ in range(REQUESTS):
            work()
        return (time.thread_time() - start) / REQUESTS

    return {name: lambda work=work: seconds(work) for name, work in ways.items()}


def peers(folder: Path, stack: ExitStack) -> dict[str, Callable[[], float]]:
    """What users of httpx have today."""
    import respx
    import vcr
    from pytest_httpx import HTTPXMock
    from pytest_httpx._options import _HTTPXMockOptions

    router = respx.Router(assert_all_called=False)
    router.post(URL).mock(side_effect=lambda _: httpx.Response(200, headers=HEADERS, content=BODY))
    mocked = HTTPXMock(_HTTPXMockOptions())
    mocked.add_response(url=URL, method="POST", content=BODY, is_reusable=True)

    class PytestHttpx(httpx.BaseTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            return mocked._handle_request(self, request)

    path = folder / "vcr.json"
    path.write_text(json.dumps({"version": 1, "interactions": [_vcr_interaction()]}))
    recorder = vcr.VCR(serializer="json", record_mode="none", match_on=["method", "uri"])
    client, plain = httpx.Client(), stack.enter_context(httpx.Client())

    def with_vcr() -> float:
        start = time.thread_time()
        for _ in range(REQUESTS):
            with recorder.use_cassette(str(path)):
                fetch(plain)
        return (time.thread_time() - start) / REQUESTS

    return {
        "respx, one chunk": lambda: through(client, lambda: httpx.MockTransport(router.handler)),
        "pytest-httpx, one chunk": lambda: through(client, PytestHttpx),
        "vcrpy JSON, with loading": with_vcr,
    }


def _vcr_interaction() -> dict[str, object]:
    return {
        "request": {"method": "POST", "uri": URL, "body": "{}", "headers": {}},
        "response": {
            "status": {"code": 200, "message": "OK"},
            "headers": {"content-type": ["text/event-stream"]},
            "body": {"string": BODY.decode()},
        },
    }


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure replay through clients.")
    parser.add_argument("--rounds", type=int, default=30)
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        path = Path(folder) / "bench.cassette.jsonl"
        write(path)
        for library, replay in ((httpx, HttpxReplay), (httpx2, Httpx2Replay)):
            ways = ours(library, replay, path)
            if library is httpx:
                ways |= peers(Path(folder), stack)
            _show(library.__name__, ways, rounds)
        mock_alone = {BASE: ours(httpx, HttpxReplay, path)[BASE]}
        _show("what loading consists of", mock_alone | parts(path), rounds)


def _show(title: str, ways: dict[str, Callable[[], float]], rounds: int) -> None:
    times = taken(ways, rounds)
    rows = [(name, *_row(values, times[BASE])) for name, values in times.items()]
    table(title, rows, ("", "ms/request", f"× {BASE}", "quartiles"))


def _row(values: list[float], base: list[float]) -> tuple[str, str, str]:
    low, middle, high = quartiles([value / other for value, other in zip(values, base, strict=True)])
    return f"{quartiles(values)[1] * 1e3:.3f}", f"{middle:.2f}", f"{low:.2f} to {high:.2f}"


if __name__ == "__main__":
    main()
