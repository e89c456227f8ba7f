"""The rows that never scroll: verdict on top, notices below it, column names, key hints at the bottom.

Each is one row however narrow the screen: what matters most is cut last.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich.cells import cell_len
from textual.content import Content
from textual.widget import Widget

from playhead_viewer.keys import HINTS, Hint
from playhead_viewer.safe import Safe
from playhead_viewer.source.words import Notice, Severity, Verdict
from playhead_viewer.wrapping import fit

_BAR = " ▏"
_STYLES = {
    Severity.FINE: "bold $text-success",
    Severity.WARNING: "bold $text-warning",
    Severity.ERROR: "bold $text-error",
    Severity.UNKNOWN: "bold",
}


class Bar(Widget):
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
    """File, exchange, request, status, ending."""

    def __init__(self) -> None:
        super().__init__(id="verdict")
        self._file = Safe("")
        self._verdict: Verdict | None = None

    def show(self, file: Safe, verdict: Verdict | None) -> None:
        """`None` until an exchange is open."""
        self._file, self._verdict = file, verdict
        self.refresh()

    def render(self) -> Content:
        if self._verdict is None:
            return Content(f" {fit(self._file, self.size.width - 1)}")
        verdict = self._verdict
        last = f"{verdict.severity.value} {verdict.ending}"
        fixed = [verdict.place, verdict.status, last]
        room = self.size.width - sum(map(cell_len, fixed)) - len(_BAR) * 3 - 3
        file, request = _share(verdict.file, verdict.request, room)
        return Content.assemble(
            f" {file} {verdict.place}{_BAR}{request}{_BAR}{verdict.status}{_BAR}",
            (last, self.style_of(verdict.severity)),
        )


class NoticeBar(Bar):
    """What must be known before what is shown is trusted. Takes no row where there is nothing to say."""

    def __init__(self) -> None:
        super().__init__(id="notices")
        self._notices: Sequence[Notice] = ()

    def show(self, notices: Sequence[Notice]) -> None:
        self._notices = notices
        self.display = bool(notices)
        self.refresh()

    def render(self) -> Content:
        parts = [
            Content.styled(f" {notice.severity.value} {notice.text}", self.style_of(notice.severity))
            for notice in self._notices
        ]
        return Content(" ").join(parts).truncate(self.size.width, ellipsis=True)


class HintBar(Bar):
    """The keys, as they are bound now. Where the row is short the least needed give way; Quit stays."""

    def __init__(self) -> None:
        super().__init__(id="hints")

    def render(self) -> Content:
        hints = [(keys, hint.word) for hint in HINTS if (keys := self._keys(hint))]
        while len(hints) > 1 and sum(len(keys) + len(word) + 3 for keys, word in hints) > self.size.width:
            hints.pop()
        parts = [
            Content.assemble(" ", (keys, "bold $text-accent"), f" {word} ")
            for keys, word in _quit_last(hints)
        ]
        return Content("").join(parts)

    def _keys(self, hint: Hint) -> str:
        bound: Mapping[str, str] = {
            active.binding.id: self.app.get_key_display(active.binding)
            for active in reversed(self.screen.active_bindings.values())
            if active.binding.id
        }
        return "/".join(bound[name] for name in hint.ids if name in bound)


def _quit_last(hints: list[tuple[str, str]]) -> list[tuple[str, str]]:
    return hints[1:] + hints[:1]


def _share(file: Safe, request: Safe, room: int) -> tuple[Safe, Safe]:
    """Both whole where there is room; else the file gives way to a third, then the request."""
    files, requests = cell_len(file), cell_len(request)
    if files + requests > room:
        files = min(files, max(room // 3, room - requests))
        requests = room - files
    return fit(file, files), fit(request, requests)
