"""Which panes there are: a pane is added by a module and a row here. It is imported when it is shown."""

from __future__ import annotations

import importlib

import msgspec

from playhead_viewer.panes.document import Document, Style, line
from playhead_viewer.source.moment import Moment
from playhead_viewer.text.safe import Safe


class Pane(msgspec.Struct, frozen=True):
    """`module` has a function `document`, and perhaps `key`."""

    name: str
    title: Safe
    module: str
    is_of_analysis: bool = False
    """Whether there is nothing to show, and no module to import, before the analysis is there."""

    def make(self, moment: Moment, width: int) -> Document:
        """What the pane shows of a moment, for a width."""
        if self.is_of_analysis and moment.analysis is None:
            return Document([line("Times are added up …", Style.FAINT)], title=self.title)
        made: Document = importlib.import_module(self.module).document(moment, width)
        return made

    def key(self, moment: Moment) -> object:
        """Where it gives the same as before, so would `make`; `None`: nobody knows."""
        if self.is_of_analysis and moment.analysis is None:
            return None
        tell = getattr(importlib.import_module(self.module), "key", None)
        return None if tell is None else tell(moment)


PANES = (
    Pane("state", Safe("State"), "playhead_viewer.panes.state"),
    Pane("raw", Safe("Raw"), "playhead_viewer.panes.raw"),
    Pane("json", Safe("JSON"), "playhead_viewer.panes.payload"),
    Pane("diff", Safe("Diff"), "playhead_viewer.panes.diff"),
    Pane("lint", Safe("Lint"), "playhead_viewer.panes.findings"),
    Pane("headers", Safe("Headers"), "playhead_viewer.panes.headers"),
    Pane("timing", Safe("Timing"), "playhead_viewer.panes.timing", is_of_analysis=True),
)
BY_NAME = {pane.name: pane for pane in PANES}
