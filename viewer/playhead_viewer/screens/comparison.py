"""How another exchange differs from the one that is shown, section by section, as a list to scroll.

What is on one side only has `-` (here) or `+` (there), what is on both and differs `~`.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from itertools import groupby
from typing import TYPE_CHECKING

from playhead import Exchange, PlayheadError
from playhead_viewer.given_back import as_error
from playhead_viewer.panes.document import Line, Style, line
from playhead_viewer.screens.choices import Choice, ChoiceScreen
from playhead_viewer.source.comparing import Comparison, Side, compared
from playhead_viewer.source.loader import Loader
from playhead_viewer.text.numbers import counted
from playhead_viewer.text.safe import Safe, safe, shortened
from playhead_viewer.text.wrapping import fit

if TYPE_CHECKING:
    from playhead.diff import Change
    from playhead_viewer.viewer import Viewer

_LONG = 400
_SIGNS = {"added": ("+", Style.GOOD), "removed": ("-", Style.WARNING), "changed": ("~", Style.BOLD)}


class ComparisonScreen(ChoiceScreen):
    """What is chosen is of no use to anybody."""

    ENTER = "Close"


def open_comparison(app: Viewer, side: Side) -> None:
    """Compare in a thread, and show what came of it."""
    viewing = app.viewing
    if viewing is None or viewing.stream is None:
        return
    if not viewing.loader.is_over:
        app.say("It can be compared when all of it has been read.")
        return
    loader, shown = viewing.loader, viewing.stream.exchange

    def work() -> None:
        app.tell(_show, app, shown, _compared(loader, shown, side))

    app.say("Comparing …")
    threading.Thread(target=work, name="playhead-compare", daemon=True).start()


def _compared(loader: Loader, shown: Exchange, side: Side) -> Comparison | PlayheadError:
    try:
        with loader.used():
            return compared(loader, shown, side)
    except Exception as error:  # noqa: BLE001 - it would be compared for ever, unsaid
        return as_error(error, loader.name)


def _show(app: Viewer, shown: Exchange, found: Comparison | PlayheadError) -> None:
    app.unsay()  # it is not being compared any more
    if isinstance(found, PlayheadError):
        app.say(found.message, severity="error")
        return
    total = sum(found.counts.values())
    other = safe(shortened(found.other, 60))
    title = f"#{shown.number} and {other}: {counted(total, 'difference') if total else 'no differences'}"
    empty = "The two exchanges say the same, at the same times."
    app.push_screen(ComparisonScreen(Safe(title), _rows(found), empty=empty))


def _rows(found: Comparison) -> list[Choice]:
    rows: list[Choice] = []
    for section, changes in groupby(found.changes, key=lambda change: change.section):
        rows.append(_heading(f"{section.value} {found.counts[section]:,}", Style.BOLD))
        shown = [_row(change, f"{section.value} {at}") for at, change in enumerate(changes)]
        rows += shown
        if found.counts[section] > len(shown):
            rows.append(
                _heading(f"    … and {found.counts[section] - len(shown):,} more: playhead diff", Style.FAINT)
            )
    return rows


def _heading(text: str, style: Style) -> Choice:
    return Choice(None, "", lambda _width: line(text, style))


def _row(change: Change, id_: str) -> Choice:
    sign, style = _SIGNS[change.way.value]
    sides = " → ".join(_told(value) for value in _sides(change))
    path = safe(shortened(change.path, _LONG))
    return Choice(
        id_, f"{change.section.value} {path} {sides}", _drawer(f"  {sign} ", f"{path}: {sides}", style)
    )


def _drawer(sign: str, text: str, style: Style) -> Callable[[int], Line]:
    return lambda width: ((Safe(sign), style), (fit(text, max(width - len(sign), 0)), Style.PLAIN))


def _sides(change: Change) -> list[object]:
    from playhead.diff import Absent

    return [value for value in (change.a, change.b) if not isinstance(value, Absent)]


def _told(value: object) -> Safe:
    return safe(shortened(json.dumps(value, ensure_ascii=False), _LONG))
