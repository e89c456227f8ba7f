"""The app: layout, keys, and the thread that reads. The one module by which the command imports Textual.

Knows which pane shows what and when; how a pane draws it, its widget knows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import PurePath
from typing import ClassVar

from textual.app import App, ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.events import DescendantFocus
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Static
from textual.worker import get_current_worker

from playhead import Cassette, PlayheadError
from playhead_viewer.keys import BINDINGS
from playhead_viewer.safe import Safe, safe
from playhead_viewer.source.chunks import Stopped
from playhead_viewer.source.opening import Opening, open_exchange
from playhead_viewer.source.stream import Stream
from playhead_viewer.source.words import title
from playhead_viewer.widgets.bars import HintBar, NoticeBar, VerdictBar
from playhead_viewer.widgets.event_list import EventList, heading
from playhead_viewer.widgets.raw import RawPane
from playhead_viewer.widgets.text import TextPane

_SECOND_PRESS = 3.0
"""Seconds in which a second ctrl+c quits."""
_WIDTHS = [(0, "-tiny"), (60, "-narrow"), (100, "-wide")]
_HEIGHTS = [(0, "-flat"), (15, "-tall")]
_DETAILS = ("text", "raw")
"""The panes that share a place in the narrow layout, by id."""


class PlayheadApp(App[None]):
    """Steps through `cassette`, from exchange number `exchange` on (the first, if `None`).

    After it has run, `failure` is the error that ended it, if one did.
    """

    CSS_PATH = "viewer.tcss"
    TITLE = "Playhead"
    ENABLE_COMMAND_PALETTE = False
    ALLOW_SELECT = False
    HORIZONTAL_BREAKPOINTS = _WIDTHS
    VERTICAL_BREAKPOINTS = _HEIGHTS
    BINDINGS: ClassVar[list[BindingType]] = BINDINGS

    @dataclass
    class Opened(Message):
        """The thread has read an exchange."""

        opening: Opening

    @dataclass
    class Progress(Message):
        """How far the thread is."""

        words: Safe

    def __init__(self, cassette: Cassette, exchange: int | None = None) -> None:
        super().__init__()
        self.animation_level = "none"
        self.failure: PlayheadError | None = None
        self._cassette = cassette
        self._file = PurePath(cassette.name).name
        self._number = exchange
        self._stream: Stream | None = None
        self._place = self._count = 0
        self._cursors: dict[int, int] = {}
        self._detail = "text"
        self._pane: Widget | None = None
        self._interrupted = False

    def compose(self) -> ComposeResult:
        yield VerdictBar()
        yield NoticeBar()
        with Horizontal(id="body"):
            with Vertical(id="left"):
                yield Static(id="columns")
                yield EventList()
                yield Static(id="message")
            with Vertical(id="detail"):
                yield TextPane()
                yield RawPane()
        yield HintBar()

    def on_mount(self) -> None:
        self._show_detail("text")
        self._read(partial(open_exchange, number=self._number))

    # Reading: in a thread, one exchange at a time.

    def _read(self, opener: partial[Opening]) -> None:
        self._stream = None
        self.screen.add_class("-busy")
        self.query_one(VerdictBar).show(title(self._file), None)
        self.query_one(NoticeBar).show(())
        self._say((safe(f"Reading {self._file} …"),))
        self.query_one(HintBar).refresh()
        self.run_worker(partial(self._read_in_thread, opener), thread=True, exclusive=True, group="read")

    def _read_in_thread(self, opener: partial[Opening]) -> None:
        worker = get_current_worker()

        def watch(done: int, total: int) -> None:
            if worker.is_cancelled:
                raise Stopped
            if done:
                self.post_message(self.Progress(Safe(f"Finding the events: {done:,} of {total:,} chunks …")))

        result: Message
        try:
            result = self.Opened(opener(self._cassette, self._file, watch))
        except Stopped:
            return
        except PlayheadError as error:
            result = EventList.Failed(error)
        if not worker.is_cancelled:
            self.post_message(result)

    def on_playhead_app_progress(self, message: Progress) -> None:
        if self._stream is None:
            self._say((message.words,))

    def on_playhead_app_opened(self, message: Opened) -> None:
        opening = message.opening
        if self._count and opening.place != self._place:
            return  # another one was asked for meanwhile
        self._stream, self._place, self._count = opening.stream, opening.place, opening.count
        self.query_one(VerdictBar).show(title(self._file), opening.verdict)
        self.query_one(NoticeBar).show(opening.notices)
        self._say(opening.message)
        self.screen.remove_class("-busy")
        self.screen.set_class(bool(opening.message), "-empty")
        self.screen.set_class(opening.bare, "-bare")
        self._show_detail("raw" if opening.message else self._detail)
        if opening.stream is not None:
            self._show_stream(opening.stream)
        self.query_one(HintBar).refresh()

    def _show_stream(self, stream: Stream) -> None:
        events = self.query_one(EventList)
        left = self.query_one("#left")
        left.border_title = f"Events {len(stream):,}"
        left.border_subtitle = _anchored(stream)
        self.query_one("#columns", Static).update(Content(heading(len(stream))))
        events.open(len(stream), stream.row, self._cursors.get(self._place, 0))
        raw = self.query_one(RawPane)
        if not stream:
            raw.show(None, stream.raw_body())
        self.call_after_refresh((events if stream else raw).focus)

    def _say(self, lines: Sequence[Safe]) -> None:
        self.query_one("#message", Static).update(Content("\n\n".join(lines)))

    # What the cursor's place means for the panes.

    def on_event_list_moved(self, message: EventList.Moved) -> None:
        stream, at = self._stream, message.at
        if stream is None or at >= len(stream):
            return  # a message from the exchange before
        self._cursors[self._place] = at
        try:
            self.query_one(TextPane).show(at + 1, stream.text(at))
            self.query_one(RawPane).show(at + 1, stream.raw(at))
        except PlayheadError as error:
            self._fail(error)

    def on_event_list_failed(self, message: EventList.Failed) -> None:
        self._fail(message.error)

    def _fail(self, error: PlayheadError) -> None:
        self.failure = error
        self.exit()

    # Actions: keys.py says which keys mean them.

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action in ("step", "page", "first", "last"):
            return bool(self._stream)
        if action == "exchange":
            return self._count > 1
        if action == "pane":
            return self._stream is not None and len(self._panes()) > 1
        return True

    def action_step(self, by: int) -> None:
        events = self.query_one(EventList)
        events.move_to(events.cursor + by)

    def action_page(self, by: int) -> None:
        self.action_step(by * self.query_one(EventList).page)

    def action_first(self) -> None:
        self.query_one(EventList).move_to(0)

    def action_last(self) -> None:
        if self._stream is not None:
            self.query_one(EventList).move_to(len(self._stream) - 1)

    def action_exchange(self, by: int) -> None:
        place = self._place + by
        if 0 <= place < self._count:
            self._place = place
            self._read(partial(open_exchange, place=place))

    def action_pane(self, by: int) -> None:
        panes = self._panes()
        at = panes.index(self._pane) if self._pane in panes else 0
        pane = self._pane = panes[(at + by) % len(panes)]
        if pane.id in _DETAILS:
            self._detail = pane.id
            self._show_detail(pane.id)
        # A pane that was hidden takes the focus only once it is laid out; the next key may come before.
        self.call_after_refresh(pane.focus)

    def on_descendant_focus(self, event: DescendantFocus) -> None:
        self._pane = event.widget

    def action_interrupt(self) -> None:
        if self._interrupted:
            self.exit()
            return
        self._interrupted = True
        self.notify("Press ctrl+c again to quit.", timeout=_SECOND_PRESS)
        self.set_timer(_SECOND_PRESS, self._forget_interrupt)

    def _forget_interrupt(self) -> None:
        self._interrupted = False

    def _panes(self) -> list[Widget]:
        """What can have the focus in this layout, whether it is in front or behind."""
        classes = self.screen.classes
        lists = [] if "-empty" in classes else [self.query_one(EventList)]
        if classes & {"-tiny", "-flat", "-bare", "-busy"}:
            return list(lists)
        details = (
            [self.query_one(RawPane)]
            if "-empty" in classes
            else [self.query_one(TextPane), self.query_one(RawPane)]
        )
        return [*lists, *details]

    def _show_detail(self, name: str) -> None:
        """Which detail is in front where there is room for one."""
        for detail in _DETAILS:
            self.screen.set_class(detail == name, f"-on-{detail}")


def _anchored(stream: Stream) -> str:
    if not stream:
        return ""
    return f"t from the {stream.anchor.value}" if stream.anchor else "times unknown"
