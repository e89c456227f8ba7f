"""Widgets that hand out the lines they made until they change. Knows nothing of what is on them.

Textual asks every widget on the screen for all its lines whenever one line of any of them has changed,
which is more than half of what a step costs. A widget says through `refresh` that it has changed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from textual.containers import Horizontal, Vertical
from textual.geometry import Region, Size
from textual.strip import Strip
from textual.widget import Widget

if TYPE_CHECKING:
    _Base = Widget
else:
    _Base = object  # Textual takes a widget's style sheets from the first of its bases that is a widget


class Still(_Base):
    """To be inherited from before the widget that draws."""

    _lines_made: tuple[Region, Size, list[Strip]] | None = None

    def render_lines(self, crop: Region) -> list[Strip]:
        made = self._lines_made
        if made is None or made[0] != crop or made[1] != self.size:
            made = self._lines_made = (crop, self.size, super().render_lines(crop))
        return made[2]

    def refresh(
        self, *regions: Region, repaint: bool = True, layout: bool = False, recompose: bool = False
    ) -> Self:
        self._lines_made = None
        return super().refresh(*regions, repaint=repaint, layout=layout, recompose=recompose)

    def notify_style_update(self) -> None:
        self._lines_made = None
        super().notify_style_update()


class Rows(Still, Vertical):
    """What stands one below the other."""


class Columns(Still, Horizontal):
    """What stands side by side."""
