"""The event list: a line an event, drawn when it is on the screen, with a cursor that stays in sight.

Knows rows by place and how they are drawn; what stands in a row, `columns` knows. A million rows cost what
ten do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.segment import Segment
from rich.style import Style
from textual.events import Click
from textual.geometry import Size
from textual.message import Message
from textual.strip import Strip

from playhead import PlayheadError
from playhead_viewer.columns import FRAMING, Look, cells, digits, preview
from playhead_viewer.source.stream import Stream
from playhead_viewer.source.words import nothing_passes
from playhead_viewer.text.safe import safe
from playhead_viewer.text.wrapping import fit
from playhead_viewer.viewing import Viewing
from playhead_viewer.widgets.room import Roomed
from playhead_viewer.widgets.scrolling import Scrolling

if TYPE_CHECKING:
    from playhead.protocols.record import Record

_HIT = Style(bold=True, underline=True)
_DIM = ("events--faint", "events--thinking")
"""What is hard to read on the cursor's background, and is plain there."""
_REST = 3
"""The part of a page that is left between the cursor and the edge that it went over."""


class EventList(Roomed, Scrolling, can_focus=True, inherit_bindings=False):
    """Shows the rows of a viewing; tells where a reader has clicked with `Clicked`."""

    ALLOW_SELECT = False
    DRAWS_LINES = True
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
    EventList > .events--faint { color: $text-muted; }
    EventList > .events--mark { color: $text-accent; text-style: bold; }
    EventList > .events--stall { color: $text-error; text-style: bold; }
    EventList > .events--content { color: $text-success; }
    EventList > .events--thinking { color: $text-secondary; }
    EventList > .events--tool { color: $text-accent; }
    EventList > .events--other { color: $text-warning; }
    EventList:ansi > .events--cursor { background: transparent; text-style: bold reverse; }
    EventList:nocolor > .events--cursor { text-style: bold; }
    EventList:nocolor > .events--stall { color: $foreground; text-style: bold reverse; }
    """

    class Clicked(Message):
        """A row was clicked, counted from 0."""

        def __init__(self, row: int) -> None:
            super().__init__()
            self.row: int = row

    class Resized(Message):
        """It has other room now: other columns, perhaps."""

    class Failed(Message):
        """A row could not be read."""

        def __init__(self, error: PlayheadError) -> None:
            super().__init__()
            self.error: PlayheadError = error

    def __init__(self) -> None:
        self._styles: dict[tuple[str, bool], Style] = {}
        super().__init__(id="events")
        self._viewing: Viewing | None = None
        self._stream: Stream | None = None
        self._record: Record | None = None
        """What was read of the stream when all rows were last drawn."""
        self._drawn = 0

    def show(self, viewing: Viewing) -> None:
        """Draw everything anew: other rows, or the same ones looking otherwise."""
        self._viewing, self._stream = viewing, viewing.stream
        self.hold(Size(0, viewing.cursor.rows))
        self._drawn = viewing.cursor.row
        self.keep_in_sight()
        self.redraw()

    @property
    def _record_now(self) -> Record | None:
        return self._stream.record if self._stream is not None else None

    def is_showing(self, viewing: Viewing) -> bool:
        """Whether these are the rows that it draws."""
        return self._viewing is viewing and self._stream is viewing.stream

    def moved(self) -> None:
        """The cursor has moved: draw the two rows that it concerns, and bring its row into sight."""
        if self._viewing is None:
            return
        old, self._drawn = self._drawn, self._viewing.cursor.row
        self.refresh_each((old, self._drawn))
        self.keep_in_sight()

    def grown(self) -> None:
        """Rows were added behind the last, or it was read what the events are."""
        if self._viewing is None:
            return
        rows = self._viewing.cursor.rows
        if rows != self.virtual_size.height:
            self.hold(Size(0, rows))
            self.redraw()  # all rows: numbers may be longer now, and what was read says more
        elif self._record is not self._record_now:
            self.redraw()

    def redraw(self) -> None:
        """Draw all rows anew: more is known of them."""
        self._record = self._record_now
        self.refresh()

    def keep_in_sight(self, part: int = _REST) -> None:
        """Scroll where the cursor has left the screen: a little further, or each step would draw all rows.

        So that a `part` of the page lies behind it; 0 is no further than must be.
        """
        if self._viewing is None:
            return
        height, top, row = self.page, self.scroll_offset.y, self._viewing.cursor.row
        if top <= row < top + height:
            return
        rest = height // part if part else 0
        wanted = row - rest if row < top else row - height + 1 + rest
        last = max(self._viewing.cursor.rows - height, 0)
        self.scroll_to(y=min(max(wanted, 0), last), animate=False, force=True)

    @property
    def row_width(self) -> int:
        """How wide a row is."""
        return self.scrollable_content_region.width

    @property
    def page(self) -> int:
        """How many rows are on the screen."""
        return max(self.scrollable_content_region.height, 1)

    @property
    def below(self) -> int:
        """How many rows stand below the last on the screen."""
        rows = self._viewing.cursor.rows if self._viewing is not None else 0
        return max(rows - int(self.scroll_offset.y) - self.page, 0)

    def given_room(self) -> None:
        self.keep_in_sight(0)
        self.post_message(self.Resized())

    def on_click(self, event: Click) -> None:
        place = event.get_content_offset(self)
        if place is not None and self._viewing is not None:
            row = place.y + self.scroll_offset.y
            if row < self._viewing.cursor.rows:
                self.post_message(self.Clicked(row))

    def render_line(self, y: int) -> Strip:
        at = y + self.scroll_offset.y
        width = self.scrollable_content_region.width
        viewing = self._viewing
        plain = self._style("events--plain", False)
        if viewing is None or viewing.stream is None or at >= viewing.cursor.rows:
            return self._below(at, width, plain)
        number = viewing.cursor.number_at(at)
        try:
            row = viewing.stream.row(number)
        except PlayheadError as error:
            # A message made while drawing has the screen for its sender, and stops there.
            self.call_later(self._tell, error)
            return Strip([Segment(fit(safe(f"  {number} ✖ {error.message}"), width), plain)])
        look = Look(row, viewing, at == viewing.cursor.row, digits(viewing))
        return self._draw(look, width)

    def _below(self, at: int, width: int, plain: Style) -> Strip:
        """A line behind the last row; the first of a list without rows says why there are none."""
        viewing = self._viewing
        if at or viewing is None or viewing.filter is None:
            return Strip.blank(width, plain)
        told = nothing_passes(is_filtered=viewing.is_filtered)
        return Strip([Segment(fit(f"  {told}", width), plain)])

    def _tell(self, error: PlayheadError) -> None:
        self.post_message(self.Failed(error))

    def _draw(self, look: Look, width: int) -> Strip:
        base = self._style("events--cursor" if look.is_here else "events--plain", look.is_here)
        segments: list[Segment] = []
        used = 0
        for text, name in cells(look, width):
            style = base if look.is_here and name in _DIM else self._style(name, look.is_here)
            segments.append(Segment(f"{text} ", style))
            used += len(text) + 1
        segments.append(Segment(preview(look, width - used), self._preview_style(look, base)))
        return Strip(segments).adjust_cell_length(width, base)

    def _preview_style(self, look: Look, base: Style) -> Style:
        search = look.viewing.search
        if search is not None and search.search.place(look.row.number) > search.search.place(
            look.row.number - 1
        ):
            return base + _HIT
        plain = look.row.is_text or look.row.kind in FRAMING or look.is_here
        return base if plain else self._style("events--faint", look.is_here)

    def _style(self, name: str, here: bool) -> Style:
        """A component's style; on the cursor's row with the cursor's background under it."""
        found = self._styles.get((name, here))
        if found is None:
            found = self.paint(name)
            if here:
                cursor = self.paint("events--cursor")
                found += Style(bgcolor=cursor.bgcolor, bold=cursor.bold, reverse=cursor.reverse)
            self._styles[name, here] = found
        return found

    def notify_style_update(self) -> None:
        self._styles.clear()
        super().notify_style_update()
