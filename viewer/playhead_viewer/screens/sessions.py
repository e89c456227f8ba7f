"""The list of sessions: every exchange of the files that were named, read in the background.

Left and right choose the column that it is sorted by; the same again, with ctrl+r, turns it round.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import PurePath
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Static

from playhead_viewer.core.sessions import COLUMNS, Session, Sessions
from playhead_viewer.numbers import counted
from playhead_viewer.panes.document import Line, Style
from playhead_viewer.safe import Safe, safe, shortened
from playhead_viewer.screens.choices import Choice, ChoiceScreen
from playhead_viewer.source.scanning import scan
from playhead_viewer.source.words import title
from playhead_viewer.wrapping import fit

if TYPE_CHECKING:
    from playhead_viewer.viewer import Viewer

_EMPTY = "No session yet."


class SessionsScreen(ChoiceScreen):
    """Closes with `PATH` and the number of the exchange, parted by a line end."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "sort(-1)", "Sort by the column before", show=False, priority=True),
        Binding("right", "sort(1)", "Sort by the next column", show=False, priority=True),
        Binding("ctrl+r", "turn", "Turn the order round", show=False, priority=True),
    ]

    def __init__(self, paths: Sequence[str], sessions: Sessions, scanned: set[str]) -> None:
        super().__init__(Safe("Sessions"), (), empty=_EMPTY)
        self.add_class("-whole")
        self._paths = paths
        self._sessions = sessions
        self._scanned = scanned
        self._left = False

    def on_mount(self) -> None:
        super().on_mount()
        self.query_one("#columns-of").display = True
        self._show()
        threading.Thread(target=self._scan, name="playhead-scan", daemon=True).start()

    def on_unmount(self) -> None:
        self._left = True

    def _scan(self) -> None:
        for path in self._paths:
            if self._left:
                return
            if path in self._scanned:
                continue
            rows = list(scan(path, lambda: not self._left))
            if not self._left:
                self._scanned.add(path)
                self.app.call_from_thread(self._take, rows)

    def _take(self, rows: Sequence[Session]) -> None:
        self._sessions.add(rows)
        if self.is_mounted:
            self._show()

    def _show(self) -> None:
        rows = [_choice(row) for row in self._sessions.rows]
        told = (
            counted(len(self._scanned), "file")
            if len(self._scanned) == len(self._paths)
            else (f"reading {len(self._scanned):,} of {counted(len(self._paths), 'file')}")
        )
        self.replace(
            rows, Safe(f"Sessions {len(self._sessions):,} · {told} · ←→ sort · ctrl+r turn · enter opens")
        )
        heading = _heading(self._sessions, max(self.size.width - 4, 20))
        self.query_one("#columns-of", Static).update(Content(heading))

    def on_resize(self) -> None:
        if self.is_mounted:
            self._show()

    def action_sort(self, by: int) -> None:
        self._sessions.sort((self._sessions.column + by) % len(COLUMNS))
        self._show()

    def action_turn(self) -> None:
        self._sessions.sort(self._sessions.column)
        self._show()


def open_sessions(app: Viewer) -> None:
    """Choose a session of those that the viewer was opened with."""

    def chosen(id_: str | None) -> None:
        if id_ is None:
            if app.viewing is None:
                app.exit()
            return
        path, _, number = id_.rpartition("\n")
        app.open_cassette(path, int(number) or None)

    app.push_screen(SessionsScreen(app.paths, app.sessions, app.scanned), chosen)


def _widths(width: int) -> list[int]:
    """How wide each column is; where there is little room the least needed have none."""
    widths = [column.width for column in COLUMNS]
    order = [COLUMNS.index(column) for name in _GIVE_WAY for column in COLUMNS if column.name == name]
    while sum(room + 1 for room in widths if room) > width and order:
        widths[order.pop(0)] = 0
    file = next(place for place, column in enumerate(COLUMNS) if column.name == "file")
    widths[file] += max(width - sum(room + 1 for room in widths if room), 0)
    return widths


_GIVE_WAY = ("events", "stalls", "tokens", "ttft", "time", "model", "status", "ending")


def _heading(sessions: Sessions, width: int) -> Safe:
    parts = []
    for place, (column, room) in enumerate(zip(COLUMNS, _widths(width), strict=True)):
        if room:
            sign = ("▼" if sessions.descends else "▲") if place == sessions.column else ""
            parts.append(fit(f"{column.name}{sign}", room))
    return Safe(" ".join(parts))


def _choice(row: Session) -> Choice:
    words = f"{row.path} {row.host} {row.model} {row.status} {row.ending} {row.error}"
    return Choice(f"{row.path}\n{row.exchange}", words, lambda width: _line(row, width))


def _line(row: Session, width: int) -> Line:
    parts: list[tuple[Safe, Style]] = []
    for column, room in zip(COLUMNS, _widths(width), strict=True):
        if room:
            text = safe(shortened(_TELL[column.name](row), 200))
            text = Safe(f"{text:>{room}}") if column.right else text
            style = Style.ERROR if column.name == "ending" and row.error else Style.PLAIN
            parts.append((Safe(fit(text, room) + " "), style))
    return parts


_TELL: dict[str, Callable[[Session], str]] = {
    "time": lambda row: "?" if row.t is None else _clock(row.t),
    "host": lambda row: row.host or "?",
    "model": lambda row: row.model,
    "status": lambda row: "-" if row.status is None else str(row.status),
    "ending": lambda row: f"✖ {row.error}" if row.error else row.ending,
    "ttft": lambda row: "" if row.ttft is None else f"{row.ttft * 1000:,.0f}ms",
    "stalls": lambda row: "" if not row.stalls else f"‼{row.stalls}",
    "tokens": lambda row: "" if row.tokens is None else f"{row.tokens:,}",
    "events": lambda row: "" if row.events is None else f"{row.events:,}",
    "file": lambda row: f"{title(PurePath(row.path).name)}{f' {row.exchange}' if row.exchange else ''}",
}


def _clock(t: float) -> str:
    try:
        return datetime.fromtimestamp(t).strftime("%H:%M:%S")
    except (ValueError, OverflowError, OSError):
        return "?"
