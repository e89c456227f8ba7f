"""Every gesture of a mouse: rows, tabs, scrubber, wheel, the footer's hints, lists to choose from."""

from __future__ import annotations

import asyncio
from pathlib import Path
from types import SimpleNamespace

import pytest
from textual.events import MouseScrollDown, MouseScrollUp
from textual.widgets import Static

import playhead
from playhead_viewer import actions, parts
from playhead_viewer.app import PlayheadApp
from playhead_viewer.screens.choices import ChoiceList
from playhead_viewer.screens.sessions import SessionsScreen
from playhead_viewer.widgets.bars import Footer
from playhead_viewer.widgets.event_list import EventList
from playhead_viewer.widgets.scrubber import Scrubber
from playhead_viewer.widgets.tabs import Tabs

SIZES = pytest.mark.parametrize("size", [(120, 40), (80, 24)], ids=["wide", "narrow"])


@pytest.fixture
def sample(path):
    path.write_bytes(Path(playhead.sample("anthropic-tools")).read_bytes())


def wheel(widget, kind) -> None:
    """Turn the wheel by a notch over the middle of a widget."""
    x, y = widget.region.center
    at = {"x": int(x), "y": int(y), "delta_x": 0, "delta_y": 0, "button": 0}
    held = {"shift": False, "meta": False, "ctrl": False}
    widget.post_message(kind(widget, **at, **held))


@SIZES
@pytest.mark.usefixtures("sample")
def test_rows_are_clicked_and_the_wheel_scrolls_them(view, size):
    async def scenario(seen):
        events = seen.app.query_one(EventList)
        assert await seen.pilot.click(EventList, offset=(5, 4))
        await seen.until(lambda: seen.cursor in (4, 5))
        number = seen.cursor
        assert f" {number} " in seen.line("▸")
        for _ in range(5):
            wheel(events, MouseScrollDown)
        await seen.until(lambda: events.scroll_offset.y > 0)
        assert seen.cursor == number
        wheel(events, MouseScrollUp)
        for _ in range(6):
            wheel(events, MouseScrollUp)
        await seen.until(lambda: events.scroll_offset.y == 0)

    view(scenario, size=size)


@SIZES
@pytest.mark.usefixtures("sample")
def test_tabs_are_clicked_and_the_wheel_scrolls_what_is_in_them(view, size):
    async def scenario(seen):
        tabs = seen.app.query_one(Tabs)
        at = 1
        for name, text in tabs._parts():
            assert await seen.pilot.click(Tabs, offset=(at + 1, 0))
            await seen.until(lambda name=name: seen.app.arranging.tab == name)
            at += len(text) + 3
        await seen.press("G")
        seen.app.arranging.show_tab("headers")
        pane = seen.app.query_one("#tab-pane")
        await seen.until(lambda: pane.pane == "headers" and pane.max_scroll_y > 0)
        for _ in range(3):
            wheel(pane, MouseScrollDown)
        await seen.until(lambda: pane.scroll_offset.y > 0)

    view(scenario, size=size)


@SIZES
@pytest.mark.usefixtures("sample")
def test_the_scrubber_is_clicked_and_dragged(view, size):
    async def scenario(seen):
        scrubber = seen.app.query_one(Scrubber)
        await seen.until(lambda: scrubber.timeline is not None)
        last = scrubber.columns - 1
        assert await seen.pilot.click(Scrubber, offset=(last, 0))
        await seen.until(lambda: seen.cursor > 120)
        assert await seen.pilot.mouse_down(Scrubber, offset=(last // 2, 1))
        await seen.until(lambda: 1 < seen.cursor < 136)
        middle = seen.cursor
        await seen.pilot.hover(Scrubber, offset=(last // 4, 1))
        await seen.until(lambda: 1 < seen.cursor < middle)
        await seen.pilot.hover(Scrubber, offset=(0, 1))
        await seen.until(lambda: seen.cursor == 1)
        assert await seen.pilot.mouse_up(Scrubber, offset=(0, 1))
        await seen.pilot.hover(Scrubber, offset=(last // 2, 1))
        await seen.settle()
        assert seen.cursor == 1

    view(scenario, size=size)


async def click_hint(seen, text: str, part: int = 0) -> None:
    """Click on the footer where it says `text`, `part` characters into it."""
    at = seen.lines[-1].index(text) + part
    assert await seen.pilot.click(Footer, offset=(at, 0))


@SIZES
@pytest.mark.usefixtures("sample")
def test_the_hints_of_the_footer_are_buttons(view, size, monkeypatch):
    for module in (actions.playing, parts.playing):  # or it plays to the end before it is stopped
        monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: 0.0))

    async def scenario(seen):
        await click_hint(seen, "j/k Step", 4)
        await seen.until(lambda: seen.cursor == 2)
        await click_hint(seen, "j/k Step")
        await seen.until(lambda: seen.cursor == 3)
        await click_hint(seen, "j/k Step", 2)
        await seen.until(lambda: seen.cursor == 2)
        await click_hint(seen, "[/] Block", 4)
        await seen.until(lambda: "block+" in seen.line("▸"))
        await click_hint(seen, "Play")
        await seen.until(lambda: seen.app.viewing.player.is_playing)
        await click_hint(seen, "▶")
        await seen.until(lambda: not seen.app.viewing.player.is_playing)
        await click_hint(seen, "Find")
        await seen.until(lambda: seen.app.is_prompted)
        await seen.press("escape")
        await click_hint(seen, "? Help")
        await seen.until(lambda: "╭─ Help ─" in seen.text)
        await seen.press("escape")
        await click_hint(seen, "Quit")
        await seen.ended()

    view(scenario, size=size)


@SIZES
def test_rows_of_the_waterfall_are_clicked(make, view, size):
    with make() as made:
        for text in ("one", "two", "three"):
            made.texts([text])

    async def scenario(seen):
        await seen.press("w")
        assert await seen.pilot.click(ChoiceList, offset=(3, 2))
        await seen.until(lambda: len(seen.app.screen_stack) == 1 and "3/3" in seen.lines[0])
        await seen.until(lambda: '"three"' in seen.text)

    view(scenario, size=size)


def test_rows_and_columns_of_the_sessions_are_clicked(make, path, tmp_path):
    for name, texts in (("a", ["one"]), ("b", ["two", "more", "events"])):
        with make() as made:
            made.texts(texts)
        path.rename(tmp_path / f"{name}.cassette.jsonl")
    paths = [str(tmp_path / f"{name}.cassette.jsonl") for name in "ab"]

    async def play() -> None:
        app = PlayheadApp(None, paths=paths)
        async with app.run_test(size=(120, 30)) as pilot, asyncio.timeout(60):
            while len(app.sessions) < 2:
                await pilot.pause(0.01)
            heading = str(app.screen.query_one("#columns-of", Static).visual)
            for _ in range(2):
                assert await pilot.click("#columns-of", offset=(heading.index("events"), 0))
                await pilot.pause()
            assert [row.events for row in app.sessions.rows] == [3, 1]
            assert app.sessions.descends
            assert await pilot.click(ChoiceList, offset=(4, 1))
            while app.viewing is None or app.viewing.stream is None:
                await pilot.pause(0.01)
            assert app.viewing.loader.name == paths[0]
            assert not isinstance(app.screen, SessionsScreen)

    asyncio.run(play())
