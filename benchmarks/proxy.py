"""The proxy with our addon against the same mitmproxy that only streams, and against one that buffers.

`uv run python benchmarks/proxy.py [--rounds N] [--seconds S]`. An origin sends events that carry the moment
they were sent; clients on the same machine subtract. CPU is the proxy process's own. Streams open before
the clock starts. Needs Linux (/proc).
"""

from __future__ import annotations

import argparse
import asyncio
import re
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from measure import percentile, table

PAD = b"x" * 90
HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
STREAM_ONLY = "def responseheaders(flow):\n    flow.response.stream = True\n"


class Result(NamedTuple):
    p50: float
    p99: float
    cpu: float
    """Seconds of the proxy's CPU per 100,000 events."""


def proxy_command(kind: str, folder: Path, origin: int) -> list[str]:
    command = [
        str(Path(sys.executable).with_name("mitmdump")),
        "--mode",
        f"reverse:http://127.0.0.1:{origin}",
    ]
    command += ["--listen-host", "127.0.0.1", "--listen-port", "0", "--set", "termlog_verbosity=info"]
    command += ["--set", "flow_detail=0", "--set", f"confdir={folder / 'conf'}"]
    if kind == "stream=True":
        script = folder / "stream_only.py"
        script.write_text(STREAM_ONLY)
        command += ["-s", str(script)]
    elif kind == "playhead":
        made = subprocess.run(
            [sys.executable, "-m", "playhead", "addon"], capture_output=True, text=True, check=True
        )
        command += ["-s", made.stdout.strip(), "--set", f"playhead_dir={folder / 'recordings'}"]
    return command


class Proxy:
    """A mitmdump process that listens."""

    def __init__(self, kind: str, folder: Path, origin: int) -> None:
        self._process = subprocess.Popen(
            proxy_command(kind, folder, origin), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        assert self._process.stdout is not None
        for line in self._process.stdout:
            found = re.search(r"listening at http://127\.0\.0\.1:(\d+)|listening at \S*?:(\d+)", line)
            if found:
                self.port = int(found[1] or found[2])
                return
        sys.exit(f"mitmdump ({kind}) did not start")

    def cpu(self) -> float:
        """Seconds of all its threads; `stat` would count in ticks of 10 ms."""
        threads = Path(f"/proc/{self._process.pid}/task").iterdir()
        return sum(int((thread / "schedstat").read_text().split()[0]) for thread in threads) / 1e9

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait()
        assert self._process.stdout is not None
        self._process.stdout.close()


async def serve(per_second: float, seconds: float, go: asyncio.Event) -> asyncio.Server:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(HEAD + b"6\r\n: hi\n\n\r\n")
        await go.wait()
        loop = asyncio.get_running_loop()
        start = loop.time()
        for number in range(int(per_second * seconds)):
            await asyncio.sleep(max(0.0, start + number / per_second - loop.time()))
            event = b"data: %d %s\n\n" % (time.monotonic_ns(), PAD)
            writer.write(b"%x\r\n%s\r\n" % (len(event), event))
        writer.write(b"0\r\n\r\n")
        await writer.drain()
        writer.close()

    return await asyncio.start_server(answer, "127.0.0.1", 0)


async def client(port: int, ready: asyncio.Semaphore, latencies: list[float]) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET /v1/events HTTP/1.1\r\nhost: bench\r\n\r\n")
    await reader.readuntil(b": hi\n\n")
    ready.release()
    rest = b""
    while data := await reader.read(65536):
        now = time.monotonic_ns()
        *lines, rest = (rest + data).split(b"\n")
        latencies.extend(
            (now - int(line[6:].split()[0])) / 1e9 for line in lines if line.startswith(b"data: ")
        )
        if b"0\r\n\r\n" in data[-8:]:
            break
    writer.close()


async def trial(kind: str, streams: int, per_second: float, seconds: float) -> Result:
    go = asyncio.Event()
    server = await serve(per_second, seconds, go)
    with tempfile.TemporaryDirectory() as folder:
        proxy = Proxy(kind, Path(folder), server.sockets[0].getsockname()[1])
        ready = asyncio.Semaphore(0)
        latencies: list[float] = []
        clients = [asyncio.create_task(client(proxy.port, ready, latencies)) for _ in range(streams)]
        if kind != "buffered":
            for _ in clients:
                await ready.acquire()
        before = proxy.cpu()
        go.set()
        await asyncio.gather(*clients)
        cpu = proxy.cpu() - before
        proxy.stop()
    server.close()
    await server.wait_closed()
    return Result(percentile(latencies, 0.5), percentile(latencies, 0.99), cpu / len(latencies) * 1e5)


def compare(streams: int, per_second: float, seconds: float, rounds: int) -> None:
    kinds = ["stream=True", "playhead", "buffered"]
    found: dict[str, list[Result]] = {kind: [] for kind in kinds}
    for number in range(rounds):
        for kind in kinds[number % 3 :] + kinds[: number % 3]:
            if kind == "buffered" and number:
                continue  # it is no contender: once shows why
            found[kind].append(asyncio.run(trial(kind, streams, per_second, seconds)))
    medians = {
        kind: Result(*map(statistics.median, zip(*results, strict=True))) for kind, results in found.items()
    }
    base = medians["stream=True"]
    rows = [
        (
            kind,
            f"{each.p50 * 1e3:.3f}",
            f"{each.p99 * 1e3:.3f}",
            f"{each.cpu:.1f}",
            *(f"{mine / theirs:.2f}" for mine, theirs in zip(each, base, strict=True)),
        )
        for kind, each in medians.items()
    ]
    title = f"{streams} streams × {per_second:.0f} events/s, {rounds} rounds of {seconds:.0f} s"
    table(title, rows, ("", "p50 ms", "p99 ms", "CPU s/100k", "p50 ×", "p99 ×", "CPU ×"))


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure the addon.")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=6.0)
    options = parser.parse_args()
    compare(1, 200, options.seconds, options.rounds)
    compare(20, 50, options.seconds, options.rounds)


if __name__ == "__main__":
    main()
