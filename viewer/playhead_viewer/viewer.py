"""The viewer: its widgets, its parts, and which part answers to what. Knows no key and no command.

What is shown, the viewing knows; what keys mean, `actions`.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.events import DescendantFocus

from playhead_viewer import layout
from playhead_viewer.chooser import Chooser
from playhead_viewer.given_back import on_kill
from playhead_viewer.parts.arranging import Arranging
from playhead_viewer.parts.drawing import Drawing
from playhead_viewer.parts.opening import Opening
from playhead_viewer.parts.playing import Playing
from playhead_viewer.parts.replaying import Replays
from playhead_viewer.parts.scrubbing import Scrubbing
from playhead_viewer.parts.searching import Searching
from playhead_viewer.source.loader import Loader
from playhead_viewer.stage import Stage
from playhead_viewer.text.widths import count_spacing_marks
from playhead_viewer.widgets.bars import Footer, Hint, VerdictBar
from playhead_viewer.widgets.event_list import EventList
from playhead_viewer.widgets.scrubber import Scrubber
from playhead_viewer.widgets.still import Columns, Ground, Rows
from playhead_viewer.widgets.words import Words

if TYPE_CHECKING:
    from playhead_viewer.core.sessions import Sessions
    from playhead_viewer.source.scanning import Stamp
    from playhead_viewer.widgets.lines import LinePane
    from playhead_viewer.widgets.tabs import Tabs

_WATCH_FILE = 1.0


class Viewer(Stage):
    """Shows what `loader` holds; where that is `None`, a list of `paths` is shown first."""

    CSS_PATH = "viewer.tcss"
    TITLE = "Playhead"
    ENABLE_COMMAND_PALETTE = False
    ALLOW_SELECT = False
    HORIZONTAL_BREAKPOINTS = layout.WIDTHS
    VERTICAL_BREAKPOINTS = layout.HEIGHTS

    def __init__(
        self, loader: Loader | None, exchange: int | None, *, follow: bool, paths: Sequence[str]
    ) -> None:
        super().__init__()
        count_spacing_marks()
        self.paths: Sequence[str] = paths
        self.scanned: dict[str, Stamp | None] = {}
        """The files of which `sessions` holds all that there will be, and as what they were read."""
        self.arranging: Arranging = Arranging(self)
        self.drawing: Drawing = Drawing(self, self.arranging, self.hints)
        self.opening: Opening = Opening(self, exchange, follow=follow)
        self.playing: Playing = Playing(self)
        self.replays: Replays = Replays(self)
        self.scrubbing: Scrubbing = Scrubbing(self)
        self.searching: Searching = Searching(self)
        if loader is not None:
            self.opening.take(loader)

    def get_default_screen(self) -> Ground:
        """With its classes: Textual gives them after the first row is drawn, and it would stand elsewhere."""
        return Ground(id="_default", classes=" ".join(layout.of_size(*self.size)))

    def compose(self) -> ComposeResult:
        yield VerdictBar()
        with Columns(id="body"):
            with Rows(id="left"):
                yield Words(id="columns")
                yield EventList()
            yield Rows(id="detail")
        yield Scrubber()
        yield Footer()

    def on_mount(self) -> None:
        if not self.is_headless:
            on_kill(lambda code: self.exit(return_code=code))
        self.set_interval(_WATCH_FILE, self.watch_file)
        self.after_writing(self._mount_panes)
        if self.viewing is None:
            self.default_screen.add_class("-empty", "-bare")
            self.choose_session()
        else:
            self.opening.begin()

    def _mount_panes(self) -> None:
        """The first rows are on the screen: now the panes."""
        if self.drawn is not None:
            self.drawn()
        self.arranging.mount()
        self.drawing.panes()
        self.focus_pane()

    def on_unmount(self) -> None:
        self.replays.stop()
        self.opening.end()

    @cached_property
    def sessions(self) -> Sessions:
        """The list of sessions, as it was left."""
        # Here: filters stand behind it, and no first row needs them.
        from playhead_viewer.core.sessions import Sessions

        return Sessions()

    def hints(self, chooser: Chooser | None = None) -> Sequence[Hint]:
        """What the footer says of keys, that of a list or the events', in the order in which it gives way."""
        raise NotImplementedError

    @property
    def page(self) -> int:
        """How many rows of the list are on the screen."""
        return self.query_one(EventList).page

    def open_cassette(self, path: str, exchange: int | None) -> None:
        """Show another cassette instead."""
        before = self.viewing
        if self.opening.open(path, exchange):
            self.replays.stop()
            self.drawing.forget()
            self.drawing.all()
        elif before is None:
            self.call_later(self.choose_session)

    def watch_file(self) -> None:
        """See what became of the file."""
        self.drawing.watch()
        self.opening.watch()

    # What the parts tell.

    def opened(self) -> None:
        self.scrubbing.clear()
        self.drawing.all()
        if self.viewing is not None and self.viewing.follows:
            self.viewing.cursor.last()
        self.moved()
        self.call_after_refresh(self.focus_pane)

    def grew(self, *, rows: bool) -> None:
        self.query_one(EventList).grown()
        self.searching.go_on()
        if rows and self.viewing is not None and self.viewing.follows:
            self.moved()
        elif rows:
            self.scrubbing.point()
        self.drawing.all()

    def analysed(self) -> None:
        self.scrubbing.draw()
        self.query_one(EventList).redraw()
        self.drawing.all()

    def moved(self) -> None:
        if self.viewing is not None and self.viewing.stream is not None:
            self.query_one(EventList).moved()
            self.drawing.panes()
            self.scrubbing.point()
            self.drawing.footer()

    def draw(self) -> None:
        self.drawing.all()

    def draw_panes(self) -> None:
        self.drawing.panes()

    def redraw(self) -> None:
        self.drawing.rows()
        self.opening.wake()
        self.drawing.all()
        self.scrubbing.show()
        self.scrubbing.point()

    def focus_pane(self) -> None:
        self.arranging.focus()

    # What the widgets tell.

    def on_event_list_clicked(self, message: EventList.Clicked) -> None:
        if self.viewing is not None:
            self.viewing.take_over()
            self.viewing.cursor.go(self.viewing.cursor.number_at(message.row))
            self.moved()

    def on_event_list_resized(self, message: EventList.Resized) -> None:
        if self.is_running:
            self.drawing.heading()

    def on_event_list_failed(self, message: EventList.Failed) -> None:
        self.drawing.watch()
        self.say(message.error.message, severity="error")

    def on_scrubber_resized(self, message: Scrubber.Resized) -> None:
        if self.is_running:  # else the viewer was left meanwhile: there is nothing to draw on
            self.scrubbing.draw()

    def on_scrubber_sought(self, message: Scrubber.Sought) -> None:
        self.scrubbing.seek(message.share)

    def on_tabs_chosen(self, message: Tabs.Chosen) -> None:
        self.arranging.show_tab(message.pane)

    def on_line_pane_resized(self, message: LinePane.Resized) -> None:
        if self.is_running:
            self.drawing.panes()

    def on_descendant_focus(self, event: DescendantFocus) -> None:
        self.arranging.focused(event.widget.id)
