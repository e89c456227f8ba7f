"""What goes wrong with the recording stays with it: the client's bytes, head and errors are its own.

Disks that are full, slow or gone, queues over their cap, and an error of ours injected wherever the traffic
passes our code.
"""

from __future__ import annotations

import errno
import logging
import os
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

import playhead
from playhead import EndingKind
from playhead.capture import backlog, capture, recording, session, shelves, tees, transport, writer
from playhead.httpx2 import RecordingTransport

from ..loop.clients import CLIENTS, SYNC, Client
from ..loop.origin import SECONDS, Http1, Origin
from .unfinished import until
from .visits import recording as recording_transport

PIECES = [b"data: %d\n\n" % number for number in range(10)]


def ten(out: Http1) -> None:
    out.head()
    out.sent(0)
    for piece in PIECES:
        out.send(piece)
    out.whole()


class Streaming(httpx2.BaseTransport, httpx2.AsyncBaseTransport):
    """Answers with `PIECES`, without a network."""

    def __init__(self, pieces: list[bytes] | None = None) -> None:
        self._pieces = PIECES if pieces is None else pieces

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        request.read()
        return httpx2.Response(200, stream=_Pieces(self._pieces))


class _Pieces(httpx2.SyncByteStream):
    def __init__(self, pieces: list[bytes]) -> None:
        self._pieces = pieces

    def __iter__(self) -> Iterator[bytes]:
        yield from self._pieces


def broken(*_: Any, **__: Any) -> Any:
    raise ZeroDivisionError("injected")


@pytest.mark.parametrize("client", [SYNC, CLIENTS[1]], ids=lambda client: client.name)
@pytest.mark.parametrize("target", ["x.cassette.jsonl", "folder"])
@pytest.mark.parametrize(
    ("where", "name"),
    [
        (transport, "Request"),
        (transport, "_url"),
        (transport, "_headers"),
        (transport, "_known_body"),
        (transport, "_head"),
        (capture, "Opened"),
        (capture, "Session"),
        (capture.Capture, "claim"),
        (capture.Tally, "finished"),
        (session, "body_of"),
        (session, "judge"),
        (session, "Responded"),
        (session, "Ended"),
        (session, "Lost"),
        (session.Upload, "take"),
        (session.Session, "requested"),
        (session.Session, "responded"),
        (backlog.Backlog, "has_room"),
        (backlog.Backlog, "deliver"),
        (backlog.Backlog, "put"),
        (writer, "Recording"),
        (writer.Writer, "_handle"),
        (recording, "ContentDecoder"),
        (recording.Recording, "deliver"),
        (recording.Recording, "respond"),
        (recording.Recording, "end"),
        (shelves.HeadRedactor, "request"),
        (shelves.HeadRedactor, "response"),
        (shelves.HeadRedactor, "trailers"),
    ],
    ids=lambda value: getattr(value, "__name__", value),
)
def test_no_error_of_ours_reaches_a_client(
    client: Client,
    origin: Origin,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    where: Any,
    name: str,
    target: str,
) -> None:
    play = origin.play(ten)
    url = origin.url + play.path
    recorder = recording_transport(client, tmp_path / target)
    monkeypatch.setattr(where, name, broken)
    met = client.meet(url, transport=recorder, took=play.took)
    assert (met.chunks, met.errors, met.status) == (PIECES, [], 200)


def test_nor_where_the_body_was_read_below(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "_bytes_of", broken)
    below = httpx2.MockTransport(lambda _: httpx2.Response(200, text="hello"))
    with httpx2.Client(transport=RecordingTransport(tmp_path / "x.cassette.jsonl", below)) as client:
        assert client.get("http://h/").text == "hello"


def test_a_delivery_that_our_error_kept_out_is_a_loss_and_one_warning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, calls = backlog.Backlog.deliver, []

    def third_fails(self: Any, item: Any) -> None:
        calls.append(item)
        if len(calls) == 3:
            raise ZeroDivisionError("injected")
        real(self, item)

    monkeypatch.setattr(backlog.Backlog, "deliver", third_fails)
    path = tmp_path / "x.cassette.jsonl"
    recorder = RecordingTransport(path, Streaming())
    with httpx2.Client(transport=recorder) as client:
        assert client.get("http://h/").content == b"".join(PIECES)
    exchange = playhead.load(path)[1]
    assert [chunk.data for chunk in exchange.chunks] == PIECES[:2] + PIECES[3:]
    [loss] = exchange.losses
    assert (loss.detail, loss.chunks, loss.size) == ("exception", 1, 9)
    assert len(recorder.failures) == 1


class FullDisk:
    """`os.write` that has room for so many lines, until it is healed."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, lines: int) -> None:
        self.lines = lines
        self._real = os.write
        monkeypatch.setattr(os, "write", self)

    def __call__(self, fd: int, data: bytes) -> int:
        lines = bytes(data).splitlines(keepends=True)
        fitting, self.lines = b"".join(lines[: self.lines]), max(self.lines - len(lines), 0)
        if not fitting:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return self._real(fd, fitting)


def test_a_full_disk_costs_the_exchange_and_one_warning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    recorder = RecordingTransport(tmp_path / "folder", Streaming())
    with httpx2.Client(transport=recorder) as client, caplog.at_level(logging.WARNING, "playhead"):
        FullDisk(monkeypatch, 6)  # header, columns, request, response, two chunks
        assert client.get("http://h/").content == b"".join(PIECES)
    assert len(caplog.records) == 1
    assert recorder.failures == ("No space left on device",)
    assert recorder.exchanges == 0
    [partial] = (tmp_path / "folder" / "unfinished").iterdir()
    assert playhead.load(partial).torn is None


def test_a_shared_cassette_goes_on_when_the_disk_has_room_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "x.cassette.jsonl"
    recorder = RecordingTransport(path, Streaming())
    ended: set[int] = set()
    end = recording.Recording.end

    def ending(self: Any, item: Any, **options: Any) -> Any:
        try:
            return end(self, item, **options)
        finally:
            ended.add(item.session)

    monkeypatch.setattr(recording.Recording, "end", ending)
    with httpx2.Client(transport=recorder) as client:
        disk = FullDisk(monkeypatch, 4)  # request, response, two chunks
        assert client.get("http://h/1").content == b"".join(PIECES)
        until(lambda: 1 in ended)
        assert client.get("http://h/2").content == b"".join(PIECES)
        # By its number: the first one's ending is tried again when nothing has come for a second.
        until(lambda: 2 in ended)
        disk.lines = 1000
        assert client.get("http://h/3").content == b"".join(PIECES)
    assert recorder.failures == ("No space left on device",) * 2
    cassette = playhead.load(path)
    first, third = cassette[1], cassette[3]
    assert first.size < len(b"".join(PIECES))
    # What it lost, and how it ended, was written when there was room.
    assert [loss.detail for loss in first.losses] == ["disk_full"]
    assert first.ending.kind is EndingKind.COMPLETE
    # The second has no request in the file, so it is no exchange there that could answer anything.
    assert [exchange.number for exchange in cassette.exchanges] == [1, 3]
    assert (third.body, third.ending.kind) == (b"".join(PIECES), EndingKind.COMPLETE)


def test_a_folder_that_is_removed_is_made_again(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    recorder = RecordingTransport(folder, Streaming())
    shutil.rmtree(folder)
    with httpx2.Client(transport=recorder) as client:
        client.get("http://h/")
    [path] = folder.glob("*.jsonl")
    assert playhead.load(path)[1].body == b"".join(PIECES)


def test_a_shared_cassette_whose_folder_is_removed_is_one_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = tmp_path / "folder"
    recorder = RecordingTransport(folder / "x.cassette.jsonl", Streaming())
    with httpx2.Client(transport=recorder) as client, caplog.at_level(logging.WARNING, "playhead"):
        client.get("http://h/1")
        shutil.rmtree(folder)
        assert client.get("http://h/2").content == b"".join(PIECES)
        client.close()
    assert len(caplog.records) == 1
    assert "No such file" in caplog.records[0].getMessage()
    assert len(recorder.failures) == 1


def test_a_disk_that_hangs_keeps_nobody_waiting_and_the_cap_holds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "x.cassette.jsonl"
    pieces = [bytes([65 + number % 26]) * 10_000 for number in range(100)]
    recorder = RecordingTransport(path, Streaming(pieces), backlog=200_000)
    awake, real = threading.Event(), os.write

    def hanging(fd: int, data: bytes) -> int:
        assert awake.wait(SECONDS)
        return real(fd, data)

    monkeypatch.setattr(os, "write", hanging)
    with httpx2.Client(transport=recorder) as client:
        assert client.get("http://h/").content == b"".join(pieces)
        awake.set()
    exchange = playhead.load(path)[1]
    [loss] = exchange.losses
    assert loss.detail == "queue_full"
    assert len(exchange.chunks) + (loss.chunks or 0) == 100
    assert 10 <= len(exchange.chunks) <= 20
    assert exchange.ending.kind is EndingKind.COMPLETE
    [failure] = recorder.failures
    assert "chunks are missing" in failure


def test_an_upload_beyond_the_cap_is_sent_and_not_kept(tmp_path: Path) -> None:
    path = tmp_path / "x.cassette.jsonl"
    recorder = RecordingTransport(path, httpx2.MockTransport(_echo), backlog=100_000)
    upload = [bytes(50_000)] * 10
    with httpx2.Client(transport=recorder) as client:
        assert client.post("http://h/", content=iter(upload)).text == "500000"
    request = playhead.load(path)[1].request
    assert request is not None
    assert (request.body, request.facts["body"]) == (None, "queue_full")


def _echo(request: httpx2.Request) -> httpx2.Response:
    return httpx2.Response(200, text=str(len(request.read())))


def test_a_lying_content_encoding_is_kept_raw(origin: Origin, tmp_path: Path) -> None:
    def lying(out: Http1) -> None:
        out.head(((b"content-encoding", b"gzip"),))
        out.sent(0)
        out.send(b"no gzip")
        out.whole()

    play = origin.play(lying)
    path = tmp_path / "x.cassette.jsonl"
    met = SYNC.meet(origin.url + play.path, transport=RecordingTransport(path), took=play.took)
    assert met.chunks == [b"no gzip"]
    [chunk] = playhead.load(path)[1].chunks
    assert (chunk.data, chunk.undecoded) == (b"no gzip", True)


def test_the_watching_iterators_are_what_passes(tmp_path: Path) -> None:
    """An exception that a client throws away, and a second pass over a body, go where they went."""
    recorder = RecordingTransport(tmp_path / "x.cassette.jsonl", Streaming())
    response = recorder.handle_request(httpx2.Request("GET", "http://h/"))
    assert isinstance(response.stream, tees.SyncTee)
    assert isinstance(response.stream, httpx2.SyncByteStream)
    assert list(response.stream) == PIECES
    assert list(response.stream) == PIECES
    response.close()
    recorder.close()
    exchange = playhead.load(tmp_path / "x.cassette.jsonl")[1]
    assert [chunk.data for chunk in exchange.chunks] == PIECES
