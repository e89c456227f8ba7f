"""The scrubber: the exchange's time from left to right, its blocks, how much came, where it stalled.

Knows timelines and columns; a click or a drag is told as a share of the time. Without times it shows the
share of the events.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from rich.segment import Segment
from textual.events import MouseDown, MouseMove, MouseUp, Resize
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from playhead_viewer.safe import safe
from playhead_viewer.widgets.still import Still

if TYPE_CHECKING:
    from playhead.timing import Run, Timeline

_HEIGHTS = "▁▂▃▄▅▆▇█"
_STALLED, _CHUNKS, _NOTHING = "╳", "·", " "
_OPEN, _CLOSED = "━", "╌"
_HEAD = "▼"
_LANES = 3


class Scrubber(Still, Widget):
    """`show` gives it a timeline, `point` the column of the event at the cursor."""

    ALLOW_SELECT = False
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "scrubber--plain",
        "scrubber--faint",
        "scrubber--block",
        "scrubber--stall",
        "scrubber--head",
    }
    DEFAULT_CSS = """
    Scrubber { height: 2; }
    Scrubber > .scrubber--faint { color: $text-muted; }
    Scrubber > .scrubber--block { color: $text-accent; }
    Scrubber > .scrubber--stall { color: $text-error; text-style: bold; }
    Scrubber > .scrubber--head { text-style: bold reverse; }
    """

    @dataclass
    class Sought(Message):
        """A place was clicked, or dragged to: a share of the whole, from 0 to 1."""

        share: float

    @dataclass
    class Resized(Message):
        """There are other columns now."""

    def __init__(self) -> None:
        super().__init__(id="scrubber")
        self.timeline: Timeline | None = None
        self._share = 0.0
        self._drags = False

    def show(self, timeline: Timeline | None) -> None:
        """`None` where no times are known, or not yet."""
        self.timeline = timeline
        lanes = len(timeline.lanes) if timeline is not None else 1
        wanted = 1 + min(max(lanes, 1), _LANES if self.screen.has_class("-tall") else 1)
        if self.size.height != wanted:
            self.styles.height = wanted
        self.refresh()

    def point(self, share: float) -> None:
        """Where the head stands: a share of the whole, from 0 to 1."""
        before = self._column()
        self._share = min(max(share, 0.0), 1.0)
        if self._column() != before:
            self.refresh()

    @property
    def columns(self) -> int:
        return max(self.size.width, 1)

    def _column(self) -> int:
        return min(int(self._share * self.columns), self.columns - 1)

    def on_resize(self, event: Resize) -> None:
        self.post_message(self.Resized())

    def on_mouse_down(self, event: MouseDown) -> None:
        self._drags = True
        self.capture_mouse()
        self._seek(event.x)

    def on_mouse_move(self, event: MouseMove) -> None:
        if self._drags:
            self._seek(event.x)

    def on_mouse_up(self, event: MouseUp) -> None:
        self._drags = False
        self.release_mouse()

    def _seek(self, x: int) -> None:
        self.post_message(self.Sought((min(max(x, 0), self.columns - 1) + 0.5) / self.columns))

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        if self.timeline is None:
            text = _HEAD if y == 0 else "─"
            cells = [("─" if y == 0 else " ", "scrubber--faint")] * width
            return self._strip(cells, y, text)
        cells = self._density() if y == self.size.height - 1 else self._lane(y)
        # A timeline that was made for another width is drawn as far as it goes, until the new one is there.
        cells = (cells + [(" ", "scrubber--plain")] * width)[:width]
        return self._strip(cells, y, _HEAD)

    def _strip(self, cells: list[tuple[str, str]], y: int, head: str) -> Strip:
        at = self._column()
        if 0 <= at < len(cells):
            text = head if y == 0 else cells[at][0]
            cells = [*cells]
            cells[at] = (text, "scrubber--head")
        segments = [Segment(text, self.get_component_rich_style(name)) for text, name in cells]
        plain = self.get_component_rich_style("scrubber--plain")
        return Strip(segments).adjust_cell_length(self.size.width, plain)

    def _lane(self, y: int) -> list[tuple[str, str]]:
        assert self.timeline is not None
        count = len(self.timeline.content)
        cells = [(_CLOSED, "scrubber--faint")] * count
        lanes = self.timeline.lanes
        last_row = self.size.height - 2
        for number, lane in enumerate(lanes):
            if number == y or (y == last_row and number > y):
                for run in lane:
                    _draw_run(cells, run)
        return cells

    def _density(self) -> list[tuple[str, str]]:
        assert self.timeline is not None
        found = self.timeline
        most = max(found.content, default=0)
        cells: list[tuple[str, str]] = []
        for content, chunks, stalled in zip(found.content, found.chunks, found.stalled, strict=True):
            if content:
                cells.append((_HEIGHTS[(content * len(_HEIGHTS) - 1) // most], "scrubber--plain"))
            elif stalled:
                cells.append((_STALLED, "scrubber--stall"))
            else:
                cells.append((_CHUNKS if chunks else _NOTHING, "scrubber--faint"))
        return cells


def _draw_run(cells: list[tuple[str, str]], run: Run) -> None:
    size = run.last - run.first + 1
    names = (f"{run.block}:{safe(run.type)}", str(run.block))
    label = next((name for name in names if len(name) <= size - 2 and name.isascii()), "")
    for at, character in enumerate(f"{label:{_OPEN}^{size}}", run.first):
        if at < len(cells):
            cells[at] = (character, "scrubber--block")
