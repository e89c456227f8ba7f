"""Leaving while threads still read: the files stay open under them, and nothing is reported."""

from __future__ import annotations

import asyncio
import threading
import time

import pytest

from playhead.errors import CassetteError
from playhead.store import index
from playhead_viewer.app import PlayheadApp
from playhead_viewer.parts import opening
from playhead_viewer.source.files import FileText
from playhead_viewer.source.loader import open_path
from playhead_viewer.source.notes import Notes
from playhead_viewer.source.stream import Stream
from playhead_viewer.viewing import Viewing
from playhead_viewer.work import Tell, Work

_DEADLINE = 60.0


@pytest.fixture
def failures(monkeypatch):
    """What ended a thread."""
    found = []
    monkeypatch.setattr(threading, "excepthook", lambda what: found.append(what.exc_value))
    return found


class Held:
    """A thread that stands in the midst of one of its reads until it is let go on; never under its `lock`."""

    def __init__(self, name: str, monkeypatch: pytest.MonkeyPatch, *, after: int = 0) -> None:
        self.left = after
        self.lock = None
        self.thread: threading.Thread | None = None
        self.on = threading.Event()
        self.others = set(threading.enumerate())
        """Threads that an earlier test left behind."""
        read = FileText.slice

        def slowly(text, start, end):
            thread = threading.current_thread()
            is_it = thread.name == name and thread not in self.others
            may_stand = self.lock is None or not self.lock._is_owned()
            if is_it and self.thread is None and may_stand:
                self.left -= 1
                if self.left < 0:
                    self.thread = thread
                    assert self.on.wait(_DEADLINE)
            return read(text, start, end)

        monkeypatch.setattr(FileText, "slice", slowly)

    def let_go(self) -> None:
        """Wait for the end of it, and of others that were busy."""
        self.on.set()
        for thread in set(threading.enumerate()) - self.others:
            if thread.name.startswith("playhead-"):
                thread.join(_DEADLINE)
                assert not thread.is_alive()


@pytest.fixture
def long(make, monkeypatch):
    """Two exchanges that are read from the file, however little of it has been taken in by then."""
    monkeypatch.setattr(index, "KEPT", 0)
    with make() as made:
        for _ in range(2):
            made.texts([f"word{number}" for number in range(3000)])


def is_closed(loader):
    return loader._text._parts.closed and loader._text._lines.closed


@pytest.mark.usefixtures("long")
@pytest.mark.parametrize("name", ["playhead-analysis", "playhead-compare"])
def test_quitting_while_a_thread_reads_ends_the_thread_in_silence(path, monkeypatch, failures, name):
    # Behind what is read under the loader's lock, and under others: the app wants them, too.
    held = Held(name, monkeypatch, after=20)
    loader = open_path(str(path))
    held.lock = loader.lock

    async def play():
        app = PlayheadApp(loader)
        async with asyncio.timeout(_DEADLINE), app.run_test(size=(120, 40)) as pilot:
            if name == "playhead-compare":
                while not loader.is_over:
                    await pilot.pause(0.01)
                await pilot.press("d", "#", "2", "enter")
            while held.thread is None:
                await pilot.pause(0.01)
            await pilot.press("q")

    asyncio.run(play())
    assert not is_closed(loader)
    held.let_go()
    assert failures == []
    assert is_closed(loader)


@pytest.mark.usefixtures("long")
def test_the_thread_that_takes_the_cassette_in_closes_its_files(path, monkeypatch, failures):
    held = Held("playhead-viewer", monkeypatch)
    loader = open_path(str(path))
    viewing = Viewing(loader, Notes(str(path)))
    viewing.open(Stream(loader, 0))
    told = []
    work = Work(viewing, Tell(lambda: None, told.append, lambda *_found: None, told.append))
    work.start()
    deadline = time.monotonic() + _DEADLINE
    while held.thread is None:
        assert time.monotonic() < deadline
        time.sleep(0.005)
    work.stop()
    loader.close()
    assert not is_closed(loader)
    held.let_go()
    assert failures == []
    assert told == []
    assert is_closed(loader)


def test_files_are_closed_when_the_last_thread_lets_go_of_them(make, path):
    with make() as made:
        made.texts(["one"])
    loader = open_path(str(path))
    text = loader._text
    with loader.used():
        with loader.used():
            loader.close()
        assert not text._parts.closed
        assert not text._lines.closed
        with pytest.raises(CassetteError, match="is not shown any more"):
            text.slice(0, 1)
    assert text._parts.closed
    assert text._lines.closed
    with pytest.raises(CassetteError, match="is not shown any more"), loader.used():
        pass


def test_what_is_read_after_the_end_is_an_error_of_ours(make, path):
    with make() as made:
        made.texts(["one"])
    loader = open_path(str(path))
    loader.close()
    with pytest.raises(CassetteError, match="is not shown any more"):
        loader._text.slice(0, 1)


def test_telling_an_app_that_has_ended_does_nothing(make, path):
    with make() as made:
        made.texts(["one"])

    async def play():
        app = PlayheadApp(open_path(str(path)))
        async with app.run_test() as pilot:
            await pilot.press("q")
        return app

    app = asyncio.run(play())
    told = []
    app.tell(told.append, 1)
    app._closing = app._closed = False  # as in the moment before it ends
    thread = threading.Thread(target=app.tell, args=(told.append, 1))
    thread.start()
    thread.join(_DEADLINE)
    assert told == []


@pytest.mark.parametrize("moment", ["while it is read", "before it is opened", "before it is shown"])
def test_what_is_read_again_is_closed_with_the_viewer(make, view, monkeypatch, moment):
    with make() as made:
        made.texts(["one"])
    opened, may_go_on = [], threading.Event()
    real = opening.open_path

    def wait(_stage=None, *_rest):
        assert may_go_on.wait(_DEADLINE)

    def open_late(name):
        if moment == "before it is opened":
            wait()
        opened.append(real(name))
        if moment == "while it is read":
            monkeypatch.setattr(opened[0], "prepare", wait)
        return opened[0]

    monkeypatch.setattr(opening, "open_path", open_late)
    threads = set(threading.enumerate())

    async def scenario(seen):
        if moment == "before it is shown":
            monkeypatch.setattr(seen.app, "tell", lambda *_what: None)
        seen.app.opening.reload()
        if moment != "before it is opened":
            await seen.until(lambda: opened)
        seen.app.exit()

    view(scenario)
    may_go_on.set()
    for thread in set(threading.enumerate()) - threads:  # tests before this one may have left some
        thread.join(_DEADLINE)
    assert is_closed(opened[0])
