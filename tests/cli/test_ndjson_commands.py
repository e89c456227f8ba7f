"""A recorded stream of JSON lines goes through the commands as a stream of events does."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest

import playhead

LINES = [
    b'{"model":"tiny","created_at":"t","message":{"role":"assistant","content":"Hel"},"done":false}\n',
    b'{"model":"tiny","created_at":"t","message":{"role":"assistant","content":"lo"},"done":false}\n{"model"',
    b':"tiny","created_at":"t","done":true,"done_reason":"stop","eval_count":2}',
]


@pytest.fixture
def recorded(tmp_path: Path) -> Path:
    path = tmp_path / "lines.cassette.jsonl"
    with playhead.open_writer(path) as writer:
        exchange = writer.exchange()
        exchange.request(playhead.Request(method="POST", url="http://127.0.0.1:11434/api/chat", t=0.0))
        head = (("content-type", "application/x-ndjson"),)
        exchange.response(playhead.Response(status=200, headers=head, t=0.5))
        for number, line in enumerate(LINES, 1):
            exchange.chunk(line, float(number))
        exchange.end(playhead.EndingKind.COMPLETE, 4.0)
    return path


def test_frames_of_an_exchange(recorded: Path) -> None:
    exchange = playhead.load(recorded)[1]
    assert (exchange.is_stream, exchange.is_sse) == (True, False)
    assert [json.loads(frame.data or "")["done"] for frame in exchange.frames] == [False, False, True]
    assert list(exchange.frame_times()) == [1.0, 2.0, 3.0]
    first, second = (len(line.split(b"\n")[0]) + 1 for line in LINES[:2])
    spans = [(0, first), (first, first + second), (first + second, sum(map(len, LINES)))]
    assert [exchange.frames.span(at) for at in range(3)] == spans
    assert [exchange.at(frame).text for frame in range(4)] == ["", "Hel", "Hello", "Hello"]
    assert (exchange.reading.protocol.name, exchange.final().is_complete) == ("ollama", True)


def test_events_and_ls(run: Callable[..., CompletedProcess[bytes]], recorded: Path) -> None:
    done = run("events", recorded, "--format", "jsonl")
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert [(row["n"], row["kind"], row["chunk"], row["t"]) for row in rows] == [
        (1, "event", 1, 1.0),
        (2, "event", 2, 2.0),
        (3, "event", 3, 3.0),
    ]
    (row,) = [json.loads(line) for line in run("ls", recorded, "--format", "jsonl").stdout.splitlines()]
    assert row["frames"] == 3


def test_events_while_it_is_written(run: Callable[..., CompletedProcess[bytes]], recorded: Path) -> None:
    """From a pipe that was cut before the end: the open line is shown, as the client would read it."""
    text = b"\n".join(recorded.read_bytes().split(b"\n")[:-2]) + b"\n"
    done = run("events", "-", "--format", "jsonl", stdin=text)
    assert [json.loads(line)["n"] for line in done.stdout.splitlines()] == [1, 2, 3]


def test_a_head_that_comes_after_the_first_look(tmp_path: Path) -> None:
    """Frames cut as an event stream, because nothing was known yet, are cut anew."""
    path = tmp_path / "growing.cassette.jsonl"
    with playhead.open_writer(path) as writer:
        exchange = writer.exchange()
        exchange.request(playhead.Request(method="POST", url="http://h/x", t=0.0))
        with playhead.follow(path) as follower:
            (seen,) = follower.cassette.exchanges
            assert (len(seen.frames), seen.is_sse) == (0, True)
            head = (("content-type", "application/x-ndjson"),)
            exchange.response(playhead.Response(status=200, headers=head, t=0.5))
            exchange.chunk(b'{"a":1}\n{"b":', 1.0)
            assert follower.poll()
            assert [frame.data for frame in seen.frames] == ['{"a":1}']
            exchange.chunk(b"2}", 2.0)
            exchange.end(playhead.EndingKind.COMPLETE, 3.0)
            assert follower.poll()
            assert [frame.data for frame in seen.frames] == ['{"a":1}', '{"b":2}']
