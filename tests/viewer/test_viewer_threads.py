"""What the thread behind the screen and the screen do at the same time: neither takes from the other."""

from __future__ import annotations

import asyncio
import json
import tempfile
import threading
import time
import urllib.request
from contextlib import closing

import pytest

import playhead
from playhead import EndingKind, Request, Response
from playhead.errors import InputError
from playhead_viewer import work
from playhead_viewer.app import PlayheadApp
from playhead_viewer.core.filter import parse
from playhead_viewer.core.landmarks import Landmark
from playhead_viewer.parts.opening import Opening
from playhead_viewer.screens import sessions
from playhead_viewer.screens.sessions import SessionsScreen
from playhead_viewer.screens.waterfall import WaterfallScreen
from playhead_viewer.source import analysing
from playhead_viewer.source.files import Gate
from playhead_viewer.source.loader import PORTION, Loader, open_path
from playhead_viewer.source.notes import Notes
from playhead_viewer.source.passes import FilterPass, SearchPass
from playhead_viewer.source.stream import Stream
from playhead_viewer.viewing import Viewing

from .conftest import SSE, Seen, delta

_DEADLINE = 60.0


def begun(writer: playhead.CassetteWriter, t: float = 1.0, status: int = 200, type_: str = SSE[0][1]):
    exchange = writer.exchange()
    exchange.request(Request(method="POST", url="https://h/v1/messages", t=t, body=b"{}"))
    exchange.response(Response(status=status, headers=(("content-type", type_),), t=t + 0.1))
    return exchange


def damage_first_chunk(path):
    """Leave its record one that can be read, with data that cannot."""
    lines = path.read_bytes().split(b"\n")
    at = next(at for at, line in enumerate(lines) if b'"chunk"' in line)
    record = {**json.loads(lines[at]), "base64": "*none*"}
    record.pop("text", None)
    lines[at] = json.dumps(record).encode()
    path.write_bytes(b"\n".join(lines))


def watched(scenario, app: PlayheadApp, size=(120, 40)):
    """Play a scenario that does not begin with all things settled."""

    async def play():
        async with asyncio.timeout(_DEADLINE), app.run_test(size=size, notifications=True) as pilot:
            return await scenario(Seen(app, pilot))

    return asyncio.run(play())


def waits_for_lock(loader: Loader, do) -> bool:
    """Whether something waits where another thread has the lock."""
    done = threading.Event()
    thread = threading.Thread(target=lambda: (do(), done.set()))
    with loader.lock:
        thread.start()
        waits = not done.wait(0.1)
    thread.join()
    return waits


def test_how_many_exchanges_there_are_is_asked_under_the_lock(make, path):
    with make() as made:
        made.texts(["a0 ", "a1 "])
    with closing(open_path(str(path))) as loader:
        viewing = Viewing(loader, Notes(str(path)))
        assert waits_for_lock(loader, lambda: viewing.exchanges)


def test_landmarks_are_asked_under_the_lock(make, path, monkeypatch):
    with make() as made:
        made.texts(["a0 ", "a1 "])
    with closing(open_path(str(path))) as loader:
        viewing = Viewing(loader, Notes(str(path)))
        viewing.open(Stream(loader, 0))
        monkeypatch.setattr(Stream, "breaks", lambda _stream: ())  # which has the lock of itself
        assert waits_for_lock(loader, lambda: viewing.landmarks(Landmark.ERROR))


def test_who_sees_that_all_is_read_sees_all_of_it(make, path, monkeypatch):
    with make() as made:
        made.texts(["x" * 400] * 100)
    grow = playhead.Exchange.grow
    while_growing = []
    with closing(open_path(str(path))) as loader:

        def growing(exchange, *, over):
            while_growing.append(loader.is_over)
            grow(exchange, over=over)

        len(loader.cassette)
        monkeypatch.setattr(playhead.Exchange, "grow", growing)
        while loader.advance():
            pass
        assert loader.is_over
        assert while_growing
        assert not any(while_growing)


def test_what_was_not_read_yet_is_not_judged(make, path):
    with make() as made:
        made.texts([f"a{at} " for at in range(5)])
    with closing(open_path(str(path))) as loader:
        while loader.advance():
            pass
        stream = Stream(loader, 0)
        filtered = FilterPass("kind=text", parse("kind=text"), stream)
        searched = SearchPass("a3", stream)
        assert not filtered.advance()
        assert not searched.advance()
        assert (filtered.done, searched.search.done) == (0, 0)
        stream.read()
        assert filtered.advance()
        assert list(filtered.shown) == [1, 2, 3, 4, 5]
        assert searched.advance()
        assert list(searched.search.hits) == [4]


def test_a_search_that_finds_no_more_is_something_to_tell(make, path, read):
    with make() as made:
        made.texts(["a0 ", "a1 "])
    found = SearchPass("none", read(path))
    told = []
    while found.advance():
        told.append(found.search.may_find_more)
    assert not told[-1]


def test_a_turn_that_fails_tells_what_it_took_in_before(path):
    with playhead.open_writer(path, clock="monotonic") as writer:
        exchange = begun(writer, status=500, type_="application/json")
        for at in range(30):
            exchange.chunk(b"x" * 2000, 2.0 + at)
        exchange.end(EndingKind.COMPLETE, 100.0)
    damage_first_chunk(path)

    async def scenario(seen):
        await seen.until(lambda: seen.app.viewing.stream.is_over)
        assert "1/1 " in seen.lines[0]

    watched(scenario, PlayheadApp(open_path(str(path))))


def test_what_cannot_be_read_is_what_was_read_and_not_what_is_shown_by_then(path, monkeypatch):
    with playhead.open_writer(path, clock="monotonic") as writer:
        for type_ in ("application/json", SSE[0][1]):
            exchange = begun(writer, type_=type_)
            exchange.chunk(delta("a0 "), 2.0)
            exchange.end(EndingKind.COMPLETE, 3.0)
    damage_first_chunk(path)
    app = PlayheadApp(open_path(str(path)))
    read = Stream.read

    def late(stream):
        deadline = time.monotonic() + _DEADLINE
        while stream.place == 0 and app.viewing.place == 0 and time.monotonic() < deadline:
            time.sleep(0.001)
        read(stream)

    monkeypatch.setattr(Stream, "read", late)

    async def scenario(seen):
        app.opening.go(1)
        await seen.until(lambda: app.viewing.place == 1 and app.viewing.stream.record is not None)

    watched(scenario, app)


def test_an_exchange_that_comes_late_to_the_screen_is_read_at_once(make, view, monkeypatch):
    with make() as made:
        for _ in range(4):
            made.texts(["a0 ", "a1 "])
    monkeypatch.setattr(work, "_IDLE_POLL", 3600.0)
    arrived = Opening.arrived

    def late(*found):
        time.sleep(0.05)  # in which the thread has found nothing to do
        arrived(*found)

    monkeypatch.setattr(Opening, "arrived", late)

    async def scenario(seen):
        for place in (1, 2, 3):
            seen.app.opening.go(place)
            await seen.until(
                lambda place=place: (
                    seen.app.viewing.place == place and seen.app.viewing.stream.record is not None
                )
            )

    view(scenario)


def test_what_nobody_asked_for_is_no_answer(tmp_path, monkeypatch):
    monkeypatch.setattr(analysing, "CHECKED_UNASKED", 2)
    may, is_under_way, analyse = threading.Event(), threading.Event(), work.analyse

    def held(stream, *, checked=False):
        if stream.is_over and not checked:
            is_under_way.set()
            may.wait(_DEADLINE)
        return analyse(stream, checked=checked)

    monkeypatch.setattr(work, "analyse", held)
    with playhead.open_writer(tmp_path / "made.cassette.jsonl", clock="monotonic") as writer:
        exchange = begun(writer)
        for at in range(5):
            exchange.chunk(delta(f"a{at} "), 2.0 + at)
        app = PlayheadApp(open_path(str(tmp_path / "made.cassette.jsonl.partial")))
        said = []
        say = app.say
        monkeypatch.setattr(app, "say", lambda text, **how: said.append(text) or say(text, **how))

        async def scenario(seen):
            await seen.until(lambda: app.viewing.analysis is not None)
            exchange.end(EndingKind.COMPLETE, 9.0)
            await seen.until(lambda: is_under_way.is_set() and app.viewing.stream.is_over)
            app.opening.check()
            assert app.viewing.is_checking
            may.set()
            await seen.until(lambda: app.viewing.analysis.findings is not None)
            assert not app.viewing.is_checking

        watched(scenario, app)
    assert not any("damaged" in text for text in said)


@pytest.mark.parametrize(
    "error", [OSError(5, "Input/output error"), KeyError("a fault")], ids=["disk", "ours"]
)
def test_what_a_thread_meets_is_said(make, path, tmp_path, monkeypatch, error):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))  # where a report of ours is left
    with make() as made:
        for _ in range(40):
            made.texts(["x" * 400] * 5)
    loader = open_path(str(path))

    def failing(*_asked):
        raise error

    monkeypatch.setattr(Gate, "readlines", failing)
    app = PlayheadApp(loader)

    async def scenario(seen):
        await seen.ended()

    watched(scenario, app)
    if isinstance(error, OSError):
        assert isinstance(app.failure, InputError)
        assert app.failure.message == f"{path}: Input/output error"
    else:
        assert app.failure.message == "the viewer met an error of its own: KeyError"


def test_the_waterfall_that_opens_as_the_file_ends_shows_its_end(make, path, monkeypatch):
    with make() as made:
        for _ in range(100):
            made.texts(["x" * 400])
    advance, mount, may = Loader.advance, WaterfallScreen.on_mount, threading.Event()
    loader = open_path(str(path))
    monkeypatch.setattr(
        Loader, "advance", lambda loader, size=PORTION: may.is_set() and advance(loader, size)
    )

    def late(screen):
        may.set()
        deadline = time.monotonic() + _DEADLINE
        while not loader.is_over and time.monotonic() < deadline:
            time.sleep(0.001)
        mount(screen)

    monkeypatch.setattr(WaterfallScreen, "on_mount", late)

    async def scenario(seen):
        await seen.until(lambda: seen.app.query_one("#detail").children)
        await seen.pilot.press("w")
        await seen.until(lambda: "100 exchanges in" in seen.text)
        assert "≥" not in seen.lines[0]

    watched(scenario, PlayheadApp(loader))


def test_a_file_that_became_another_while_its_list_was_closed_is_read_again(tmp_path, monkeypatch):
    monkeypatch.setattr(sessions, "_LOOK_EVERY", 0.05)

    def write(number, status):
        path = tmp_path / f"s{number}.cassette.jsonl"
        path.unlink(missing_ok=True)
        with playhead.open_writer(path, clock="monotonic") as writer:
            begun(writer, status=status).end(EndingKind.COMPLETE, 3.0)

    write(1, 200)
    write(2, 200)
    app = PlayheadApp(None, paths=(str(tmp_path),))

    async def scenario(seen):
        await seen.until(lambda: "Sessions 2 · 2 files" in seen.text)
        await seen.pilot.press("enter")
        await seen.until(lambda: app.viewing is not None and not isinstance(app.screen, SessionsScreen))
        write(2, 503)
        app.choose_session()
        await seen.until(lambda: "503" in seen.text)

    watched(scenario, app)


@pytest.mark.parametrize("is_kept", [False, True], ids=["", "kept"])
def test_what_is_kept_is_let_go_at_last(make, path, is_kept):
    with make() as made:
        made.texts(["x" * 400] * 100)
    loader = open_path(str(path))
    with loader.kept() if is_kept else loader.used():
        loader.close()
        assert loader._text._has_ended is not is_kept
        assert not loader._text._parts.closed
    assert loader._text._has_ended
    assert loader._text._parts.closed


def test_an_exchange_that_was_named_is_waited_for_when_the_file_is_read_again(tmp_path):
    with playhead.open_writer(tmp_path / "made.cassette.jsonl", clock="monotonic") as writer:
        first = begun(writer)
        app = PlayheadApp(open_path(str(tmp_path / "made.cassette.jsonl.partial")), 2)

        async def scenario(seen):
            await seen.until(lambda: app.viewing.loader.has_all)
            before = app.viewing
            app.opening.reload()
            await seen.until(lambda: app.viewing is not before and app.viewing.loader.has_all)
            assert app.viewing.stream is None
            second = begun(writer, 4.0)
            await seen.until(lambda: app.viewing.stream is not None and app.viewing.place == 1)
            second.end(EndingKind.COMPLETE, 6.0)
            first.end(EndingKind.COMPLETE, 6.0)

        watched(scenario, app)


@pytest.mark.parametrize("is_read_again", [False, True], ids=["", "read again"])
def test_who_follows_goes_on_to_the_next_exchange(tmp_path, is_read_again):
    with playhead.open_writer(tmp_path / "made.cassette.jsonl", clock="monotonic") as writer:
        first = begun(writer)
        first.chunk(delta("a "), 2.0)
        app = PlayheadApp(open_path(str(tmp_path / "made.cassette.jsonl.partial")), follow=True)

        async def scenario(seen):
            await seen.until(lambda: app.viewing.stream is not None and app.viewing.loader.has_all)
            if is_read_again:
                before = app.viewing
                app.opening.reload()
                await seen.until(lambda: app.viewing is not before and app.viewing.stream is not None)
            first.end(EndingKind.COMPLETE, 3.0)
            second = begun(writer, 4.0)
            second.chunk(delta("b "), 5.0)
            await seen.until(lambda: app.viewing.place == 1)
            second.end(EndingKind.COMPLETE, 6.0)

        watched(scenario, app)


def test_what_is_replayed_outlives_the_reading_that_it_is_of(make, view, monkeypatch):
    with make() as made:
        made.texts(["a" * 300] * 100, gap=0.0)
    monkeypatch.setattr("playhead.store.index.KEPT", 0)  # of a short recording nothing is read again

    def ask(url):
        asked = urllib.request.Request(f"{url}/v1/messages", data=b"{}", method="POST")
        with urllib.request.urlopen(asked, timeout=_DEADLINE) as response:
            return response.status, response.read()

    async def scenario(seen):
        app = seen.app
        app.replays.toggle()
        url, before = app.replays.running.url, app.viewing
        told = await asyncio.to_thread(ask, url)
        app.opening.reload()
        await seen.until(lambda: app.viewing is not before)
        assert await asyncio.to_thread(ask, url) == told
        assert app.replays.stop()

    view(scenario)


def test_what_the_thread_of_the_list_meets_is_said(make, tmp_path, monkeypatch):
    with make() as made:
        made.texts(["a0 "])

    def failing(*_asked):
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(sessions, "stamp_of", failing)

    async def scenario(seen):
        await seen.until(lambda: "Input/output error" in seen.text)

    watched(scenario, PlayheadApp(None, paths=(str(tmp_path),)))
