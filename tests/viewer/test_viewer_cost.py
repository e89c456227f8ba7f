"""What a first row and a step may do, counted: modules, rows that are read, lines that are drawn."""

from __future__ import annotations

import subprocess
import sys

import pytest
from textual._compositor import Compositor
from textual.css.stylesheet import Stylesheet
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

import playhead
from playhead_viewer.source.stream import Stream
from playhead_viewer.widgets.event_list import EventList
from playhead_viewer.widgets.still import Still

_FIRST = """
import gc, sys
from playhead_viewer.source.loader import open_path
from playhead_viewer.source.paths import is_many
from playhead_viewer.app import PlayheadApp
app = PlayheadApp(open_path(sys.argv[1]))
def shown():
    loaded = set(sys.modules)
    app.exit()
    print(*loaded)
app.drawn = shown
app.run(headless=True)
"""
_NOT_YET = (
    "playhead.timing",
    "playhead.lint",
    "playhead.diff",
    "playhead.protocols.payload",
    "playhead.protocols.anthropic",
    "playhead_viewer.core.filter",
    "playhead_viewer.source.lanes",
    "playhead_viewer.panes",
    "playhead_viewer.screens",
    "playhead_viewer.source.passes",
    "playhead_viewer.source.scanning",
    "playhead_viewer.widgets.lines",
    "playhead_viewer.widgets.prompt",
    "jiter",
    "h11",
    "hashlib",
)


@pytest.fixture
def many(make):
    """Three thousand events."""
    with make() as made:
        made.texts([f"w{number} " for number in range(3000)])


@pytest.mark.usefixtures("many")
def test_the_first_row_waits_for_no_module_that_only_later_ones_need(path):
    run = subprocess.run(
        [sys.executable, "-c", _FIRST, str(path)], capture_output=True, check=True, timeout=120, text=True
    )
    loaded = set(run.stdout.split()[-5000:])
    assert "playhead_viewer.viewer" in loaded
    assert not loaded.intersection(_NOT_YET)


@pytest.mark.usefixtures("many")
@pytest.mark.parametrize("size", [(120, 40), (80, 24), (60, 14), (200, 60)])
def test_the_first_rows_are_drawn_once_where_they_stay(view, monkeypatch, size):
    done: list[object] = []
    draw, restyle = EventList._draw_lines, Stylesheet.update_nodes

    def drawing(self, crop):
        done.append((self.region.x, self.region.y, self.region.width))
        return draw(self, crop)

    def restyling(self, *args, **options):
        done.append("restyled")
        return restyle(self, *args, **options)

    monkeypatch.setattr(EventList, "_draw_lines", drawing)
    monkeypatch.setattr(Stylesheet, "update_nodes", restyling)

    async def scenario(seen):
        region = seen.app.query_one(EventList).region
        assert done[0] == (region.x, region.y, region.width)
        assert not seen.app.query("ToastRack, Tooltip, NoticeBar, #message")

    view(scenario, size=size)


@pytest.mark.usefixtures("many")
def test_wherever_a_step_goes_only_rows_on_the_screen_are_read(view, monkeypatch):
    read: list[int] = []
    row = Stream._row

    def counted(stream, number):
        read.append(number)
        return row(stream, number)

    async def scenario(seen):
        page = seen.app.page
        monkeypatch.setattr(Stream, "_row", counted)
        for keys in (("j",), ("5",), ("G",), ("k",), ("pageup",), ("g",)):
            read.clear()
            await seen.press(*keys)
            assert len(read) <= page + 1, keys
        read.clear()
        await seen.press("j", "k")
        assert not read

    view(scenario, size=(120, 40))


@pytest.fixture
def noted(monkeypatch):
    """`noted(owner, name)`: have a method note its calls from now on, by the object and what it is given."""

    def note(owner: type, name: str) -> list[tuple[object, ...]]:
        calls: list[tuple[object, ...]] = []
        method = getattr(owner, name)

        def noting(*given):
            calls.append(given)
            return method(*given)

        monkeypatch.setattr(owner, name, noting)
        return calls

    return note


@pytest.mark.usefixtures("many")
def test_a_step_draws_the_two_rows_that_it_concerns(view, noted):
    async def scenario(seen):
        await seen.press("j")
        drawn = noted(EventList, "render_line")
        await seen.press("j")
        assert sorted(y for _, y in drawn) == [1, 2]
        assert seen.cursor == 3

    view(scenario, size=(120, 40))


@pytest.mark.usefixtures("many")
def test_a_step_leaves_alone_what_it_does_not_change(view, noted):
    async def scenario(seen):
        await seen.press("j", "j")
        calls = noted(Still, "_draw_lines")
        await seen.press("j")
        drawn = {widget.id or type(widget).__name__ for widget, _ in calls}
        assert {"events", "state", "footer"} <= drawn
        assert not {"verdict", "notices", "columns", "timing", "left", "body", "_default"} & drawn
        assert "StillBar" not in drawn

    view(scenario, size=(120, 40))


def test_a_text_that_grows_arranges_nothing_anew(make, view, noted):
    with make() as made:
        made.texts([f"line {number}\n" for number in range(200)])

    async def scenario(seen):
        await seen.press("5")
        calls = noted(Compositor, "reflow")
        for _ in range(40):
            await seen.press("j")
        assert not calls
        assert "line 139␊" in seen.text

    view(scenario, size=(120, 40))


def test_what_is_large_is_checked_when_that_is_asked_for(make, view, monkeypatch):
    monkeypatch.setattr("playhead_viewer.source.analysing.CHECKED_BYTES", 200)
    with make() as made:
        made.texts(["one ", "two "])

    async def scenario(seen):
        assert seen.app.viewing.analysis.findings is None
        await seen.until(lambda: "not checked" in seen.text)
        await seen.press("L")
        await seen.until(lambda: seen.app.viewing.analysis.findings is not None)

    view(scenario, size=(120, 40))


@pytest.mark.usefixtures("many")
def test_a_stream_is_checked_once(view, monkeypatch):
    checked = []
    check = playhead.check

    def counted(exchange):
        checked.append(exchange)
        return check(exchange)

    monkeypatch.setattr("playhead.check", counted)

    async def scenario(seen):
        await seen.until(lambda: seen.app.viewing.analysis.findings is not None)
        work = seen.app.opening._work
        for _ in range(3):
            work._analyse(seen.app.viewing.stream)
        assert len(checked) == 1

    view(scenario, size=(120, 40))


@pytest.mark.usefixtures("many")
@pytest.mark.parametrize("size", [(120, 40), (80, 24), (60, 20), (200, 60)])
def test_lines_are_drawn_as_textual_would_draw_them(view, monkeypatch, size):
    def styled(seen):
        return [Strip(line).simplify() for line in seen.segments]

    async def scenario(seen):
        for keys in (("j",), ("tab",), ("G", "tab"), ("z",), ("z", "|", "l"), ("question_mark",)):
            await seen.press(*keys)
            ours = styled(seen)
            with monkeypatch.context() as patch:
                for kind in {type(widget) for widget in seen.app.screen.walk_children(Still)}:
                    patch.setattr(kind, "DRAWS_LINES", False)
                for widget in seen.app.screen.walk_children(Still):
                    widget._lines_made = None
                    widget._styles_cache.clear()
                assert styled(seen) == ours, keys

    view(scenario, size=size)

    view(scenario, size=(120, 40))


@pytest.mark.usefixtures("many")
@pytest.mark.parametrize("size", [(120, 40), (80, 24), (60, 20), (200, 60)])
def test_lines_that_were_kept_are_those_that_would_be_drawn_anew(view, size):
    async def scenario(seen):
        for keys in (
            ("j",),
            ("j", "tab", "down", "j"),
            ("pagedown", "l"),
            ("G", "k", "z"),
            ("z", "m", "r"),
            ("|", "j"),
            ("slash", "w", "1", "enter", "n"),
        ):
            await seen.press(*keys)
            kept = seen.segments
            for widget in seen.app.screen.walk_children(Still):
                widget._lines_made = None
                widget._styles_cache.clear()
            assert seen.segments == kept, keys

    view(scenario, size=size)


def test_lines_of_another_width_are_drawn_anew(make, view):
    with make() as made:
        made.texts(["one ", "two "])

    async def scenario(seen):
        events = seen.app.query_one(EventList)
        whole = Region(0, 0, events.size.width, 3)
        first = events.render_lines(whole)
        assert events.render_lines(whole) is first
        events.refresh_line(1)
        again = events.render_lines(whole)
        assert again is not first
        assert [line.text for line in again] == [line.text for line in first]
        assert events.render_lines(Region(0, 0, events.size.width, 2)) == first[:2]

    view(scenario, size=(120, 40))


@pytest.mark.parametrize("size", [(120, 40), (80, 24)])
def test_an_event_that_fills_its_panes_arranges_nothing_anew(make, view, noted, size):
    with make() as made:
        made.texts(["short ", "short ", "long " * 4000, "short ", "short "])

    async def scenario(seen):
        await seen.press("g", "j", "j")
        calls = noted(Compositor, "reflow")
        for key in "jkjkjj":
            await seen.press(key)
        assert not calls

    view(scenario, size=size)


def test_a_step_onto_a_long_event_draws_no_border_and_few_cells_of_a_bar(make, view, noted):
    with make() as made:
        made.texts(["short ", "short ", "long " * 4000, "short ", "short "])

    async def scenario(seen):
        await seen.press("g", "j", "j", "k", "j")
        calls = noted(Widget, "render_lines")
        await seen.press("k", "j")
        assert not {"state", "tabbed", "tab-pane"} & {widget.id for widget, _ in calls}
        bar = seen.app.query_one("#state").vertical_scrollbar
        lines = bar.render_lines(Region(0, 0, bar.size.width, bar.size.height))
        assert len({id(line) for line in lines}) < 6 < len(lines)

    view(scenario, size=(120, 40))
