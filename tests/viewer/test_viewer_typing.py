"""Typing while something goes on: playing, following, and what is put into the line by others."""

from __future__ import annotations

import contextlib
import json
import unicodedata

import pytest
from textual.events import Paste
from textual.widgets import Input

from playhead_viewer.source.loader import open_path
from playhead_viewer.source.notes import Notes
from playhead_viewer.source.passes import SearchPass
from playhead_viewer.source.stream import Stream
from playhead_viewer.viewing import Viewing

HOSTILE = "\x1b]0;hacked\x07\x9b31m\u202e"
SHOWN = "␛]0;hacked␇⟨U+009B⟩31m⟨U+202E⟩"


def is_safe(text):
    return {unicodedata.category(each) for each in text}.isdisjoint({"Cc", "Cf", "Cs", "Cn"})


def test_a_note_of_others_is_safe_where_it_is_typed(make, view, path):
    with make() as made:
        made.texts(["one"])
    mark = {"type": "mark", "exchange": 1, "frame": 1, "note": HOSTILE}
    path.with_name("made.notes.jsonl").write_text(json.dumps(mark) + "\n")

    async def scenario(seen):
        await seen.press("M")
        await seen.until(lambda: seen.app.query(Input) and SHOWN in seen.text)
        assert seen.app.query_one(Input).value == SHOWN
        assert all(map(is_safe, seen.lines))

    view(scenario)


@pytest.mark.parametrize("key", ["M", "f", "slash", "d", "colon", "question_mark", "w"])
def test_what_is_pasted_is_made_safe(make, view, key):
    with make() as made:
        made.texts(["one"])
        made.texts(["two"])

    async def scenario(seen):
        await seen.press(key)
        await seen.until(lambda: isinstance(seen.app.focused, Input))
        field = seen.app.focused
        field.post_message(Paste("a" + HOSTILE))
        await seen.until(lambda: field.value == "a" + SHOWN)
        field.select_all()
        field.post_message(Paste(HOSTILE))
        await seen.until(lambda: field.value == SHOWN)
        assert field.cursor_position == len(SHOWN)
        assert all(map(is_safe, seen.lines))

    view(scenario)


def test_a_note_stays_with_the_event_at_which_it_was_begun(make, view):
    with make() as made:
        made.texts([str(number) for number in range(50)], gap=0.001)

    async def scenario(seen):
        await seen.press("j", "space")
        await seen.until(lambda: seen.cursor > 2)
        await seen.pilot.press("M")
        await seen.until(lambda: isinstance(seen.app.focused, Input))
        begun = seen.cursor
        assert not seen.app.viewing.player.is_playing
        seen.app.viewing.cursor.go(40)  # as following does
        await seen.press(*"here", "enter")
        assert seen.app.viewing.marks.note_of(1, begun) == "here"
        assert seen.app.viewing.marks.frames(1) == [begun]

    view(scenario)


@contextlib.contextmanager
def viewed(path):
    """A viewing of the first exchange, all of it read, without a screen."""
    loader = open_path(str(path))
    try:
        while loader.advance():
            pass
        viewing = Viewing(loader, Notes(str(path)))
        viewing.open(Stream(loader, 0))
        viewing.stream.read()
        yield viewing
    finally:
        loader.close()


@pytest.fixture
def two_hundred(make):
    with make() as made:
        made.texts([f"w{number}" for number in range(1, 201)], gap=1.0)


def played(viewing, now):
    """The events that are come to from now on, a second each."""
    seen = []
    while viewing.player.is_playing and len(seen) < 300:
        now += 1.0
        viewing.tick(now)
        seen.append(viewing.number)
    return seen


@pytest.mark.usefixtures("two_hundred")
@pytest.mark.parametrize("first", [True, False], ids=["filtered at once", "filtered later"])
def test_a_filter_that_is_set_while_it_plays_leaves_the_cursor_where_it_is(path, first):
    with viewed(path) as viewing:
        viewing.cursor.go(112)
        viewing.play(0.0)
        viewing.set_filter("n>=95")
        now = 0.0
        if not first:
            for _ in range(3):
                now += 1.0
                assert not viewing.tick(now)
            assert viewing.player.is_playing
        while viewing.advance():
            pass
        assert viewing.number == 112
        seen = played(viewing, now)
        assert seen[:2] == [113, 114]
        assert seen[-1] == 200
        assert not viewing.player.is_playing


@pytest.mark.usefixtures("two_hundred")
def test_a_filter_that_is_taken_off_while_it_plays_leaves_the_cursor_where_it_is(path):
    with viewed(path) as viewing:
        viewing.set_filter("n>=150")
        while viewing.advance():
            pass
        viewing.cursor.go(164)
        viewing.play(0.0)
        viewing.set_filter("")
        assert played(viewing, 0.0)[:2] == [165, 166]


@pytest.mark.usefixtures("two_hundred")
def test_a_tick_that_comes_late_moves_nothing(path):
    with viewed(path) as viewing:
        viewing.play(0.0)
        viewing.tick(1.0)
        viewing.take_over()
        viewing.cursor.go(100)
        assert not viewing.tick(2.0)
        assert viewing.number == 100


@pytest.mark.usefixtures("two_hundred")
def test_a_search_while_it_plays_stops_it_at_the_hit(view):
    async def scenario(seen):
        await seen.press("space")
        await seen.until(lambda: seen.app.viewing.player.is_playing)
        await seen.press("slash", *"w150", "enter")
        await seen.until(lambda: seen.cursor == 150)
        assert not seen.app.viewing.player.is_playing

    view(scenario)


@pytest.mark.usefixtures("two_hundred")
@pytest.mark.parametrize("key", ["3", "g"], ids=["elsewhere", "where it is"])
def test_a_search_that_finds_late_leaves_a_cursor_that_was_moved(view, monkeypatch, key):
    is_held, advance = True, SearchPass.advance
    monkeypatch.setattr(SearchPass, "advance", lambda self: not is_held and advance(self))

    async def scenario(seen):
        nonlocal is_held
        await seen.pilot.press("slash", *"w150", "enter")
        await seen.until(lambda: seen.app.viewing.search is not None and not seen.app.is_prompted)
        await seen.pilot.press(key)
        there = seen.cursor
        assert there == (61 if key == "3" else 1)
        is_held = False
        seen.app.opening.wake()
        await seen.until(lambda: "/w150 1" in seen.lines[-1])
        await seen.settle()
        assert seen.cursor == there
        await seen.press("n")
        assert seen.cursor == 150

    view(scenario)


@pytest.mark.usefixtures("two_hundred")
def test_a_search_under_a_filter_finds_among_what_is_shown(view):
    async def scenario(seen):
        await seen.press("f")
        seen.app.query_one(Input).value = "n>=120 n<150 not w12"
        await seen.press("enter", "slash", *"w13", "enter")
        assert seen.cursor == 130
        assert "/w13 1/10, 1 hidden" in seen.lines[-1]
        await seen.press("escape", "slash", *"w12", "enter")
        assert seen.cursor == 130
        assert "/w12 0, 11 hidden" in seen.lines[-1]
        await seen.press("n")
        assert "No hit behind this event." in seen.text
        assert seen.cursor == 130

    view(scenario)


@pytest.mark.usefixtures("two_hundred")
def test_another_filter_is_another_search(path):
    every = {n for n in range(1, 201) if str(n).startswith("1")}
    with viewed(path) as viewing:
        viewing.set_search("w1")
        for text, shown in (("n<=20", range(21)), ("n>190", range(191, 201)), ("", every), ("n=150", {150})):
            viewing.set_filter(text)
            while viewing.advance():
                pass
            found = viewing.search.search
            assert list(found.hits) == sorted(every.intersection(shown))
            assert list(found.hidden) == sorted(every.difference(shown))
