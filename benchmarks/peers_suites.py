"""The suites of `peers.py`: tests that read one stream, written for each tool as its users would.

Each runs in a pytest of its own with that tool's plugin alone. respx and pytest-httpx are given the stream in
the test, as one body; vcrpy and cassetter have one body in their cassettes; the others a chunk per event.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from testing import TIMER, pytest_in

import playhead

CHUNK = (
    b'event: content_block_delta\ndata: {"type":"content_block_delta","index":0,"delta":{"text":"word "}}\n\n'
)
URL = "http://replay.test/v1"
HEADERS = (("content-type", "text/event-stream"),)
SHORT, LONG = 20, 2000
"""Events of a stream."""

HEAD = """
import httpx, pytest
CHUNK, EVENTS, URL, HEADERS = {chunk!r}, {events}, {url!r}, {headers!r}
CHUNKS, BODY = [CHUNK] * EVENTS, CHUNK * EVENTS

def ask(client):
    with client.stream("POST", URL, json={{"a": 1}}) as response:
        assert sum(map(len, response.iter_bytes())) == len(BODY)

again = pytest.mark.parametrize("n", range({tests}))
"""


class Way(NamedTuple):
    """A tool's test, its plugins and its arguments."""

    text: str
    plugins: tuple[str, ...] = ()
    arguments: tuple[str, ...] = ()


BARE = """
class Plain(httpx.SyncByteStream):
    def __iter__(self): return iter(CHUNKS)

def answer(request): return httpx.Response(200, headers=HEADERS, stream=Plain())

@again
def test_it(n):
    with httpx.Client(transport=httpx.MockTransport(answer)) as client: ask(client)
"""
FIXTURE = """
@pytest.mark.playhead("bench")
@again
def test_it(n, playhead):
    with playhead.httpx_client() as client: ask(client)
"""
PATCH = """
CLIENT = httpx.Client()

@pytest.mark.playhead("bench", patch=True)
@again
def test_it(n): ask(CLIENT)
"""
AGENTREC = """
import agentrec
store = agentrec.FileStore("agentrec")

@again
def test_it(n):
    with httpx.Client(transport=agentrec.SyncReplayTransport(store, "bench")) as client: ask(client)
"""
CASSETTER = """
CLIENT = httpx.Client()

@pytest.mark.vcr("bench.yaml")
@again
def test_it(n): ask(CLIENT)
"""
RECORDING = """
CLIENT = httpx.Client()

@pytest.mark.default_cassette("bench.yaml")
@pytest.mark.vcr
@again
def test_it(n): ask(CLIENT)
"""
RESPX = """
CLIENT = httpx.Client()

@again
def test_it(n, respx_mock):
    respx_mock.post(URL).respond(200, headers=dict(HEADERS), content=BODY)
    ask(CLIENT)
"""
PYTEST_HTTPX = """
CLIENT = httpx.Client()

@again
def test_it(n, httpx_mock):
    httpx_mock.add_response(url=URL, headers=dict(HEADERS), content=BODY)
    ask(CLIENT)
"""


def own_client(text: str) -> str:
    """The test, with a client of its own, as code makes one that is not written for tests."""
    return text.replace("CLIENT = httpx.Client()\n", "").replace("ask(CLIENT)", "ask(httpx.Client())")


OURS = ("playhead.testing.plugin",)
VCR = ("pytest_recording.plugin",)
NONE = ("--record-mode=none",)
WAYS = {
    "bare mock": Way(BARE),
    "playhead, fixture": Way(FIXTURE, OURS),
    "playhead, patch": Way(PATCH, OURS),
    "agentrec": Way(AGENTREC),
    "cassetter": Way(CASSETTER, ("cassetter.pytest_plugin",), NONE),
    "pytest-recording": Way(RECORDING, VCR, NONE),
    "respx": Way(RESPX, ("respx.plugin",)),
    "pytest-httpx": Way(PYTEST_HTTPX, ("pytest_httpx",)),
    "playhead, patch, Client() in the test": Way(own_client(PATCH), OURS),
    "pytest-recording, Client() in the test": Way(own_client(RECORDING), VCR, NONE),
}


def suites(root: Path, tests: int) -> dict[str, Callable[[], float]]:
    """Runs by `TOOL|EVENTS`: each gives a test's seconds of processor time; `empty` reads nothing."""
    made = {"empty": _suite(root / "empty", "", Way("@again\ndef test_it(n): pass\n"), 0, tests)}
    for name, way in WAYS.items():
        for events in (SHORT, LONG):
            folder = root / f"{len(made)}"
            made[f"{name}|{events}"] = _suite(folder, name, way, events, tests)
    return made


def _suite(folder: Path, name: str, way: Way, events: int, tests: int) -> Callable[[], float]:
    folder.mkdir()
    _cassette(folder, name, events)
    (folder / "pytest.ini").write_text("[pytest]\n")
    # What else runs on the machine is not the tool's, and only ever adds: processor time, the lowest tenth.
    timer = TIMER.replace("perf_counter", "process_time")
    timer = timer.replace("statistics.median(took)", "sorted(took)[len(took) // 10]")
    (folder / "conftest.py").write_text(timer)
    head = HEAD.format(chunk=CHUNK, events=events, url=URL, headers=HEADERS, tests=tests)
    (folder / "test_it.py").write_text(head + way.text)
    arguments = [*way.arguments, *(part for plugin in way.plugins for part in ("-p", plugin))]

    def run() -> float:
        pytest_in(folder, *arguments)
        return float((folder / "took").read_text())

    return run


def _cassette(folder: Path, name: str, events: int) -> None:
    """What the tool has recorded, in its own format."""
    if name.startswith("playhead"):
        _ours(folder / "cassettes" / "bench.cassette.jsonl", events)
    elif name.startswith("pytest-recording"):
        _yaml(folder, {"string": (CHUNK * events).decode()}, {"code": 200, "message": "OK"}, "")
    elif name == "cassetter":
        _yaml(folder, {"type": "text", "content": (CHUNK * events).decode()}, 200, {"type": "none"})
    elif name == "agentrec":
        _theirs(folder / "agentrec", events)


def _ours(path: Path, events: int) -> None:
    path.parent.mkdir()
    with playhead.open_writer(path) as writer:
        exchange = writer.exchange()
        exchange.request(playhead.Request(method="POST", url=URL, body=b'{"a":1}', t=0.0))
        exchange.response(playhead.Response(status=200, reason="OK", headers=HEADERS, t=0.4))
        for number in range(events):
            exchange.chunk(CHUNK, 0.5 + number * 0.02)
        exchange.end(playhead.EndingKind.COMPLETE, 0.5 + events * 0.02, facts={"how": "clean"})


def _yaml(folder: Path, body: object, status: object, asked: object) -> None:
    """vcrpy's and cassetter's; JSON is YAML too."""
    place = folder / "cassettes" / "test_it" / "bench.yaml"
    place.parent.mkdir(parents=True)
    interaction = {
        "request": {"method": "POST", "uri": URL, "body": asked, "headers": {}},
        "response": {"status": status, "headers": {"content-type": ["text/event-stream"]}, "body": body},
        "recorded_at": "2026-11-20T00:00:00Z",
    }
    place.write_text(json.dumps({"version": 1, "interactions": [interaction]}))


def _theirs(folder: Path, events: int) -> None:
    import agentrec
    import httpx

    class Chunks(httpx.SyncByteStream):
        def __iter__(self):  # type: ignore[no-untyped-def]
            return iter([CHUNK] * events)

    mock = httpx.MockTransport(lambda _: httpx.Response(200, headers=HEADERS, stream=Chunks()))
    transport = agentrec.SyncRecordingTransport(mock, agentrec.FileStore(folder), "bench")
    with httpx.Client(transport=transport) as client:
        client.post(URL, json={"a": 1})
