"""How true the server's gaps are: `playhead serve` against a bare asyncio loop with absolute deadlines.

Both run as processes and play the same gaps (20 ± 10 ms) to 1 and to 20 clients at once; the error of a gap
is what the client saw minus what was recorded. Interleaved rounds; medians of the rounds' p50 and p99, and of
the drift at the end of a stream. Run: `python benchmarks/server.py`.
"""

from __future__ import annotations

import asyncio
import random
import selectors
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import urlsplit

import playhead
from playhead import EndingKind, Request, Response

CHUNKS = 100
ROUNDS = 5
STREAMS = (1, 20)
DATA = b'data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"word"}}\n\n'
FRAMED = b"%x\r\n%b\r\n" % (len(DATA), DATA)
HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
ASK = b"GET /events HTTP/1.1\r\nHost: bench\r\nConnection: close\r\n\r\n"


def main() -> None:
    """Measure and print; with `--bare PATH` be the bare server."""
    if sys.argv[1:2] == ["--bare"]:
        asyncio.run(bare(Path(sys.argv[2])))
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "bench.cassette.jsonl"
        write(path)
        times = [chunk.t or 0.0 for chunk in playhead.load(path)[1].chunks]
        commands = {
            "bare asyncio": [sys.executable, __file__, "--bare", str(path)],
            "playhead serve": [sys.executable, "-m", "playhead", "serve", str(path)],
        }
        for streams in STREAMS:
            compare(commands, times, streams)


def write(path: Path) -> None:
    """A cassette of one exchange with known gaps."""
    gaps = random.Random(7)
    with playhead.open_writer(path) as writer:
        exchange = writer.exchange()
        exchange.request(Request(method="GET", url="http://bench/events", t=0.0))
        exchange.response(Response(status=200, headers=(("content-type", "text/event-stream"),), t=0.01))
        t = 0.02
        for _ in range(CHUNKS):
            t += gaps.uniform(0.01, 0.03)
            exchange.chunk(DATA, t)
        exchange.end(EndingKind.COMPLETE, t + 0.01, facts={"framing": "chunked"})


async def bare(path: Path) -> None:
    """A coroutine for each client, sleeping until each chunk's deadline."""
    times = [chunk.t or 0.0 for chunk in playhead.load(path)[1].chunks]
    loop = asyncio.get_running_loop()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        start = loop.time()
        writer.write(HEAD)
        for t in times:
            await asyncio.sleep(max(start + t - loop.time(), 0))
            writer.write(FRAMED)
        writer.write(b"0\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    print(f"listening on http://127.0.0.1:{port}", file=sys.stderr, flush=True)
    async with server:
        await server.serve_forever()


def compare(commands: dict[str, list[str]], times: list[float], streams: int) -> None:
    """Play to `streams` clients from each server in turn, and print the medians."""
    results: dict[str, list[tuple[float, float, float]]] = {name: [] for name in commands}
    for _ in range(ROUNDS):
        for name, command in commands.items():
            results[name].append(one_round(command, times, streams))
    for name, rounds in results.items():
        p50, p99, drift = (statistics.median(values) * 1e3 for values in zip(*rounds, strict=True))
        errors = f"gap error p50 {p50:6.3f} ms  p99 {p99:6.3f} ms"
        print(f"{streams:3} streams  {name:15} {errors}  drift {drift:6.3f} ms")


def one_round(command: list[str], times: list[float], streams: int) -> tuple[float, float, float]:
    """p50 and p99 of the gap errors, and the median drift, in seconds."""
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    try:
        url = process.stderr.readline().rpartition(" ")[2].strip()
        arrivals = read_all(url, streams)
    finally:
        process.kill()
        process.wait()
        process.stderr.close()
    errors: list[float] = []
    drifts: list[float] = []
    for seen in arrivals:
        if len(seen) != len(times):
            sys.exit(f"{len(seen)} chunks instead of {len(times)}")
        errors += [
            abs((seen[at] - seen[at - 1]) - (times[at] - times[at - 1])) for at in range(1, len(times))
        ]
        drifts.append(abs((seen[-1] - seen[0]) - (times[-1] - times[0])))
    errors.sort()
    return errors[len(errors) // 2], errors[len(errors) * 99 // 100], statistics.median(drifts)


def read_all(url: str, streams: int) -> list[list[float]]:
    """When each chunk came, for each of `streams` clients that ask within 20 ms."""
    address = urlsplit(url)
    arrivals: list[list[float]] = [[] for _ in range(streams)]
    waiting = selectors.DefaultSelector()
    for number in range(streams):
        client = socket.create_connection((address.hostname or "", address.port or 80))
        client.sendall(ASK)
        waiting.register(client, selectors.EVENT_READ, number)
        time.sleep(0.02 / streams)
    left = streams
    while left:
        for key, _ in waiting.select():
            now = time.perf_counter()
            client = key.fileobj
            assert isinstance(client, socket.socket)
            data = client.recv(65536)
            arrivals[key.data] += [now] * data.count(DATA)
            if not data:
                waiting.unregister(client)
                client.close()
                left -= 1
    return arrivals


if __name__ == "__main__":
    main()
