"""A text that stands until another takes its place: the same one again is drawn no second time."""

from __future__ import annotations

from textual.content import Content
from textual.widgets import Static

from playhead_viewer.text.safe import Safe
from playhead_viewer.widgets.still import Still


class Words(Still, Static):
    """Text in a style of its own."""

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self._shown = Safe("")

    def show(self, text: Safe) -> None:
        """Textual arranges the whole screen anew for each update, even for one that changes nothing."""
        if text != self._shown:
            self._shown = text
            self.update(Content(text))
