"""All exchanges of a cassette in one time, to choose one from: while it is recorded, as they come.

What the bars say is the pane's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content
from textual.timer import Timer
from textual.widgets import Static

from playhead_viewer.panes.waterfall import GOES_ON, IS_READ, Bar, bars_of, drawer, headline, ruled, scale_of
from playhead_viewer.screens.choices import Choice, ChoiceList, ChoiceScreen
from playhead_viewer.text.safe import Safe
from playhead_viewer.viewing import Viewing

if TYPE_CHECKING:
    from playhead_viewer.viewer import Viewer

_EVERY = 0.25
"""Seconds between looks at what is recorded."""


def open_waterfall(app: Viewer) -> None:
    """Choose an exchange by when it ran."""

    def chosen(id_: str | None) -> None:
        if id_ is not None:
            app.opening.go(int(id_))

    if app.viewing is not None:
        app.push_screen(WaterfallScreen(app, app.viewing), chosen)


class WaterfallScreen(ChoiceScreen):
    """The bars, below a ruler and a count."""

    DEFAULT_CSS = """
    WaterfallScreen #columns-of { height: 2; }
    """
    ENTER = "Show"

    def __init__(self, viewer: Viewer, viewing: Viewing) -> None:
        super().__init__(Safe(""), (), at=str(viewing.place))
        self.add_class("-whole")
        self._viewer = viewer
        self._of = viewing
        self._known: dict[int, Bar] = {}
        self._has_all = self._is_over = False
        self._bars = self._drawn()
        self._timer: Timer | None = None

    def on_mount(self) -> None:
        super().on_mount()
        self._show()
        self.call_after_refresh(self._rule)
        if not self._is_over:  # when the bars were made: it may be by now
            self._timer = self.set_interval(_EVERY, self._look)

    def on_resize(self) -> None:
        self.call_after_refresh(self._rule)

    def _drawn(self) -> list[Bar]:
        loader = self._of.loader
        with loader.lock:
            self._has_all, self._is_over = loader.has_all, loader.is_over
            growing = "" if self._is_over else GOES_ON if loader.has_all else IS_READ
            return bars_of(loader.cassette.exchanges, self._known, growing=growing)

    def _look(self) -> None:
        """See what has come; the finished cassette may have taken the place of the one that grew."""
        if self._viewer.viewing is not None:
            self._of = self._viewer.viewing
        if self._of.loader.is_over:
            self._known = {}  # only now damage is looked for
            if self._timer is not None:
                self._timer.stop()
        before = self._bars, self._has_all
        self._bars = self._drawn()
        if (self._bars, self._has_all) != before:
            self._show()
            self._rule()

    def _show(self) -> None:
        bars, scale = self._bars, scale_of(self._bars)
        rows = [
            Choice(str(place), f"{bar.number} {bar.request} {bar.status}", drawer(bar, scale))
            for place, bar in enumerate(bars)
        ]
        self.replace(rows, headline(bars, scale, has_all=self._has_all))

    def _rule(self) -> None:
        if not self.is_mounted:
            return
        scale = scale_of(self._bars)
        width = self.query_one(ChoiceList).scrollable_content_region.width
        named = self.query_one("#columns-of", Static)
        named.display = scale[1] > scale[0]
        named.update(Content("\n".join(ruled(self._bars, scale, width))))
