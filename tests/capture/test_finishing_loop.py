"""The finishing process's loop, in a thread: what time brings, and what is said no second time."""

from __future__ import annotations

import threading

import pytest

from playhead.capture.choices import Files, Retention
from playhead.capture.finishing import child
from playhead.capture.finishing.child import Loop
from playhead.capture.finishing.wire import Settings
from playhead.redaction.policy import DEFAULT

from .unfinished import inside, name, until, write


@pytest.fixture
def loop(tmp_path, monkeypatch):
    """A loop that looks around all the time, from `loop.start()` on; `loop.told` is what it said.

    Where it ran already, what is to be a job would be an orphan, between being written and being put.
    """
    monkeypatch.setattr(child, "_RESCAN_SECONDS", 0.01)
    monkeypatch.setattr(child, "_LOOK_SECONDS", 0.01)
    told = []
    made = Loop(
        Settings(policy=DEFAULT, files=Files(root=tmp_path), retention=Retention(seconds=10**9)), told.append
    )
    made.told = told
    thread = threading.Thread(target=made.run, daemon=True)
    made.start = thread.start
    yield made
    made.put(None)
    thread.join(60)
    assert not thread.is_alive()


def test_what_failed_is_tried_again_when_there_is_room(tmp_path, loop, monkeypatch):
    monkeypatch.setattr(child, "_TRIES", 10**9)
    job = write(tmp_path)
    job.target.mkdir()
    loop.put(job)
    loop.start()
    until(lambda: loop.told)
    assert "cannot be written" in loop.told[0].failure
    job.target.rmdir()
    until(lambda: len(loop.told) == 2)
    assert (loop.told[1].failure, loop.told[1].recovered) == (None, True)
    assert inside(tmp_path) == [job.target.name]


def test_what_fails_for_good_is_said_once_and_left_in_the_end(tmp_path, loop):
    job = write(tmp_path)
    job.target.mkdir()
    loop.put(job)
    loop.start()
    until(lambda: loop._failures.get(job.unfinished) == child._TRIES)
    job.target.rmdir()
    other = write(tmp_path)
    loop.put(other)
    until(lambda: any(done.target == other.target and not done.failure for done in loop.told))
    assert [bool(done.failure) for done in loop.told if done.target == job.target] == [True]
    assert job.unfinished.exists()


def test_a_recorder_that_dies_meanwhile(tmp_path, loop):
    loop.start()
    orphan = write(tmp_path)
    until(lambda: loop.told)
    assert loop.told[0].target == orphan.target
    assert loop.told[0].recovered


def test_what_grows_old_goes(tmp_path, loop):
    loop.start()
    old = tmp_path / name(seconds=-2 * 10**9)
    old.touch()
    until(lambda: not old.exists())
