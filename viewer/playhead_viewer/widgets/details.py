"""The panes beside the list. Imported when the first rows are on the screen: they wait for no pane."""

from __future__ import annotations

from textual.widget import Widget

from playhead_viewer.widgets.lines import LinePane
from playhead_viewer.widgets.still import Rows
from playhead_viewer.widgets.tabs import Tabs


def mount_in(detail: Widget) -> None:
    """Mount state, the panes that share a place, and timing; all are there when this returns."""
    tabbed = Rows(id="tabbed")
    state = LinePane("state", id="state", is_titled=True)
    detail.mount(state, tabbed, LinePane("timing", id="timing", is_titled=True))
    # By itself: what a widget is made with comes when it is composed, which is later.
    tabbed.mount(Tabs(), LinePane("raw", id="tab-pane"))
