"""Widgets that hand out the lines they made until they change. Knows nothing of what is on them.

Textual asks every widget on the screen for all its lines whenever one line of any of them has changed,
which is more than half of what a step costs. A widget says through `refresh` that it has changed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, ClassVar, Self

from rich.style import Style
from textual.color import Color
from textual.containers import Horizontal, Vertical
from textual.events import ScreenResume
from textual.geometry import Region, Size, Spacing
from textual.screen import Screen
from textual.strip import Strip
from textual.widget import Widget

if TYPE_CHECKING:
    _Base = Widget
else:
    _Base = object  # Textual takes a widget's style sheets from the first of its bases that is a widget

NOTHING = Strip(())


class Still(_Base):
    """To be inherited from before the widget that draws."""

    DRAWS_LINES: ClassVar[bool] = False
    """Whether `render_line` draws all of a line but for what stands at its sides: border and padding."""

    _lines_made: tuple[Region, Size, list[Strip]] | None = None
    _lines_changed: frozenset[int] = frozenset()
    _under: tuple[Color, Style] | None = None
    """What is below the text of a line; `None` while that is not known."""
    _sides: tuple[Strip, Strip] | None = None
    """What stands left and right of every line of text; `None` while that is not known."""
    _edges: tuple[tuple[object, ...], dict[int, Strip]] | None = None
    """The lines above and below the text by their places, and what they were drawn for."""

    def render_lines(self, crop: Region) -> list[Strip]:
        made, size = self._lines_made, self.region.size  # not what it was told so far, which may be its last
        if made is None or made[0] != crop or made[1] != size:
            lines = self._draw_lines(crop)
        elif self._lines_changed:
            lines = made[2].copy()
            for first, last in runs(sorted(self._lines_changed.intersection(crop.line_range))):
                drawn = self._draw_lines(Region(crop.x, first, crop.width, last - first + 1))
                lines[first - crop.y : last - crop.y + 1] = drawn
        else:
            return made[2]
        self._lines_made, self._lines_changed = (crop, size, lines), frozenset()
        return lines

    def _draw_lines(self, crop: Region) -> list[Strip]:
        gutter, size = self.styles.gutter, self.region.size
        if not self.DRAWS_LINES or crop.x or (gutter and crop.width != size.width):
            drawn = super().render_lines(crop)
            return self._colourless(drawn) if self.BLANK and self.app.no_color else drawn
        if not gutter:
            return [self._draw_text(y, crop.width) for y in crop.line_range]
        # Textual's own way to a line with a border costs several times as much as the line.
        sides = self._drawn_sides(gutter, size.width)
        width, last = size.width - gutter.width, size.height - gutter.bottom
        return [
            self._draw_text(y - gutter.top, width, sides)
            if gutter.top <= y < last
            else self._drawn_edge(y, size)
            for y in crop.line_range
        ]

    def _draw_text(self, y: int, width: int, sides: tuple[Strip, Strip] = (NOTHING, NOTHING)) -> Strip:
        """One strip of all parts: making strips is most of what a line costs."""
        if self._under is None:
            base, background = self.background_colors
            self._under = background, Style.from_color(bgcolor=(base + background).rich_color)
        background, under = self._under
        segments = list(self.render_line(y).adjust_cell_length(width, under))
        for each in self.get_line_filters():
            segments = each.apply(segments, background)
        left, right = sides
        return Strip([*left, *segments, *right], left.cell_length + width + right.cell_length)

    def _drawn_edge(self, y: int, size: Size) -> Strip:
        """A line of the border: it stays, whatever stands within."""
        key = (size, self.border_title, self.border_subtitle)
        if self._edges is None or self._edges[0] != key:
            self._edges = key, {}
        found = self._edges[1].get(y)
        if found is None:
            found = self._edges[1][y] = super().render_lines(Region(0, y, size.width, 1))[0]
        return found

    def _drawn_sides(self, gutter: Spacing, width: int) -> tuple[Strip, Strip]:
        if self._sides is None:
            line = super().render_lines(Region(0, gutter.top, width, 1))[0]
            self._sides = line.crop(0, gutter.left), line.crop(width - gutter.right, width)
        return self._sides

    def _colourless(self, lines: list[Strip]) -> list[Strip]:
        """What is blank, Textual draws past all filters."""
        background = self.background_colors[1]
        for each in self.get_line_filters():
            lines = [line.apply_filter(each, background) for line in lines]
        return lines

    def refresh(
        self, *regions: Region, repaint: bool = True, layout: bool = False, recompose: bool = False
    ) -> Self:
        if regions and self._lines_made is not None:
            top = self.content_offset.y
            changed = (y + top for region in regions for y in region.line_range)
            self._lines_changed = self._lines_changed.union(changed)
        else:
            self._lines_made = None
        return super().refresh(*regions, repaint=repaint, layout=layout, recompose=recompose)

    def notify_style_update(self) -> None:
        self._lines_made = self._under = self._sides = self._edges = None
        super().notify_style_update()


def runs(numbers: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Ascending numbers as runs of such as follow one another: the first and the last of each."""
    first = last = None
    for number in numbers:
        if first is None or last is None:
            first = number
        elif number != last + 1:
            yield first, last
            first = number
        last = number
    if first is not None and last is not None:
        yield first, last


class Rows(Still, Vertical):
    """What stands one below the other. Only a border of it is ever seen."""

    def render_lines(self, crop: Region) -> list[Strip]:
        return super().render_lines(crop) if self.styles.gutter else []

    @property
    def BLANK(self) -> bool:  # type: ignore[override] # noqa: N802 - Textual's name for it
        return not self.styles.gutter


class Columns(Still, Horizontal):
    """What stands side by side. Nothing of it is ever seen: what it leaves free, the ground fills."""

    BLANK = True

    def render_lines(self, crop: Region) -> list[Strip]:
        return []


class Ground(Still, Screen[None]):
    """What all else stands on, and covers. What is in focus, the app decides."""

    AUTO_FOCUS = ""
    BLANK = True

    _is_new = True

    def _extend_compose(self, widgets: list[Widget]) -> None:
        """Textual adds its toasts and its tooltip: nothing here has one, and the first row waits for both."""

    def on_screen_resume(self, event: ScreenResume) -> None:
        """At first all that stands on it has just been given its styles: Textual would work them out anew."""
        event.refresh_styles, self._is_new = not self._is_new, False
