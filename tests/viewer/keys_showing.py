"""What the keys do that show and do something: each scenario presses those that it is for."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from playhead_viewer.actions.copying import WORDS
from playhead_viewer.screens.sessions import SessionsScreen
from playhead_viewer.widgets.event_list import EventList
from playhead_viewer.widgets.said import Said

from .pressing import (
    EVENTS,
    TOOLS,
    of,
    press,
    type_in,
)


@of("pane", "pane_back")
async def panes(seen):
    assert seen.app.focused.id == "events"
    await press(seen, "pane")
    second = seen.app.focused.id
    assert second != "events"
    await press(seen, "pane_back")
    assert seen.app.focused.id == "events"
    await press(seen, "pane_back", "pane", "pane")
    assert seen.app.focused.id == second


@of("tab", "tab_back")
async def tabs(seen):
    before, text = seen.app.arranging.tab, seen.text
    await press(seen, "tab")
    assert seen.app.arranging.tab != before
    assert seen.text != text
    await press(seen, "tab_back")
    assert seen.app.arranging.tab == before
    assert seen.text == text


@of("zoom")
async def zoom(seen):
    assert "chunk 1 ·" in seen.text or "No block" in seen.text
    await press(seen, "zoom")
    assert "chunk 1 ·" not in seen.text
    assert "No block" not in seen.text
    await press(seen, "pane", "zoom", "zoom")
    assert "message_start" not in "".join(line for line in seen.lines if "▸" in line)
    await press(seen, "zoom")
    assert "message_start" in seen.line("▸")


@of("layout")
async def layouts(seen):
    found = []
    for _ in range(4):
        await press(seen, "layout")
        list_ = seen.app.query_one(EventList).region
        found.append((list_.width, list_.height))
        assert " 1 " in seen.line("▸")
    assert len(set(found)) >= 3
    await seen.until(lambda: "Layout: fits the size." in seen.text)


@of("reference")
async def reference(seen):
    await press(seen, "step", "step", "reference")
    assert "+0.000" in seen.line("▸")
    end = seen.app.viewing.stream.time(EVENTS) - seen.app.viewing.stream.time(3)
    assert f" ⏸ +0.000/+{end:.3f}s " in seen.lines[-1]
    await press(seen, "step_back")
    assert " -0.010 " in seen.line("▸")
    assert " ⏸ -0.010/" in seen.lines[-1]
    await press(seen, "step")
    await press(seen, "step")
    assert "+0.010" in seen.line("▸")
    await press(seen, "step_back", "reference")
    assert "+0.000" not in seen.line("▸")


@of("waterfall")
async def waterfall(seen):
    await press(seen, "waterfall")
    assert "2 exchanges in" in seen.text
    await seen.press("down", "enter")
    assert "2/2" in seen.lines[0]


@of("compare")
async def compare(seen):
    await press(seen, "compare")
    await type_in(seen, "#2")
    await seen.until(lambda: "#1 and #2: " in seen.text)
    await seen.press("escape")
    assert len(seen.app.screen_stack) == 1


@of("sessions")
async def sessions(seen):
    await press(seen, "sessions")
    assert isinstance(seen.app.screen, SessionsScreen)
    await seen.until(lambda: len(seen.app.sessions) == 2)
    await seen.until(lambda: "Sessions 2" in seen.text)
    await seen.press("escape")
    assert len(seen.app.screen_stack) == 1


@of("reload")
async def reload(seen):
    loader = seen.app.viewing.loader
    await seen.press("j", "j")
    await press(seen, "reload")
    await seen.until(lambda: "The file was read again." in seen.text)
    assert seen.app.viewing.loader is not loader
    await seen.until(lambda: seen.cursor == 3)


@of("theme")
async def theme(seen):
    before, style = seen.app.theme, seen.segments[0][0].style
    await press(seen, "theme")
    assert seen.app.theme != before
    assert seen.segments[0][0].style != style


@of("help")
async def help_(seen):
    await press(seen, "help")
    assert "╭─ Help ─" in seen.text
    assert "Moving" in seen.text
    await type_in(seen, "last event")
    assert seen.cursor == EVENTS


@of("palette")
async def palette(seen):
    await press(seen, "palette")
    assert "Commands" in seen.text
    await type_in(seen, "next tool")
    assert seen.cursor == TOOLS[0]


@of("copy")
async def copy(seen):
    await press(seen, "step", "copy")
    assert json.loads(seen.app.clipboard)["type"] == "content_block_start"
    await seen.until(lambda: "Copied the event" in seen.text)


@of("copy_menu")
async def copy_menu(seen):
    await press(seen, "percent_5", "copy_menu")
    assert "curl" in seen.text
    await type_in(seen, "the block, as far")
    assert seen.app.clipboard == '{"a"'
    seen.app.unsay()
    await press(seen, "copy_menu")
    for what in WORDS:
        assert sum(line.lstrip("│ ").startswith(f"{what} ") for line in seen.lines) == 1, what
    await type_in(seen, "where")
    await seen.until(lambda: "Copy to a file" in seen.text)
    assert "To: A file" in seen.text
    await seen.press(*"event", "enter")
    await seen.until(lambda: "Written to " in seen.text)
    written = "".join(seen.app.query_one(Said).visual.plain.split())
    path = Path(written.removeprefix("·Writtento").partition(".txt:")[0] + ".txt")
    assert json.loads(path.read_text())["type"] == "content_block_delta"
    path.unlink()


@of("edit")
async def edit(seen):
    await press(seen, "edit")
    await seen.until(lambda: "This terminal cannot be lent to an editor." in seen.text)


@of("replay")
async def replay(seen):
    pytest.importorskip("h11")
    httpx = pytest.importorskip("httpx")
    await press(seen, "first", "exchange", "replay")
    await seen.until(lambda: "Exchange 2 answers at http://127.0.0.1:" in seen.text)
    async with httpx.AsyncClient(timeout=60) as client:
        url = f"{seen.app.replays.running.url}/v1/messages"
        async with client.stream("POST", url, content=b"{}") as response:
            read = await response.aread()
    assert read == seen.app.viewing.stream.exchange.body
    await press(seen, "replay")
    await seen.until(lambda: "is not replayed any more" in seen.text)

    def refuses() -> bool:
        try:
            httpx.get(url, timeout=60)
        except httpx.HTTPError:
            return True
        return False

    await seen.until(refuses)


@of("check")
async def check(seen):
    await press(seen, "check")
    await seen.until(lambda: "It is checked: see Lint." in seen.text)


@of("quit")
async def quit_(seen):
    await press(seen, "quit")
    await seen.ended()
    assert seen.app.return_code == 0


@of("interrupt")
async def interrupt(seen):
    await press(seen, "interrupt")
    await seen.until(lambda: "Press ^c again to quit." in seen.text)
    assert seen.app.return_code is None
    await press(seen, "interrupt")
    await seen.ended()
