"""What the list and the panes are: lines that scroll, styles worked out late, a bar that stays drawn."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.color import Color
from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region, Size
from textual.scroll_view import ScrollView
from textual.scrollbar import ScrollBar, ScrollBarRender
from textual.strip import Strip

from playhead_viewer.widgets.painted import Painted
from playhead_viewer.widgets.still import NOTHING, Still, runs


class StillBar(Still, ScrollBar):
    """A scrollbar that is drawn when it moves, and not whenever anything on the screen changes."""

    DRAWS_LINES = True

    _cells: Sequence[Segment] = ()
    _ground: Style | None = None
    """The style under the bar; `None` while that is not known."""

    def __init__(self, *, vertical: bool, name: str, thickness: int) -> None:
        self._drawn: dict[Segment, Strip] = {}
        super().__init__(vertical=vertical, name=name, thickness=thickness)

    def _draw_lines(self, crop: Region) -> list[Strip]:
        # Its room may be less by now than what is drawn: Textual asks for that by the places it knew before.
        self._cells, self._drawn = self._bar(max(self.region.height, crop.bottom)), {}
        return super()._draw_lines(crop)

    def _draw_text(self, y: int, width: int, sides: tuple[Strip, Strip] = (NOTHING, NOTHING)) -> Strip:
        """Nearly all lines of a bar are the same few."""
        drawn = self._drawn.get(self._cells[y])
        if drawn is None:
            drawn = self._drawn[self._cells[y]] = super()._draw_text(y, width, sides)
        return drawn

    def notify_style_update(self) -> None:
        self._ground = None
        super().notify_style_update()

    def render_line(self, y: int) -> Strip:
        return Strip([self._cells[y]])

    def _bar(self, height: int) -> Sequence[Segment]:
        """As Textual draws it, a segment a line: what it makes of these costs more than they do."""
        found = self.render()
        assert isinstance(found, ScrollBarRender)
        style = Style.parse(found.style) if isinstance(found.style, str) else found.style
        drawn = found.render_bar(
            size=height,
            virtual_size=found.virtual_size,
            window_size=found.window_size,
            position=found.position,
            thickness=self.region.width,
            back_color=style.bgcolor or Color.parse("default"),
            bar_color=style.color or Color.parse("default"),
        )
        if self._ground is None:
            self._ground = self.rich_style
        return list(Segment.apply_style(drawn.segments, self._ground))


class Scrolling(Painted, Still, ScrollView, inherit_bindings=False):
    """To be inherited from instead of `ScrollView`."""

    def refresh_each(self, lines: Iterable[int]) -> None:
        """Draw some lines anew, counted from the first that can be scrolled to."""
        top, width = self.scroll_offset.y, self.size.width
        found = runs(sorted(set(lines)))
        regions = [Region(0, first - top, width, last - first + 1) for first, last in found]
        if regions:
            self.refresh(*regions)

    def hold(self, size: Size) -> bool:
        """Have another number of lines to scroll through. Returns whether all else on the screen stays.

        For each other number Textual arranges the whole screen anew, which costs more than a step may.
        That is needed where the scrollbar comes or goes; else the bar is told, and what was scrolled too
        far comes back.
        """
        if size == self.virtual_size:
            return True
        page, shown = self.container_size.height, self.show_vertical_scrollbar
        stays = self.styles.overflow_y == "scroll" or (
            shown == (size.height > page) == (self.virtual_size.height > page)
        )
        if not page or not stays:
            self.virtual_size = size
            return False
        self.set_reactive(Scrolling.virtual_size, size)
        self._scroll_update(size)
        return True

    @property
    def vertical_scrollbar(self) -> ScrollBar:
        if self._vertical_scrollbar is None:
            bar = StillBar(vertical=True, name="vertical", thickness=self.scrollbar_size_vertical)
            bar.display = False
            self._vertical_scrollbar = bar
            self.app._start_widget(self, bar)
        return self._vertical_scrollbar
