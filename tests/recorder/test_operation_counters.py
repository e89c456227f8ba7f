"""The counters of a run, their file, and the lines that end it."""

from __future__ import annotations

import json
import os
import stat
import threading
import time
from pathlib import Path

import msgspec
import pytest

from playhead import EndingKind
from playhead.capture.audience import Finished
from playhead.capture.finishing.finisher import Done
from playhead_recorder.operation import Counters, CountersFile, counters_file, missing, recorded
from playhead_recorder.operation.counters import Gaps, Snapshot
from playhead_recorder.operation.counters_file import put_in_place
from playhead_recorder.output.told import Told
from playhead_recorder.wrap.report import Outcome, lines

DOCS = Path(__file__).parents[2] / "docs" / "operation.md"
SECONDS = 60.0


class Fate(msgspec.Struct, frozen=True):
    is_stream: bool
    failure: str | None = None


@pytest.fixture(autouse=True)
def _time_for_the_last_numbers(monkeypatch):
    """Whoever ends a run waits no longer than a disk may take: a busy machine may take longer."""
    monkeypatch.setattr(counters_file, "_STOP_SECONDS", SECONDS)


def until(condition):
    deadline = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def snapshot(**numbers) -> Snapshot:
    return Snapshot(started="s", written="w", uptime=1.0, **numbers)


def test_nothing_is_counted_at_first():
    found = Counters().snapshot()
    assert found == Snapshot(started=found.started, written=found.written, uptime=found.uptime)
    assert found.started.endswith("Z")
    assert found.uptime >= 0


def test_no_count_is_lost_between_threads():
    counters = Counters()

    def work() -> None:
        for n in range(500):
            counters.opened()
            counters.stream_opened()
            counters.wrote(2, 10)
            counters.lost("queue_full", 1, 5)
            counters.skipped("host")
            counters.queued(n)
            counters.finished(Fate(is_stream=True, failure="full" if n % 2 == 0 else None))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = counters.snapshot()
    assert (found.exchanges_open, found.streams_open) == (0, 0)
    assert (found.exchanges_recorded, found.exchanges_failed, found.streams_recorded) == (1000, 1000, 1000)
    assert (found.chunks, found.bytes) == (4000, 20000)
    assert found.lost == {"queue_full": Gaps(2000, 2000, 10000)}
    assert found.skipped == {"host": 2000}
    assert found.queue_peak == 499


def test_what_is_open_goes_down_again():
    counters = Counters()
    counters.opened()
    counters.opened()
    counters.stream_opened()
    assert (counters.snapshot().exchanges_open, counters.snapshot().streams_open) == (2, 1)
    counters.finished(Fate(is_stream=True))
    assert (counters.snapshot().exchanges_open, counters.snapshot().streams_open) == (1, 0)
    counters.finished(Fate(is_stream=False))
    found = counters.snapshot()
    assert (found.exchanges_open, found.exchanges_recorded, found.streams_recorded) == (0, 2, 1)
    counters.opened()
    counters.dropped()
    assert counters.snapshot().exchanges_open == 0
    assert counters.snapshot().exchanges_recorded == 2


def test_a_finished_cassette_tells_its_events():
    counters = Counters()
    counters.handed_over()
    counters.handed_over()
    counters.handed_over()
    counters.done(Done(target=Path("a"), exchanges=2, events=40, size=900, redacted=3, unscanned=1))
    counters.done(Done(target=Path("b"), failure="no space"))
    counters.done(Done(target=Path("c"), events=2, size=100, recovered=True))
    found = counters.snapshot()
    assert (found.cassettes, found.cassettes_failed, found.cassettes_waiting, found.recovered) == (2, 1, 1, 1)
    assert (found.events, found.recovered_events, found.cassette_bytes) == (42, 2, 1000)
    assert (found.redacted_spans, found.unscanned_bodies) == (3, 1)


@pytest.mark.parametrize("fate", [{"empty": True}, {"elsewhere": True}, {"empty": True, "recovered": True}])
def test_what_is_no_finished_cassette_is_not_counted_as_one(fate):
    counters = Counters()
    counters.handed_over()
    counters.done(Done(target=Path("a"), **fate))
    found = counters.snapshot()
    assert (found.cassettes, found.cassettes_failed, found.recovered) == (0, 0, 0)
    assert found.cassettes_waiting == ("recovered" in fate)


def test_a_finished_cassette_is_told_in_words():
    said: list[str] = []
    told = Told(line=lambda line, **_: said.append(line))
    for name, chunks in (("one", 1), ("more", 1200)):
        told.finished(
            Finished(
                target=Path(name),
                chunks=chunks,
                size=chunks,
                ending=EndingKind.COMPLETE,
                is_stream=True,
                lost_chunks=0,
                failure=None,
            )
        )
        told.done(Done(target=Path(name), exchanges=1, events=1, size=900))
    told.done(Done(target=Path("old"), exchanges=1, events=1, size=900, recovered=True))
    told.done(Done(target=Path("run"), exchanges=2, events=3000, size=1))
    told.done(Done(target=Path("json"), empty=True))
    told.done(Done(target=Path("theirs"), elsewhere=True))
    assert said == [
        "wrote one: 1 chunk, 1 byte, complete",
        "wrote more: 1,200 chunks, 1,200 bytes, complete",
        "wrote old: 1 exchange, 1 event, 900 bytes (recovered)",
        "wrote run: 2 exchanges, 3,000 events, 1 byte",
        "json: nothing to keep, nothing written",
        "theirs: another process finishes it",
    ]


@pytest.mark.parametrize("stop", ["", "."])
def test_a_server_that_is_not_trusted_is_told_in_sentences(stop):
    outcome = Outcome(
        counted=snapshot(),
        requests=1,
        refused={},
        distrusted={"h": f"self-signed certificate{stop}"},
        warnings={},
        is_whole=True,
    )
    assert list(lines(outcome, Path("out")))[1:] == [
        "h: the recorder could not connect: self-signed certificate. For a private CA: --upstream-ca FILE."
    ]


def test_the_page_names_every_counter():
    text = DOCS.read_text()
    for field in msgspec.structs.fields(Snapshot):
        assert f"| `{field.name}` |" in text, field.name


def test_a_snapshot_is_json():
    counters = Counters()
    counters.lost("disk_full", None, None)
    found = json.loads(json.dumps(counters.snapshot().as_json()))
    assert set(found) == {field.name for field in msgspec.structs.fields(Snapshot)}
    assert found["lost"] == {"disk_full": {"gaps": 1, "chunks": 0, "bytes": 0}}


@pytest.mark.parametrize(
    ("numbers", "line"),
    [
        ({}, "Recorded 0 streams: 0 events, 0 chunks, 0 bytes, 0 cassettes in out."),
        (
            {
                "exchanges_recorded": 1,
                "streams_recorded": 1,
                "events": 1,
                "chunks": 1,
                "bytes": 1,
                "cassettes": 1,
            },
            "Recorded 1 stream: 1 event, 1 chunk, 1 byte, 1 cassette in out.",
        ),
        (
            {
                "exchanges_recorded": 5,
                "streams_recorded": 3,
                "events": 1200,
                "chunks": 9,
                "bytes": 4096,
                "cassettes": 6,
                "recovered": 1,
                "recovered_events": 200,
            },
            (
                "Recorded 3 streams and 2 other exchanges: 1,000 events, 9 chunks, 4,096 bytes, 5 cassettes"
                " in out. 1 cassette of an earlier run recovered, of 200 events."
            ),
        ),
    ],
)
def test_the_line_about_what_there_is(numbers, line):
    assert recorded(snapshot(**numbers), Path("out")) == line


@pytest.mark.parametrize(
    ("numbers", "line"),
    [
        ({}, None),
        ({"exchanges_failed": 1}, "Not recorded: 1 exchange not recorded to the end (see above)."),
        (
            {"lost": {"queue_full": Gaps(2, 10, 300), "stream_replaced": Gaps(1, 0, 0)}},
            (
                "Not recorded: 10 chunks lost, 300 bytes (queue full 10, stream replaced 0), "
                "and 1 gap of unknown length."
            ),
        ),
        (
            {"skipped": {"host": 3, "not_a_stream": 1, "new_reason": 1}},
            "Not recorded: 5 exchanges left out (by host 3, new reason 1, no stream 1).",
        ),
        (
            {"cassettes_failed": 2, "cassettes_waiting": 1, "unscanned_bodies": 2},
            (
                "Not recorded: 2 cassettes could not be finished (see above); "
                "1 cassette not finished yet: that goes on without the recorder, or when it starts again. "
                "Recorded, but not to be read for secrets: 2 bodies (see `playhead redact --check`)."
            ),
        ),
        (
            {"unscanned_bodies": 1},
            "Recorded, but not to be read for secrets: 1 body (see `playhead redact --check`).",
        ),
    ],
)
def test_the_line_about_what_there_is_not(numbers, line):
    assert missing(snapshot(**numbers)) == line


def test_the_file_holds_the_last_counters_and_is_private(tmp_path):
    counters, said = Counters(), []
    path = tmp_path / "counters.json"
    file = CountersFile(path, counters.snapshot, said.append)
    file.start()
    until(path.exists)
    counters.wrote(3, 30)
    file.stop()
    file.stop()
    found = json.loads(path.read_text())
    assert (found["chunks"], found["bytes"]) == (3, 30)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [each.name for each in tmp_path.iterdir()] == ["counters.json"]
    assert said == []


def test_a_reader_never_meets_half_a_file(tmp_path):
    counters, said = Counters(), []
    path = tmp_path / "counters.json"
    file = CountersFile(path, counters.snapshot, said.append, every=0.0)
    file.start()
    until(path.exists)
    seen = set()
    while len(seen) < 20:
        seen.add(json.loads(path.read_text())["written"])
    file.stop()
    assert said == []


def test_a_path_that_cannot_be_written_is_said_once_and_tried_again(tmp_path):
    said = []
    folder = tmp_path / "later"
    file = CountersFile(folder / "counters.json", Counters().snapshot, said.append, every=0.01)
    file.start()
    until(lambda: said)
    folder.mkdir()
    until((folder / "counters.json").exists)
    file.stop()
    assert len(said) == 1
    assert "No such file or directory" in said[0]


@pytest.mark.parametrize("kind", ["pipe", "folder"])
def test_what_is_no_file_is_not_replaced(tmp_path, kind):
    path = tmp_path / "there"
    if kind == "pipe":
        os.mkfifo(path)
    else:
        path.mkdir()
    with pytest.raises(OSError, match="no regular file"):
        put_in_place(path, "text")
    assert path.is_dir() or path.is_fifo()
    assert [each.name for each in tmp_path.iterdir()] == ["there"]


def test_a_link_is_followed(tmp_path):
    real, link = tmp_path / "real.json", tmp_path / "link.json"
    link.symlink_to(real)
    put_in_place(link, "1\n")
    put_in_place(link, "2\n")
    assert link.is_symlink()
    assert real.read_text() == "2\n"


def test_a_complaint_that_fails_ends_nothing(tmp_path):
    def complain(_: str) -> None:
        raise ValueError("nobody listens")

    folder = tmp_path / "later"
    file = CountersFile(folder / "c.json", Counters().snapshot, complain, every=0.01)
    file.start()
    folder.mkdir()
    until((folder / "c.json").exists)
    file.stop()
