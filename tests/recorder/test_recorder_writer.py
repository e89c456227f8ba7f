"""The writer thread and its recordings: what lands in the file, and what a failing disk does to it."""

from __future__ import annotations

import datetime
import errno
import os
import re
import threading
import zlib
from types import SimpleNamespace

import pytest

import playhead
from playhead import EndingKind, How, Request, Response
from playhead.capture import log, recording
from playhead.capture.audience import Audience
from playhead.capture.backlog import Backlog
from playhead.capture.choices import Files, Limits
from playhead.capture.finishing.here import Here
from playhead.capture.finishing.work import finish
from playhead.capture.items import Delivered, Ended, Lost, Opened, Responded, Verdict
from playhead.capture.shelves import InFolder, Shelf
from playhead.capture.writer import Writer
from playhead.redaction.policy import DEFAULT
from playhead.store.places import new_name
from playhead_recorder.output.told import Told

CREATED = datetime.datetime(2026, 11, 20, 9, 0, 0, 123456, datetime.UTC)
WHOLE = Verdict(EndingKind.COMPLETE, How.CLEAN)


def asked(session=1, head_ns=1_000_000_000, host="api.example.com", headers=(), body=b"{}", group=None):
    return Opened(
        session=session,
        created=CREATED + datetime.timedelta(microseconds=(head_ns - 1_000_000_000) // 1000),
        head_ns=head_ns,
        sent_ns=head_ns + 2_000_000,
        host=host,
        request=Request(
            method="POST",
            url="https://u:pw@api.example.com/v1?key=hunter22",
            headers=headers,
            body=body,
        ),
        writer="test",
        group=group,
    )


def answered(session=1, headers=()):
    head = Response(status=200, headers=(("content-type", "text/event-stream"), *headers))
    return Responded(session=session, t_ns=1_100_000_000, response=head)


def opened(session=1, headers=(), request_headers=(), body=b"{}"):
    """A request and the head of its response."""
    return asked(session, headers=request_headers, body=body), answered(session, headers)


def delivered(number, data=b"data: x\n\n", session=1):
    return Delivered(session, 1_200_000_000 + number * 1_000_000, data)


def ended(session=1, trailers=()):
    return Ended(
        session=session, t_ns=3_000_000_000, verdict=WHOLE, facts={"how": "clean"}, trailers=trailers
    )


@pytest.fixture
def warnings(monkeypatch):
    said = []
    monkeypatch.setattr(recording, "warn", said.append)
    monkeypatch.setattr("playhead.capture.writer.warn", said.append)
    return said


class Listener(Audience):
    def __init__(self):
        self.all_finished, self.all_done, self.losses = [], [], []

    def finished(self, finished):
        self.all_finished.append(finished)

    def done(self, done):
        self.all_done.append(done)

    def lost(self, reason, chunks, size):
        self.losses.append((reason, chunks, size))


def flat(items):
    for item in items:
        yield from item if isinstance(item, tuple) else (item,)


@pytest.fixture
def write(tmp_path):
    """`write(items)` has the writer thread take them all, as one batch, and gives what it finished;
    `write.losses` is what its audience heard of losses.
    """

    def run(*items, folder=tmp_path / "out", limits=None, grouping=None, rotation=None):
        listener = Listener()
        backlog = Backlog()
        finisher = Here(DEFAULT, listener.done)
        place = InFolder(Files(root=folder))
        shelf = Shelf(place, finisher, audience=listener, grouping=grouping, rotation=rotation)
        writer = Writer(backlog, shelf, listener, limits=limits)
        # Before it starts: what lies in one batch is the test's to say, and not how busy the machine is.
        for item in flat(items):
            backlog.deliver(item) if isinstance(item, Delivered) else backlog.put(item)
        writer.start()
        assert writer.stop()
        assert finisher.stop(60)
        run.losses = listener.losses
        return listener.all_finished

    return run


def unfinished(tmp_path):
    return list((tmp_path / "out" / "unfinished").iterdir())


def only(folder):
    [path] = folder.glob("*.cassette.jsonl")
    return playhead.load(path)


def test_a_recording_reads_back(write, tmp_path, warnings):
    [finished] = write(
        opened(), delivered(0), delivered(1, b"\xff"), ended(trailers=(("server-timing", "y"),))
    )
    cassette = only(tmp_path / "out")
    assert cassette.header.created == "2026-11-20T09:00:00.123456Z"
    exchange = cassette[1]
    assert [(chunk.t, chunk.data) for chunk in exchange.chunks] == [(0.2, b"data: x\n\n"), (0.201, b"\xff")]
    assert exchange.ending.trailers == (("server-timing", "y"),)
    assert exchange.ending.t == 2.0
    assert (finished.target.name, finished.chunks, finished.size) == (
        os.path.basename(cassette.name),  # noqa: PTH119
        2,
        10,
    )
    assert warnings == []


def test_deliveries_that_come_together_are_one_write(write, tmp_path, monkeypatch):
    sizes = []
    real = os.write
    monkeypatch.setattr(
        os, "write", lambda fd, data: sizes.append(bytes(data).count(b"\n")) or real(fd, data)
    )
    lost = Lost(1, "queue_full", 1_300_000_000, 1_400_000_000, 3, 27)
    write(
        *[opened(1), opened(2), *[delivered(n, session=1 + n % 2) for n in range(20)]],
        *[lost, delivered(500), delivered(501), ended(1), ended(2)],
    )
    assert sorted(size for size in sizes if size > 1) == [2, 10, 10]
    records = [playhead.load(path) for path in (tmp_path / "out").glob("*.jsonl")]
    assert sorted(len(cassette[1].chunks) for cassette in records) == [10, 12]


def test_a_delivery_that_grows_beyond_a_record_is_counted_once(write, tmp_path, monkeypatch, warnings):
    monkeypatch.setattr("playhead.encodings._ALWAYS", 32 << 20)
    body = zlib.compress(bytes(20 << 20))
    FullDisk(monkeypatch, 9)
    encoded = opened(headers=(("content-encoding", "deflate"),))
    [finished] = write(encoded, delivered(0, body), ended())
    assert len(warnings) == 1
    # Two of its three records fit.
    assert (finished.chunks, finished.lost_chunks, finished.target) == (2, 1, None)
    [partial] = unfinished(tmp_path)
    assert playhead.load(partial)[1].body == bytes(16 << 20)


def test_streams_side_by_side_stay_apart(write, tmp_path):
    write(
        opened(1),
        opened(2),
        delivered(0, b"one", 1),
        delivered(0, b"two", 2),
        ended(2),
        delivered(1, b"ONE", 1),
        ended(1),
    )
    bodies = {playhead.load(path)[1].body for path in (tmp_path / "out").glob("*.jsonl")}
    assert bodies == {b"oneONE", b"two"}


def test_losses_stand_where_deliveries_are_missing(write, tmp_path):
    loss = Lost(1, "queue_full", 1_300_000_000, 1_400_000_000, 3, 27)
    [finished] = write(opened(), delivered(0), loss, delivered(500), ended())
    [found] = only(tmp_path / "out")[1].losses
    assert (found.detail, found.t_start, found.t, found.chunks, found.size) == ("queue_full", 0.3, 0.4, 3, 27)
    assert finished.lost_chunks == 3


def test_a_loss_that_nobody_counted(write, tmp_path):
    write(opened(), Lost(1, "stream_replaced", 1_300_000_000, 1_400_000_000, None, None), ended())
    [found] = only(tmp_path / "out")[1].losses
    assert (found.detail, found.chunks, found.size) == ("stream_replaced", None, None)


def test_what_was_redacted_is_listed(write, tmp_path):
    write(
        opened(
            request_headers=(("Authorization", "Bearer hunter2-hunter2"),), headers=(("Set-Cookie", "a=b"),)
        ),
        ended(trailers=(("set-cookie", "c=d"),)),
    )
    [path] = (tmp_path / "out").glob("*.jsonl")
    text = path.read_text()
    assert "hunter2" not in text
    assert "pw@" not in text
    names = [
        line.split('"name":"')[1].split('"')[0] for line in text.splitlines() if '"redaction","ex' in line
    ]
    assert names == [
        "url",
        "url",
        "url",
        "request.headers.authorization",
        "response.headers.set-cookie",
        "response.trailers.set-cookie",
    ]


def test_a_request_body_that_cannot_be_decoded_is_kept_raw_and_said(write, tmp_path):
    write(opened(request_headers=(("content-encoding", "gzip"),), body=b"not gzip"), ended())
    request = only(tmp_path / "out")[1].request
    assert (request.body, request.facts["body"]) == (b"not gzip", "undecoded")


@pytest.mark.parametrize(
    ("host", "part"),
    [
        ("API.example.com", "api.example.com"),
        ("::1", "1"),
        ("../../etc/passwd\0", "etc-passwd"),
        ("", "unknown"),
        ("h" * 300, "h" * 64),
    ],
)
def test_a_name_is_safe_whatever_the_host(host, part):
    name = new_name(CREATED, host)
    assert name.startswith(f"20261120T090000.123456Z-{part}-")
    assert "/" not in name


def test_names_sort_as_the_requests_came():
    moments = [CREATED + datetime.timedelta(microseconds=after) for after in (0, 1, 999, 1000, 90_000, 10**6)]
    names = [new_name(moment, "api.example.com") for moment in moments]
    assert names == sorted(names)


def test_the_cap_on_a_run_is_spent_in_the_order_of_coming(write, tmp_path, warnings, monkeypatch):
    monkeypatch.setattr("playhead.capture.meter.warn", warnings.append)
    first, second = ([delivered(n, b"%d" % session * 3_000, session) for n in range(3)] for session in (1, 2))
    write(opened(1), opened(2), *first, *second, limits=Limits(total=8_000))
    assert sorted(playhead.load(path)[1].body for path in unfinished(tmp_path)) == [b"", b"1" * 6_000]
    assert warnings == ["the cap of 8,000 bytes on this run is reached: no more is recorded."]


def test_who_ends_first_has_no_more_of_the_cap_on_a_run(write, tmp_path, warnings, monkeypatch):
    monkeypatch.setattr("playhead.capture.meter.warn", warnings.append)
    first, second = (delivered(session, b"%d" % session * 3_000, session) for session in (1, 2))
    write(opened(1), opened(2), first, second, ended(2), ended(1), opened(3), limits=Limits(total=5_000))
    bodies = sorted(playhead.load(path)[1].body for path in (tmp_path / "out").glob("*.cassette.jsonl"))
    assert bodies == [b"", b"1" * 3_000]
    assert unfinished(tmp_path) == []  # the third is not even opened
    assert len(warnings) == 1


def test_nobody_begins_behind_what_spends_the_cap_on_a_run(write, tmp_path, warnings, monkeypatch):
    monkeypatch.setattr("playhead.capture.meter.warn", warnings.append)
    write(opened(1), delivered(0, b"1" * 9_000), opened(2), limits=Limits(total=8_000))
    assert len(unfinished(tmp_path)) == 1
    assert len(warnings) == 1


class FullDisk:
    """`os.write` that has room for so many lines and a piece of the next, until it is healed."""

    def __init__(self, monkeypatch, lines, number=errno.ENOSPC):
        self.lines, self.number, self.real, self.torn = lines, number, os.write, False
        monkeypatch.setattr(os, "write", self)

    def __call__(self, fd, data):
        lines = bytes(data).splitlines(keepends=True)
        fitting, self.lines = b"".join(lines[: self.lines]), max(self.lines - len(lines), 0)
        if len(fitting) == len(data):
            return self.real(fd, data)
        if self.torn:
            self.torn = False
            raise OSError(self.number, os.strerror(self.number))
        self.torn = True
        return self.real(fd, bytes(data)[: len(fitting) + 1])


def test_a_disk_that_fills_up_leaves_whole_lines_and_one_warning(write, tmp_path, monkeypatch, warnings):
    # Header, columns, request, three redactions in its URL, response: 7 lines; then chunks.
    FullDisk(monkeypatch, 9)
    [finished] = write(opened(), *[delivered(n) for n in range(10)], ended())
    assert (finished.target, finished.chunks, finished.lost_chunks) == (None, 2, 8)
    assert finished.failure == "No space left on device"
    assert len(warnings) == 1
    [partial] = unfinished(tmp_path)
    assert partial.name.endswith(".partial")
    assert len(playhead.load(partial)[1].chunks) == 2
    assert playhead.load(partial).torn is None


def test_a_disk_with_room_again_gets_the_loss_and_the_ending(write, tmp_path, monkeypatch, warnings):
    disk = FullDisk(monkeypatch, 9)
    real_end = recording.Recording.end

    def heal(self, item, again):
        disk.lines = 1000
        return real_end(self, item, again=again)

    monkeypatch.setattr(recording.Recording, "end", heal)
    [finished] = write(opened(), *[delivered(n) for n in range(10)], ended())
    exchange = only(tmp_path / "out")[1]
    assert [chunk.data for chunk in exchange.chunks] == [b"data: x\n\n"] * 2
    [loss] = exchange.losses
    assert (loss.detail, loss.chunks, loss.size) == ("disk_full", 8, 72)
    assert (exchange.ending.kind, exchange.ending.chunks) == (EndingKind.COMPLETE, 2)
    assert finished.target is not None
    assert len(warnings) == 1


@pytest.mark.parametrize("lines", [0, 1, 3])
def test_a_disk_that_is_full_from_the_start_is_the_reason(write, monkeypatch, warnings, lines):
    FullDisk(monkeypatch, lines)
    [finished] = write(opened(), *[delivered(n) for n in range(10)], ended())
    assert (finished.target, finished.lost_chunks) == (None, 10)
    assert write.losses == [("disk_full", 10, 90)]
    assert "No space left on device" in finished.failure
    assert len(warnings) == 1


def test_a_cassette_without_its_heads_is_not_left_behind(write, tmp_path, monkeypatch, warnings):
    FullDisk(monkeypatch, 3)
    [finished] = write(opened(), delivered(0), ended())
    assert finished.target is None
    assert list((tmp_path / "out").rglob("*.*")) == []
    assert len(warnings) == 1


def test_a_bad_folder_costs_one_warning_a_stream(write, tmp_path, warnings):
    (tmp_path / "file").write_text("")
    finished = write(opened(1), delivered(0), ended(1), folder=tmp_path / "file")
    assert [each.target for each in finished] == [None]
    assert finished[0].lost_chunks == 1
    assert len(warnings) == 1


def test_an_error_of_ours_stays_with_its_stream(write, tmp_path, monkeypatch, warnings):
    real = recording.Recording.deliver

    def broken(self, items):
        if items[0].session == 1:
            raise ZeroDivisionError("injected")
        real(self, items)

    monkeypatch.setattr(recording.Recording, "deliver", broken)
    write(opened(1), opened(2), delivered(0), delivered(0, session=2), ended(1), ended(2))
    exchanges = [playhead.load(path)[1] for path in (tmp_path / "out").glob("*.cassette.jsonl")]
    assert sorted(exchange.body for exchange in exchanges) == [b"", b"data: x\n\n"]
    [[loss]] = [exchange.losses for exchange in exchanges if exchange.losses]
    assert loss.detail == "exception"
    [warning] = warnings
    assert re.search(r"ZeroDivisionError at \w+\.py:\d+\. The stream goes on, but is recorded no", warning)
    assert "injected" not in warning


def test_an_ending_waits_for_room_on_the_disk(write, tmp_path, monkeypatch, warnings):
    disk = FullDisk(monkeypatch, 9)
    real_end, tries = recording.Recording.end, []

    def later(self, item, again):
        tries.append(item)
        if len(tries) > 1:
            disk.lines = 1000
        return real_end(self, item, again=again)

    monkeypatch.setattr(recording.Recording, "end", later)
    [finished] = write(opened(), *[delivered(n) for n in range(10)], ended())
    exchange = only(tmp_path / "out")[1]
    [loss] = exchange.losses
    assert (loss.detail, loss.chunks, exchange.ending.kind) == ("disk_full", 8, EndingKind.COMPLETE)
    assert (finished.lost_chunks, finished.failure) == (8, "No space left on device")
    assert len(warnings) == 1


def test_a_loss_that_found_room_before_its_ending_is_told_once(write, tmp_path, monkeypatch, warnings):
    disk = FullDisk(monkeypatch, 9)
    real_end, tries = recording.Recording.end, []

    def later(self, item, again):
        tries.append(item)
        disk.lines = 1 if len(tries) == 1 else 1000
        return real_end(self, item, again=again)

    monkeypatch.setattr(recording.Recording, "end", later)
    write(opened(), *[delivered(n) for n in range(10)], ended())
    exchange = only(tmp_path / "out")[1]
    assert len(tries) == 2
    assert [(loss.detail, loss.chunks) for loss in exchange.losses] == [("disk_full", 8)]
    assert (exchange.ending.kind, exchange.ending.chunks) == (EndingKind.COMPLETE, 2)
    assert len(warnings) == 1


def test_a_terminal_that_is_gone_ends_no_thread(monkeypatch):
    said = []

    class Gone:
        def log(self, _level, message, *arguments):
            said.append(message % arguments)
            raise SystemExit(1)

    monkeypatch.setattr(log, "_logger", Gone())
    log.warn("nobody hears this")
    assert said == ["playhead: nobody hears this"]


class AtOnce:
    """Finishes in the thread that hands over: no other has its turn before."""

    def __init__(self, on_done):
        self._on_done = on_done

    def hand_over(self, job):
        self._on_done(finish(job, DEFAULT))

    def stop(self, seconds):
        return True


def test_a_cassette_is_told_after_its_exchange(tmp_path):
    lines = []
    told = Told(line=lambda line, **_: lines.append(line))
    backlog = Backlog()
    shelf = Shelf(InFolder(Files(root=tmp_path / "out")), AtOnce(told.done), audience=told)
    writer = Writer(backlog, shelf, told)
    for item in flat([opened(), delivered(1), ended()]):
        backlog.deliver(item) if isinstance(item, Delivered) else backlog.put(item)
    writer.start()
    assert writer.stop()
    assert [line.partition(": ")[2] for line in lines] == ["1 chunk, 9 bytes, complete"]


def test_what_is_written_to_while_a_sync_begins_is_synced(tmp_path):
    """The syncing thread has its turn while the path is hashed."""
    writer = Writer(Backlog(), Shelf(InFolder(Files(root=tmp_path)), Here()))
    taken = []
    syncing = threading.Thread(target=lambda: taken.extend(writer._take_dirty()))

    class Held(type(tmp_path)):
        def __hash__(self):
            if syncing.ident is None:
                syncing.start()
                syncing.join(0.1)  # as far as it comes
            return super().__hash__()

    path = Held(tmp_path)
    writer._mark(SimpleNamespace(path=path))
    syncing.join()
    assert [*taken, *writer._take_dirty()] == [path]


def test_streams_left_open_at_the_stop_stay_partial(write, tmp_path):
    assert write(opened(), delivered(0)) == []
    [partial] = unfinished(tmp_path)
    assert len(playhead.load(partial)[1].chunks) == 1
