"""The line to type in: a search, a filter, a place, a note. What is wrong stands above it, at its place.

Knows text and where it is typed; what it means, whoever opened it knows.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar, TypeAlias

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.events import Key
from textual.widgets import Input, Static

from playhead_viewer.text.safe import Safe, safe
from playhead_viewer.text.wrapping import fit, pointed, wrap
from playhead_viewer.widgets.typed import Typed

_HINT = 2
"""Rows that a hint takes at most; what is wrong takes what it needs."""

Check = Callable[[str], tuple[str, int, int] | None]
"""What is wrong with a text, and from where to where; `None` where nothing is."""
Complete: TypeAlias = Callable[[str], tuple[str, Sequence[str]]]
"""A text as far as what there is lets it be completed, and what there is to choose from."""


class Prompt(Vertical):
    """Mounted while something is typed; until then no other widget has the keyboard."""

    # The screen's own Tab would take the keyboard away.
    BINDINGS: ClassVar[list[BindingType]] = [Binding("tab,shift+tab", "complete", show=False)]

    DEFAULT_CSS = """
    Prompt { height: auto; dock: bottom; background: $panel; }
    Prompt Static { height: auto; max-height: 6; text-wrap: nowrap; color: $text-muted; }
    Prompt Static.-wrong { color: $text-error; text-style: bold; }
    Prompt Input, Prompt Input:focus { height: 1; border: none; padding: 0; background: $panel; }
    """

    def __init__(
        self,
        label: str,
        text: Safe,
        hint: str,
        check: Check,
        done: Callable[[str | None], None],
        changed: Callable[[str], None] | None = None,
        complete: Complete | None = None,
    ) -> None:
        super().__init__(id="prompt")
        self._label = label
        self._text = text
        self._hint = hint
        self._check = check
        self._done = done
        self._changed = changed
        self._complete = complete
        self._completed = ""
        self._choices: Sequence[str] = ()
        self._is_open = True

    def compose(self) -> ComposeResult:
        yield Static(id="prompt-said")
        yield Typed(self._text, placeholder=self._label, select_on_focus=False)

    def on_mount(self) -> None:
        self.query_one(Input).focus()
        self._say(self._text)

    def on_descendant_blur(self) -> None:
        if self._is_open and self.app.app_focus:
            self.query_one(Input).focus()  # a click elsewhere took it

    def action_complete(self) -> None:
        if self._complete is None:
            return
        typed = self.query_one(Input)
        self._completed, self._choices = self._complete(typed.value)
        typed.value = self._completed
        typed.cursor_position = len(typed.value)
        self._say(typed.value)

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self._say(event.value)
        if self._changed is not None and self._check(event.value) is None:
            self._changed(event.value)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        if self._check(event.value) is None:
            self._close(event.value)

    def on_key(self, event: Key) -> None:
        if event.key == "escape":
            event.stop()
            self._close(None)

    def _close(self, found: str | None) -> None:
        self._is_open = False
        self._done(found)

    def _say(self, text: str) -> None:
        wrong = self._check(text) if text else None
        said, width = self.query_one("#prompt-said", Static), self.app.size.width
        said.set_class(wrong is not None, "-wrong")
        if wrong is not None:
            said.update(Content(pointed(*wrong, width, above=True)))
            return
        chosen = len(self._choices) > 1 and text == self._completed
        told = safe("  ".join(self._choices) if chosen else f"{self._label}: {self._hint}")
        spans = list(wrap(told, width))
        lines = [told[start:end].rstrip() for start, end in spans[:_HINT]]
        if len(spans) > _HINT:
            lines[-1] = fit(told[spans[_HINT - 1][0] :], width)
        said.update(Content("\n".join(lines)))

    def on_resize(self) -> None:
        if self._is_open and self.is_mounted:
            self._say(self.query_one(Input).value)
