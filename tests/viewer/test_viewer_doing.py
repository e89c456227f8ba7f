"""The list of sessions, the editor, themes, following, and the reading as text."""

from __future__ import annotations

import asyncio
import subprocess
import sys

import pytest

import playhead
from playhead import EndingKind
from playhead_viewer.app import PlayheadApp
from playhead_viewer.screens.sessions import SessionsScreen


@pytest.fixture
def folder(make, path, tmp_path):
    """Two cassettes: one of two exchanges, one of one that failed."""
    with make() as made:
        made.texts(["one"])
        made.texts(["two"])
    path.rename(tmp_path / "a.cassette.jsonl")
    with make() as made:
        exchange = made.begin(url="https://other.example/v1/messages", status=529)
        exchange.end(EndingKind.SERVER_CLOSED, 2.0)
    path.rename(tmp_path / "b.cassette.jsonl")
    return tmp_path


def test_a_session_is_found_sorted_opened_and_left_again(folder):
    paths = [str(folder / name) for name in ("a.cassette.jsonl", "b.cassette.jsonl")]

    async def play() -> None:
        app = PlayheadApp(None, paths=paths)
        async with app.run_test(size=(120, 30)) as pilot, asyncio.timeout(60):
            while len(app.sessions) < 3:
                await pilot.pause(0.01)
            assert isinstance(app.screen, SessionsScreen)
            assert [row.status for row in app.sessions.rows] == [200, 200, 529]
            for _ in range(3):
                await pilot.press("right")
            await pilot.press("ctrl+r")
            assert [row.status for row in app.sessions.rows] == [529, 200, 200]
            await pilot.press(*"other", "enter")
            while app.viewing is None or app.viewing.stream is None:
                await pilot.pause(0.01)
            assert app.viewing.loader.name == paths[1]
            await pilot.press("b")
            assert isinstance(app.screen, SessionsScreen)
            await pilot.press("escape", "q")

    asyncio.run(play())


def test_what_is_gone_when_it_is_chosen_is_said_and_the_list_stays(folder):
    path = folder / "a.cassette.jsonl"

    async def play() -> None:
        app = PlayheadApp(None, paths=[str(path)])
        async with app.run_test(size=(120, 30), notifications=True) as pilot, asyncio.timeout(60):
            while not len(app.sessions):
                await pilot.pause(0.01)
            path.unlink()
            await pilot.press("enter")
            while not isinstance(app.screen, SessionsScreen):
                await pilot.pause(0.01)
            assert app.viewing is None
            assert app.is_running

    asyncio.run(play())


def test_an_editor_is_named_or_asked_for(make, view, monkeypatch):
    with make() as made:
        made.texts(["one"])
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.delenv("EDITOR", raising=False)

    async def scenario(seen):
        await seen.press("o")
        await seen.until(lambda: "No editor is named: set VISUAL or EDITOR." in seen.text)
        monkeypatch.setenv("EDITOR", "true")
        await seen.press("o")
        await seen.until(lambda: "This terminal cannot be lent to an editor." in seen.text)
        assert seen.cursor == 1

    view(scenario)


def test_themes_follow_one_another_and_say_the_same(make, view):
    with make() as made:
        made.texts(["one", "two"])

    async def scenario(seen):
        before, text = seen.app.theme, seen.text
        themes = []
        for _ in range(3):
            await seen.press("ctrl+t")
            themes.append(seen.app.theme)
            assert seen.text == text
        assert len(set(themes)) == 3
        assert themes[-1] == before

    view(scenario)


def test_what_is_over_cannot_be_followed(make, view):
    with make() as made:
        made.texts(["one", "two"])

    async def scenario(seen):
        await seen.press("F")
        await seen.until(lambda: "The recording is over: there is nothing to follow." in seen.text)
        assert not seen.app.viewing.follows

    view(scenario)


def test_a_recording_is_followed_left_and_followed_again(make, path, view):
    with make() as made:
        exchange = made.begin()
        for number in range(1, 4):
            exchange.chunk(b"data: %d\n\n" % number, 1.5)
        partial = next(path.parent.glob("*.partial"))

        async def scenario(seen):
            await seen.until(lambda: seen.app.viewing.stream.count == 3)
            await seen.press("F")
            assert seen.cursor == 3
            exchange.chunk(b"data: 4\n\n", 1.6)
            await seen.until(lambda: seen.cursor == 4)
            await seen.press("k")
            exchange.chunk(b"data: 5\n\n", 1.7)
            await seen.until(lambda: seen.app.viewing.stream.count == 5)
            assert seen.cursor == 3
            await seen.press("F")
            assert seen.cursor == 5
            await seen.press("F")
            assert not seen.app.viewing.follows

        path.symlink_to(partial)
        view(scenario)
        path.unlink()
        exchange.end(EndingKind.COMPLETE, 2.0)


def plain(*args: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "playhead", "view", "--plain", *map(str, args)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_the_reading_as_text_has_what_the_panes_have():
    done = plain(playhead.sample("anthropic-tools"))
    assert done.returncode == 0
    assert done.stderr == ""
    for part in (
        "POST /v1/messages",
        "✓ complete",
        "── State",
        "── Timing",
        "── Lint",
        "── Headers",
        "block+",
    ):
        assert part in done.stdout
    assert "\x1b" not in done.stdout


def test_the_reading_as_text_of_a_folder_and_of_one_exchange(folder):
    done = plain(folder)
    assert done.returncode == 0
    assert done.stdout.count("==> ") == 2
    assert "✖ server_closed" in done.stdout
    one = plain("--exchange", "2", folder / "a.cassette.jsonl")
    assert '"two"' in one.stdout
    assert '"one"' not in one.stdout
    assert plain("--exchange", "9", folder / "a.cassette.jsonl").returncode == 3


def test_a_file_that_cannot_be_read_stops_no_other_one(folder):
    (folder / "a0.cassette.jsonl").write_text("no cassette\n")
    done = plain(folder)
    assert done.returncode == 3
    assert done.stdout.count("==> ") == 3
    assert "✖ server_closed" in done.stdout.partition("a0.cassette.jsonl")[2]
    assert done.stderr.startswith("Error: ")
    assert "a0.cassette.jsonl" in done.stderr
    assert "Traceback" not in done.stderr
