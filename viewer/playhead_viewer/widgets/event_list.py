"""The event list: a line a frame, drawn when it is on the screen, with a cursor that stays in sight.

Knows rows by place and how a row looks. What a row says, `Stream` knows; a million rows cost what ten do.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.events import Click
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from playhead import FrameKind, PlayheadError
from playhead_viewer.safe import Safe
from playhead_viewer.source.stream import STALL, Row
from playhead_viewer.wrapping import fit

ReadRow = Callable[[int], Row]
_TIME = 9
_GAP = 8
_KIND = 8


class EventList(ScrollView, can_focus=True, inherit_bindings=False):
    """`open` gives it rows; it tells where its cursor is with `Moved`."""

    ALLOW_SELECT = False
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "events--plain",
        "events--cursor",
        "events--faint",
        "events--stall",
        "events--text",
        "events--other",
    }
    DEFAULT_CSS = """
    EventList {
        overflow-x: hidden;
        overflow-y: auto;
        scrollbar-gutter: stable;
        scrollbar-size-vertical: 1;
        scrollbar-color: $foreground 30%;
        scrollbar-background: $background;
    }
    EventList > .events--cursor { background: $primary 40%; color: $foreground; text-style: bold; }
    EventList > .events--faint { color: $foreground 60%; }
    EventList > .events--stall { color: $text-error; text-style: bold; }
    EventList > .events--text { color: $text-success; }
    EventList:nocolor > .events--stall { color: $foreground; text-style: bold reverse; }
    EventList > .events--other { color: $text-warning; }
    """

    @dataclass
    class Moved(Message):
        """The cursor stands at the row at `[at]`."""

        at: int

    @dataclass
    class Failed(Message):
        """A row could not be read."""

        error: PlayheadError

    def __init__(self) -> None:
        super().__init__(id="events")
        self.cursor = 0
        self._count = 0
        self._read: ReadRow | None = None

    def open(self, count: int, read: ReadRow, cursor: int) -> None:
        """Show `count` rows, the cursor at `cursor`."""
        self._count, self._read, self.cursor = count, read, 0
        self.virtual_size = Size(0, count)
        self.scroll_to(y=0, animate=False, force=True)
        self.move_to(cursor)
        self.refresh()

    def move_to(self, at: int) -> None:
        """Put the cursor at a row, or at the nearest there is."""
        if not self._count:
            return
        old, self.cursor = self.cursor, max(0, min(at, self._count - 1))
        self.refresh_line(old)
        self.refresh_line(self.cursor)
        self.keep_in_sight()
        self.post_message(self.Moved(self.cursor))

    def keep_in_sight(self) -> None:
        """Scroll no further than the cursor needs."""
        height = self.page
        top = self.scroll_offset.y
        if self.cursor < top:
            self.scroll_to(y=self.cursor, animate=False, force=True)
        elif self.cursor >= top + height:
            self.scroll_to(y=self.cursor - height + 1, animate=False, force=True)

    @property
    def page(self) -> int:
        """How many rows are on the screen."""
        return max(self.scrollable_content_region.height, 1)

    def on_resize(self) -> None:
        self.keep_in_sight()

    def on_click(self, event: Click) -> None:
        place = event.get_content_offset(self)
        if place is not None and place.y + self.scroll_offset.y < self._count:
            self.move_to(place.y + self.scroll_offset.y)

    def render_line(self, y: int) -> Strip:
        at = y + self.scroll_offset.y
        width = self.scrollable_content_region.width
        plain = self.get_component_rich_style("events--plain")
        if self._read is None or at >= self._count:
            return Strip.blank(width, plain)
        try:
            row = self._read(at)
        except PlayheadError as error:
            # A message made while drawing has the screen for its sender, and stops there.
            self.call_later(self._tell, error)
            return Strip.blank(width, plain)
        return self._draw(row, at == self.cursor, width)

    def _tell(self, error: PlayheadError) -> None:
        self.post_message(self.Failed(error))

    def _draw(self, row: Row, here: bool, width: int) -> Strip:
        base = self._style("events--cursor", here) if here else self._style("events--plain", here)
        faint = base if here else self._style("events--faint", here)
        number = max(len(f"{self._count}"), 3)
        stalled = row.gap is not None and row.gap > STALL
        kind = row.kind.value
        plain = row.is_text or row.kind is not FrameKind.EVENT
        gap = _gap(row)
        cells = [
            (f"{'▸' if here else ' '}{row.number:>{number}} ", faint),
            (f"{_time(row.t):>{_TIME}} ", base),
            (" " * (_GAP - len(gap)), base),
            (gap, self._style("events--stall", here) if stalled else faint),
            ("  ", base),
            (f"{kind:<{_KIND}} ", self._kind_style(row, here, faint)),
            (row.preview, base if plain else faint),
        ]
        return _strip(cells, width, base)

    def _kind_style(self, row: Row, here: bool, faint: Style) -> Style:
        if row.kind is not FrameKind.EVENT:
            return self._style("events--other", here)
        if row.is_text:
            return self._style("events--text", here)
        return faint

    def _style(self, name: str, here: bool) -> Style:
        """A component's style; on the cursor's row with the cursor's background under it."""
        style = self.get_component_rich_style(name)
        if not here:
            return style
        cursor = self.get_component_rich_style("events--cursor")
        return style + Style(bgcolor=cursor.bgcolor, bold=cursor.bold)


def heading(count: int) -> Safe:
    """The names of the columns, over a list of `count` rows."""
    number = max(len(f"{count}"), 3)
    return Safe(f" {'#':>{number}} {'t':>{_TIME}} {'Δms':>{_GAP}}  {'kind':<{_KIND}} preview")


def _strip(cells: list[tuple[str, Style]], width: int, base: Style) -> Strip:
    *columns, (preview, style) = cells
    used = sum(len(text) for text, _ in columns)
    segments = [Segment(text, style) for text, style in columns]
    segments.append(Segment(fit(preview, width - used), style))
    return Strip(segments).adjust_cell_length(width, base)


def _time(t: float | None) -> str:
    return "?" if t is None else f"{t:.3f}"


def _gap(row: Row) -> str:
    if row.gap is None:
        return "" if row.number == 1 else "?"
    if 0 < row.gap < 0.001:
        return "<1"
    return f"{'‼' if row.gap > STALL else ''}{row.gap * 1000:+.0f}"
