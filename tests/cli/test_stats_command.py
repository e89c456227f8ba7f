"""`playhead stats`: the text of samples to the letter, JSON, many cassettes, hostile and bad input."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

import playhead
from playhead.samples import names, sample

GOLDEN = Path(__file__).parent / "stats"
CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u206f]")
MOMENTS = {
    "request_start", "request_complete", "response_head", "first_chunk", "first_frame", "first_event",
    "answer_begun", "first_content", "second_content", "last_content", "last_chunk", "ending",
}  # fmt: skip


def document(done: Any) -> dict[str, Any]:
    assert done.returncode == 0, done.stderr
    assert done.stdout.isascii()
    found = json.loads(done.stdout)
    assert list(found) == ["exchanges", "groups"]
    return found


@pytest.mark.parametrize("name", ["anthropic-tools", "stalled-keepalives", "midstream-error"])
def test_text_of_a_sample(run: Any, tmp_path: Path, name: str) -> None:
    shutil.copy(sample(name), tmp_path)
    done = run("stats", f"{name}.cassette.jsonl")
    assert done.returncode == 0, done.stderr
    assert done.stdout.decode() == (GOLDEN / f"{name}.txt").read_text(encoding="utf-8")
    assert max(map(len, done.stdout.decode().splitlines())) <= 80


@pytest.mark.parametrize("name", names())
def test_json_says_what_measure_does(run: Any, name: str) -> None:
    exchange = playhead.load(sample(name))[1]
    timing = playhead.measure(exchange)
    (row,) = document(run("stats", sample(name), "--format", "json"))["exchanges"]
    assert row["moments"] == {moment: getattr(timing.moments, moment) for moment in MOMENTS}
    since = timing.since(playhead.Anchor.RESPONSE_HEAD)
    assert row["since"]["response_head"]["first_content"] == since.first_content
    assert row["content_gaps"]["histogram"]["counts"] == list(timing.content_gaps.histogram.counts)
    assert row["chunk_gaps"]["p99"] == timing.chunk_gaps.p99
    assert row["tpot"] == (None if timing.tpot is None else round(timing.tpot, 9))
    assert [stall["cause"] for stall in row["stalls"]] == [stall.cause.value for stall in timing.stalls]
    blocks = None if timing.blocks.is_per_event else [block.characters for block in timing.blocks]
    assert (row["blocks"] and [block["characters"] for block in row["blocks"]]) == blocks
    assert (row["frames"], row["chunks"]) == (len(exchange.frames), len(exchange.chunks))


def test_the_threshold_is_adjustable(run: Any) -> None:
    path = sample("stalled-keepalives")

    def stalls(*options: object) -> list[dict[str, Any]]:
        (row,) = document(run("stats", path, "--format", "json", *options))["exchanges"]
        return row["stalls"]

    assert [stall["cause"] for stall in stalls()] == ["keep_alives_only"]
    assert stalls("--stall", 10) == []
    assert len(stalls("--stall", 0.03)) > 1


def test_unknown_is_null_and_a_question_mark(run: Any, write: Any) -> None:
    path = write([(None, b"data: a\n\ndata: b\n\n")])
    (row,) = document(run("stats", path, "--format", "json"))["exchanges"]
    assert row["since"]["request_complete"]["first_content"] is None
    assert row["since"]["request_complete"]["response_head"] == 0.25
    assert (row["model"], row["output_tokens"], row["tpot"], row["content_gaps"]["p50"]) == (None,) * 4
    text = run("stats", path).stdout.decode()
    assert re.search(r"first content +\?\n", text)
    assert "tokens ?; TPOT ? ms" in text


def test_a_stream_without_any_time_is_said_to_be_so(run: Any, tmp_path: Path) -> None:
    path = tmp_path / "x.cassette.jsonl"
    with playhead.open_writer(path) as writer:
        exchange = writer.exchange()
        exchange.chunk(b"data: a\n\n", None)
        exchange.end(playhead.EndingKind.UNKNOWN)
    done = run("stats", path)
    assert done.returncode == 0, done.stderr
    assert "no time of it was recorded" in done.stdout.decode()


def test_without_the_request_text_counts_from_what_is_known_and_says_so(run: Any, tmp_path: Path) -> None:
    path = tmp_path / "x.cassette.jsonl"
    with playhead.open_writer(path) as writer:
        exchange = writer.exchange()
        exchange.chunk(b"data: a\n\n", 0.5)
        exchange.chunk(b"data: b\n\n", 0.75)
        exchange.end(playhead.EndingKind.COMPLETE, 1.0)
    text = run("stats", path).stdout.decode()
    assert "ms since the first chunk" in text
    assert re.search(r"last content +250\.0\n", text)


def test_several_cassettes_and_folders_are_grouped(run: Any, tmp_path: Path) -> None:
    folder = tmp_path / "many"
    folder.mkdir()
    for name in names():
        shutil.copy(sample(name), folder)
    found = document(run("stats", folder, sample("cut"), "--format", "json"))
    assert len(found["exchanges"]) == len(names()) + 1
    assert sum(group["exchanges"] for group in found["groups"]) == len(found["exchanges"])
    for group in found["groups"]:
        spread = group["first_content"]
        assert spread["known"] + spread["unknown"] + group["failed"] == group["exchanges"]
    text = run("stats", folder).stdout.decode()
    assert text.count("first content, ms") == len(found["groups"])
    assert "first content, ms" not in run("stats", sample("cut")).stdout.decode()


def test_standard_input_and_one_exchange(run: Any, tmp_path: Path) -> None:
    path = tmp_path / "two.cassette.jsonl"
    with playhead.open_writer(path) as writer:
        for t in (0.5, 1.5):
            exchange = writer.exchange()
            exchange.chunk(b"data: a\n\n", t)
            exchange.end(playhead.EndingKind.COMPLETE, t + 0.1)
    found = document(run("stats", "-", "--exchange", 2, "--format", "json", stdin=path.read_bytes()))
    assert [(row["path"], row["exchange"]) for row in found["exchanges"]] == [("<stdin>", 2)]
    missing = run("stats", path, "--exchange", 3)
    assert missing.returncode == 3
    assert b"no exchange 3" in missing.stderr


def test_bad_input_is_said_and_stops_no_other(run: Any, tmp_path: Path, write: Any) -> None:
    bad = tmp_path / "bad.cassette.jsonl"
    bad.write_bytes(b"no cassette\n")
    good = write([(1.5, b"data: a\n\n")])
    alone = run("stats", bad)
    assert (alone.returncode, alone.stdout) == (3, b"")
    both = run("stats", bad, good, "--format", "json")
    assert both.returncode == 3
    assert [row["path"] for row in json.loads(both.stdout)["exchanges"]] == [str(good)]
    assert b"Traceback" not in both.stderr
    lines = good.read_bytes().splitlines(keepends=True)
    lines[4] = b'{"type":"chunk"}\n'
    good.write_bytes(b"".join(lines))
    damaged = run("stats", good)
    assert damaged.returncode == 3
    assert b"line 5" in damaged.stderr


@pytest.mark.parametrize("threshold", ["-1", "nan", "soon"])
def test_a_threshold_that_is_none_is_a_usage_error(run: Any, threshold: str) -> None:
    done = run("stats", sample("cut"), "--stall", threshold)
    assert (done.returncode, done.stdout) == (2, b"")
    assert b"Traceback" not in done.stderr


def test_nothing_hostile_reaches_the_terminal(run: Any, tmp_path: Path) -> None:
    hostile = "\x1b]52;c;b3duZWQ=\x07\x1b[2J\x9b31m\u202e\u200b\u2066\x7f"
    chunk = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": hostile}
    chunk["choices"] = [{"index": 0, "delta": {"role": "assistant", "content": "x" + hostile}}]
    events = [b"data: " + json.dumps(chunk).encode() + b"\n\n"] * 2
    events.append(f"event: {hostile}\ndata: {hostile}\n\n".encode())
    path = tmp_path / "x.cassette.jsonl"
    with playhead.open_writer(path) as writer:
        for _ in range(2):
            exchange = writer.exchange()
            exchange.request(
                playhead.Request(method="POST", url=f"http://h{hostile}/v1/chat/completions", t=0.1)
            )
            exchange.response(
                playhead.Response(status=200, headers=(("content-type", "text/event-stream"),), t=0.2)
            )
            for place, data in enumerate(events):
                exchange.chunk(data, 0.3 + place)
            exchange.end(playhead.EndingKind.COMPLETE, 9.0)
    for format_ in ("text", "json"):
        done = run("stats", path, "--format", format_)
        assert done.returncode == 0, done.stderr
        assert not CONTROL.search(done.stdout.decode())


def test_a_body_that_is_no_stream_is_timed_by_its_chunks(run: Any, tmp_path: Path) -> None:
    path = tmp_path / "json.cassette.jsonl"
    with playhead.open_writer(path) as writer:
        exchange = writer.exchange()
        exchange.request(playhead.Request(method="POST", url="http://h/v1/messages", t=0.1))
        exchange.response(
            playhead.Response(status=529, headers=(("content-type", "application/json"),), t=0.2)
        )
        exchange.chunk(b'{"type":"error","error":{"type":"overloaded_error","message":"busy"}}', 0.3)
        exchange.end(playhead.EndingKind.COMPLETE, 0.4)
    found = document(run("stats", path, "--format", "json"))
    assert found["exchanges"][0]["failed"] is True
    assert found["groups"][0]["failed"] == 1
    assert found["groups"][0]["end_to_end"] == {
        "known": 0,
        "unknown": 0,
        "p50": None,
        "p90": None,
        "p99": None,
    }
    assert run("stats", path).returncode == 0


def test_many_blocks_and_stalls_are_cut_short(run: Any, write: Any) -> None:
    path = write([(2.0 + n, f"data: {n}\n\n".encode()) for n in range(40)])
    text = run("stats", path).stdout.decode()
    assert "40 waits for content over 500.0 ms" in text
    assert "and 20 waits more" in text
    assert "40 blocks, an event each" in text


def test_where_each_event_is_a_block_json_has_no_row_of_each(run: Any, write: Any) -> None:
    path = write([(2.0, b"".join(b'data: {"n": %d}\n\n' % n for n in range(2000)))])
    done = run("stats", path, "--format", "json")
    (row,) = document(done)["exchanges"]
    assert (row["frames"], row["blocks"]) == (2000, None)
    assert len(done.stdout) < 10_000
