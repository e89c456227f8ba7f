"""The list of sessions: every exchange of the files that were named, read in the background.

Left and right choose the column that it is sorted by; the same again, with ctrl+r, turns it round.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Mapping, Sequence
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
from playhead_viewer.source.scanning import find_all, scan
from playhead_viewer.source.words import title
from playhead_viewer.wrapping import fit

if TYPE_CHECKING:
    from playhead_viewer.viewer import Viewer

_EMPTY = "No session yet."
_TELL_EVERY = 0.2
"""Seconds of reading that are told at once: each time all rows are sorted and shown anew."""
_TELL_SHARE = 0.05
"""The share of the files told before that are told at once, at least."""


class SessionsScreen(ChoiceScreen):
    """Closes with `PATH` and the number of the exchange, parted by a line end."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "sort(-1)", "Sort by the column before", show=False, priority=True),
        Binding("right", "sort(1)", "Sort by the next column", show=False, priority=True),
        Binding("ctrl+r", "turn", "Turn the order round", show=False, priority=True),
    ]

    def __init__(self, viewer: Viewer) -> None:
        super().__init__(Safe("Sessions"), (), empty=_EMPTY)
        self.add_class("-whole")
        self._viewer = viewer
        self._paths = viewer.paths
        self._read: set[str] = set()
        """Those of `_files` that were read since the screen was opened, or are known."""
        self._files: Sequence[str] | None = None
        self._sessions = viewer.sessions
        self._left = False

    def on_mount(self) -> None:
        super().on_mount()
        self.query_one("#columns-of").display = True
        self._show()
        known = frozenset(self._viewer.scanned)
        threading.Thread(target=self._scan, args=(known,), name="playhead-scan", daemon=True).start()

    def on_unmount(self) -> None:
        self._left = True

    def _scan(self, known: Collection[str]) -> None:
        """In a thread: the files that there are now, but those whose rows are known to be final."""
        tell, files = self._viewer.tell, find_all(self._paths)
        tell(self._found, files)
        rows: dict[str, list[Session]] = {}
        count, told = 0, time.monotonic()
        for path in files:
            if path not in known:
                rows[path] = list(scan(path, lambda: not self._left))
            if self._left:
                return  # what was read last is not whole
            if time.monotonic() - told >= _TELL_EVERY and len(rows) >= count * _TELL_SHARE:
                count += len(rows)
                tell(self._take, rows)
                rows, told = {}, time.monotonic()
        tell(self._take, rows)

    def _found(self, files: Sequence[str]) -> None:
        self._files = files
        self._viewer.scanned.intersection_update(files)
        self._read = set(self._viewer.scanned)
        self._sessions.keep(frozenset(files))
        self._show_still()

    def _take(self, rows: Mapping[str, Sequence[Session]]) -> None:
        self._read.update(rows)
        final = (path for path, found in rows.items() if all(row.is_final for row in found))
        self._viewer.scanned.update(final)
        self._sessions.add((row for found in rows.values() for row in found), rows.keys())
        self._show_still()

    def _show_still(self) -> None:
        if self.is_mounted and not self._left:
            self._show()

    def _show(self) -> None:
        rows = [_choice(row) for row in self._sessions.rows]
        if self._files is None:
            told = "reading"
        elif len(self._read) < len(self._files):
            told = f"reading {len(self._read):,} of {counted(len(self._files), 'file')}"
        else:
            told = counted(len(self._files), "file")
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

    app.push_screen(SessionsScreen(app), chosen)


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
