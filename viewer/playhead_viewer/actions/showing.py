"""Showing: panes, zoom, layout, time reference, marks, theme, the other screens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playhead_viewer.command import Command, Group, When, has_events, has_exchange
from playhead_viewer.list_commands import HELP
from playhead_viewer.text.safe import Safe, safe

if TYPE_CHECKING:
    from playhead_viewer.viewer import Viewer


def _reference(app: Viewer) -> None:
    viewing = app.viewing
    if viewing is None:
        return
    if viewing.reference == viewing.number:
        viewing.reference = None
    elif viewing.stream is not None and viewing.stream.time(viewing.number) is None:
        app.say("The time of this event is not known.")
    else:
        viewing.reference = viewing.number
    app.redraw()


def _mark(app: Viewer) -> None:
    viewing = app.viewing
    if viewing is None:
        return
    note = viewing.marks.note_of(viewing.exchange_number, viewing.number)
    problem = viewing.toggle_mark()
    app.redraw()
    if note:
        app.say(f"The mark and its note are removed; {app.key_of('mark_here')} brings both back.")
    if problem is not None:
        app.say(f"Marked, but not kept: {problem}", severity="warning")


def _note(app: Viewer) -> None:
    viewing = app.viewing
    if viewing is None:
        return
    # Playing or following may move the cursor while the note is typed.
    exchange, number = viewing.exchange_number, viewing.number
    viewing.player.pause()
    app.playing.changed()

    def done(text: str | None) -> None:
        if text is not None:
            problem = viewing.note(exchange, number, text)
            app.redraw()
            if problem is not None:
                app.say(f"Marked, but not kept: {problem}", severity="warning")

    before = safe(viewing.marks.note_of(exchange, number))
    app.prompt("Note", before, "kept with the mark, beside the cassette", lambda _text: None, done)


def _all_exchanges(app: Viewer) -> None:
    from playhead_viewer.screens.waterfall import open_waterfall

    open_waterfall(app)


def _compare(app: Viewer) -> None:
    from playhead_viewer.source.comparing import completed, parse_side

    def done(text: str | None) -> None:
        from playhead_viewer.screens.comparison import open_comparison

        side = parse_side(text or "")
        if side is not None:
            open_comparison(app, side)

    hint = "#2 of this cassette, PATH, or PATH#2; Tab completes a path"
    app.prompt("Compare with", Safe(""), hint, lambda _text: None, done, complete=completed)


def _sessions(app: Viewer) -> None:
    from playhead_viewer.screens.sessions import open_sessions

    open_sessions(app)


_has_sessions = When(
    lambda app: len(app.paths) > 0, lambda _app: "There is no list of sessions: one file was opened."
)
_has_file = When(lambda app: app.viewing is not None, lambda _app: "No file is open.")
COMMANDS = (
    Command(
        "pane",
        "tab",
        "Next pane",
        Group.SHOW,
        lambda app: app.arranging.next_pane(1),
        has_exchange,
        is_priority=True,
    ),
    Command(
        "pane_back",
        "shift+tab",
        "Previous pane",
        Group.SHOW,
        lambda app: app.arranging.next_pane(-1),
        has_exchange,
        is_priority=True,
    ),
    Command("tab", "right,l", "Next tab", Group.SHOW, lambda app: app.arranging.next_tab(1), has_exchange),
    Command(
        "tab_back", "left,h", "Previous tab", Group.SHOW, lambda app: app.arranging.next_tab(-1), has_exchange
    ),
    Command(
        "zoom",
        "z",
        "Zoom the pane in focus, or back",
        Group.SHOW,
        lambda app: app.arranging.zoom(),
        has_exchange,
    ),
    Command(
        "layout",
        "vertical_line",
        "Next layout",
        Group.SHOW,
        lambda app: app.arranging.next_layout(),
        has_exchange,
    ),
    Command("reference", "r", "Count times from this event, or not", Group.SHOW, _reference, has_events),
    Command("mark_here", "m", "Mark this event, or not", Group.SHOW, _mark, has_events),
    Command("note", "M", "Mark this event with a note", Group.SHOW, _note, has_events),
    Command("waterfall", "w", "All exchanges, in time", Group.SHOW, _all_exchanges, has_exchange),
    Command("compare", "d", "Compare with another exchange", Group.SHOW, _compare, has_exchange),
    Command("sessions", "b", "Back to the list of sessions", Group.SHOW, _sessions, _has_sessions),
    Command(
        "reload",
        "R",
        "Read the file again, as it is now",
        Group.SHOW,
        lambda app: app.opening.reload(),
        _has_file,
    ),
    Command(
        "theme",
        "ctrl+t",
        "Dark, light, the terminal's own colours",
        Group.SHOW,
        lambda app: app.arranging.next_theme(),
    ),
    *HELP,
)
