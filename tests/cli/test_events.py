"""`playhead events`: every kind of frame, its place and time, as text and as JSON lines."""

from __future__ import annotations

import json

import pytest

import playhead
from playhead.samples import names, sample


def rows(done):
    assert done.returncode == 0, done.stderr
    assert done.stdout.isascii()
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_row_has_the_documented_fields_in_order(run, write):
    path = write([(1.5, b"event: hello\ndata: one\n\n"), (2.0, b"id: 7\nretry: 50\ndata: two\n\n")])
    first, second = rows(run("events", path, "--format", "jsonl"))
    assert list(first) == [
        "exchange", "n", "kind", "t", "gap", "chunk", "offset", "length", "event", "data",
        "id", "retry", "comment",
    ]  # fmt: skip
    assert first == {
        "exchange": 1, "n": 1, "kind": "event", "t": 1.5, "gap": None, "chunk": 1, "offset": 0, "length": 24,
        "event": "hello", "data": "one", "id": "", "retry": None, "comment": None,
    }  # fmt: skip
    assert (second["n"], second["gap"], second["offset"], second["id"], second["retry"]) == (
        2,
        0.5,
        24,
        "7",
        50,
    )


def test_every_kind_of_frame_is_listed(run, write):
    body = b": hi\n\nid: 1\n\nretry: 2\n\nevent: x\n\ndata: d\n\ndata: cut"
    found = rows(run("events", write([(1.5, body)]), "--format", "jsonl"))
    assert [row["kind"] for row in found] == ["comment", "id", "retry", "dataless", "event", "tail"]
    assert [row["n"] for row in found] == [1, 2, 3, 4, 5, 6]
    assert found[0]["comment"] == "hi"
    assert found[5]["data"] == "cut"


def test_a_frame_has_the_time_of_the_chunk_that_completed_it(run, write):
    path = write([(2.0, b"data: a"), (3.0, b"\n"), (4.5, b"\ndata: b\n\n")])
    first, second = rows(run("events", path, "--format", "jsonl"))
    assert (first["chunk"], first["t"]) == (3, 4.5)
    assert (second["chunk"], second["t"], second["gap"]) == (3, 4.5, 0.0)


def test_unknown_times_are_null_and_shown_as_unknown(run, write):
    path = write([(None, b"data: a\n\ndata: b\n\n")])
    found = rows(run("events", path, "--format", "jsonl"))
    assert [(row["t"], row["gap"]) for row in found] == [(None, None), (None, None)]
    line = run("events", path).stdout.decode().splitlines()[1]
    assert line.split()[:3] == ["1", "1", "?"]


def test_text_counts_from_the_request(run, write):
    line = run("events", write([(1.5, b"data: a\n\n")])).stdout.decode().splitlines()[1]
    assert line.split()[:3] == ["1", "1", "0.500"]


def test_standard_input_and_several_paths(run, write):
    path = write([(1.5, b"data: a\n\n")])
    piped = rows(run("events", "-", "--format", "jsonl", stdin=path.read_bytes()))
    assert [row["data"] for row in piped] == ["a"]
    assert "path" not in piped[0]
    both = rows(run("events", path, sample("cut"), "--format", "jsonl"))
    assert {row["path"] for row in both} == {str(path), str(sample("cut"))}


def test_one_exchange_of_several(run, tmp_path):
    path = tmp_path / "two.cassette.jsonl"
    with playhead.open_writer(path) as writer:
        first, second = writer.exchange(), writer.exchange()
        first.chunk(b"data: 1a\n\ndata: 1", 0.1)
        second.chunk(b"data: 2a\n\n", 0.2)
        first.chunk(b"b\n\n", 0.3)
        first.end(playhead.EndingKind.COMPLETE, 0.4)
        second.end(playhead.EndingKind.COMPLETE, 0.5)
    every = rows(run("events", path, "--format", "jsonl"))
    assert [(row["exchange"], row["n"], row["data"]) for row in every] == [
        (1, 1, "1a"),
        (2, 1, "2a"),
        (1, 2, "1b"),
    ]
    only = rows(run("events", path, "--exchange", 2, "--format", "jsonl"))
    assert [row["data"] for row in only] == ["2a"]
    missing = run("events", path, "--exchange", 3)
    assert missing.returncode == 3
    assert b"no exchange 3" in missing.stderr


@pytest.mark.parametrize("name", names())
def test_the_pass_over_the_file_and_the_loaded_cassette_agree(run, name):
    path = sample(name)
    exchange = playhead.load(path)[1]
    found = rows(run("events", path, "--format", "jsonl"))
    assert [
        (row["kind"], row["offset"], row["length"], row["chunk"], row["data"], row["id"]) for row in found
    ] == [
        (frame.kind, frame.start, frame.end - frame.start, frame.chunk, frame.data, frame.id)
        for frame in exchange.frames
    ]
    assert [row["t"] for row in found] == list(exchange.frame_times())


def test_damage_is_named_with_file_line_and_reason(run, write):
    path = write([(1.5, b"data: a\n\n"), (1.6, b"data: b\n\n")])
    lines = path.read_bytes().splitlines(keepends=True)
    lines[4] = lines[4][:20] + b"\n"
    path.write_bytes(b"".join(lines))
    done = run("events", path)
    assert done.returncode == 3
    assert f"{path}, line 5 (byte {sum(map(len, lines[:4]))})".encode() in done.stderr
    assert b"Traceback" not in done.stderr


def test_a_torn_tail_is_dropped_and_said(run, write):
    path = write([(1.5, b"data: a\n\n"), (1.6, b"data: b\n\n")])
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:5]) + lines[5][:10])
    done = run("events", path, "--format", "jsonl")
    assert done.returncode == 0
    assert [json.loads(line)["data"] for line in done.stdout.splitlines()] == ["a"]
    assert b"line 6" in done.stderr
    assert b"torn" in done.stderr


def test_a_body_that_is_no_event_stream_has_no_frames(run, tmp_path):
    path = tmp_path / "json.cassette.jsonl"
    with playhead.open_writer(path) as writer:
        exchange = writer.exchange()
        exchange.response(playhead.Response(status=429, headers=(("Content-Type", "application/json"),)))
        exchange.chunk(b'data: {"not": "sse"}\n\n', 0.1)
        exchange.end(playhead.EndingKind.COMPLETE)
    assert rows(run("events", path, "--format", "jsonl")) == []
