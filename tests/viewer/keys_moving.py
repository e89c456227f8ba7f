"""What the keys do that move through a cassette: each scenario presses those that it is for."""

from __future__ import annotations

import json
import math
from pathlib import Path

from textual.widgets import Input

from playhead_viewer.widgets.event_list import EventList

from .pressing import (
    ERRORS,
    EVENTS,
    OPENED,
    STALLED,
    TOOLS,
    of,
    press,
    rows,
    type_in,
)


@of("step", "step_back")
async def stepping(seen):
    await press(seen, "step", "step")
    assert seen.cursor == 3
    assert '"' in seen.line("▸")
    await press(seen, "step_back")
    assert seen.cursor == 2
    assert "block+" in seen.line("▸")


@of("page", "page_back")
async def paging(seen):
    page = seen.app.query_one(EventList).page
    await press(seen, "page")
    assert seen.cursor == min(1 + page, EVENTS)
    assert f" {seen.cursor} " in seen.line("▸")
    await press(seen, "page_back")
    assert seen.cursor == max(min(1 + page, EVENTS) - page, 1)


@of("first", "last")
async def ends(seen):
    await press(seen, "last")
    assert seen.cursor == EVENTS
    assert ": bye" in seen.line("▸")
    await press(seen, "first")
    assert seen.cursor == 1
    assert "message_start" in seen.line("▸")


async def leaping(seen, id_: str, places: list[int]) -> None:
    """There and back over every one, and words for what there is not."""
    for place in places:
        await press(seen, id_)
        assert seen.cursor == place
    await press(seen, id_)
    assert seen.cursor == places[-1]
    await seen.until(lambda: "behind this event." in seen.text)
    for place in reversed(places[:-1]):
        await press(seen, f"{id_}_back")
        assert seen.cursor == place
    await press(seen, f"{id_}_back")
    assert seen.cursor == places[0]
    assert f" {places[0]} " in seen.line("▸")


@of("block", "block_back")
async def blocks(seen):
    await leaping(seen, "block", OPENED)


@of("tool", "tool_back")
async def tools(seen):
    await leaping(seen, "tool", TOOLS)


@of("stall", "stall_back")
async def stalls(seen):
    await leaping(seen, "stall", STALLED)
    assert "▸‼ " in seen.text  # the stall's line in the times


@of("error", "error_back")
async def errors(seen):
    await leaping(seen, "error", ERRORS)
    assert " error " in seen.line("▸")


@of("finding", "finding_back")
async def findings(seen):
    places = sorted({each.frame for each in seen.app.viewing.analysis.findings if each.frame})
    assert len(places) > 1
    await leaping(seen, "finding", places)
    assert any(sign in seen.line("▸") for sign in "✖⚠·")


@of("hit", "hit_back")
async def hits(seen):
    await press(seen, "find")
    await type_in(seen, "word1")
    assert seen.cursor == 4
    await press(seen, "first", "find")
    await type_in(seen, "input_json_delta")
    assert seen.cursor == 15
    await press(seen, "first")
    await leaping(seen, "hit", [15, 16, 17, 18, 21, 22, 23, 24])
    assert "/input_json_de" in seen.lines[-1]


@of("mark", "mark_back", "mark_here")
async def marks(seen):
    await press(seen, "step", "mark_here", "step", "step", "mark_here", "first")
    await leaping(seen, "mark", [2, 4])
    assert seen.line("▸").lstrip("│").startswith("▸♦")
    await press(seen, "mark_here")
    assert "♦" not in seen.line("▸")


@of("note")
async def note(seen):
    await press(seen, "note")
    await type_in(seen, "look here")
    assert "← look here" in seen.line("▸")
    kept = Path(seen.app.viewing.loader.name).with_name("made.notes.jsonl")
    assert json.loads(kept.read_text())["note"] == "look here"
    await press(seen, "mark_here")
    assert "← look here" not in seen.line("▸")
    await seen.until(lambda: "The mark and its note are removed; m brings both back." in seen.text)
    await press(seen, "mark_here")
    assert "← look here" in seen.line("▸")
    assert json.loads(kept.read_text())["note"] == "look here"


@of("go")
async def go(seen):
    for typed, number in (("#20", 20), ("+2", 22), ("0.55s", 6), ("+1s", 20), ("50%", 15), ("1:00", EVENTS)):
        await press(seen, "go")
        await type_in(seen, typed)
        assert seen.cursor == number, typed


@of(*(f"percent_{tens}" for tens in range(10)))
async def percents(seen):
    for tens in range(10):
        await press(seen, f"percent_{tens}")
        assert seen.cursor == 1 + round((EVENTS - 1) * tens / 10)
        assert f" {seen.cursor} " in seen.line("▸")


@of("exchange", "exchange_back")
async def exchanges(seen):
    await press(seen, "exchange")
    assert "2/2" in seen.lines[0]
    assert '"other"' in seen.text
    await press(seen, "exchange")
    await seen.until(lambda: "This is the last exchange." in seen.text)
    await press(seen, "exchange_back")
    assert "1/2" in seen.lines[0]
    await press(seen, "exchange_back")
    await seen.until(lambda: "This is the first exchange." in seen.text)


@of("find")
async def find(seen):
    await press(seen, "find")
    await seen.press(*"word7")
    assert "/word7 1/1" in seen.text  # while it is typed
    await seen.press("enter")
    assert seen.cursor == 10
    assert "/word7 1/1" in seen.lines[-1]


@of("filter")
async def filtering(seen):
    await press(seen, "filter")
    seen.app.screen.query_one(Input).value = "kind=text and gpa>5ms"
    await seen.until(lambda: " " * 14 + "^^^ no field: did you mean gap?" in seen.text)
    await type_in(seen, "kind=json or block=1")
    assert rows(seen) == 20
    assert "▽ 20 of 30" in seen.lines[-1]
    await press(seen, "last")
    assert seen.cursor == 24


@of("back")
async def back(seen):
    await press(seen, "reference", "filter")
    await type_in(seen, "kind=json")
    await press(seen, "find")
    await type_in(seen, "partial")
    await press(seen, "zoom")
    zoomed = seen.app.screen.has_class("-zoomed")
    assert zoomed
    await press(seen, "back")
    assert not seen.app.screen.has_class("-zoomed")
    assert "/partial" in seen.lines[-1]
    await press(seen, "back")
    assert "/partial" not in seen.lines[-1]
    assert "▽ 8 of 30" in seen.lines[-1]
    await press(seen, "back")
    assert "▽" not in seen.lines[-1]
    assert "t0 #1" in seen.lines[-1]
    await press(seen, "back")
    assert "t0 #" not in seen.lines[-1]


@of("play")
async def play(seen):
    await press(seen, "idle", "slower", "slower")  # it must not come to the end before it is stopped
    await press(seen, "play")
    await seen.until(lambda: seen.cursor > 5)
    await press(seen, "play")
    stopped = seen.cursor
    assert not seen.app.viewing.player.is_playing
    assert "⏸" in seen.lines[-1]
    assert f" {stopped} " in seen.line("▸")


@of("slower", "faster")
async def speeds(seen):
    await press(seen, "slower", "slower", "slower")
    for told in ("0.25×", "0.5×", "", "2×", "4×", "8×", "max", "max"):
        assert f"s  {told}" in seen.lines[-1]
        await press(seen, "faster")
    assert seen.app.viewing.player.speed == math.inf


@of("idle")
async def idle(seen):
    await press(seen, "idle")
    assert seen.app.viewing.player.idle_cap is None
    await seen.until(lambda: "Waits are as long as they were." in seen.text)
    await press(seen, "idle", "faster")
    assert "idle≤2s" in seen.lines[-1]


@of("follow")
async def follow(seen):
    await press(seen, "follow")
    await seen.until(lambda: "The recording is over: there is nothing to follow." in seen.text)
