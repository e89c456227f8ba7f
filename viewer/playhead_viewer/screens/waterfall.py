"""All exchanges of a cassette in one time, to choose one from. What the bars say is the pane's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual.content import Content
from textual.widgets import Static

from playhead_viewer.panes.waterfall import Bar, Scale, bars_of, drawer, headline, ruled, scale_of
from playhead_viewer.screens.choices import Choice, ChoiceList, ChoiceScreen

if TYPE_CHECKING:
    from playhead_viewer.viewer import Viewer


def open_waterfall(app: Viewer) -> None:
    """Choose an exchange by when it ran."""
    viewing = app.viewing
    if viewing is None:
        return
    with viewing.loader.lock:
        bars = bars_of(viewing.loader.cassette.exchanges)
    scale = scale_of(bars)
    rows = [
        Choice(str(place), f"{bar.number} {bar.request} {bar.status}", drawer(bar, scale))
        for place, bar in enumerate(bars)
    ]

    def chosen(id_: str | None) -> None:
        if id_ is not None:
            app.opening.go(int(id_))

    app.push_screen(WaterfallScreen(bars, scale, rows, str(viewing.place)), chosen)


class WaterfallScreen(ChoiceScreen):
    """The bars, below a ruler and a count."""

    DEFAULT_CSS = """
    WaterfallScreen #columns-of { height: 2; }
    """

    def __init__(self, bars: Sequence[Bar], scale: Scale, rows: Sequence[Choice], at: str) -> None:
        super().__init__(headline(bars, scale), rows, at=at)
        self.add_class("-whole")
        self._bars = bars
        self._scale = scale

    def on_mount(self) -> None:
        super().on_mount()
        self.query_one("#columns-of").display = self._scale[1] > self._scale[0]
        self.call_after_refresh(self._rule)

    def on_resize(self) -> None:
        self.call_after_refresh(self._rule)

    def _rule(self) -> None:
        if not self.is_mounted:
            return
        width = self.query_one(ChoiceList).scrollable_content_region.width
        rows = ruled(self._bars, self._scale, width)
        self.query_one("#columns-of", Static).update(Content("\n".join(rows)))
