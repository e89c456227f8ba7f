"""What the keys do that hold in lists: each scenario presses those that it is for."""

from __future__ import annotations

from playhead_viewer.screens.choices import ChoiceList, ChoiceScreen
from playhead_viewer.screens.sessions import SessionsScreen

from .pressing import of, press


def chosen(seen) -> str | None:
    return seen.app.screen.query_one(ChoiceList).chosen


@of("choose", "leave")
async def choosing(seen):
    await press(seen, "waterfall", "leave")
    assert len(seen.app.screen_stack) == 1
    await press(seen, "waterfall", "row", "choose")
    assert "2/2" in seen.lines[0]


@of("row", "row_back", "rows", "rows_back")
async def rows(seen):
    await press(seen, "copy_menu", "row", "row")
    assert chosen(seen) == "block"
    await press(seen, "row_back")
    assert chosen(seen) == "raw"
    await press(seen, "rows")
    assert chosen(seen) == "where"
    await press(seen, "rows_back")
    assert chosen(seen) == "event"


@of("sort", "sort_back", "turn")
async def sorting(seen):
    await press(seen, "sessions")
    assert isinstance(seen.app.screen, SessionsScreen)
    await seen.until(lambda: len(seen.app.sessions) == 2)
    assert "time▲" in seen.text
    await press(seen, "sort")
    assert "host▲" in seen.text
    await press(seen, "turn")
    assert "host▼" in seen.text
    await press(seen, "sort_back")
    assert "time▲" in seen.text
    assert isinstance(seen.app.screen, ChoiceScreen)
