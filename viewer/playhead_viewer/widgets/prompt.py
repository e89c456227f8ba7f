"""The line to type in: a search, a filter, a place, a note. What is wrong stands above it, at its place.

Knows text and where it is typed; what it means, whoever opened it knows.
"""

from __future__ import annotations

from collections.abc import Callable

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.events import Key
from textual.widgets import Input, Static

from playhead.sanitise import sanitise
from playhead_viewer.widgets.typed import Typed
from playhead_viewer.wrapping import fit

Check = Callable[[str], tuple[str, int, int] | None]
"""What is wrong with a text, and from where to where; `None` where nothing is."""


class Prompt(Vertical):
    """Mounted while something is typed."""

    DEFAULT_CSS = """
    Prompt { height: 2; dock: bottom; background: $panel; }
    Prompt Static { height: 1; text-wrap: nowrap; color: $text-muted; }
    Prompt Static.-wrong { color: $text-error; text-style: bold; }
    Prompt Input, Prompt Input:focus { height: 1; border: none; padding: 0; background: $panel; }
    """

    def __init__(
        self,
        label: str,
        text: str,
        hint: str,
        check: Check,
        done: Callable[[str | None], None],
        changed: Callable[[str], None] | None = None,
    ) -> None:
        super().__init__(id="prompt")
        self._label = label
        self._text = text
        self._hint = hint
        self._check = check
        self._done = done
        self._changed = changed

    def compose(self) -> ComposeResult:
        yield Static(id="prompt-said")
        yield Typed(sanitise(self._text), placeholder=self._label, select_on_focus=False)

    def on_mount(self) -> None:
        self.query_one(Input).focus()
        self._say(self._text)

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self._say(event.value)
        if self._changed is not None and self._check(event.value) is None:
            self._changed(event.value)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        if self._check(event.value) is None:
            self._done(event.value)

    def on_key(self, event: Key) -> None:
        if event.key == "escape":
            event.stop()
            self._done(None)

    def _say(self, text: str) -> None:
        wrong = self._check(text) if text else None
        said = self.query_one("#prompt-said", Static)
        said.set_class(wrong is not None, "-wrong")
        if wrong is None:
            said.update(Content(fit(sanitise(f"{self._label}: {self._hint}"), self.size.width or 80)))
            return
        message, start, end = wrong
        carets = " " * start + "^" * max(end - start, 1)
        room = (self.size.width or 80) - len(message) - 3
        line = f"{carets} {message}" if len(carets) <= room else f"✖ {message}"
        said.update(Content(fit(sanitise(line), self.size.width or 80)))
