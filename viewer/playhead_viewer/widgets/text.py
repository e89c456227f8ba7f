"""The text pane: what the stream has said up to the current frame, what that frame added in reverse.

Knows a reading of the text; not where it comes from.
"""

from __future__ import annotations

from collections.abc import Sequence

from playhead_viewer.safe import Safe
from playhead_viewer.source.texts import Reading
from playhead_viewer.widgets.lines import FAINT, NEW, PLAIN, Line, LinePane
from playhead_viewer.wrapping import wrap

_EARLIER = Safe("… earlier text is not shown")
_NONE_YET = Safe("No text up to here.")


class TextPane(LinePane):
    """Shows a `Reading`."""

    def __init__(self) -> None:
        super().__init__(id="text")
        self.border_title = "Text"
        self._reading = Reading(Safe(""), Safe(""), True)
        self._new = 0, 0

    def show(self, number: int, reading: Reading) -> None:
        """The text after frame `number`."""
        self._reading = reading
        self.border_title = f"Text after #{number}" + ("" if reading.added else ", which adds none")
        self.remake()

    def lines(self, width: int) -> Sequence[Line]:
        before, added, whole = self._reading.before, self._reading.added, self._reading.whole
        head: list[Line] = [] if whole else [[(_EARLIER, FAINT)]]
        if not before and not added:
            self._new = 0, 0
            return head or [[(_NONE_YET, FAINT)]]
        # A line end that the frame added must be seen, too.
        text = before + added.replace("\n", "␊\n")
        spans = list(wrap(text, width))
        border = len(before)
        first = next((at for at, (_, end) in enumerate(spans) if end > border), len(spans) - 1)
        self._new = len(head) + first, len(head) + len(spans) - 1
        return head + [_line(text, start, end, border) for start, end in spans]

    def in_sight(self) -> tuple[int, int]:
        return self._new


def _line(text: str, start: int, end: int, border: int) -> Line:
    old = (Safe(text[start : min(end, border)]), PLAIN)
    new = (Safe(text[max(start, border) : end]), NEW)
    return [span for span in (old, new) if span[0]]
