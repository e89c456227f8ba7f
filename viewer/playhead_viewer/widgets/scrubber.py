"""The scrubber: the exchange's time from left to right, its blocks, how much came, where it stalled.

Knows timelines, lanes and columns; a click or a drag is told as a share of the time. Without times it shows
the share of the events. What a block is, its line says as well as its colour: `━` text, `╍` thinking, `═` a
tool call, `─` anything else.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING

from rich.segment import Segment
from textual.events import MouseDown, MouseMove, MouseUp
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from playhead_viewer.widgets.painted import Painted
from playhead_viewer.widgets.room import Roomed
from playhead_viewer.widgets.still import Still

if TYPE_CHECKING:
    from playhead.timing import Timeline
    from playhead_viewer.source.lanes import Lane, Run

Cell = tuple[str, str]

_HEIGHTS = "▁▂▃▄▅▆▇█"
_STALLED, _CHUNKS, _NOTHING = "╳", "·", " "
_IDLE = "╌"
_HEAD = "▼"
_LANES = 3
# By kind of block: how a run begins, how it goes on, what styles it.
_LOOKS = {
    "text": ("┣", "━", "scrubber--text"),
    "thinking": ("┣", "╍", "scrubber--thinking"),
    "tool_call": ("╞", "═", "scrubber--tool"),
}
_OTHER = ("├", "─", "scrubber--block")


class Scrubber(Roomed, Painted, Still, Widget):
    """`show` gives it a timeline, `point` the column of the event at the cursor."""

    ALLOW_SELECT = False
    DRAWS_LINES = True
    DEFAULT_CSS = """
    Scrubber { height: 2; }
    Scrubber > .scrubber--faint { color: $text-muted; }
    Scrubber > .scrubber--text { color: $text-success; }
    Scrubber > .scrubber--thinking { color: $text-secondary; }
    Scrubber > .scrubber--tool { color: $text-accent; }
    Scrubber > .scrubber--stall { color: $text-error; text-style: bold; }
    Scrubber > .scrubber--caption { text-style: bold; }
    Scrubber > .scrubber--head { text-style: bold reverse; }
    """

    class Sought(Message):
        """A place was clicked, or dragged to: a share of the whole, from 0 to 1."""

        def __init__(self, share: float) -> None:
            super().__init__()
            self.share: float = share

    class Resized(Message):
        """There are other columns now."""

    def __init__(self) -> None:
        super().__init__(id="scrubber")
        self.timeline: Timeline | None = None
        self._lanes: Sequence[Lane] = ()
        self._axis = ""
        self._caption = ""
        self._share = 0.0
        self._drags = False

    def show(self, timeline: Timeline | None, lanes: Sequence[Lane] = (), axis: str = "") -> None:
        """`None` where no times are known, or not yet. `axis` is drawn below, where there is room."""
        self.timeline, self._lanes = timeline, lanes
        is_tall = self.screen.has_class("-tall")
        self._axis = axis if is_tall else ""
        wanted = min(max(len(lanes), 1), _LANES if is_tall else 1) + 1 + bool(self._axis)
        if self.size.height != wanted:
            self.styles.height = wanted
        self.refresh()

    def point(self, share: float, caption: str = "") -> None:
        """Where the head stands, a share of the whole from 0 to 1; and what is said of it below."""
        before = self._column(), self._caption
        self._share, self._caption = min(max(share, 0.0), 1.0), caption
        if (self._column(), caption) != before:
            self.refresh()

    @property
    def columns(self) -> int:
        return max(self.size.width, 1)

    def _column(self) -> int:
        return min(int(self._share * self.columns), self.columns - 1)

    def given_room(self) -> None:
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
        rows = self.size.height - bool(self._axis)
        if y < rows - 1:
            cells = self._lane(y, rows - 1)
        elif y < rows:
            cells = self._density()
        else:
            cells = self._times()
        # A timeline that was made for another width is drawn as far as it goes, until the new one is there.
        cells = (cells + [(" ", "scrubber--plain")] * width)[:width]
        return self._strip(cells, y, _HEAD)

    def _strip(self, cells: list[Cell], y: int, head: str) -> Strip:
        at = self._column()
        if 0 <= at < len(cells) and not (self._axis and y == self.size.height - 1):
            text = head if y == 0 else cells[at][0]
            cells = [*cells]
            cells[at] = (text, "scrubber--head")
        segments = [
            Segment("".join(text for text, _ in run), self.paint(name))
            for name, run in groupby(cells, key=itemgetter(1))
        ]
        plain = self.paint("scrubber--plain")
        return Strip(segments).adjust_cell_length(self.size.width, plain)

    def _lane(self, y: int, rows: int) -> list[Cell]:
        """A lane a row; where there are more, the last row has what is left, and counts what runs at once."""
        assert self.timeline is not None
        count = len(self.timeline.content)
        cells = [(_IDLE, "scrubber--faint")] * count
        chosen = self._lanes[y : y + 1] if y < rows - 1 else self._lanes[y:]
        open_ = [0] * count
        for run in (run for lane in chosen for run in lane):
            _draw_run(cells, run)
            for at in range(run.first, min(run.last + 1, count)):
                open_[at] += 1
        if len(chosen) > 1:
            for at, blocks in enumerate(open_):
                if blocks > 1:
                    cells[at] = (str(blocks) if blocks < 10 else "+", "scrubber--block")
        return cells

    def _times(self) -> list[Cell]:
        """The times; at the head, what is said of it."""
        cells: list[Cell] = [(character, "scrubber--faint") for character in self._axis]
        if self._caption and self._caption.isascii() and len(self._caption) + 2 < len(cells):
            text, at = f"▲{self._caption} ", self._column()
            if at + len(text) > len(cells):
                text, at = f" {self._caption}▲", at - len(self._caption) - 1
            for side, step in ((at - 1, -1), (at + len(text), 1)):  # half a number would be another one
                while 0 <= side < len(cells) and cells[side][0] not in " ╵":
                    cells[side] = (" ", "scrubber--faint")
                    side += step
            cells[at : at + len(text)] = [(character, "scrubber--caption") for character in text]
        return cells

    def _density(self) -> list[Cell]:
        assert self.timeline is not None
        found = self.timeline
        most = max(found.content, default=0)
        cells: list[Cell] = []
        for content, chunks, stalled in zip(found.content, found.chunks, found.stalled, strict=True):
            if content:
                cells.append((_HEIGHTS[(content * len(_HEIGHTS) - 1) // most], "scrubber--plain"))
            elif stalled:
                cells.append((_STALLED, "scrubber--stall"))
            else:
                cells.append((_CHUNKS if chunks else _NOTHING, "scrubber--faint"))
        return cells


def _draw_run(cells: list[Cell], run: Run) -> None:
    start, line, style = _LOOKS.get(run.kind.value, _OTHER)
    size = run.last - run.first + 1
    # A character of two cells would push what stands behind it out of its column.
    label = next((each for each in run.labels if len(each) <= size - 2 and each.isascii()), "")
    text = f"{start}{label:{line}^{size - 1}}"
    for at, character in enumerate(text[:size], run.first):
        if at < len(cells):
            cells[at] = (character, style)
