"""How long writers are waited for at the end: a slow disk is given time, one that does not answer little."""

from __future__ import annotations

import threading
import types

import httpx2
import pytest

import playhead
from playhead import EndingKind
from playhead.capture import writer as writers
from playhead.capture.deadlines import ANSWER_SECONDS, WRITE_SECONDS
from playhead.capture.writer import Writer, stop_all
from playhead.httpx2 import RecordingTransport
from playhead.store.exchange_writer import ExchangeWriter

from .unfinished import until


class Disk:
    """A writer whose disk takes an item every `pace` seconds, of a clock that only waiting moves."""

    now = 0.0

    def __init__(self, items: int, pace: float) -> None:
        self.items, self.pace = items, pace
        self.began: float | None = None

    def close(self) -> None:
        self.began = Disk.now

    @property
    def handled(self) -> int:
        assert self.began is not None
        return min(int((Disk.now - self.began) / self.pace), self.items)

    def ended_by(self, deadline: float) -> bool:
        assert self.began is not None
        done = self.began + self.items * self.pace
        Disk.now = max(Disk.now, min(deadline, done))
        return Disk.now >= done


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Disk, "now", 0.0)


@pytest.fixture
def stop(monkeypatch: pytest.MonkeyPatch) -> object:
    """`stop(disk, …)`: whether all ended, and after how many seconds."""
    monkeypatch.setattr(writers, "time", types.SimpleNamespace(monotonic=lambda: Disk.now))

    def run(*disks: Disk) -> tuple[bool, float]:
        return stop_all(disks), Disk.now  # type: ignore[arg-type]  # as far as it is asked, it is one

    return run


HUNG = 10.0**9


def test_a_disk_that_answers_has_the_longer_deadline(stop) -> None:
    assert stop() == (True, 0.0)
    assert stop(Disk(10, 0.01)) == (True, pytest.approx(0.1))
    assert stop(Disk(7, 4.0)) == (True, pytest.approx(28.1))


def test_one_that_answers_too_slowly_is_left(stop) -> None:
    assert stop(Disk(20, 4.0)) == (False, WRITE_SECONDS)


def test_one_that_does_not_answer_has_the_shorter(stop) -> None:
    assert stop(Disk(1, HUNG)) == (False, ANSWER_SECONDS)


def test_those_that_do_not_answer_are_waited_for_together(stop) -> None:
    assert stop(*[Disk(1, HUNG) for _ in range(6)]) == (False, ANSWER_SECONDS)


def test_one_that_does_not_answer_takes_no_time_from_the_others(stop) -> None:
    slow = Disk(7, 3.0)
    ended, seconds = stop(Disk(1, HUNG), slow)
    assert (ended, slow.handled) == (False, 7)
    assert 21.0 <= seconds <= WRITE_SECONDS


def test_the_endings_of_a_clients_open_streams_are_a_disks_answers(tmp_path, monkeypatch) -> None:
    class Silent(httpx2.SyncByteStream):
        def __iter__(self):
            yield b"data: 1\n\n"
            yield b"data: 2\n\n"

    def opened(_: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(200, headers={"content-type": "text/event-stream"}, stream=Silent())

    disk, real_end, real_ended_by = threading.Semaphore(0), ExchangeWriter.end, Writer.ended_by

    def slow_end(self, *arguments, **named):
        assert disk.acquire(timeout=60)
        return real_end(self, *arguments, **named)

    def one_more(self, _deadline):
        before = self.handled
        disk.release()
        until(lambda: self.handled > before or self.is_done)
        return real_ended_by(self, 0.0)

    monkeypatch.setattr(ExchangeWriter, "end", slow_end)
    monkeypatch.setattr(Writer, "ended_by", one_more)
    folder = tmp_path / "out"
    recorder = RecordingTransport(folder, httpx2.MockTransport(opened))
    parts = []
    with httpx2.Client(transport=recorder) as client:
        for _ in range(5):
            response = client.send(client.build_request("GET", "http://h/"), stream=True)
            parts.append(response.iter_raw())
            assert next(parts[-1]) == b"data: 1\n\n"
    assert recorder.failures == ()
    found = [playhead.load(path)[1] for path in folder.glob("*.cassette.jsonl")]
    assert [each.ending.kind for each in found] == [EndingKind.RECORDER_STOPPED] * 5
