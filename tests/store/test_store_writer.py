"""Writing cassettes: whole under their name or readable under `.partial`, never torn in the middle."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys

import pytest

import playhead
from playhead import CannotRun, Chunk, EndingKind, Request, Response, UsageError, open_writer
from playhead.format import MAX_DELIVERY, records
from playhead.store.survey import Severity, Survey


@pytest.fixture
def path(tmp_path):
    return tmp_path / "x.cassette.jsonl"


def write_one(writer, *chunks):
    exchange = writer.exchange()
    exchange.request(Request(method="GET", url="http://h/", t=0.1))
    exchange.response(Response(status=200, t=0.2))
    for number, data in enumerate(chunks):
        exchange.chunk(data, 0.3 + number)
    return exchange


def lines_of(path):
    return [json.loads(line) for line in path.read_bytes().splitlines()]


def problems_of(path):
    with path.open("rb") as file:
        survey = Survey(file.readline, "x")
        for _ in survey:
            pass
    return survey.problems


def test_it_is_partial_until_it_is_whole(path):
    writer = open_writer(path, created="2026-11-20T09:00:00.000000Z", clock="monotonic", facts={"a": "b"})
    write_one(writer, b"data: a\n\n").end(EndingKind.COMPLETE, 2.0)
    assert not path.exists()
    assert len(playhead.load(writer.partial)) == 1
    writer.close()
    assert not writer.partial.exists()
    assert [line["type"] for line in lines_of(path)] == [
        "header",
        "columns",
        "request",
        "response",
        "chunk",
        "end",
    ]
    header = playhead.load(path).header
    assert (header.clock, header.facts) == ("monotonic", (("a", "b"),))
    writer.close()
    assert [entry.name for entry in path.parent.iterdir()] == [path.name]


def test_discarded_nothing_stays(path):
    writer = open_writer(path)
    write_one(writer, b"x")
    writer.discard()
    writer.discard()
    assert list(path.parent.iterdir()) == []


def test_an_exception_leaves_what_was_written(path):
    def record(writer):
        with writer:
            write_one(writer, b"data: a\n\n")
            raise KeyError

    writer = open_writer(path)
    with pytest.raises(KeyError):
        record(writer)
    assert not path.exists()
    exchange = playhead.load(writer.partial)[1]
    assert (exchange.body, exchange.ending.kind) == (b"data: a\n\n", EndingKind.TRUNCATED)


def test_a_name_that_is_taken_is_refused(path):
    path.write_bytes(b"mine")
    with pytest.raises(UsageError, match="exists already"):
        open_writer(path)
    with open_writer(path, overwrite=True) as writer:
        assert path.read_bytes() == b"mine"
        write_one(writer)
    assert len(playhead.load(path)) == 1


def test_two_writers_on_one_path_are_refused(path):
    with open_writer(path) as first:
        write_one(first, b"first")
        with pytest.raises(CannotRun, match="another writer is at work"):
            open_writer(path)
        with pytest.raises(CannotRun, match="another writer is at work") as refused:
            open_writer(path, overwrite=True)
        assert f"`playhead recover {path}.partial`" in str(refused.value)
    assert playhead.load(path)[1].body == b"first"
    assert [entry.name for entry in path.parent.iterdir()] == [path.name]


def test_a_partial_file_never_is_without_its_lock(path):
    """Another process that sees the name sees the lock too, and no reader takes a recording for an orphan."""
    with open_writer(path) as writer:
        done = subprocess.run(
            [sys.executable, "-m", "playhead", "recover", writer.partial],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert done.returncode == 4
    assert "is being written" in done.stderr


@pytest.mark.parametrize("made", ["no folder", "a file for a folder"])
def test_a_place_that_cannot_be_written_is_told(tmp_path, made):
    place = tmp_path / "there"
    if made == "a file for a folder":
        place.write_bytes(b"")
    with pytest.raises(CannotRun, match="cannot be written"):
        open_writer(place / "x.cassette.jsonl")


def test_times_increase_even_where_the_clock_stood(path):
    with open_writer(path) as writer:
        exchange = writer.exchange()
        exchange.response(Response(status=200, t=1.0))
        for t in (1.0, 1.0, None, 0.5, 1.0000005, 2.0):
            exchange.chunk(b"x", t)
        exchange.end(EndingKind.COMPLETE, 2.0)
    times = [line.get("t") for line in lines_of(path)[2:]]
    assert times == [1.0, 1.000001, 1.000002, None, 1.000003, 1.000004, 2.0, 2.000001]
    assert problems_of(path) == []


def test_exchanges_interleave_and_count_for_themselves(path):
    with open_writer(path) as writer:
        first, second = write_one(writer, b"a"), write_one(writer, b"b")
        first.chunk(b"aa", 5.0)
        second.chunk(b"bb", 6.0)
        second.end(EndingKind.COMPLETE, 7.0)
        first.end(EndingKind.CLIENT_CLOSED, 8.0)
    cassette = playhead.load(path)
    assert [exchange.body for exchange in cassette.exchanges] == [b"aaa", b"bbb"]
    assert [(e.ending.chunks, e.ending.size) for e in cassette.exchanges] == [(2, 3), (2, 3)]
    assert problems_of(path) == []


def test_a_delivery_too_long_for_a_line_becomes_several(path):
    data = "€".encode() * (MAX_DELIVERY // 3 + 1000)
    with open_writer(path) as writer:
        exchange = writer.exchange()
        exchange.chunk(data, 1.0, wire_bytes=77)
        exchange.end(EndingKind.COMPLETE)
    exchange = playhead.load(path)[1]
    assert [len(chunk.data) for chunk in exchange.chunks] == [MAX_DELIVERY, len(data) - MAX_DELIVERY]
    assert [chunk.wire_bytes for chunk in exchange.chunks] == [77, None]
    assert exchange.body == data
    assert problems_of(path) == []


def test_a_long_request_goes_on_in_further_records(path):
    body = bytes(range(256)) * (9 << 12)
    with open_writer(path) as writer:
        writer.exchange().request(Request(method="POST", url="http://h/", body=body, t=1.0))
    assert [line["type"] for line in lines_of(path)[2:]] == ["request", "request_chunk", "request_chunk"]
    assert playhead.load(path)[1].request.body == body


@pytest.mark.parametrize("body", [None, b""])
def test_no_body_and_an_empty_body_are_two_things(path, body):
    with open_writer(path) as writer:
        writer.exchange().request(Request(method="GET", url="http://h/", body=body))
    assert playhead.load(path)[1].request.body == body


def test_undecoded_bytes_are_kept_as_they_are(path):
    with open_writer(path) as writer:
        exchange = writer.exchange()
        exchange.chunk(b"plain", undecoded=True)
    assert lines_of(path)[2]["base64"] == "cGxhaW4="
    assert playhead.load(path)[1].chunks[0].undecoded


class Disk:
    """Stands for `os.write`: takes at most `step` bytes a call, and `room` bytes in all."""

    def __init__(self, step=None, room=None):
        self._write = os.write
        self._step = step
        self.room = room

    def __call__(self, fd, data):
        take = len(data) if self._step is None else min(self._step, len(data))
        if self.room is not None:
            take = min(take, self.room)
            if take == 0:
                raise OSError(errno.ENOSPC, "No space left on device")
            self.room -= take
        return self._write(fd, bytes(data[:take]))


def test_short_writes_are_gone_on_with(path, monkeypatch):
    monkeypatch.setattr(os, "write", Disk(step=7))
    with open_writer(path) as writer:
        write_one(writer, b"data: a\n\n" * 20).end(EndingKind.COMPLETE, 9.0)
    assert playhead.load(path)[1].body == b"data: a\n\n" * 20
    assert problems_of(path) == []


def test_a_full_disk_costs_the_record_that_did_not_fit(path, monkeypatch):
    """The line is cut away whole; what fits later follows it, and the end counts what is there."""
    disk = Disk(step=10)
    monkeypatch.setattr(os, "write", disk)
    with open_writer(path) as writer:
        exchange = write_one(writer, b"data: a\n\n")
        before = writer.partial.read_bytes()
        disk.room = 33
        with pytest.raises(OSError, match="No space"):
            exchange.chunk(b"data: too long for what is left\n\n", 1.0)
        assert writer.partial.read_bytes() == before
        disk.room = None
        exchange.chunk(b"data: b\n\n", 2.0)
        exchange.end(EndingKind.COMPLETE, 3.0)
    assert playhead.load(path)[1].body == b"data: a\n\ndata: b\n\n"
    assert problems_of(path) == []


def test_of_deliveries_written_together_those_stay_that_fit(path, monkeypatch):
    disk = Disk(step=50)
    monkeypatch.setattr(os, "write", disk)
    with open_writer(path) as writer:
        exchange = write_one(writer, b"data: a\n\n")
        line = len(writer.partial.read_bytes().splitlines(keepends=True)[-1])
        disk.room = 2 * line + 9
        with pytest.raises(OSError, match="No space"):
            exchange.chunks([Chunk(0, 1.5 + n, b"data: %d\n\n" % n) for n in range(5)])
        assert (exchange.written, exchange.size) == (3, 27)
        disk.room = None
        exchange.chunks([])
        exchange.chunks([Chunk(0, 9.0, b"data: b\n\n")])
        exchange.end(EndingKind.COMPLETE, 9.5)
    assert playhead.load(path)[1].body == b"data: a\n\ndata: 0\n\ndata: 1\n\ndata: b\n\n"
    assert problems_of(path) == []


def test_a_disk_that_is_full_from_the_start_leaves_nothing(path, monkeypatch):
    monkeypatch.setattr(os, "write", Disk(room=100))
    with pytest.raises(CannotRun, match="No space"):
        open_writer(path)
    assert list(path.parent.iterdir()) == []


@pytest.mark.parametrize(
    ("first", "then"),
    [
        (["request"], "request"),
        (["response"], "request"),
        (["chunk"], "request"),
        (["end"], "request"),
        (["end"], "response"),
        (["end"], "chunk"),
        (["end"], "end"),
    ],
)
def test_records_out_of_order_are_refused_before_they_are_written(path, first, then):
    """What a reader would call damage, a writer does not write."""

    def put(exchange, what):
        match what:
            case "request":
                exchange.request(Request(method="GET", url="http://h/"))
            case "response":
                exchange.response(Response(status=200))
            case "chunk":
                exchange.chunk(b"x")
            case "end":
                exchange.end(EndingKind.COMPLETE)

    with open_writer(path) as writer:
        exchange = writer.exchange()
        for what in first:
            put(exchange, what)
        with pytest.raises(UsageError, match=f"a `{then}` record where exchange 1 is"):
            put(exchange, then)
    assert [each for each in problems_of(path) if each.severity is Severity.DAMAGE] == []


def test_an_end_that_did_not_fit_may_be_written_again(path, monkeypatch):
    disk = Disk()
    monkeypatch.setattr(os, "write", disk)
    with open_writer(path) as writer:
        exchange = write_one(writer, b"x")
        disk.room = 20
        with pytest.raises(OSError, match="No space"):
            exchange.end(EndingKind.COMPLETE, 2.0)
        disk.room = None
        exchange.end(EndingKind.COMPLETE, 2.0)
    assert playhead.load(path)[1].ending.kind is EndingKind.COMPLETE


def test_losses_redactions_and_notes(path):
    with open_writer(path) as writer:
        exchange = write_one(writer, b"x")
        exchange.redaction("request.headers.x-api-key", "rule", 7, 13)
        exchange.loss("queue_full", 5.0, 4.5, 3, 402)
        writer.write(records.Note(text="hello"))
    assert playhead.load(path)[1].losses[0] == playhead.Loss(
        detail="queue_full", t=5.0, t_start=4.5, chunks=3, size=402
    )
    assert [line["type"] for line in lines_of(path)[-3:]] == ["redaction", "loss", "note"]
