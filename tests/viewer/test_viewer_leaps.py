"""Commands that lead somewhere in a stream: to a thing, a place, a word, a mark, by playing."""

from __future__ import annotations

import json
import math
import time
from pathlib import Path

import pytest
from textual.widgets import Input

import playhead
from playhead_viewer.widgets.scrubber import Scrubber

SAMPLE = Path(playhead.sample("anthropic-tools"))
STALLED = Path(playhead.sample("stalled-keepalives"))


@pytest.fixture
def sample(path):
    """A message of three blocks: thinking, text, a tool call; 136 events."""
    path.write_bytes(SAMPLE.read_bytes())


@pytest.fixture
def stalled(path):
    path.write_bytes(STALLED.read_bytes())


@pytest.mark.usefixtures("sample")
def test_blocks_and_tool_calls_are_leapt_to(view):
    async def scenario(seen):
        await seen.press("]")
        first = seen.cursor
        await seen.press("]", "]")
        third = seen.cursor
        assert first < third
        assert "block+" in seen.line("▸")
        await seen.press("[")
        assert first < seen.cursor < third
        await seen.press("g", "t")
        assert seen.cursor == third
        await seen.press("t")
        assert "No tool call behind this event." in seen.text

    view(scenario)


@pytest.mark.usefixtures("stalled")
def test_stalls_and_findings_are_leapt_to(view):
    async def scenario(seen):
        await seen.press("s")
        assert seen.cursor == 26
        assert "▸‼ stall 6.19 s before #26" in seen.text
        await seen.press("g", "e")
        assert seen.cursor == 26
        assert "⚠" in seen.line("▸")
        await seen.press("S")
        assert "No stall before this event." in seen.text
        await seen.press("x")
        assert "No error behind this event." in seen.text

    view(scenario)


@pytest.mark.parametrize(
    ("typed", "number"), [("#84", 84), ("84", 84), ("100%", 136), ("1.5s", 64), ("+10", 11), ("0%", 1)]
)
@pytest.mark.usefixtures("sample")
def test_a_typed_place_is_gone_to(view, typed, number):
    async def scenario(seen):
        await seen.press(":")
        seen.app.query_one(Input).value = typed
        await seen.press("enter")
        assert seen.cursor == number
        assert seen.app.focused.id == "events"

    view(scenario)


@pytest.mark.usefixtures("sample")
def test_what_is_no_place_says_so_and_escape_leaves(view):
    async def scenario(seen):
        await seen.press(":", "x", "enter")
        assert "^ no place: try #84" in seen.text
        await seen.press("escape")
        assert "no place" not in seen.text
        await seen.press("5")
        assert seen.cursor == 68 or seen.cursor == 69
        await seen.press(":")
        seen.app.query_one(Input).value = "999"
        await seen.press("enter")
        assert seen.cursor == 136
        await seen.until(lambda: "The last event is #136." in seen.text)

    view(scenario)


@pytest.mark.usefixtures("sample")
def test_search_goes_on_while_it_is_typed_and_finds_words_across_events(view):
    async def scenario(seen):
        await seen.press("/", *"lisbon")
        await seen.press("enter")
        first = seen.cursor
        assert first > 1
        count = len(seen.app.viewing.search.search.hits)
        assert f"/lisbon 1/{count}" in seen.lines[-1]
        await seen.press("n")
        assert seen.cursor > first
        await seen.press("N")
        assert seen.cursor == first
        # `"L` and `isbon"` come in two events: the hit is where the word ends.
        assert any(
            "isbon" in (seen.app.viewing.stream.added(hit) or "")
            for hit in seen.app.viewing.search.search.hits
        )
        await seen.press("escape")
        assert seen.app.viewing.search is None
        assert "/lisbon" not in seen.lines[-1]

    view(scenario)


@pytest.mark.usefixtures("sample")
def test_a_filter_is_validated_with_the_error_at_its_place_and_undone(view):
    async def scenario(seen):
        await seen.press("f", *"knd")
        seen.app.query_one(Input).value = "gap>1ms and knd=x"
        await seen.settle()
        wrong = next(line for line in seen.lines if "did you mean kind?" in line)
        assert wrong.startswith(" " * 12 + "^^^ ")
        await seen.press("enter")
        assert seen.app.viewing.filter is None
        seen.app.query_one(Input).value = "kind=json"
        await seen.press("enter")
        await seen.settle()
        rows = seen.app.viewing.cursor.rows
        assert 20 < rows < 136
        assert f"Events {rows} of 136" in seen.text
        assert " json " in seen.line("▸")
        before = seen.cursor
        await seen.press("j")
        assert " json " in seen.line("▸")
        assert seen.cursor > before
        await seen.press("escape")
        assert "Events 136" in seen.text

    view(scenario)


@pytest.mark.usefixtures("sample")
def test_marks_are_kept_beside_the_cassette(view, path):
    async def scenario(seen):
        await seen.press("j", "j", "m", "j", "M", *"odd", "enter")
        assert "← odd" in seen.line("▸")
        await seen.press("g", "'")
        assert seen.cursor == 3
        assert "▸♦" in seen.line("▸")
        await seen.press("'")
        assert seen.cursor == 4
        await seen.press('"', "m")
        assert "♦" not in seen.line("▸")

    view(scenario)
    notes = path.with_name("made.notes.jsonl")
    assert [json.loads(line) for line in notes.read_text().splitlines()] == [
        {"type": "mark", "exchange": 1, "frame": 4, "note": "odd"}
    ]

    async def again(seen):
        await seen.press("'")
        assert seen.cursor == 4

    view(again)


@pytest.mark.usefixtures("sample")
def test_times_count_from_a_reference(view):
    async def scenario(seen):
        await seen.press("j", "j", "r")
        assert "+0.000" in seen.line("▸")
        assert "t from #3" in seen.text
        await seen.press("k", "k")
        assert "-0.003" in seen.line("▸")
        await seen.press("escape")
        assert "t from the request" in seen.text

    view(scenario)


@pytest.mark.usefixtures("sample")
def test_playing_moves_the_cursor_to_the_end_and_stops(view):
    async def scenario(seen):
        await seen.press(">", ">", ">", ">")
        assert "max" in seen.lines[-1]
        await seen.press("space")
        await seen.until(lambda: seen.cursor == 136 and not seen.app.viewing.player.is_playing)
        await seen.press("space")
        await seen.until(lambda: seen.cursor > 3)
        await seen.press("k")
        stopped = seen.cursor
        assert not seen.app.viewing.player.is_playing
        await seen.press("i", "<")
        assert seen.cursor == stopped

    view(scenario)


@pytest.mark.usefixtures("sample")
def test_a_move_that_is_due_already_is_made(view):
    async def scenario(seen):
        player = seen.app.viewing.player
        while player.speed != math.inf:
            await seen.press(">")
        player.play(time.monotonic() - 3600, seen.cursor)
        seen.app.playing.changed()
        await seen.until(lambda: seen.cursor == 136 and not player.is_playing)

    view(scenario)


@pytest.mark.usefixtures("sample")
def test_the_scrubber_is_in_step_with_the_list_both_ways(view):
    async def scenario(seen):
        scrubber = seen.app.query_one(Scrubber)
        assert scrubber.timeline is not None
        await seen.press("G")
        end = scrubber._column()
        await seen.press("g")
        assert scrubber._column() < end
        await seen.pilot.click(Scrubber, offset=(90, 0))
        await seen.settle()
        assert 60 < seen.cursor < 136
        assert abs(scrubber._column() - 90) <= 1
        assert f"#{seen.cursor}" in seen.text
        await seen.pilot.mouse_down(Scrubber, offset=(60, 1))
        await seen.pilot.hover(Scrubber, offset=(30, 1))
        await seen.pilot.mouse_up(Scrubber, offset=(30, 1))
        await seen.settle()
        assert abs(scrubber._column() - 30) <= 1

    view(scenario)
