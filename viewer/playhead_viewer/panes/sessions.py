"""The rows of the list of sessions: which columns there is room for, and what each says.

Knows sessions and widths; no screen. `table` is the whole list as text.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import PurePath

from rich.cells import cell_len

from playhead_viewer.core.session import Session
from playhead_viewer.core.sessions import COLUMNS, Column, Sessions
from playhead_viewer.panes.document import Line, Style
from playhead_viewer.source.words import title
from playhead_viewer.text.safe import Safe, safe, shortened
from playhead_viewer.text.wrapping import fit

_PLACES = {column.name: place for place, column in enumerate(COLUMNS)}
_NARROW = {"host": 8, "model": 8, "ending": 11, "file": 8}
"""How little of a column still says something."""
_GIVE_WAY = ("events", "tokens", "time", "stalls", "ttft", "model", "host", "status", "ending")


def _widths(width: int, sorted_by: int) -> list[int]:
    """How wide each column is. Where room is short names are cut, then the least needed columns have none;
    the one that the rows are sorted by stays."""
    widths = [column.width for column in COLUMNS]

    def over() -> int:
        return sum(room + 1 for room in widths if room) - width

    names = {_PLACES[name]: least for name, least in _NARROW.items()}
    while over() > 0 and (cut := [place for place, least in names.items() if widths[place] > least]):
        widths[max(cut, key=lambda place: widths[place])] -= 1
    order = [_PLACES[name] for name in _GIVE_WAY if _PLACES[name] != sorted_by]
    while over() > 0 and order:
        widths[order.pop(0)] = 0
    widths[_PLACES["file"]] += max(-over(), 0)
    return widths


def column_at(x: int, width: int, sorted_by: int) -> int | None:
    """The column whose name stands at `x`."""
    at = 0
    for place, room in enumerate(_widths(width, sorted_by)):
        if room and at <= x < at + room:
            return place
        at += room + 1 if room else 0
    return None


def heading(sessions: Sessions, width: int) -> Safe:
    """The names of the columns, a sign at the one that the rows are sorted by."""
    return _heading(sessions, _widths(width, sessions.column))


def row_line(row: Session, newest: float | None, sorted_by: int, width: int) -> Line:
    """A row of the list; times are told beside that of the `newest` session."""
    return _line(row, newest, _widths(width, sorted_by))


def newest_of(sessions: Sessions) -> float | None:
    """When the newest of the sessions that are shown began."""
    return max((row.t for row in sessions.rows if row.t is not None), default=None)


def table(sessions: Sessions, width: int | None) -> list[Safe]:
    """The list as text, in lines of `width` cells; as wide as it takes, where that is `None`."""
    newest = newest_of(sessions)
    widths = _widths(width, sessions.column) if width is not None else _needed(sessions, newest)
    lines = [_line(row, newest, widths) for row in sessions.rows]
    return [
        _heading(sessions, widths),
        *(Safe("".join(text for text, _ in spans).rstrip()) for spans in lines),
    ]


def _needed(sessions: Sessions, newest: float | None) -> list[int]:
    """How wide the columns are where nothing is cut."""
    widths = [cell_len(column.name) + 1 for column in COLUMNS]
    for row in sessions.rows:
        told = [
            0 if row.error and column.name == "ending" else cell_len(_told(column, row, newest))
            for column in COLUMNS
        ]
        widths = [max(pair) for pair in zip(widths, told, strict=True)]
    return widths


def _heading(sessions: Sessions, widths: Sequence[int]) -> Safe:
    parts = []
    for place, (column, room) in enumerate(zip(COLUMNS, widths, strict=True)):
        if room:
            sign = ("▼" if sessions.descends else "▲") if place == sessions.column else ""
            name = f"{column.name}{sign}"
            parts.append(fit(f"{name:>{room}}" if column.right else name, room))
    return Safe(" ".join(parts))


def _line(row: Session, newest: float | None, widths: Sequence[int]) -> Line:
    rooms = dict(zip(COLUMNS, widths, strict=True))
    if row.error:
        return _unreadable(row, rooms)
    parts: list[tuple[Safe, Style]] = []
    for column, room in rooms.items():
        if room:
            text = _told(column, row, newest)
            text = Safe(f"{text:>{room}}") if column.right else text
            parts.append((Safe(fit(text, room) + " "), Style.PLAIN))
    return parts


def _unreadable(row: Session, rooms: Mapping[Column, int]) -> Line:
    """Why, in place of all that is not known, and the file."""
    file = COLUMNS[-1]
    room = sum(room + 1 for column, room in rooms.items() if room and column is not file) - 1
    why = fit(safe(shortened(f"✖ {row.error}", 500)), room)
    name = fit(_told(file, row, None), rooms[file])
    return [(Safe(f"{why} "), Style.ERROR), (Safe(f"{name} "), Style.PLAIN)]


def _told(column: Column, row: Session, newest: float | None) -> Safe:
    return safe(shortened(_when(row.t, newest) if column.name == "time" else _TELL[column.name](row), 200))


_TELL: dict[str, Callable[[Session], str]] = {
    "host": lambda row: row.host or "?",
    "model": lambda row: row.model,
    "status": lambda row: "-" if row.status is None else str(row.status),
    "ending": lambda row: row.ending,
    "ttft": lambda row: "" if row.ttft is None else f"{row.ttft * 1000:,.0f}ms",
    "stalls": lambda row: "" if not row.stalls else f"‼{row.stalls}",
    "tokens": lambda row: "" if row.tokens is None else f"{row.tokens:,}",
    "events": lambda row: "" if row.events is None else f"{row.events:,}",
    "file": lambda row: f"{title(PurePath(row.path).name)}{f' {row.exchange}' if row.exchange else ''}",
}


def _when(t: float | None, newest: float | None) -> str:
    """The time of day; of another day than the newest session's, the day."""
    try:
        if t is None or newest is None:
            return "?"
        at, last = datetime.fromtimestamp(t), datetime.fromtimestamp(newest)
    except (ValueError, OverflowError, OSError):
        return "?"
    if at.date() == last.date():
        return at.strftime("%H:%M:%S")
    return at.strftime("%m-%d" if at.year == last.year else "%y-%m-%d")
