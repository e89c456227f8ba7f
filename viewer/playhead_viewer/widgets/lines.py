"""A pane of lines on the line API: what it shows is made for its width, and made again when that changes.

Knows lines of styled spans and scrolling. What the lines say, its subclasses know.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, TypeAlias

from rich.segment import Segment
from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from playhead_viewer.safe import Safe

Span: TypeAlias = tuple[Safe, str]
"""Text and the component class that styles it."""
Line: TypeAlias = Sequence[Span]
PLAIN = "lines--plain"
FAINT = "lines--faint"
NEW = "lines--new"
WARNING = "lines--warning"


class LinePane(ScrollView, can_focus=True):
    """Subclasses say what `lines` there are at a width, and which of them must be `in_sight`."""

    ALLOW_SELECT = False
    COMPONENT_CLASSES: ClassVar[set[str]] = {PLAIN, FAINT, NEW, WARNING}
    DEFAULT_CSS = """
    LinePane {
        overflow-x: hidden;
        overflow-y: auto;
        scrollbar-gutter: stable;
        scrollbar-size-vertical: 1;
        scrollbar-color: $foreground 30%;
        scrollbar-background: $background;
    }
    LinePane > .lines--faint { color: $foreground 60%; }
    LinePane > .lines--new { text-style: reverse; }
    LinePane > .lines--warning { color: $text-warning; text-style: bold; }
    """

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self._lines: Sequence[Line] = ()

    def lines(self, width: int) -> Sequence[Line]:
        """The content, made for `width` cells."""
        raise NotImplementedError

    def in_sight(self) -> tuple[int, int]:
        """The first and last line that must not be scrolled away; asked after `lines`."""
        return 0, 0

    def remake(self) -> None:
        """The content has changed: draw it, and bring what matters into sight."""
        width, height = self.scrollable_content_region.size
        if not width or not height:
            return  # hidden; made when it is shown
        self._lines = self.lines(width)
        self.virtual_size = Size(width, len(self._lines))
        first, last = self.in_sight()
        top = min(first, max(last - height + 1, 0))
        self.scroll_to(y=top, animate=False, force=True)
        self.refresh()

    def on_resize(self) -> None:
        self.remake()

    def render_line(self, y: int) -> Strip:
        # Component styles are cached; a widget's own style is worked out anew each time.
        plain = self.get_component_rich_style(PLAIN)
        width = self.scrollable_content_region.width
        at = y + self.scroll_offset.y
        if at >= len(self._lines):
            return Strip.blank(width, plain)
        segments = [Segment(text, self.get_component_rich_style(name)) for text, name in self._lines[at]]
        return Strip(segments).adjust_cell_length(width, plain)
