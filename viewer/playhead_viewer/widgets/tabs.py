"""The names of the panes that share a place, the one in front marked; a click brings one to the front."""

from __future__ import annotations

from collections.abc import Sequence

from rich.segment import Segment
from textual.events import Click
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from playhead_viewer.panes.table import BY_NAME
from playhead_viewer.widgets.painted import Painted
from playhead_viewer.widgets.still import Still

_BETWEEN = " · "


class Tabs(Painted, Still, Widget):
    """`show` gives it names of panes."""

    ALLOW_SELECT = False
    DRAWS_LINES = True
    DEFAULT_CSS = """
    Tabs { height: 1; }
    Tabs > .tabs--plain { color: $text-muted; }
    Tabs > .tabs--front { color: $foreground; text-style: bold underline; }
    """

    class Chosen(Message):
        """A name was clicked."""

        def __init__(self, pane: str) -> None:
            super().__init__()
            self.pane: str = pane

    def __init__(self) -> None:
        super().__init__(id="tabs")
        self._names: Sequence[str] = ()
        self._front = ""
        self._badges: dict[str, str] = {}
        self._note = ""

    def show(self, names: Sequence[str], front: str, badges: dict[str, str], note: str) -> None:
        """`badges` are what stands behind a name: how many findings. `note` stands at the right."""
        if (names, front, badges, note) != (self._names, self._front, self._badges, self._note):
            self._names, self._front, self._badges, self._note = names, front, badges, note
            self.refresh()

    def _parts(self) -> list[tuple[str, str]]:
        return [(name, f"{BY_NAME[name].title}{self._badges.get(name, '')}") for name in self._names]

    def render_line(self, y: int) -> Strip:
        plain = self.paint("tabs--plain")
        segments = [Segment(" ", plain)]
        for place, (name, text) in enumerate(self._parts()):
            if place:
                segments.append(Segment(_BETWEEN, plain))
            front = name == self._front
            style = self.paint("tabs--front") if front else plain
            segments.append(Segment(text, style))
        strip = Strip(segments)
        room = self.size.width - strip.cell_length - len(self._note) - 1
        if room > 0:
            strip = Strip([*segments, Segment(f"{' ' * room}{self._note}", plain)])
        return strip.adjust_cell_length(self.size.width, plain)

    def on_click(self, event: Click) -> None:
        at = 1
        for name, text in self._parts():
            if at <= event.x < at + len(text):
                self.post_message(self.Chosen(name))
            at += len(text) + len(_BETWEEN)
