"""Styles of a widget's parts, each worked out when it is first drawn. Knows style sheets; not what is drawn.

Textual works out every component class of every widget whenever a style may have changed, which is several
times before the first row is on the screen, and again for each change of focus. Most are never drawn.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.dom import DOMNode

if TYPE_CHECKING:
    from rich.style import Style
    from textual.css.styles import RenderStyles
    from textual.widget import Widget

    _Base = Widget
else:
    _Base = object  # Textual takes a widget's style sheets from the first of its bases that is a widget


class Painted(_Base):
    """To be inherited from before the widget that draws. Any name is a component class of it."""

    _paints: dict[str, Style] | None = None

    def paint(self, name: str) -> Style:
        """The style of a component class, over what lies under the widget. It holds until styles change."""
        if self._paints is None:
            self._paints = {}
        paint = self._paints.get(name)
        if paint is None:
            paint = self._paints[name] = self.get_component_rich_style(name)
        return paint

    def get_component_styles(self, *names: str) -> RenderStyles:
        part = DOMNode(classes=" ".join(names))
        part._attach(self)
        self.app.stylesheet.apply(part)
        return part.styles

    def notify_style_update(self) -> None:
        self._paints = None
        super().notify_style_update()
