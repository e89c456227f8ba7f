"""Layout: two columns, one column, the list alone; panes, focus, resize, quitting."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace

import pytest
from textual import timer
from textual.geometry import Region

from playhead_viewer import layout
from playhead_viewer.source.stream import Stream
from playhead_viewer.widgets.event_list import EventList
from playhead_viewer.widgets.scrolling import Scrolling
from playhead_viewer.widgets.still import Still


@pytest.fixture
def three(make):
    """Three exchanges of five, forty and one events."""
    with make() as made:
        made.texts([f"a{number} " for number in range(5)])
        made.texts([f"b{number} " for number in range(40)])
        made.texts(["c0 "])


@pytest.mark.usefixtures("three")
def test_details_stand_beside_the_list_when_wide(view):
    async def scenario(seen):
        assert "State at the cursor" in seen.text
        assert "Raw · JSON · Diff · Lint" in seen.text
        assert "Timing" in seen.text
        assert seen.line("Events 5").index("State at the cursor") > 50

    view(scenario, size=(120, 40))


@pytest.mark.usefixtures("three")
def test_three_columns_when_there_is_room(view):
    async def scenario(seen):
        line = seen.line("Events 5")
        assert 60 < line.index("State at the cursor") < line.rindex("╭")

    view(scenario, size=(200, 60))


@pytest.mark.usefixtures("three")
def test_one_detail_below_the_list_when_narrow(view):
    async def scenario(seen):
        assert "State · Raw · JSON" in seen.text
        assert seen.reversed == "a0 "
        assert "chunk 1" not in seen.text
        assert not any(corner in seen.text for corner in "╭╮╰╯│")
        await seen.press("tab", "right")
        assert "┄┄ chunk 1 · " in seen.text
        assert seen.reversed == ""
        await seen.press("j")
        assert seen.cursor == 2
        assert "┄┄ chunk 2 · " in seen.text
        assert 'a1 "' in seen.text
        await seen.press("left")
        assert seen.reversed == "a1 "
        await seen.press("j", "l")
        assert "┄┄ chunk 3 · " in seen.text

    view(scenario, size=(80, 24))


@pytest.mark.parametrize("size", [(120, 40), (80, 24)])
@pytest.mark.usefixtures("three")
def test_every_tab_is_reached_and_wraps_round(view, size):
    async def scenario(seen):
        names = layout.tabs(seen.app.screen.classes)
        found = []
        for _ in names:
            found.append(seen.app.arranging.tab)
            await seen.press("l")
        assert tuple(found) == names
        assert seen.app.arranging.tab == names[0]
        await seen.press("h")
        assert seen.app.arranging.tab == names[-1]

    view(scenario, size=size)


@pytest.mark.usefixtures("three")
def test_two_quick_tabs_are_two(view):
    async def scenario(seen):
        for _ in range(2):
            # Without waiting in between, as a held key comes.
            seen.app.arranging.next_pane(1)
        await seen.settle()
        assert seen.app.focused.id == "tab-pane"

    view(scenario, size=(120, 40))


@pytest.mark.parametrize("size", [(59, 24), (80, 14), (40, 10)])
@pytest.mark.usefixtures("three")
def test_the_list_alone_when_tiny(view, size):
    async def scenario(seen):
        await seen.press("tab")
        assert "Text after" not in seen.text
        assert "Raw #" not in seen.text
        assert '"a0' in seen.text
        assert "? Help" in seen.lines[-1]

    view(scenario, size=size)


@pytest.mark.usefixtures("three")
def test_resizing_keeps_the_place_and_draws_every_layout_anew(view):
    async def scenario(seen):
        await seen.press("}", "G", "k")
        for size in [(80, 24), (50, 12), (120, 40), (200, 60), (60, 15)]:
            await seen.pilot.resize_terminal(*size)
            await seen.settle()
            assert seen.app.screen.classes.issuperset(layout.of_size(*size))
            assert len(seen.lines) == size[1]
            assert {len(line) for line in seen.lines} == {size[0]}
            assert seen.cursor == 39
            assert '"b38' in seen.line("▸")
            if size[0] > 59:
                assert seen.reversed == "b38 ", size

    view(scenario)


@pytest.mark.usefixtures("three")
def test_resizing_draws_anew_however_late_a_timer_begins_to_wait(view, monkeypatch):
    clock = timer._time.get_time
    begun = []

    def late():
        # Each reading is a second behind the one before: another program had the processor.
        task = asyncio.current_task().get_name()
        if not task.startswith("set_timer#"):
            return clock()
        begun.append(task)
        return clock() + len(begun)

    async def scenario(seen):
        monkeypatch.setattr(timer, "_time", SimpleNamespace(get_time=late))
        for size in [(80, 24), (200, 60)]:
            await seen.pilot.resize_terminal(*size)
            await seen.settle()
            assert begun
            assert {len(line) for line in seen.lines} == {size[0]}

    view(scenario)


@pytest.mark.usefixtures("three")
def test_no_size_is_too_small(view):
    async def scenario(seen):
        for size in [(30, 8), (12, 4), (3, 3), (1, 1), (61, 16), (120, 40)]:
            await seen.pilot.resize_terminal(*size)
            await seen.press("j", "G", "tab", "}")
            assert len(seen.lines) == size[1]
            await seen.press("{", "g")
        assert '"a0 "' in seen.line("▸")

    view(scenario)


@pytest.mark.usefixtures("three")
@pytest.mark.parametrize("size", [(120, 40), (80, 24), (30, 8)], ids=["wide", "narrow", "tiny"])
def test_what_has_less_room_by_now_is_drawn_all_the_same(view, size):
    """Textual may ask for lines by the places it knew before: another layout has been worked out since."""

    async def scenario(seen):
        drawn = set()
        for widget in seen.app.screen.walk_children():
            if isinstance(widget, Still) and widget.region.area:
                width, height = widget.region.size
                for more in [(1, 0), (0, 1), (3, 2)]:
                    asked = Region(0, 0, width + more[0], height + more[1])
                    assert len(widget.render_lines(asked)) in (asked.height, 0), widget
                drawn.add(type(widget))
        bars = [pane.vertical_scrollbar for pane in seen.app.screen.query(Scrolling)]
        for bar in bars:
            height = bar.region.height
            assert len(bar.render_lines(Region(0, 0, 1, height + 1))) == height + 1
        assert EventList in drawn
        assert bars

    view(scenario, size=size)


def test_keys_scroll_the_pane_in_focus_and_still_step(make, view):
    with make() as made:
        made.texts(["line\n" * 60, "end"])

    async def scenario(seen):
        text = seen.app.query_one("#state")
        await seen.press("tab", "end")
        assert text.has_focus
        bottom = text.scroll_offset.y
        assert bottom > 0
        await seen.press("up", "up")
        assert text.scroll_offset.y == bottom - 2
        assert seen.cursor == 1
        await seen.press("j")
        assert seen.cursor == 2
        assert seen.reversed == "end"

    view(scenario)


@pytest.mark.usefixtures("three")
def test_exchanges_are_stepped_through_and_remember_their_place(view):
    async def scenario(seen):
        assert "{/} Exchange" in seen.lines[-1]
        assert " 1/3 " in seen.lines[0]
        await seen.press("j", "j", "}")
        assert " 2/3 " in seen.lines[0]
        assert "Events 40" in seen.text
        assert '"b0 "' in seen.line("▸")
        await seen.press("j", "}")
        assert " 3/3 " in seen.lines[0]
        assert "Events 1 " in seen.text
        await seen.press("}")
        assert " 3/3 " in seen.lines[0]
        await seen.press("{")
        assert seen.cursor == 2
        await seen.press("{")
        assert seen.cursor == 3
        assert '"a2 "' in seen.line("▸")
        assert seen.reversed == "a2 "

    view(scenario)


@pytest.mark.usefixtures("three")
def test_the_last_of_quick_switches_counts(view):
    async def scenario(seen):
        await seen.pilot.press("}", "}", "{", "}")
        await seen.settle()
        assert " 3/3 " in seen.lines[0]
        assert '"c0 "' in seen.line("▸")

    view(scenario)


@pytest.mark.usefixtures("three")
def test_an_exchange_that_is_read_too_late_is_not_shown(view):
    async def scenario(seen):
        late = Stream(seen.app.viewing.loader, 2)
        await seen.press("}")
        seen.app.opening.arrived(seen.app.viewing, late)
        await seen.settle()
        assert " 2/3 " in seen.lines[0]
        assert '"b0 "' in seen.line("▸")

    view(scenario)


@pytest.mark.usefixtures("three")
def test_it_opens_at_the_exchange_asked_for(view):
    async def scenario(seen):
        assert " 2/3 " in seen.lines[0]
        assert '"b0 "' in seen.line("▸")

    view(scenario, exchange=2)


def test_a_single_exchange_offers_no_switch(make, view):
    with make() as made:
        made.texts(["a"])

    async def scenario(seen):
        assert "Exchange" not in seen.lines[-1]

    view(scenario)


@pytest.mark.usefixtures("three")
def test_q_quits(view):
    async def scenario(seen):
        await seen.pilot.press("q")
        await seen.ended()

    app = view(scenario)
    assert not app.is_running
    assert app.return_code == 0
    assert app.failure is None


@pytest.mark.usefixtures("three")
def test_ctrl_c_quits_when_pressed_twice(view):
    async def scenario(seen):
        await seen.press("ctrl+c")
        await seen.until(lambda: "Press ^c again to quit." in seen.text)
        assert seen.app.return_code is None
        await seen.pilot.press("ctrl+c")
        await seen.ended()

    view(scenario)


def test_only_rows_on_the_screen_are_read(make, view, monkeypatch):
    with make() as made:
        made.texts(["x"] * 20_000, gap=0.001)
    read = []
    whole = Stream._row
    monkeypatch.setattr(Stream, "_row", lambda self, at: read.append(at) or whole(self, at))

    async def scenario(seen):
        page = seen.app.query_one(EventList).page
        assert set(range(1, page + 1)) <= set(read) <= set(range(1, page + 9))
        read.clear()
        await seen.press("G", "k", "k")
        assert set(read) == set(range(20_001 - page, 20_001))
        assert len(read) == page

    view(scenario)


@pytest.mark.parametrize("size", [(200, 60), (120, 40), (110, 25)], ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.usefixtures("three")
def test_the_names_of_columns_stand_over_them_in_every_layout(view, size):
    async def scenario(seen):
        for _ in layout.Layout:
            await seen.press("vertical_line")
            left = seen.app.query_one("#left").region

            def aligned(left=left) -> bool:
                heading, first = (line[left.x + 1 : left.right - 1] for line in seen.lines[2:4])
                kind = heading.find("kind")
                if seen.app.query_one(EventList).row_width < 36:
                    return kind < 0 and heading[:15] == "     #        t"
                return kind >= 0 and first[kind:].startswith("text ") and first[kind - 1] == " "

            await seen.until(aligned)
            assert seen.lines[1][left.right - 1] == "╮"
            assert all(len(line) == size[0] for line in seen.lines)

    view(scenario, size=size)


@pytest.mark.usefixtures("three")
def test_the_names_of_columns_follow_the_size(view):
    async def scenario(seen):
        for width, name in ((100, "b preview"), (105, "b preview"), (100, "b preview"), (170, "b preview")):
            await seen.pilot.resize_terminal(width, 32)
            events = seen.app.query_one(EventList)
            has_block = events.row_width >= 52
            await seen.until(lambda wanted=has_block, name=name: (name in seen.lines[2]) == wanted)

    view(scenario, size=(200, 32))


@pytest.mark.usefixtures("three")
def test_the_zoom_goes_with_the_focus(view):
    async def scenario(seen):
        await seen.press("z", "tab")
        assert "State at the cursor" in seen.text
        assert "Events 5" not in seen.text
        assert seen.app.focused.id == "state"
        await seen.press("tab")
        assert seen.app.focused.id == "tab-pane"
        assert "State at the cursor" not in seen.text
        assert "chunk 1" in seen.text
        await seen.press("shift+tab", "l")
        assert "State at the cursor" not in seen.text
        assert "chunk 1" not in seen.text
        assert '"content_block_delta"' in seen.text  # JSON, behind Raw
        assert seen.app.focused.id == "tab-pane"
        await seen.press("z")
        assert "Events 5" in seen.text
        assert seen.app.focused.id == "tab-pane"

    view(scenario)


@pytest.mark.usefixtures("three")
@pytest.mark.parametrize("size", [(80, 24), (120, 24), (40, 10), (120, 10)], ids=str)
@pytest.mark.parametrize("pane", range(4), ids=["events", "state", "tabs", "timing"])
def test_what_was_zoomed_is_never_nothing(view, size, pane):
    async def scenario(seen):
        await seen.press(*["tab"] * pane, "z")
        await seen.pilot.resize_terminal(*size)
        await seen.settle()
        assert "a0 " in seen.text or "State" in seen.text
        await seen.pilot.resize_terminal(120, 40)
        await seen.press("|", "|", "|")
        assert "a0 " in seen.text or "State" in seen.text

    view(scenario)


@pytest.mark.usefixtures("three")
def test_keys_of_panes_that_there_is_no_room_for_say_so(view):
    async def scenario(seen):
        before = seen.app.arranging.tab
        await seen.press("l")
        assert "There is no room for the tabs here." in seen.text
        assert seen.app.arranging.tab == before
        await seen.press("tab")
        assert "There is no other pane here." in seen.text

    view(scenario, size=(40, 10))
