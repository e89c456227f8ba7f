"""Which pane is in focus, which tab is in front, zoom, layout and theme.

Knows the names of panes and the classes that the style sheet goes by; nothing of what is in them.
"""

from __future__ import annotations

from pathlib import Path

from textual.widget import Widget

from playhead_viewer import layout
from playhead_viewer.colours import SIXTEEN
from playhead_viewer.stage import Stage

_THEMES = ("textual-dark", "textual-light", SIXTEEN.name)
_SHEETS = Path(__file__).parents[1]
_PANES = ("events", "state", "tab-pane", "timing")


class Arranging:
    """How the panes stand."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._tabs: dict[tuple[str, ...], str] = {}
        self._layout = layout.Layout.AUTO
        self._pane = _PANES[0]
        self._sheets = ["panes.tcss", "chosen.tcss"]
        """Those that are not read yet, in the order in which they must be."""

    def mount(self) -> None:
        """Mount the panes beside the list."""
        # Here: no first row needs them.
        from playhead_viewer.widgets.details import mount_in

        self._read_sheets("panes.tcss")
        mount_in(self._stage.query_one("#detail"))

    # Focus.

    def focus(self) -> None:
        """Bring the pane that was chosen last into focus, or the first there is."""
        stage = self._stage
        wanted = layout.panes(stage.default_screen.classes)
        if wanted and not stage.is_prompted and len(stage.screen_stack) == 1:
            pane = self._pane if self._pane in wanted else wanted[0]
            # One that is not mounted yet comes into focus when it is.
            for each in stage.default_screen.query(f"#{pane}").results(Widget):
                each.focus()

    def next_pane(self, by: int) -> None:
        """Bring the next pane into focus, and into the zoom where there is one."""
        names = layout.panes(self._stage.default_screen.classes)
        if len(self._stage.screen_stack) > 1:
            return
        if len(names) < 2:
            self._stage.say("There is no other pane here.")
            return
        at = names.index(self._pane) if self._pane in names else 0
        self._bring(names[(at + by) % len(names)])

    def _bring(self, pane: str) -> None:
        self._pane = pane
        if self.unzoom():
            self._zoom(pane)
        self._stage.call_after_refresh(self.focus)

    def focused(self, id_: str | None) -> None:
        """A widget has come into focus: not by choice, where a pane is gone or a line is typed in."""
        is_chosen = not self._stage.default_screen.has_class("-empty") and not self._stage.is_prompted
        if is_chosen and id_ in _PANES:
            self._pane = id_

    # Tabs.

    @property
    def tab(self) -> str:
        """The tab in front: one is remembered for each set of tabs there is."""
        viewing, names = self._stage.viewing, layout.tabs(self._stage.default_screen.classes)
        stream = viewing.stream if viewing is not None else None
        has_bytes = stream is not None and (stream.count or stream.body_size)
        return self._tabs.get(names) or (names[0] if has_bytes else "headers")

    def next_tab(self, by: int) -> None:
        """Bring the next tab to the front, and the tabs into the zoom where there is one."""
        screen = self._stage.default_screen
        names = layout.tabs(screen.classes)
        if "tab-pane" not in layout.panes(screen.classes):
            self._stage.say("There is no room for the tabs here.")
            return
        if screen.has_class("-zoomed") and not screen.has_class("-zoom-tab-pane"):
            self._bring("tab-pane")
        self.show_tab(names[(names.index(self.tab) + by) % len(names)])

    def show_tab(self, name: str) -> None:
        """Bring a tab to the front."""
        self._tabs[layout.tabs(self._stage.default_screen.classes)] = name
        self._stage.draw_panes()

    # Zoom, layout, theme.

    def zoom(self) -> None:
        """Give the pane in focus all the room, or take it back."""
        there = layout.panes(self._stage.default_screen.classes)
        if not self.unzoom() and there:
            self._read_sheets("chosen.tcss")
            self._zoom(self._pane if self._pane in there else there[0])

    def _zoom(self, pane: str) -> None:
        self._stage.default_screen.add_class("-zoomed", f"-zoom-{pane}")
        self._stage.call_after_refresh(self._stage.draw_panes)

    def unzoom(self) -> bool:
        """Take the room back; whether there was anything to take."""
        screen = self._stage.default_screen
        zoomed = screen.has_class("-zoomed")
        for name in [each for each in screen.classes if each.startswith("-zoom")]:
            screen.remove_class(name)
        if zoomed:
            self._stage.call_after_refresh(self._stage.draw_panes)
        return zoomed

    def next_layout(self) -> None:
        """The next of the layouts."""
        self._read_sheets("chosen.tcss")
        every = list(layout.Layout)
        self._layout = every[(every.index(self._layout) + 1) % len(every)]
        for each in every:
            self._stage.default_screen.set_class(each is self._layout, f"-layout-{each.name.lower()}")
        self._stage.say(f"Layout: {self._layout.value}.")
        self._stage.call_after_refresh(self._stage.draw_panes)

    def _read_sheets(self, last: str) -> None:
        """Read the style sheets up to the one that is named."""
        if last not in self._sheets:
            return
        count = self._sheets.index(last) + 1
        for name in self._sheets[:count]:
            self._stage.stylesheet.read(_SHEETS / name)
        del self._sheets[:count]
        self._stage.stylesheet.parse()

    def next_theme(self) -> None:
        """The next of the themes."""
        stage = self._stage
        at = _THEMES.index(stage.theme) if stage.theme in _THEMES else -1
        stage.theme = _THEMES[(at + 1) % len(_THEMES)]
        stage.call_after_refresh(stage.redraw)
