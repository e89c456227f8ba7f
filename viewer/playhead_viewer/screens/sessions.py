"""The list of sessions: every exchange of the files that were named, read in the background.

What is typed filters them: words, and expressions on the columns. They are sorted by a column, by a click
on its name, too; the same again turns them round.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual.binding import BindingType
from textual.content import Content
from textual.events import Click
from textual.widgets import Input, Static

from playhead_viewer.chooser import Place
from playhead_viewer.command import bindings
from playhead_viewer.core.filter import FilterError
from playhead_viewer.core.session import Session
from playhead_viewer.core.sessions import COLUMNS
from playhead_viewer.given_back import as_error
from playhead_viewer.list_commands import SESSIONS
from playhead_viewer.panes.sessions import column_at, heading, newest_of, row_line
from playhead_viewer.screens.choices import Choice, ChoiceScreen
from playhead_viewer.source.paths import find_all
from playhead_viewer.source.scanning import Scanner, Stamp, stamp_of
from playhead_viewer.text.numbers import counted
from playhead_viewer.text.safe import Safe

if TYPE_CHECKING:
    from playhead_viewer.viewer import Viewer

_EMPTY = "No session yet."
_TELL_EVERY = 0.2
"""Seconds of reading that are told at once: each time all rows are sorted and shown anew."""
_TELL_SHARE = 0.05
"""The share of the files told before that are told at once, at least."""
_LOOK_EVERY, _REST = 0.5, 10.0
"""Seconds between looks at the files, at least; and how much longer than a look the time between two is."""
_ASKS = "Type words, or: status>=400  ttft>1s  stalls>0  tokens>500  model~opus  ending!=complete  time>12:30"


class SessionsScreen(ChoiceScreen):
    """Closes with `PATH` and the number of the exchange, parted by a line end."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(SESSIONS)
    PLACE = Place.SESSIONS
    ENTER = "Open"

    def __init__(self, viewer: Viewer, at: str | None = None) -> None:
        super().__init__(Safe("Sessions"), (), at=at, empty=_EMPTY, typed=viewer.sessions.text, asks=_ASKS)
        self.add_class("-whole")
        self._viewer = viewer
        self._paths = viewer.paths
        self._read: set[str] = set()
        """Those of `_files` that were read since the screen was opened, or are known."""
        self._files: Sequence[str] | None = None
        self._sessions = viewer.sessions
        self._left = False
        self._leave = threading.Event()
        self._seen: Sequence[str] | None = None
        self._has_told = False

    def on_mount(self) -> None:
        super().on_mount()
        self.query_one("#columns-of").display = True
        self._show()
        threading.Thread(target=self._watch, name="playhead-scan", daemon=True).start()

    def on_unmount(self) -> None:
        self._left = True
        self._leave.set()

    def _watch(self) -> None:
        """In a thread: read what there is, and go on with that; why that cannot be, where it cannot."""
        try:
            self._go_on()
        except Exception as error:  # noqa: BLE001 - the list would stand still, unsaid
            self._tell_error(error)

    def _tell_error(self, error: Exception) -> None:
        message = as_error(error, ", ".join(self._paths)).message
        self._viewer.tell(partial(self._viewer.say, message, severity="error"))

    def _go_on(self) -> None:
        """Read what has come, has grown or is another, again and again."""
        known = dict(self._viewer.scanned)
        with contextlib.closing(Scanner()) as scanner:
            while not self._left:
                began = time.monotonic()
                try:
                    self._scan(known, scanner)
                except OSError as error:  # perhaps not the next time
                    self._tell_error(error)
                took = time.monotonic() - began
                self._leave.wait(max(_LOOK_EVERY, took * _REST))

    def _scan(self, known: dict[str, Stamp | None], scanner: Scanner) -> None:
        """In a thread: the files that there are now, but those that are as they were when they were read.

        `known` are the stamps that they had then, by path.
        """
        tell, files = self._viewer.tell, find_all(self._paths)
        if files != self._seen:
            self._seen = files
            tell(self._found, files)
        scanner.keep(files)
        for path in known.keys() - set(files):
            del known[path]
        rows: dict[str, list[Session]] = {}
        count, told = 0, time.monotonic()
        for path in files:
            stamp = stamp_of(path)
            if path not in known or known[path] != stamp:
                rows[path] = list(scanner.rows(path, lambda: not self._left))
                known[path] = stamp
            if self._left:
                return  # what was read last is not whole
            if rows and time.monotonic() - told >= _TELL_EVERY and len(rows) >= count * _TELL_SHARE:
                count += len(rows)
                self._has_told = True
                tell(self._take, rows, {path: known[path] for path in rows})
                rows, told = {}, time.monotonic()
        if rows or not self._has_told:
            self._has_told = True
            tell(self._take, rows, {path: known[path] for path in rows})

    def _found(self, files: Sequence[str]) -> None:
        self._files = files
        scanned = self._viewer.scanned
        for path in scanned.keys() - set(files):
            del scanned[path]
        self._read = (self._read | scanned.keys()).intersection(files)
        self._sessions.keep(frozenset(files))
        self._show_still()

    def _take(self, rows: Mapping[str, Sequence[Session]], stamps: Mapping[str, Stamp | None]) -> None:
        self._read.update(rows)
        final = (path for path, found in rows.items() if all(row.is_final for row in found))
        self._viewer.scanned.update((path, stamps[path]) for path in final)
        self._sessions.add((row for found in rows.values() for row in found), rows.keys())
        self._show_still()

    def _show_still(self) -> None:
        if self.is_mounted and not self._left:
            self._show()

    def fitting(self, rows: Sequence[Choice], typed: str) -> Sequence[Choice]:
        return rows

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        try:
            self._sessions.filter(event.value)
        except FilterError as error:
            self.say_wrong((error.message, error.start, error.end))
            return
        self.say_wrong(None)
        self._show()

    def on_click(self, event: Click) -> None:
        if event.widget is not None and event.widget.id == "columns-of":
            column = column_at(event.x, self._room, self._sessions.column)
            if column is not None:
                self._sessions.sort(column)
                self._show()

    @property
    def _room(self) -> int:
        return max(self.size.width - 4, 20)

    def _show(self) -> None:
        newest = newest_of(self._sessions)
        sorted_by = self._sessions.column
        rows = [_choice(row, newest, sorted_by) for row in self._sessions.rows]
        if self._files is None:
            told = "reading"
        elif len(self._read) < len(self._files):
            told = f"reading {len(self._read):,} of {counted(len(self._files), 'file')}"
        else:
            told = counted(len(self._files), "file")
        count = f"{self._sessions.count:,}"
        if self._sessions.text.strip():
            count = f"{self._sessions.shown:,} of {count}"
        self.replace(rows, Safe(f"Sessions {count} · {told}"))
        self.query_one("#columns-of", Static).update(Content(heading(self._sessions, self._room)))

    def on_resize(self) -> None:
        if self.is_mounted:
            self._show()

    def leave(self) -> None:
        """Out of what is typed first: what leaves the list may leave the viewer."""
        if self.typed:
            self.forget()
        else:
            super().leave()

    def sort(self, by: int) -> None:
        self._sessions.sort((self._sessions.column + by) % len(COLUMNS))
        self._show()

    def turn(self) -> None:
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

    viewing = app.viewing
    at = _id(viewing.loader.name, viewing.exchange_number) if viewing is not None else None
    app.push_screen(SessionsScreen(app, at), chosen)


def _id(path: str, exchange: int) -> str:
    return f"{path}\n{exchange}"


def _choice(row: Session, newest: float | None, sorted_by: int) -> Choice:
    return Choice(_id(row.path, row.exchange), "", lambda width: row_line(row, newest, sorted_by, width))
