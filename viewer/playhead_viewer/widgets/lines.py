"""A pane of lines on the line API: a document is made for its width, and made again when that changes.

Knows documents, scrolling and how styles look. What the lines say, panes know.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.geometry import Size
from textual.message import Message
from textual.strip import Strip

from playhead import PlayheadError
from playhead_viewer.panes.document import Document, Line, wrapped
from playhead_viewer.panes.document import Style as Meaning
from playhead_viewer.panes.table import BY_NAME
from playhead_viewer.source.moment import Moment
from playhead_viewer.text.safe import Safe, safe_lines
from playhead_viewer.widgets.room import Roomed
from playhead_viewer.widgets.scrolling import Scrolling

_CLASSES = {meaning: f"lines--{meaning.value}" for meaning in Meaning}

_ROUND = 16


class LinePane(Roomed, Scrolling, can_focus=True, inherit_bindings=False):
    """Shows one of the panes of the table, for the moment that it is given.

    Its scrollbar stays, and is blank where nothing can be scrolled: one that came and went with long events
    would have the whole screen arranged anew, which costs more than the step itself.
    """

    ALLOW_SELECT = False
    DRAWS_LINES = True
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "scroll_up", show=False),
        Binding("down", "scroll_down", show=False),
        Binding("pageup", "page_up", show=False),
        Binding("pagedown", "page_down", show=False),
        Binding("home", "scroll_home", show=False),
        Binding("end", "scroll_end", show=False),
    ]
    DEFAULT_CSS = """
    LinePane {
        height: 1fr;
        overflow-x: hidden;
        overflow-y: scroll;
        scrollbar-size-vertical: 1;
        scrollbar-color: $foreground 30%;
        scrollbar-background: $background;
    }
    LinePane > .lines--faint { color: $text-muted; }
    LinePane > .lines--bold { text-style: bold; }
    LinePane > .lines--new { text-style: reverse; }
    LinePane > .lines--key { color: $text-accent; }
    LinePane > .lines--good { color: $text-success; }
    LinePane > .lines--warning { color: $text-warning; text-style: bold; }
    LinePane > .lines--error { color: $text-error; text-style: bold; }
    LinePane:nocolor > .lines--error { color: $foreground; text-style: bold reverse; }
    LinePane:nocolor > .lines--key { text-style: bold; }
    LinePane:nocolor > .lines--faint { text-style: dim; }
    """

    class Resized(Message):
        """It has other room now, and others may have, too."""

    def __init__(self, pane: str, *, id: str, is_titled: bool = False) -> None:
        """`is_titled` where its border says what it shows."""
        super().__init__(id=id)
        self.pane: str = pane
        """Which of the panes it shows, by name."""
        self._moment: Moment | None = None
        self._document = Document(())
        self._key: tuple[object, ...] = ()
        self._made_of: tuple[object, ...] | None = None
        self._is_titled = is_titled
        self._title = Safe("")

    def show(self, moment: Moment | None, pane: str | None = None) -> None:
        """Another moment, or another pane."""
        self._moment = moment
        if pane is not None:
            self.pane = pane
        key = self._content_key()
        if key is None or key != self._made_of:
            self.remake()
        self._made_of = key

    def _content_key(self) -> tuple[object, ...] | None:
        """What the document depends on; `None` where that is not known."""
        moment = self._moment
        if moment is None or not self.size.width:
            return None
        try:
            with moment.stream.loader.lock:
                key = BY_NAME[self.pane].key(moment)
        except PlayheadError:
            return None  # the document will say it
        return None if key is None else (self.pane, id(moment.stream), id(moment.analysis), self.size, key)

    def remake(self) -> None:
        """Make the document, and bring into sight what must be."""
        width, height = self.scrollable_content_region.size
        if not width or not height:
            return  # hidden; made when it is shown
        before, self._document = self._document, self._made(width)
        size = Size(width, self._room(len(self._document.lines), height))
        if self._is_titled and self._title != self._document.title:
            self._title = self._document.title
            self.border_title = Content(self._title)  # a string would be read as markup
        top = self.scroll_offset.y
        is_arranged = self.hold(size)
        self._keep_in_sight(height)
        if is_arranged and top == self.scroll_offset.y:
            self._refresh_changed(before.lines, self._document.lines, top, height)
        else:
            self.refresh()

    def _room(self, lines: int, height: int) -> int:
        """How many lines can be scrolled through. Another number arranges the whole screen anew, which costs
        more than a step may: it changes seldom while nobody scrolls."""
        if lines <= height:
            return height
        return lines if self.has_focus else -(-lines // _ROUND) * _ROUND

    def on_focus(self) -> None:
        self.remake()

    def _refresh_changed(self, before: Sequence[Line], now: Sequence[Line], top: int, height: int) -> None:
        """Draw the lines in sight that are others than before: drawing is most of what a step costs."""
        changed = [
            at
            for at in range(top, top + height)
            if (before[at] if at < len(before) else ()) != (now[at] if at < len(now) else ())
        ]
        self.refresh_each(changed)

    def _made(self, width: int) -> Document:
        moment = self._moment
        if moment is None:
            return Document(())
        try:
            with moment.stream.loader.lock:
                return BY_NAME[self.pane].make(moment, width)
        except PlayheadError as error:
            lines = list(wrapped(safe_lines(f"✖ {error}"), width, Meaning.ERROR))
            return Document(lines, title=BY_NAME[self.pane].title)

    def _keep_in_sight(self, height: int) -> None:
        moment = self._moment
        key = (
            self.pane,
            moment.number if moment is not None else 0,
            moment.stream if moment is not None else None,
        )
        stays, self._key = key == self._key, key
        if stays and self.has_focus:
            return  # a reader has scrolled; only what grew was made again
        first, last = self._document.sight
        top = min(first, max(last - height + 1, 0))
        if top != self.scroll_offset.y:
            self.scroll_to(y=top, animate=False, force=True)

    def given_room(self) -> None:
        self.remake()
        self.post_message(self.Resized())

    def render_line(self, y: int) -> Strip:
        plain = self._style(Meaning.PLAIN)
        width = self.scrollable_content_region.width
        at = y + self.scroll_offset.y
        lines = self._document.lines
        if at >= len(lines):
            return Strip.blank(width, plain)
        segments = [Segment(text, self._style(style)) for text, style in lines[at]]
        room = width - sum(cell_len(text) for text, _ in lines[at])
        if room > 0:
            segments.append(Segment(" " * room, plain))
        if room >= 0:
            return Strip(segments, width)
        strip = Strip(segments)
        # A space that hangs over the edge is no loss.
        if cell_len(strip.text.rstrip()) > width:
            more = Strip([Segment("…", self._style(lines[at][-1][1]))])
            strip = Strip.join([strip.crop(0, max(width - 1, 0)), more])
        return strip.adjust_cell_length(width, plain)

    def _style(self, meaning: Meaning) -> Style:
        return self.paint(_CLASSES[meaning])
