"""A line to type in, into which nothing gets that a terminal would obey.

What is pasted may be recorded text.
"""

from __future__ import annotations

from textual.events import Paste
from textual.widgets import Input

from playhead.sanitise import sanitise


class Typed(Input):
    """As Textual's, but for what is pasted."""

    def _on_paste(self, event: Paste) -> None:
        event.prevent_default()
        event.stop()
        for line in event.text.splitlines()[:1]:
            self.replace(sanitise(line), *self.selection)
