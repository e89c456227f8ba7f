"""What the list and the panes are: lines that scroll, styles worked out late, a bar that stays drawn."""

from __future__ import annotations

from textual.scroll_view import ScrollView
from textual.scrollbar import ScrollBar

from playhead_viewer.widgets.painted import Painted
from playhead_viewer.widgets.still import Still


class StillBar(Still, ScrollBar):
    """A scrollbar that is drawn when it moves, and not whenever anything on the screen changes."""


class Scrolling(Painted, Still, ScrollView, inherit_bindings=False):
    """To be inherited from instead of `ScrollView`."""

    @property
    def vertical_scrollbar(self) -> ScrollBar:
        if self._vertical_scrollbar is None:
            bar = StillBar(vertical=True, name="vertical", thickness=self.scrollbar_size_vertical)
            bar.display = False
            self._vertical_scrollbar = bar
            self.app._start_widget(self, bar)
        return self._vertical_scrollbar
