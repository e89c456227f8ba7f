"""Widgets that are told when they have other room than before. Knows nothing of what they do then.

Textual's own word, `Resize`, does not always come: it goes to what stands elsewhere than at the last
arranging, and whoever asks for the size of anything after a widget was mounted or shown, and before it was
given its room, has all places worked out anew. The widget then counts as one that had its room already
(`Compositor.full_map`, Textual 8.2).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.geometry import Size
from textual.screen import Screen
from textual.widget import Widget

if TYPE_CHECKING:
    _Base = Widget
else:
    _Base = object  # Textual takes a widget's style sheets from the first of its bases that is a widget


class Roomed(_Base):
    """To be inherited from before the widget that draws."""

    _given = Size()

    def on_mount(self) -> None:
        self.screen.screen_layout_refresh_signal.subscribe(self, self._look, immediate=True)
        self._look()

    def _look(self, _screen: Screen[object] | None = None) -> None:
        room = self.scrollable_content_region.size
        if room != self._given:
            self._given = room
            self.call_next(self.given_room)

    def given_room(self) -> None:
        """It has other room, or none."""
        raise NotImplementedError
