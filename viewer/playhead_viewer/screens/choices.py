"""A list to choose from: rows that are found by typing, drawn when they are on the screen.

Knows choices and widths. Help, the palette, the copy menu, the exchanges and the sessions are all such
lists; what a choice does, whoever opened the list knows.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.events import Click, Resize
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.widgets import Input, Static

from playhead_viewer.chooser import Chooser
from playhead_viewer.command import bindings
from playhead_viewer.list_commands import HELP, LISTS
from playhead_viewer.panes.document import Line
from playhead_viewer.panes.document import Style as Meaning
from playhead_viewer.text.safe import Safe
from playhead_viewer.text.wrapping import fit, pointed
from playhead_viewer.viewer import Viewer
from playhead_viewer.widgets.bars import Footer
from playhead_viewer.widgets.typed import Typed


@dataclass(frozen=True, slots=True)
class Choice:
    """`draw` gives its line for a width; one without an id is a heading, and cannot be chosen."""

    id: str | None
    words: str
    """What typing is compared with."""
    draw: Callable[[int], Line]
    name: str = ""
    """Its own: what fits this comes before what fits by its other words alone."""


class ChoiceList(ScrollView, can_focus=False):
    """The rows, with a cursor on those that can be chosen."""

    ALLOW_SELECT = False
    COMPONENT_CLASSES: ClassVar[set[str]] = {f"choices--{each.value}" for each in Meaning} | {
        "choices--cursor"
    }
    DEFAULT_CSS = """
    ChoiceList {
        height: 1fr;
        overflow-x: hidden;
        overflow-y: auto;
        scrollbar-size-vertical: 1;
        scrollbar-color: $foreground 30%;
        scrollbar-background: $surface;
    }
    ChoiceList > .choices--cursor { background: $primary 40%; text-style: bold; }
    ChoiceList > .choices--faint { color: $text-muted; }
    ChoiceList > .choices--bold { text-style: bold; }
    ChoiceList > .choices--key { color: $text-accent; }
    ChoiceList > .choices--good { color: $text-success; }
    ChoiceList > .choices--warning { color: $text-warning; }
    ChoiceList > .choices--error { color: $text-error; text-style: bold; }
    ChoiceList:nocolor > .choices--cursor { text-style: bold reverse; }
    ChoiceList:nocolor > .choices--faint { text-style: dim; }
    ChoiceList:ansi > .choices--cursor { background: transparent; text-style: bold reverse; }
    """

    @dataclass
    class Picked(Message):
        """A row was clicked."""

        id: str

    def __init__(self) -> None:
        super().__init__()
        self._rows: Sequence[Choice] = ()
        self.cursor: int = 0

    def show(self, rows: Sequence[Choice], at: str | None) -> None:
        """Rows, the cursor on the one with id `at`, or on the first that can be chosen."""
        self._rows = rows
        self.virtual_size = Size(0, len(rows))
        chosen = (place for place, row in enumerate(rows) if row.id == at and at is not None)
        first = (place for place, row in enumerate(rows) if row.id is not None)
        self.cursor = next(chosen, next(first, 0))
        self._keep_in_sight()
        self.refresh()

    @property
    def chosen(self) -> str | None:
        return self._rows[self.cursor].id if self.cursor < len(self._rows) else None

    def move(self, by: int) -> None:
        """So many choices on; headings are passed over."""
        places = [place for place, row in enumerate(self._rows) if row.id is not None]
        if not places:
            return
        at = next((index for index, place in enumerate(places) if place >= self.cursor), len(places) - 1)
        self.cursor = places[min(max(at + by, 0), len(places) - 1)]
        self._keep_in_sight()
        self.refresh()

    @property
    def page(self) -> int:
        return max(self.size.height, 1)

    def _keep_in_sight(self) -> None:
        top, height = self.scroll_offset.y, self.page
        # The heading above the first choice is worth seeing, too.
        wanted = 0 if self.cursor <= 1 else self.cursor
        if wanted < top:
            self.scroll_to(y=wanted, animate=False, force=True)
        elif wanted >= top + height:
            self.scroll_to(y=wanted - height + 1, animate=False, force=True)

    def on_resize(self, event: Resize) -> None:
        self._keep_in_sight()

    def on_click(self, event: Click) -> None:
        at = event.y + self.scroll_offset.y
        if at < len(self._rows) and (id_ := self._rows[at].id) is not None:
            self.cursor = at
            self.post_message(self.Picked(id_))

    def render_line(self, y: int) -> Strip:
        at, width = y + self.scroll_offset.y, self.scrollable_content_region.width
        plain = self.get_component_rich_style("choices--plain")
        if at >= len(self._rows):
            return Strip.blank(width, plain)
        base = plain
        if at == self.cursor and self._rows[at].id is not None:
            cursor = self.get_component_rich_style("choices--cursor")
            base = plain + Style(bgcolor=cursor.bgcolor, bold=cursor.bold, reverse=cursor.reverse)
        segments = [
            Segment(text, self._style(meaning) + base if base is not plain else self._style(meaning))
            for text, meaning in self._rows[at].draw(width)
        ]
        return Strip(segments).adjust_cell_length(width, base)

    def _style(self, meaning: Meaning) -> Style:
        return self.get_component_rich_style(f"choices--{meaning.value}")


class ChoiceScreen(Chooser):
    """Closes with the id of the choice, or with nothing."""

    BINDINGS: ClassVar[list[BindingType]] = bindings((*HELP, *LISTS))
    DEFAULT_CSS = """
    ChoiceScreen { align: center middle; background: $background 60%; }
    ChoiceScreen > Vertical {
        width: 100%; height: 1fr; max-width: 110; max-height: 90%;
        background: $surface; border: round $primary; padding: 0 1;
    }
    ChoiceScreen.-whole > Vertical { max-width: 100%; max-height: 100%; }
    ChoiceScreen Input, ChoiceScreen Input:focus {
        height: 1; border: none; padding: 0; background: $surface;
    }
    ChoiceScreen #wrong {
        height: auto; max-height: 6; color: $text-error; text-style: bold; text-wrap: nowrap; display: none;
    }
    ChoiceScreen #columns-of { height: 1; color: $text-muted; text-wrap: nowrap; display: none; }
    ChoiceScreen #nothing { display: none; color: $text-muted; }
    """

    def __init__(
        self,
        title: Safe,
        rows: Sequence[Choice],
        *,
        at: str | None = None,
        empty: str = "",
        typed: str = "",
        asks: str = "Type to find",
    ) -> None:
        """`typed` stands in the line to type in, `asks` where nothing does."""
        super().__init__()
        self._first_typed = typed
        self._asks = asks
        self._title = title
        self._choices = rows
        self._at = at
        self._empty = empty

    def compose(self) -> ComposeResult:
        with Vertical() as box:
            box.border_title = Content(self._title)
            yield Typed(self._first_typed, placeholder=self._asks, select_on_focus=False)
            yield Static(id="wrong")
            yield Static(id="columns-of")
            yield ChoiceList()
            yield Static(id="nothing")
            yield Footer()

    def on_mount(self) -> None:
        self.query_one(Input).focus()
        if isinstance(self.app, Viewer):
            self.app.show_said()
            self.query_one(Footer).hint(self.app.hints(self))
        self.call_after_refresh(self._arrange, self._at)

    @property
    def typed(self) -> str:
        return self.query_one(Input).value

    def forget(self) -> None:
        """Nothing is typed any more."""
        self.query_one(Input).value = ""

    def replace(self, rows: Sequence[Choice], title: Safe | None = None) -> None:
        """Other rows; the cursor stays on the same choice, or goes to the nearest that is still there."""
        chosen = self._nearest(rows, self.query_one(ChoiceList).chosen)
        self._choices = rows
        if title is not None:
            self.query_one(Vertical).border_title = Content(title)
        self._arrange(chosen)

    def _nearest(self, rows: Sequence[Choice], chosen: str | None) -> str | None:
        there = {row.id for row in rows}
        before = [row.id for row in self._choices]
        if chosen in there or chosen not in before:
            return chosen
        at = before.index(chosen)
        return next((id_ for id_ in (*before[at:], *reversed(before[:at])) if id_ in there), None)

    def _arrange(self, at: str | None) -> None:
        words = self.typed.split()
        rows = self.fitting(self._choices, self.typed)
        self.query_one(ChoiceList).show(rows, at)
        nothing = self.query_one("#nothing", Static)
        nothing.display = not rows
        if not rows:
            nothing.update(Content("Nothing fits what was typed." if words else self._empty))

    def fitting(self, rows: Sequence[Choice], typed: str) -> Sequence[Choice]:
        """Those that fit what is typed, every word of it; those first that are called so."""
        words = typed.lower().split()
        if not words:
            return rows
        return sorted((row for row in rows if _fits(row, words)), key=lambda row: _distance(row, words))

    def say_wrong(self, fault: tuple[str, int, int] | None) -> None:
        """Say what is wrong with what is typed, below its place; nothing where nothing is."""
        wrong = self.query_one("#wrong", Static)
        wrong.display = fault is not None
        if fault is not None:
            wrong.update(Content(pointed(*fault, self._room_to_say)))

    @property
    def _room_to_say(self) -> int:
        return self.query_one(Input).size.width or 80

    def on_input_changed(self, event: Input.Changed) -> None:
        # What fits best stands first, and is what Enter is for.
        self._arrange(None if self.typed.strip() else self.query_one(ChoiceList).chosen)

    def on_choice_list_picked(self, message: ChoiceList.Picked) -> None:
        self.choose(message.id)

    def leave(self) -> None:
        self.dismiss(None)

    def choose_chosen(self) -> None:
        chosen = self.query_one(ChoiceList).chosen
        if chosen is not None:
            self.choose(chosen)

    def choose(self, id_: str) -> None:
        """One was chosen, by a key or a click."""
        self.dismiss(id_)

    def move(self, by: int) -> None:
        self.query_one(ChoiceList).move(by)

    def page(self, by: int) -> None:
        choices = self.query_one(ChoiceList)
        choices.move(by * max(choices.page - 1, 1))


def _fits(row: Choice, words: Sequence[str]) -> bool:
    told = row.words.lower()
    return row.id is not None and all(word in told for word in words)


def _distance(row: Choice, words: Sequence[str]) -> int:
    if not row.name or not all(word in row.name for word in words):
        return 2
    return int(row.name.split("_") != words)


def cells(width: int, *parts: tuple[str, int, Meaning]) -> Line:
    """Safe texts in columns; a width of 0 takes what is left, one below 0 is from the right."""
    fixed = sum(abs(room) + 1 for _, room, _ in parts if room)
    found: list[tuple[Safe, Meaning]] = []
    for text, room, meaning in parts:
        if room < 0:
            text = f"{text:>{-room}}"
        size = abs(room) if room else max(width - fixed, 1)
        found.append((Safe(fit(text, size) + " "), meaning))
    return found
