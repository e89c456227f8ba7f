"""Search and filter: typed below, at work while they are typed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playhead_viewer.actions.moving import leaps
from playhead_viewer.command import Command, Group, may_have_events
from playhead_viewer.core.landmarks import Landmark
from playhead_viewer.text.safe import safe

if TYPE_CHECKING:
    from playhead_viewer.viewer import Viewer

_FILTER_HINT = 'kind=text and gap>500ms · type~delta · block=2 · size>10kB · n>=84 · "a text" · not ( ) or'


def _search(app: Viewer) -> None:
    viewing = app.viewing
    if viewing is None:
        return
    viewing.take_over()
    app.playing.changed()
    start = viewing.number

    def changed(text: str) -> None:
        viewing.set_search(text)
        app.searching.begin(start)
        app.redraw()

    def done(text: str | None) -> None:
        if text is None:
            viewing.set_search("")
            viewing.cursor.go(start)
        elif viewing.search is None or viewing.search.search.needle != text:
            viewing.set_search(text)
            app.searching.begin(start)
        app.redraw()
        app.moved()

    before = safe(viewing.search.search.needle if viewing.search is not None else "")
    app.prompt(
        "Find",
        before,
        "in what events say and bring; capitals count where you type them",
        _any,
        done,
        changed,
    )


def _any(_text: str) -> tuple[str, int, int] | None:
    return None


def _filter(app: Viewer) -> None:
    viewing = app.viewing
    if viewing is None:
        return
    from playhead_viewer.core.filter import FilterError, parse

    before = safe(viewing.filter.text if viewing.filter is not None else "")

    def check(text: str) -> tuple[str, int, int] | None:
        try:
            parse(text)
        except FilterError as error:
            return error.message, error.start, error.end
        return None

    def done(text: str | None) -> None:
        viewing.set_filter(before if text is None else text)
        app.redraw()

    app.prompt("Filter", before, _FILTER_HINT, check, done)


def _back(app: Viewer) -> None:
    """Out of what was entered last: zoom, the search, the filter, the time reference."""
    viewing = app.viewing
    if app.arranging.unzoom() or viewing is None:
        return
    if viewing.search is not None:
        viewing.set_search("")
    elif viewing.filter is not None:
        viewing.set_filter("")
    elif viewing.reference is not None:
        viewing.reference = None
    app.redraw()


COMMANDS = (
    Command("find", "slash", "Search; hits are counted as they come", Group.FIND, _search, may_have_events),
    *leaps(Landmark.HIT, "n", "N", Group.FIND),
    Command("filter", "f", "Show only events that fit an expression", Group.FIND, _filter, may_have_events),
    Command("back", "escape", "Out of zoom, search, filter, time reference", Group.FIND, _back),
)
