"""What stands in a row of the event list, column by column, on the screen as in the reading as text.

A column is added to `COLUMNS`. Knows what a viewing says of an event; no widget, no colour.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from rich.cells import cell_len

from playhead import Severity
from playhead_viewer.source.facts import Kind
from playhead_viewer.source.stream import STALL, Break, Row
from playhead_viewer.text.numbers import seconds
from playhead_viewer.text.safe import Safe, safe
from playhead_viewer.text.wrapping import fit
from playhead_viewer.viewing import Viewing

_CONTENT = frozenset((Kind.TEXT, Kind.THINKING, Kind.JSON, Kind.RESULT, Kind.REFUSAL, Kind.MEDIA, Kind.DATA))
_KINDS = {Kind.THINKING: "events--thinking", Kind.JSON: "events--tool"}
"""As in the scrubber."""
FRAMING = frozenset((Kind.COMMENT, Kind.DATALESS, Kind.ID, Kind.RETRY, Kind.TAIL))
_SEVERITIES = {Severity.ERROR: "✖", Severity.WARNING: "⚠", Severity.INFO: "·"}


class Look(NamedTuple):
    """A row and what the viewing knows about it."""

    row: Row
    viewing: Viewing
    is_here: bool
    digits: int


class Column(NamedTuple):
    """`tell` gives the text of a cell and the component class that styles it."""

    title: str
    width: int
    tell: Callable[[Look], tuple[str, str]]
    is_right: bool = True
    least: int = 0
    """Where the list is narrower than so many cells, the column is left out."""


def _sign(look: Look) -> tuple[str, str]:
    viewing, row = look.viewing, look.row
    mark = "♦" if viewing.marks.has(viewing.exchange_number, row.number) else " "
    return ("▸" if look.is_here else " ") + mark, "events--mark"


def _number(look: Look) -> tuple[str, str]:
    return f"{look.row.number:>{look.digits}}", "events--faint"


def _time(look: Look) -> tuple[str, str]:
    return seconds(look.row.t, look.viewing.reference_time()), "events--plain"


def _gap(look: Look) -> tuple[str, str]:
    row = look.row
    if row.gap is None:
        return "" if row.number == 1 else "?", "events--faint"
    if 0 < row.gap < 0.001:
        return "<1", "events--faint"
    stalled = row.gap > STALL
    return f"{'‼' if stalled else ''}{row.gap * 1000:+.0f}", "events--stall" if stalled else "events--faint"


def _severity(look: Look) -> tuple[str, str]:
    if _break(look) is not None:
        return _SEVERITIES[Severity.ERROR], "events--stall"
    worst = look.viewing.worst(look.row.number)
    if worst is None:
        return "", "events--faint"
    return _SEVERITIES[worst], "events--stall" if worst is Severity.ERROR else "events--other"


def _break(look: Look) -> Break | None:
    """The damage beside an event."""
    stream = look.viewing.stream
    if stream is None:
        return None
    return next((each for each in stream.breaks() if each.number == look.row.number), None)


def brought(look: Look) -> Safe:
    """What the event brought, behind what is said of damage beside it."""
    damage = _break(look)
    if damage is None:
        return look.row.preview
    place = "below" if damage.is_behind else "above"
    return Safe(f"✖ damaged {place} │ {look.row.preview}")


def _kind(look: Look) -> tuple[str, str]:
    kind = look.row.kind
    if kind is Kind.ERROR:
        return kind.value, "events--stall"
    if kind in FRAMING:
        return kind.value, "events--other"
    return kind.value, _KINDS.get(kind, "events--content" if kind in _CONTENT else "events--faint")


def _block(look: Look) -> tuple[str, str]:
    block = look.row.block
    return "" if block is None else str(block), "events--faint"


COLUMNS = (
    Column("", 2, _sign, is_right=False),
    Column("#", 0, _number),
    Column("t", 8, _time),
    Column("Δms", 7, _gap),
    Column("", 1, _severity, least=44),
    Column("kind", 8, _kind, is_right=False, least=36),
    Column("b", 2, _block, least=52),
)
"""From left to right; the preview takes what is left. A width of 0 is that of the largest number."""


def cells(look: Look, width: int) -> Iterator[tuple[str, str]]:
    """The cells of a row in a list that is `width` cells wide, but the preview; each with its style."""
    for column in COLUMNS:
        if width >= column.least:
            text, name = column.tell(look)
            yield _aligned(column, text, look.digits), name


def _aligned(column: Column, text: str, digits: int) -> str:
    room = column.width or digits
    return f"{text:>{room}}" if column.is_right else f"{text:<{room}}"


def preview(look: Look, width: int) -> Safe:
    """What the event brought, and the note on it, which a long preview must not push off the screen."""
    note, text = noted(look), brought(look)
    if not note:
        return fit(text, width)
    told = fit(note, min(cell_len(note), width * 2 // 3))
    room = min(cell_len(text), max(width - cell_len(told), 0))
    return fit(f"{fit(text, room)}{told}", width)


def noted(look: Look) -> Safe:
    """The reader's note on the event, as it stands behind the preview; empty where there is none."""
    note = look.viewing.marks.note_of(look.viewing.exchange_number, look.row.number)
    return Safe(f"   ← {safe(note)}" if note else "")


def digits(viewing: Viewing) -> int:
    """How wide the column of numbers is."""
    return max(len(str(viewing.cursor.count)), 3)


def heading(viewing: Viewing, width: int) -> Safe:
    """The names of the columns of a list that is `width` cells wide."""
    titles = (_aligned(column, column.title, digits(viewing)) for column in COLUMNS if width >= column.least)
    return Safe("".join(f"{title} " for title in titles) + "preview")
