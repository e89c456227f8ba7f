"""Keys and sizes in any order, at any moment: the screen is whole, nothing on it is stale or blank.

The orders are drawn from seeds: each run does the same.
"""

from __future__ import annotations

import random

import pytest
from rich.cells import cell_len

from playhead import EndingKind, Request
from playhead_viewer.actions.table import COMMANDS
from playhead_viewer.panes.table import BY_NAME
from playhead_viewer.widgets.event_list import EventList
from playhead_viewer.widgets.lines import LinePane

NOT_HERE = {"quit", "interrupt", "edit", "replay", "copy", "copy_menu"}
"""These end the test, start a program or a server, or write files."""
SIZES = [(120, 40), (80, 24), (60, 20), (200, 60), (40, 10)]
ODD_SIZES = [(100, 30), (99, 29), (60, 15), (59, 14), (20, 5), (1, 1)]
STEPS = 50


@pytest.fixture
def five(make, path):
    """A text, a JSON error, no response, an exchange that was cut, a plain stream without times."""
    with make() as made:
        made.texts([f"word{number} " * 7 for number in range(40)])
        error = made.begin(status=429, headers=[("content-type", "application/json")])
        error.chunk(b'{"error": "slow down"}', 3.5)
        error.end(EndingKind.COMPLETE, 3.6)
        none = made.writer.exchange()
        none.request(Request(method="POST", url="https://h/v1/x", t=4.0))
        none.end(EndingKind.TIMEOUT, 31.0, detail="nothing in 30 s", facts={"how": "timeout"})
        cut = made.begin(t=32.0)
        for number in range(9):
            cut.chunk(b"data: %d\n\n: ping\n\n" % number, 33.0 + number)
        made.begin(t=None).chunk(b"data: x\n\ndata: y\n\ndata: z", None)
    with path.open("ab") as file:
        file.write(b'{"type":"chu')


def keys() -> list[str]:
    known = {key for command in COMMANDS if command.id not in NOT_HERE for key in command.keys.split(",")}
    return sorted(known | {"escape", "enter", "x", "1"})


def check(seen) -> None:
    app = seen.app
    assert app.is_running
    lines = seen.lines
    assert len(lines) == app.size.height
    assert {cell_len(line) for line in lines} == {app.size.width}
    if len(app.screen_stack) > 1 or app.is_prompted or app.size.width < 40 or app.size.height < 8:
        return
    viewing = app.viewing
    assert "? Help" in lines[-1]
    assert f"{viewing.place + 1}/{viewing.exchanges}" in lines[0]
    events = app.query_one(EventList)
    if events.size.height and viewing.cursor.rows:
        assert len([line for line in lines if line.lstrip("│").startswith("▸")]) == 1, seen.text
        top = int(events.scroll_offset.y)
        assert top <= viewing.cursor.row < top + events.page
    for pane in app.query(LinePane):
        width, height = pane.scrollable_content_region.size
        if width and height and pane.size.width:
            fresh = BY_NAME[pane.pane].make(viewing.moment(), width)
            assert pane._document.lines == fresh.lines, pane.pane
            assert any(text.strip() for spans in fresh.lines for text, _ in spans), pane.pane


@pytest.mark.usefixtures("five")
@pytest.mark.parametrize("seed", range(3))
def test_keys_and_sizes_in_any_order(view, seed):
    draw = random.Random(seed)
    pressed: list[object] = []

    async def scenario(seen):
        for _ in range(STEPS):
            if draw.random() < 0.3:
                size = draw.choice(SIZES + ODD_SIZES)
                pressed.append(size)
                await seen.pilot.resize_terminal(*size)
            else:
                key = draw.choice(keys())
                if key == "enter" and len(seen.app.screen_stack) > 1:
                    key = "down"  # the help does what is chosen in it, leaving included
                pressed.append(key)
                await seen.pilot.press(key)
            if draw.random() < 0.5:  # else the next comes while this is still drawn
                continue
            seen.app.clear_notifications()  # they may cover any row
            await seen.settle()
            try:
                check(seen)
            except AssertionError as error:
                raise AssertionError(f"after {pressed}") from error
        await seen.pilot.resize_terminal(120, 40)
        await seen.press("escape", "escape", "escape", "escape")
        check(seen)

    assert view(scenario, size=draw.choice(SIZES)).failure is None
