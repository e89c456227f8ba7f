"""What each widget is told to show: bars, list, panes, footer.

Knows widgets and the words about what is shown; decides nothing about what that is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import PurePath

from textual.content import Content

from playhead_viewer import layout
from playhead_viewer.columns import heading
from playhead_viewer.parts.arranging import Arranging
from playhead_viewer.source.files import Trouble
from playhead_viewer.source.stream import Stream
from playhead_viewer.source.words import (
    Notice,
    Verdict,
    no_frames,
    nothing_read,
    nothing_yet,
    notices,
    title,
    verdict,
)
from playhead_viewer.stage import Stage
from playhead_viewer.text.safe import Safe
from playhead_viewer.viewing import Viewing
from playhead_viewer.widgets.bars import Footer, Hint, NoticeBar, VerdictBar
from playhead_viewer.widgets.event_list import EventList
from playhead_viewer.widgets.words import Words


class Drawing:
    """`hints` gives the footer's, in the order in which they give way."""

    def __init__(self, stage: Stage, arranging: Arranging, hints: Callable[[], Sequence[Hint]]) -> None:
        self._stage = stage
        self._arranging = arranging
        self._hints = hints
        self._trouble: Trouble | None = None

    def watch(self) -> None:
        """See what became of the file."""
        viewing = self._stage.viewing
        if viewing is None:
            return
        before, self._trouble = self._trouble, viewing.loader.trouble
        if self._trouble is not before:
            self.all()

    def forget(self) -> None:
        """It is another file now."""
        self._trouble = None

    def all(self) -> None:
        """Everything but the rows: bars, titles, panes."""
        viewing = self._stage.viewing
        if viewing is None:
            return
        stream = viewing.stream
        file = PurePath(viewing.loader.name).name
        with viewing.loader.lock:
            told = _verdict(viewing, stream, file) if stream is not None else None
            said = notices(stream, viewing.loader, self._trouble, self._stage.key_of("reload"))
        self._stage.query_one(VerdictBar).show(title(file), told)
        self._notices(said)
        self._list(viewing, file)
        self.panes()
        self.footer()

    # Mounted with the first word: most cassettes have nothing to say here, and the first row waits for all.

    def _notices(self, said: Sequence[Notice]) -> None:
        bar = self._stage.query_one_optional(NoticeBar)
        if bar is None and said:
            bar = NoticeBar()
            self._stage.default_screen.mount(bar, after="#verdict")
        if bar is not None:
            bar.show(said)

    def _message(self, text: Safe) -> None:
        message = self._stage.query_one_optional("#message", Words)
        if message is None:
            message = Words(id="message")
            self._stage.query_one("#left").mount(message)
        message.show(text)

    def rows(self) -> None:
        """The rows, too: others, or the same ones looking otherwise."""
        if self._stage.viewing is not None:
            self._stage.query_one(EventList).show(self._stage.viewing)

    def _list(self, viewing: Viewing, file: str) -> None:
        stage, stream = self._stage, viewing.stream
        is_empty = stream is None or not stream.count
        stage.default_screen.set_class(is_empty, "-empty")
        stage.default_screen.set_class(stream is None, "-bare")
        left = stage.query_one("#left")
        if stream is None or is_empty:
            left.border_title, left.border_subtitle = "", ""
            self._message(Safe("\n\n".join(_words(viewing, file))))
            return
        left.border_title = Content(_counted(viewing, stream))  # a string would be read as markup
        left.border_subtitle = Content(_anchored(viewing, stream))
        events = stage.query_one(EventList)
        self.heading()
        if viewing.filter is None and events.is_showing(viewing):
            events.grown()
        else:
            events.show(viewing)

    def heading(self) -> None:
        """The names of the columns, which are those that there is room for."""
        stage = self._stage
        if stage.viewing is not None and stage.viewing.stream is not None:
            width = stage.query_one(EventList).row_width or stage.size.width
            stage.query_one("#columns", Words).show(heading(stage.viewing, width))

    def panes(self) -> None:
        """The panes that are in sight."""
        stage, viewing = self._stage, self._stage.viewing
        moment = viewing.moment(stage.key_of("check")) if viewing is not None else None
        if viewing is None or moment is None or not stage.query_one("#detail").children:
            return
        # Here: they are mounted when the first rows are on the screen.
        from playhead_viewer.widgets.lines import LinePane
        from playhead_viewer.widgets.tabs import Tabs

        names, front = layout.tabs(stage.default_screen.classes), self._arranging.tab
        badges = {"lint": _badge(viewing)}
        stage.query_one(Tabs).show(names, front, badges, f"#{moment.number:,}" if moment.number else "")
        stage.query_one("#tab-pane", LinePane).show(moment, front)
        for name in ("state", "timing"):
            pane = stage.query_one(f"#{name}", LinePane)
            if pane.size.width or name not in names:
                pane.show(moment)

    def footer(self) -> None:
        """Transport and hints."""
        footer = self._stage.query_one(Footer)
        footer.hint(self._hints())
        if self._stage.viewing is not None:
            footer.show(self._stage.viewing, self._stage.query_one(EventList).below)


def _verdict(viewing: Viewing, stream: Stream, file: str) -> Verdict:
    return verdict(file, viewing.exchanges, stream, viewing.analysis, is_checking=viewing.is_checking)


def _badge(viewing: Viewing) -> str:
    """What stands behind the name of the findings: how many, or that nobody has looked."""
    counts = viewing.counts()
    if counts is None:
        return "?" if viewing.analysis is not None and viewing.analysis.is_whole else ""
    return f"⚠{counts[0]}✖{counts[1]}" if sum(counts) else ""


def _words(viewing: Viewing, file: str) -> tuple[Safe, ...]:
    """What is said in place of a list."""
    stream = viewing.stream
    if not (viewing.loader.is_over if stream is None else stream.is_over):
        return nothing_yet(stream, file)
    return nothing_read(file) if stream is None else no_frames(stream)


def _counted(viewing: Viewing, stream: Stream) -> Safe:
    shown = f"{stream.count:,}" if viewing.filter is None else f"{viewing.cursor.rows:,} of {stream.count:,}"
    return Safe(f"Events {'' if stream.is_over else '≥ '}{shown}")


def _anchored(viewing: Viewing, stream: Stream) -> Safe:
    if viewing.reference is not None:
        return Safe(f"t from #{viewing.reference:,}")
    return Safe(f"t from the {stream.anchor.value}" if stream.anchor else "times unknown")
