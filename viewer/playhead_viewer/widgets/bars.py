"""The rows that never scroll: verdict on top, notices below it, transport and key hints at the bottom.

Each is one row however narrow the screen, notices apart: what matters most is cut last.
"""

from __future__ import annotations

import enum
import math
from collections.abc import Sequence
from functools import lru_cache
from itertools import chain
from typing import NamedTuple

from rich.cells import cell_len
from rich.segment import Segment
from textual.content import Content
from textual.events import Click
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from playhead_viewer.source.words import Notice, Severity, Verdict
from playhead_viewer.text.numbers import seconds
from playhead_viewer.text.safe import Safe, safe
from playhead_viewer.text.wrapping import fit, wrap
from playhead_viewer.viewing import Viewing
from playhead_viewer.widgets.painted import Painted
from playhead_viewer.widgets.still import Still

_BAR = " ▏"
_STYLES = {
    Severity.FINE: "bold $text-success",
    Severity.WARNING: "bold $text-warning",
    Severity.ERROR: "bold $text-error",
    Severity.UNKNOWN: "bold",
}
_KEPT = 2
_NEEDLE, _LEAST = 16, 4
"""Cells of what is searched for, and how few it has in a short row before others give way to its count."""
_PLAY, _NEWEST = "play", "last"
"""What a click on the transport does, and on what came below."""


class Brevity(enum.Enum):
    """How much of the status is said, from all to what nothing else tells."""

    WHOLE = enum.auto()
    SHORT = enum.auto()
    """Without that of which something is a part: the end of the clock, all events."""
    COUNTS = enum.auto()
    """Without the clock and the cap on waits; what is searched for first."""


class Part(NamedTuple):
    """A piece of the footer: whether it is a key, and the command that a click on it runs."""

    text: str
    is_key: bool = False
    id: str = ""


class Bar(Still, Widget):
    """A row of its own."""

    ALLOW_SELECT = False
    DEFAULT_CSS = """
    Bar { height: 1; width: 1fr; text-wrap: nowrap; }
    """

    def style_of(self, severity: Severity) -> str:
        """Without colours an error is reversed: grey would make it the faintest text of all."""
        if self.app.no_color and severity is Severity.ERROR:
            return "bold reverse"
        return _STYLES[severity]


class VerdictBar(Bar):
    """File, exchange, request, model, status, ending, timing, findings."""

    def __init__(self) -> None:
        super().__init__(id="verdict")
        self._file = Safe("")
        self._verdict: Verdict | None = None

    def show(self, file: Safe, verdict: Verdict | None) -> None:
        """`None` until an exchange is open."""
        if (file, verdict) != (self._file, self._verdict):
            self._file, self._verdict = file, verdict
            self.refresh()

    def render(self) -> Content:
        verdict, width = self._verdict, self.size.width
        if verdict is None:
            return Content(f" {fit(self._file, width - 1)}")
        last = f"{verdict.severity.value} {verdict.ending}"
        fixed = [verdict.place, verdict.status, last]
        room = width - sum(map(cell_len, fixed)) - len(_BAR) * 3 - 3
        wanted = min(cell_len(verdict.file) + cell_len(verdict.request), 24)
        extras: list[Safe] = []
        for extra in (verdict.findings, verdict.timing, verdict.model):
            if extra and room - cell_len(extra) - len(_BAR) >= wanted:
                room -= cell_len(extra) + len(_BAR)
                extras.append(extra)
        file, request = _share(verdict.file, verdict.request, room)
        model = f"{_BAR}{verdict.model}" if verdict.model and verdict.model in extras else ""
        timing = f"{_BAR}{verdict.timing}" if verdict.timing and verdict.timing in extras else ""
        found = f"{_BAR}{verdict.findings}" if verdict.findings and verdict.findings in extras else ""
        return Content.assemble(
            f" {file} {verdict.place}{_BAR}{request}{model}{_BAR}",
            (verdict.status, self.style_of(Severity.ERROR) if verdict.is_refused else ""),
            _BAR,
            (last, self.style_of(verdict.severity)),
            timing,
            (found, self.style_of(Severity.WARNING)),
        )


class NoticeBar(Bar):
    """What must be known before what is shown is trusted: whole, if half of the screen can hold it.

    Takes no row where there is nothing to say.
    """

    def __init__(self) -> None:
        super().__init__(id="notices")
        self._notices: Sequence[Notice] = ()
        self._rows: Sequence[Content] = ()
        self.display = False

    def show(self, notices: Sequence[Notice]) -> None:
        if notices != self._notices:
            self._notices = notices
            self._arrange()

    def on_resize(self) -> None:
        self._arrange()

    def _arrange(self) -> None:
        """Another width, or another height of the screen, has other rows."""
        rows = self._made(max(self.app.size.width, 2), max(self.app.size.height // 2, 1))
        if rows != self._rows:
            self._rows = rows
            self.display = bool(rows)
            self.styles.height = max(len(rows), 1)
            self.refresh()

    def _made(self, width: int, most: int) -> list[Content]:
        rows: list[Content] = []
        for notice in self._notices:
            told, style = f"{notice.severity.value} {notice.text}", self.style_of(notice.severity)
            if rows and rows[-1].cell_length + cell_len(told) + 2 <= width:
                rows[-1] = Content.assemble(rows[-1], "  ", (told, style))
                continue
            spans = list(wrap(told, width - 1))
            room = most - len(rows)
            cut = [f" {told[start:end].rstrip()}" for start, end in spans[:room]]
            if len(spans) > room > 0:
                cut[-1] = f" {fit(told[spans[room - 1][0] :], width - 1)}"
            rows += [Content.styled(text, style) for text in cut]
        return rows

    def render(self) -> Content:
        return Content("\n").join(self._rows)


class Hint(NamedTuple):
    """Keys and the word behind them; `ids` are the keys' commands."""

    keys: tuple[str, ...]
    word: str
    ids: tuple[str, ...]


@lru_cache(maxsize=64)
def _runs(hint: Hint) -> list[list[Part]]:
    """A click on a key is that key; one on the word is the key that goes on."""
    keys: list[Part] = []
    for place, (key, id_) in enumerate(zip(hint.keys, hint.ids, strict=True)):
        keys.append(Part(f"/{key}" if place else key, is_key=True, id=id_))
    on = next((id_ for id_ in hint.ids if not id_.endswith("_back")), hint.ids[0])
    return [[Part(" ")], keys, [Part(f" {hint.word} ", id=on)]]


@lru_cache(maxsize=64)
def _width(hint: Hint) -> int:
    return sum(cell_len(part.text) for part in chain.from_iterable(_runs(hint)))


class Footer(Painted, Bar):
    """Transport on the left, hints on the right. In a short row hints give way; the first two stay.

    Drawn at each step, and so by the line API. A click on a hint does what its key does.
    """

    DRAWS_LINES = True

    class Chosen(Message):
        """A hint was clicked: the id of its command."""

        def __init__(self, id: str) -> None:
            super().__init__()
            self.id: str = id

    DEFAULT_CSS = """
    Footer > .footer--key { color: $text-accent; text-style: bold; }
    """

    def __init__(self) -> None:
        super().__init__(id="footer")
        self._viewing: Viewing | None = None
        self._hints: Sequence[Hint] = ()
        self._below = 0
        self._drawn: list[list[Part]] = []
        self._drawn_for = -1  # cells

    def show(self, viewing: Viewing, below: int = 0) -> None:
        """`below` is how many events came below what is on the screen."""
        self._viewing, self._below = viewing, below
        self._arrange()

    def hint(self, hints: Sequence[Hint]) -> None:
        """In the order in which they give way: the last goes first. The first two are drawn last."""
        if hints != self._hints:
            self._hints = hints
            self._arrange()

    def _arrange(self) -> None:
        parts = self._parts()
        if parts != self._drawn:
            self._drawn, self._drawn_for = parts, self.size.width
            self.refresh()

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        if width != self._drawn_for:
            self._drawn, self._drawn_for = self._parts(), width
        plain = self.paint("footer--plain")
        key = self.paint("footer--key")
        segments = [
            Segment("".join(part.text for part in run), key if run[0].is_key else plain)
            for run in self._drawn
        ]
        return Strip(segments).adjust_cell_length(width, plain)

    def on_click(self, event: Click) -> None:
        at = 0
        for part in chain.from_iterable(self._drawn):
            at += cell_len(part.text)
            if event.x < at:
                if part.id:
                    self.post_message(self.Chosen(part.id))
                return

    def _parts(self) -> list[list[Part]]:
        """What stands in the row, from left to right, in runs that look the same."""
        width = self.size.width
        first = sum(_width(hint) for hint in self._hints[:_KEPT])
        status = self._status(max(width - first, 0))
        room = width - sum(cell_len(part.text) for part in status) - first
        chosen: list[Hint] = []
        for hint in self._hints[_KEPT:]:
            if room < _width(hint):
                break
            room -= _width(hint)
            chosen.append(hint)
        shown = (*chosen, *reversed(self._hints[:_KEPT]))
        return [[*status, Part(" " * max(room, 0))], *(run for hint in shown for run in _runs(hint))]

    def _status(self, room: int) -> list[Part]:
        """In so many cells: as much as there is room for, the counts last to go."""
        viewing = self._viewing
        if viewing is None or viewing.stream is None or not viewing.stream.count:
            return []
        found: list[Part] = []
        searched = cell_len(safe(viewing.search.search.needle)) if viewing.search is not None else 0
        for brevity in Brevity:
            needle = min(searched, _NEEDLE)
            found = self._told(viewing, brevity, needle)
            over = sum(cell_len(part.text) for part in found) - room
            if over <= 0:
                return found
            less = min(over, needle - min(needle, 1 if brevity is Brevity.COUNTS else _LEAST))
            found = self._told(viewing, brevity, needle - less)
            if less == over:
                return found
        return _cut(found, room)

    def _told(self, viewing: Viewing, brevity: Brevity, needle: int) -> list[Part]:
        assert viewing.stream is not None
        found = [Part(f" {'  '.join(_transport(viewing, brevity))} ", id=_PLAY)]
        if new := viewing.unseen(self._below):
            found.append(Part(f" ↓ {new:,} new below ", id=_NEWEST))
        if rest := _narrowed(viewing, viewing.stream.count, brevity, needle):
            found.append(Part(f" {'  '.join(rest)} "))
        return found


def _narrowed(viewing: Viewing, count: int, brevity: Brevity, cells: int) -> list[str]:
    """What is filtered, searched and counted from; `cells` are those of what is searched for."""
    parts: list[str] = []
    whole = brevity is Brevity.WHOLE
    if viewing.filter is not None:
        shown = f"{viewing.cursor.rows:,}{'+' if viewing.filter.done < count else ''}"
        parts.append(f"▽ {shown} of {count:,}" if whole else f"▽ {shown}")
    if viewing.search is not None:
        search = viewing.search.search
        hidden = f", {len(search.hidden):,} hidden" if search.hidden and whole else ""
        told = f"/{fit(safe(search.needle), cells)} {search.told(viewing.number, count)}{hidden}"
        parts.insert(0 if brevity is Brevity.COUNTS else len(parts), told)
    if viewing.reference is not None:
        parts.append(f"t0 #{viewing.reference:,}")
    return parts


def _transport(viewing: Viewing, brevity: Brevity) -> list[str]:
    stream, player = viewing.stream, viewing.player
    assert stream is not None
    with viewing.loader.lock:
        reference = viewing.reference_time()
        here = seconds(stream.time(viewing.number), reference) if viewing.number else "-"
        last = seconds(stream.time(stream.count), reference)
    follows = viewing.follows and not viewing.loader.is_over
    sign = "▶" if player.is_playing else ("●" if follows else "⏸")
    clock = {
        Brevity.WHOLE: f"{sign} {here}/{last}s",
        Brevity.SHORT: f"{sign} {here}s",
        Brevity.COUNTS: sign,
    }
    parts = [clock[brevity]]
    if player.speed != 1.0 or player.is_playing:
        parts.append("max" if player.speed == math.inf else f"{player.speed:g}×")
        cap = player.idle_cap
        if brevity is not Brevity.COUNTS:
            parts.append("no idle cap" if cap is None else f"idle≤{cap:g}s")
    return parts


def _cut(parts: Sequence[Part], width: int) -> list[Part]:
    """As much of them as there is room for."""
    found: list[Part] = []
    for part in parts:
        if width <= 0:
            break
        text = fit(part.text, min(cell_len(part.text), width))
        found.append(part._replace(text=text))
        width -= cell_len(text)
    return found


def _share(file: Safe, request: Safe, room: int) -> tuple[Safe, Safe]:
    """Both whole where there is room; else the file gives way to a third, then the request."""
    files, requests = cell_len(file), cell_len(request)
    if files + requests > room:
        files = min(files, max(room // 3, room - requests))
        requests = room - files
    return fit(file, files), fit(request, requests)
