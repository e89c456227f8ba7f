"""What the pytest plugin costs: a test by the fixture, with a patch, in virtual time, and pytest's start.

`uv run python benchmarks/testing.py [--tests N] [--rounds N]`. Each round is a pytest of its own that runs N
like tests; the median of their milliseconds of the processor (the first one imports what it needs), and what
it takes more than that of tests with a bare MockTransport. The limits are those of the fixture (0.3 ms more),
of the patch (0.5 ms more), of virtual time at the recorded pace (0.7 ms more) and of pytest's start (5 ms
more). Then a cassette of 100,000 events is opened (limit 0.2 s), beside what msgspec alone takes for it.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import msgspec
from measure import interleaved, table

import playhead

EVENTS = 20
LONG = 100_000
OPENED = 0.2
"""Seconds in which a cassette of so many events is to be open."""
CHUNK = (
    b'event: content_block_delta\ndata: {"type":"content_block_delta","index":0,"delta":{"text":"word "}}\n\n'
)
HEADERS = (("content-type", "text/event-stream"),)
TIMER = """
import statistics, time, pytest

took = []

@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item):
    start = time.process_time()
    result = yield
    took.append(time.process_time() - start)
    return result

def pytest_sessionfinish():
    with open("took", "w") as file:
        file.write(str(statistics.median(took)))
"""
HEAD = f"""
import httpx, pytest
CHUNKS = [{CHUNK!r}] * {EVENTS}
URL = "http://replay.test/v1"

class Plain(httpx.SyncByteStream):
    def __iter__(self): return iter(CHUNKS)

def answer(request):
    return httpx.Response(200, headers={HEADERS!r}, stream=Plain())

def ask(client):
    with client.stream("POST", URL, json={{"a": 1}}) as response:
        assert sum(map(len, response.iter_bytes())) == {len(CHUNK) * EVENTS}
"""
WAYS = {
    "bare mock": """
@pytest.mark.parametrize("n", range({tests}))
def test_it(n):
    with httpx.Client(transport=httpx.MockTransport(answer)) as client: ask(client)
""",
    "fixture": """
@pytest.mark.playhead("bench")
@pytest.mark.parametrize("n", range({tests}))
def test_it(n, playhead):
    with playhead.httpx_client() as client: ask(client)
""",
    "patch": """
@pytest.mark.playhead("bench", patch=True)
@pytest.mark.parametrize("n", range({tests}))
def test_it(n):
    with httpx.Client() as client: ask(client)
""",
    "virtual": """
@pytest.mark.playhead("bench", virtual=True)
@pytest.mark.parametrize("n", range({tests}))
def test_it(n, playhead):
    with playhead.httpx_client() as client: ask(client)
""",
}


def write(path: Path, events: int) -> None:
    """A cassette of one exchange: a chunk an event."""
    path.parent.mkdir(exist_ok=True)
    with playhead.open_writer(path) as writer:
        exchange = writer.exchange()
        exchange.request(playhead.Request(method="POST", url="http://h/v1", body=b'{"a":1}', t=0.0))
        exchange.response(playhead.Response(status=200, reason="OK", headers=HEADERS, t=0.4))
        for number in range(events):
            exchange.chunk(CHUNK, 0.5 + number * 0.02)
        exchange.end(playhead.EndingKind.COMPLETE, 0.5 + events * 0.02, facts={"how": "clean"})


def pytest_in(folder: Path, *arguments: str) -> float:
    """Run pytest there; seconds of the whole process."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments]
    start = time.perf_counter()
    ran = subprocess.run(
        command,
        cwd=folder,
        env={**kept, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    took = time.perf_counter() - start
    if ran.returncode:
        sys.exit(ran.stdout + ran.stderr)
    return took


def each(folder: Path) -> float:
    """Seconds a test."""
    pytest_in(folder, "-p", "playhead.testing.plugin")
    return float((folder / "took").read_text())


def suites(root: Path, tests: int) -> dict[str, Callable[[], float]]:
    """A folder of tests for each way."""
    ways: dict[str, Callable[[], float]] = {}
    for name, text in WAYS.items():
        folder = root / name.replace(" ", "-")
        folder.mkdir()
        write(folder / "cassettes" / "bench.cassette.jsonl", EVENTS)
        (folder / "pytest.ini").write_text("[pytest]\n")
        (folder / "conftest.py").write_text(TIMER)
        (folder / "test_it.py").write_text(HEAD + text.format(tests=tests))
        ways[name] = lambda folder=folder: each(folder)
    return ways


def opened(path: Path) -> float:
    """Seconds of the processor until a long cassette tells how many chunks it has."""
    start = time.thread_time()
    if len(playhead.load(path)[1].chunks) != LONG:
        sys.exit("the long cassette is another")
    return time.thread_time() - start


def decoded(path: Path) -> float:
    """Seconds of the processor that the type, exchange and time of every line take, and nothing else."""
    decode = msgspec.json.Decoder(_Envelope).decode
    start = time.thread_time()
    with path.open("rb") as file:
        for line in file:
            decode(line)
    return time.thread_time() - start


class _Envelope(msgspec.Struct, gc=False):
    type: str
    exchange: int | None = None
    t: float | None = None


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure the pytest plugin.")
    parser.add_argument("--tests", type=int, default=300)
    parser.add_argument("--rounds", type=int, default=7)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        medians = interleaved(suites(root, options.tests), options.rounds)
        bare = medians["bare mock"]
        rows = [(name, f"{took * 1e3:.3f}", f"{(took - bare) * 1e3:+.3f}") for name, took in medians.items()]
        table("a test", rows, ("", "ms", "ms more than a bare mock"))
        empty = root / "empty"
        empty.mkdir()
        (empty / "pytest.ini").write_text("[pytest]\n")
        (empty / "test_it.py").write_text("def test_it(): pass\n")
        starts = interleaved(
            {
                "without": lambda: pytest_in(empty),
                "with": lambda: pytest_in(empty, "-p", "playhead.testing.plugin"),
            },
            options.rounds * 3,
        )
        more = starts["with"] - starts["without"]
        table("pytest's start", [(name, f"{took * 1e3:.1f}") for name, took in starts.items()], ("", "ms"))
        print(f"the plugin: {more * 1e3:+.1f} ms")
        long = root / "long.cassette.jsonl"
        write(long, LONG)
        opening = interleaved(
            {"open": lambda: opened(long), "msgspec alone": lambda: decoded(long)}, options.rounds * 3
        )
        alone = opening["msgspec alone"]
        rows = [
            (name, f"{took * 1e3:.0f}", f"{took / alone:.2f}", f"{took / OPENED:.2f}")
            for name, took in opening.items()
        ]
        table("a cassette of 100,000 events", rows, ("", "ms", "× msgspec alone", "× the limit"))


if __name__ == "__main__":
    main()
