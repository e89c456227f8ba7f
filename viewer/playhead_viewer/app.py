"""The app: layout and what is drawn when. The one module by which the command imports Textual.

Knows which widget shows what; what is shown, the viewing knows, and what keys mean, `actions`.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import TYPE_CHECKING, ClassVar, Literal

from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.events import DescendantFocus
from textual.message import Message
from textual.timer import Timer
from textual.widgets import Static

from playhead import PlayheadError
from playhead_viewer import layout
from playhead_viewer.actions.command import Command
from playhead_viewer.actions.table import BY_ID, COMMANDS, FOOTER
from playhead_viewer.core.sessions import Sessions
from playhead_viewer.panes.moment import Analysis
from playhead_viewer.safe import Safe, safe, safe_lines
from playhead_viewer.source.files import Trouble
from playhead_viewer.source.loader import Loader
from playhead_viewer.source.notes import Notes
from playhead_viewer.source.stream import Stream
from playhead_viewer.source.words import no_frames, nothing_read, nothing_yet, notices, title, verdict
from playhead_viewer.viewing import Viewing
from playhead_viewer.widgets.bars import Footer, Hint, NoticeBar, VerdictBar
from playhead_viewer.widgets.event_list import EventList, heading
from playhead_viewer.widgets.lines import LinePane
from playhead_viewer.widgets.scrubber import Scrubber
from playhead_viewer.widgets.tabs import Tabs
from playhead_viewer.work import Tell, Work

if TYPE_CHECKING:
    from playhead.timing import Timeline
    from playhead_viewer.replaying import Replaying
    from playhead_viewer.widgets.prompt import Check

_SECOND_PRESS = 3.0
"""Seconds in which a second ctrl+c quits."""
_WATCH_FILE = 1.0
_THEMES = ("textual-dark", "textual-light", "ansi-dark")
_SIGNS = {"warning": "⚠", "error": "✖"}
_SAID = 4.0
STYLES = "viewer.tcss"


def _bindings() -> list[BindingType]:
    return [
        Binding(each.keys, f"do('{each.id}')", each.help, id=each.id, show=False, priority=each.is_priority)
        for each in COMMANDS
    ]


class PlayheadApp(App[None]):
    """Steps through a cassette, from exchange number `exchange` on (the first, if `None`).

    `loader` is `None` where a list of `paths` is shown first. After it has run, `failure` is the error that
    ended it, if one did.
    """

    CSS_PATH = STYLES
    TITLE = "Playhead"
    ENABLE_COMMAND_PALETTE = False
    ALLOW_SELECT = False
    HORIZONTAL_BREAKPOINTS = layout.WIDTHS
    VERTICAL_BREAKPOINTS = layout.HEIGHTS
    BINDINGS: ClassVar[list[BindingType]] = _bindings()

    @dataclass
    class Grew(Message):
        """More was read, filtered or found."""

    @dataclass
    class Opened(Message):
        """An exchange is ready to be shown."""

        viewing: Viewing
        stream: Stream

    @dataclass
    class Analysed(Message):
        """Timing and findings are there."""

        stream: Stream
        analysis: Analysis | None

    @dataclass
    class Drawn(Message):
        """The scrubber's columns are there."""

        stream: Stream
        timeline: Timeline | None

    @dataclass
    class Failed(Message):
        """Something could not be read."""

        error: PlayheadError

    def __init__(
        self,
        loader: Loader | None,
        exchange: int | None = None,
        *,
        follow: bool = False,
        paths: Sequence[str] = (),
    ) -> None:
        super().__init__()
        self.animation_level = "none"
        self.failure: PlayheadError | None = None
        self.viewing: Viewing | None = None
        self.paths: Sequence[str] = paths
        self.sessions: Sessions = Sessions()
        self.scanned: set[str] = set()
        self._exchange = exchange
        self._follow = follow
        self._work: Work | None = None
        self._replaying: Replaying | None = None
        self._tabs: dict[bool, str] = {}
        self._layout = layout.Layout.AUTO
        self._focused_pane = "events"
        self._interrupted = False
        self._player_wakes: asyncio.TimerHandle | None = None
        self._said_timer: Timer | None = None
        self._trouble: Trouble | None = None
        self._prompted = False
        self._search_start: int | None = None
        self._drawing = False
        self._draw_again = False
        self._asked_place: int | None = None
        if loader is not None:
            self._take(loader)

    def compose(self) -> ComposeResult:
        yield VerdictBar()
        yield NoticeBar()
        with Horizontal(id="body"):
            with Vertical(id="left"):
                yield Static(id="columns")
                yield EventList()
                yield Static(id="message")
            with Vertical(id="detail"):
                yield LinePane("state", id="state")
                with Vertical(id="tabbed"):
                    yield Tabs()
                    yield LinePane("raw", id="tab-pane")
                yield LinePane("timing", id="timing")
        yield Scrubber()
        yield Footer()

    def on_mount(self) -> None:
        self.set_interval(_WATCH_FILE, self._watch_file)
        if self.viewing is None:
            self.screen.add_class("-empty", "-bare")
            self.run_command(BY_ID["sessions"])
            return
        self._begin()

    def on_unmount(self) -> None:
        self._leave()

    # A cassette.

    def _take(self, loader: Loader) -> None:
        name = loader.name
        self.viewing = Viewing(loader, Notes(name, is_file=name != "<stdin>"))
        self.viewing.follows = self._follow and not loader.is_over

    def _begin(self) -> None:
        """Show what the first portion holds, and have the rest taken in."""
        viewing = self.viewing
        assert viewing is not None
        self._trouble = None
        tell = Tell(
            grew=lambda: self.post_message(self.Grew()),
            opened=lambda stream: self.post_message(self.Opened(viewing, stream)),
            analysed=lambda stream, found: self.post_message(self.Analysed(stream, found)),
            failed=lambda error: self.post_message(self.Failed(error)),
        )
        self._work = Work(viewing, tell)
        place = self._wanted_place(viewing)
        if place is not None:
            self._show_stream(Stream(viewing.loader, place))
        elif viewing.loader.is_over and self._exchange is not None:
            self._no_such_exchange(viewing)
            return
        else:
            self._draw_all()
        self._work.start()

    def _wanted_place(self, viewing: Viewing) -> int | None:
        """The place of the exchange that was asked for; `None` where it has not come yet."""
        with viewing.loader.lock:
            numbers = list(viewing.loader.cassette)
        if self._exchange is None:
            return 0 if numbers else None
        return numbers.index(self._exchange) if self._exchange in numbers else None

    def open_cassette(self, path: str, exchange: int | None) -> None:
        """Show another cassette instead."""
        from playhead_viewer.source.loader import open_path

        try:
            loader = open_path(path)
        except PlayheadError as error:
            self.say(error.message, severity="error")
            if self.viewing is None:
                self.call_later(self.run_command, BY_ID["sessions"])
            return
        self._leave()
        self._exchange = exchange
        self._take(loader)
        self._begin()

    def _leave(self) -> None:
        if self._replaying is not None:
            self._replaying.close()
            self._replaying = None
        if self._work is not None:
            self._work.stop()
        if self.viewing is not None:
            self.viewing.loader.close()

    def open_exchange(self, place: int) -> None:
        """Show the exchange at `place`."""
        viewing = self.viewing
        if viewing is None or self._work is None or not 0 <= place < viewing.exchanges:
            return
        if place != (viewing.place if self._asked_place is None else self._asked_place):
            self._asked_place = place
            self._work.open(place)

    def step_exchange(self, by: int) -> None:
        """Show the next exchange, or the one before."""
        if self.viewing is not None:
            self.open_exchange((self.viewing.place if self._asked_place is None else self._asked_place) + by)

    def _show_stream(self, stream: Stream) -> None:
        assert self.viewing is not None
        self.viewing.open(stream)
        self.query_one(Scrubber).show(None)
        self._draw_all()
        if self.viewing.follows:
            self.viewing.cursor.last()
        self.moved()
        if not self._prompted:
            self.call_after_refresh(self._focus_something)

    def _focus_something(self) -> None:
        wanted = layout.panes(self.screen.classes)
        if wanted and not self._prompted and len(self.screen_stack) == 1:
            self.query_one(f"#{self._focused_pane if self._focused_pane in wanted else wanted[0]}").focus()

    # What the thread says.

    def on_playhead_app_grew(self, message: Grew) -> None:
        viewing = self.viewing
        if viewing is None:
            return
        if viewing.stream is None:
            place = self._wanted_place(viewing)
            if place is not None:
                self._show_stream(Stream(viewing.loader, place))
                return
            if viewing.loader.is_over and self._exchange is not None:
                self._no_such_exchange(viewing)
                return
        before = viewing.number
        grew = viewing.refresh()
        self.query_one(EventList).grown()
        self._continue_search()
        if grew and viewing.follows:
            self.moved()
        self._draw_all(moved=viewing.number != before)

    def _no_such_exchange(self, viewing: Viewing) -> None:
        try:
            viewing.loader.cassette[self._exchange or 0]
        except PlayheadError as error:
            self._fail(error)

    def on_playhead_app_opened(self, message: Opened) -> None:
        viewing = self.viewing
        if viewing is not None and viewing is message.viewing and message.stream.place == self._asked_place:
            self._asked_place = None
            self._show_stream(message.stream)

    def on_playhead_app_analysed(self, message: Analysed) -> None:
        viewing = self.viewing
        if viewing is None or viewing.stream is not message.stream:
            return
        viewing.analysis = message.analysis
        self._draw_timeline()
        self.query_one(EventList).refresh()
        self._draw_all()

    def on_playhead_app_failed(self, message: Failed) -> None:
        self._fail(message.error)

    def on_event_list_failed(self, message: EventList.Failed) -> None:
        self._watch_file()
        self.say(message.error.message, severity="error")

    async def _dispatch_message(self, message: Message) -> None:
        """As ever; but what could not be read while a message was answered is said, and ends nothing."""
        try:
            await super()._dispatch_message(message)
        except PlayheadError as error:
            self.say(error.message, severity="error")

    def _fail(self, error: PlayheadError) -> None:
        self.failure = error
        self.exit()

    def _watch_file(self) -> None:
        viewing = self.viewing
        if viewing is not None and self._trouble is None:
            self._trouble = viewing.loader.trouble
            if self._trouble is not None:
                self._draw_all()

    # Drawing.

    def _draw_all(self, *, moved: bool = True) -> None:
        """Everything but the rows: bars, titles, panes."""
        viewing = self.viewing
        if viewing is None:
            return
        stream = viewing.stream
        file = PurePath(viewing.loader.name).name
        with viewing.loader.lock:
            told = verdict(file, viewing.exchanges, stream, viewing.analysis) if stream is not None else None
            said = notices(stream, viewing.loader, self._trouble)
        self.query_one(VerdictBar).show(title(file), told)
        self.query_one(NoticeBar).show(said)
        self._draw_list(viewing, file)
        self._draw_panes()
        self._draw_footer()

    def _draw_list(self, viewing: Viewing, file: str) -> None:
        stream = viewing.stream
        is_empty = stream is None or not stream.count
        self.screen.set_class(is_empty, "-empty")
        self.screen.set_class(stream is None or (is_empty and not stream.body_size), "-bare")
        if is_empty:
            self.query_one("#message", Static).update(Content("\n\n".join(self._empty_words(stream, file))))
            return
        assert stream is not None
        left = self.query_one("#left")
        shown = (
            f"{viewing.cursor.rows:,} of {stream.count:,}"
            if viewing.filter is not None
            else f"{stream.count:,}"
        )
        sign = "" if viewing.loader.is_over else "≥ "
        left.border_title = Safe(f"Events {sign}{shown}")
        left.border_subtitle = _anchored(viewing)
        events = self.query_one(EventList)
        self.query_one("#columns", Static).update(
            Content(heading(viewing, events.size.width or self.size.width))
        )
        if viewing.filter is None and events.is_showing(viewing):
            events.grown()
        else:
            events.show(viewing)

    def _empty_words(self, stream: Stream | None, file: str) -> tuple[Safe, ...]:
        assert self.viewing is not None
        if not self.viewing.loader.is_over:
            return nothing_yet(stream, file)
        return nothing_read(file) if stream is None else no_frames(stream)

    def _draw_panes(self) -> None:
        viewing = self.viewing
        moment = viewing.moment() if viewing is not None else None
        if viewing is None or moment is None:
            return
        names, front = layout.tabs(self.screen.classes), self.tab
        counts = viewing.counts()
        badges = {"lint": "" if counts is None or not sum(counts) else f"⚠{counts[0]}✖{counts[1]}"}
        self.query_one(Tabs).show(names, front, badges, f"#{moment.number:,}" if moment.number else "")
        self.query_one("#tab-pane", LinePane).show(moment, front)
        for name in ("state", "timing"):
            pane = self.query_one(f"#{name}", LinePane)
            if pane.size.width or name not in names:
                pane.show(moment)

    def moved(self) -> None:
        """The cursor has moved: draw what depends on it."""
        viewing = self.viewing
        if viewing is None or viewing.stream is None:
            return
        self.query_one(EventList).moved()
        self._draw_panes()
        self._point()
        self._draw_footer()

    def redraw(self) -> None:
        """Something else has changed: draw all."""
        if self.viewing is not None:
            self.query_one(EventList).show(self.viewing)
            if self._work is not None:
                self._work.wake()
        self._draw_all()
        self._point()

    def _draw_footer(self) -> None:
        footer = self.query_one(Footer)
        footer.hint(self._hints())
        if self.viewing is not None:
            footer.show(self.viewing, self.query_one(EventList).below)

    def _hints(self) -> list[Hint]:
        found: list[Hint] = []
        for hint in FOOTER:
            if all(BY_ID[id_].when(self) for id_ in hint.ids):
                found.append(Hint("/".join(self.keys_of(id_, first=True) for id_ in hint.ids), hint.word))
        return found

    def keys_of(self, id_: str, *, first: bool = False) -> str:
        """The keys that are bound to a command now, as people read them."""
        keys = self._keymap.get(id_, BY_ID[id_].keys).split(",")
        shown = [self.get_key_display(Binding(key, "")) for key in (keys[:1] if first else keys)]
        return " ".join(shown)

    # The scrubber.

    @property
    def is_drawing(self) -> bool:
        """Whether the scrubber's columns are being made."""
        return self._drawing

    def _point(self) -> None:
        viewing = self.viewing
        if viewing is None or viewing.stream is None or not viewing.number:
            return
        scrubber = self.query_one(Scrubber)
        found = scrubber.timeline
        with viewing.loader.lock:
            t = viewing.stream.time(viewing.number)
        if found is None or t is None:
            scrubber.point((viewing.cursor.row + 0.5) / max(viewing.cursor.rows, 1))
            return
        start = viewing.stream.since(found.start)
        scrubber.point((t - (start or 0.0)) / (found.end - found.start))

    def _draw_timeline(self) -> None:
        """Have the scrubber's columns made, in a thread: a million events take a second."""
        viewing = self.viewing
        if viewing is None or viewing.stream is None or viewing.analysis is None:
            return
        if self._drawing:
            self._draw_again = True
            return
        self._drawing = True
        stream, analysis, columns = viewing.stream, viewing.analysis, self.query_one(Scrubber).columns

        def draw() -> None:
            from playhead_viewer.source.analysing import drawn

            try:
                found = drawn(stream, analysis, columns)
            except PlayheadError:
                found = None
            self.post_message(self.Drawn(stream, found))

        threading.Thread(target=draw, name="playhead-timeline", daemon=True).start()

    def on_playhead_app_drawn(self, message: Drawn) -> None:
        self._drawing = False
        if self.viewing is not None and self.viewing.stream is message.stream:
            self.query_one(Scrubber).show(message.timeline)
            self._point()
        if self._draw_again:
            self._draw_again = False
            self._draw_timeline()

    def on_scrubber_resized(self, message: Scrubber.Resized) -> None:
        self._draw_timeline()

    def on_scrubber_sought(self, message: Scrubber.Sought) -> None:
        viewing = self.viewing
        if viewing is None or viewing.stream is None:
            return
        viewing.player.pause()
        viewing.follows = False
        found = self.query_one(Scrubber).timeline
        start = viewing.stream.since(found.start) if found is not None else None
        if found is None or start is None:
            viewing.cursor.share(message.share * 100)
        else:
            viewing.go_to_time(start + message.share * (found.end - found.start))
        self.moved()

    # Playing.

    def played(self) -> None:
        """The player was started, stopped, or has another speed."""
        viewing = self.viewing
        if self._player_wakes is not None:
            self._player_wakes.cancel()
            self._player_wakes = None
        if viewing is not None and viewing.player.due is not None:
            wait = max(viewing.player.due - time.monotonic(), 0.0)
            # Not Textual's timer: of a wait that is over before it starts it counts the missed rounds,
            # which divides by zero, or ends without a call.
            loop = asyncio.get_running_loop()
            self._player_wakes = loop.call_later(wait, self.call_later, self._tick)
        self.moved()

    def _tick(self) -> None:
        if self.viewing is not None:
            self.viewing.tick(time.monotonic())
            self.played()

    # Searching.

    def search_from(self, number: int) -> None:
        """Go to the first hit from an event on, as soon as it is found."""
        self._search_start = number
        self._continue_search()

    def _continue_search(self) -> None:
        viewing = self.viewing
        if viewing is None or viewing.search is None or self._search_start is None:
            return
        search = viewing.search.search
        start = self._search_start
        found = next((hit for hit in search.hits if hit >= start), None)
        if found is None and search.done >= viewing.cursor.count and search.hits:
            found = search.hits[0]
        if found is not None:
            self._search_start = None
            viewing.cursor.go(found)
            self.moved()

    # Panes, zoom and layout.

    @property
    def page(self) -> int:
        """How many rows of the list are on the screen."""
        return self.query_one(EventList).page

    def next_pane(self, by: int) -> None:
        """Bring the next pane into focus; where they share a place, the next tab too."""
        names = layout.panes(self.screen.classes)
        if not names or len(self.screen_stack) > 1:
            return
        at = names.index(self._focused_pane) if self._focused_pane in names else 0
        self._focused_pane = names[(at + by) % len(names)]
        self.call_after_refresh(self._focus_something)

    @property
    def tab(self) -> str:
        """The tab in front: one is remembered for each set of tabs there is."""
        names = layout.tabs(self.screen.classes)
        wanted = self._tabs.get("state" in names, names[0])
        is_empty = self.viewing is None or self.viewing.stream is None or not self.viewing.stream.count
        return "raw" if is_empty and wanted in ("state", "timing") else wanted

    def next_tab(self, by: int) -> None:
        """Bring the next tab to the front."""
        names = layout.tabs(self.screen.classes)
        self.show_tab(names[(names.index(self.tab) + by) % len(names)])

    def show_tab(self, name: str) -> None:
        """Bring a tab to the front."""
        self._tabs["state" in layout.tabs(self.screen.classes)] = name
        self._draw_panes()

    def on_tabs_chosen(self, message: Tabs.Chosen) -> None:
        self.show_tab(message.pane)

    def on_descendant_focus(self, event: DescendantFocus) -> None:
        is_chosen = not self.screen.has_class("-empty") and not self._prompted
        if is_chosen and event.widget.id in ("events", "state", "tab-pane", "timing"):
            self._focused_pane = event.widget.id

    def zoom(self) -> None:
        """Give the pane in focus all the room, or take it back."""
        if not self.unzoom():
            self.screen.add_class("-zoomed", f"-zoom-{self._focused_pane}")
            self.call_after_refresh(self._draw_panes)

    def unzoom(self) -> bool:
        """Take the room back; whether there was anything to take."""
        zoomed = self.screen.has_class("-zoomed")
        for name in [each for each in self.screen.classes if each.startswith("-zoom")]:
            self.screen.remove_class(name)
        if zoomed:
            self.call_after_refresh(self._draw_panes)
        return zoomed

    def next_layout(self) -> None:
        """The next of the layouts."""
        every = list(layout.Layout)
        self._layout = every[(every.index(self._layout) + 1) % len(every)]
        for each in every:
            self.screen.set_class(each is self._layout, f"-layout-{each.name.lower()}")
        self.say(f"Layout: {self._layout.value}.")
        self.call_after_refresh(self._draw_panes)

    def next_theme(self) -> None:
        """The next of the themes."""
        at = _THEMES.index(self.theme) if self.theme in _THEMES else -1
        self.theme = _THEMES[(at + 1) % len(_THEMES)]
        self.call_after_refresh(self.redraw)

    def on_line_pane_resized(self, message: LinePane.Resized) -> None:
        self._draw_panes()

    def on_event_list_clicked(self, message: EventList.Clicked) -> None:
        viewing = self.viewing
        if viewing is not None:
            viewing.player.pause()
            viewing.follows = False
            viewing.cursor.go(viewing.cursor.number_at(message.row))
            self.moved()

    # Commands.

    def action_do(self, id_: str) -> None:
        self.run_command(BY_ID[id_])

    def run_command(self, command: Command) -> None:
        """Do what a command says, if that can be done now."""
        if command.when(self):
            command.run(self)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action != "do":
            return True
        command = BY_ID[str(parameters[0])]
        if len(self.screen_stack) > 1 or self._prompted:
            return command.id == "interrupt"
        return command.when(self)

    def prompt(
        self,
        label: str,
        text: str,
        hint: str,
        check: Check,
        done: Callable[[str | None], None],
        changed: Callable[[str], None] | None = None,
    ) -> None:
        """Ask for a line of text, at the bottom; `done` gets it, or nothing."""
        from playhead_viewer.widgets.prompt import Prompt

        before = self._focused_pane

        def close(found: str | None) -> None:
            prompt.remove()
            done(found)
            self.call_after_refresh(after)

        def after() -> None:
            # The focus went to whatever comes next when what was typed in was taken away.
            self._prompted, self._focused_pane = False, before
            self._focus_something()

        prompt = Prompt(label, text, hint, check, close, changed)
        self._prompted = True
        self.screen.mount(prompt)

    def say(self, text: str, *, severity: Literal["information", "warning", "error"] = "information") -> None:
        """Tell the reader something, for a while."""
        sign = _SIGNS.get(severity)
        message = safe_lines(f"{sign} {text}" if sign else text)
        self.notify(message, timeout=_SAID, severity=severity, markup=False)

    @property
    def has_sessions(self) -> bool:
        """Whether there is a list to go back to."""
        return len(self.paths) > 0

    def toggle_replay(self) -> None:
        """Answer requests with the exchange on a local port, or stop that."""
        if self._replaying is not None:
            self._replaying.close()
            self._replaying = None
            self.say("The exchange is not replayed any more.")
            return
        viewing = self.viewing
        if viewing is None or viewing.stream is None:
            return
        from playhead_viewer.replaying import Replaying

        try:
            self._replaying = Replaying(viewing.stream.exchange)
        except PlayheadError as error:
            self.say(str(error), severity="error")
            return
        self.say(f"Exchange {self._replaying.number} answers at {safe(self._replaying.url)}; P stops it.")

    def check_all(self) -> None:
        """Check the exchange by all rules, however long that takes."""
        viewing = self.viewing
        if viewing is None or self._work is None:
            return
        if not viewing.loader.is_over:
            self.say("It is checked when all of it has been read.")
        elif viewing.analysis is not None and viewing.analysis.findings is None:
            self._work.check()
            self.say("Checking …")

    def interrupt(self) -> None:
        """Quit, the second time."""
        if self._interrupted:
            self.exit()
            return
        self._interrupted = True
        self.notify("Press ctrl+c again to quit.", timeout=_SECOND_PRESS)
        self.set_timer(_SECOND_PRESS, self._forget_interrupt)

    def _forget_interrupt(self) -> None:
        self._interrupted = False


def _anchored(viewing: Viewing) -> Safe:
    stream = viewing.stream
    if stream is None or not stream.count:
        return Safe("")
    if viewing.reference is not None:
        return Safe(f"t from #{viewing.reference:,}")
    return Safe(f"t from the {stream.anchor.value}" if stream.anchor else "times unknown")
