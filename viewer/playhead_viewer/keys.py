"""Every key of the viewer, and which of them the footer names.

A binding is remapped by its `id` (`App.set_keymap`); the footer reads the keys as they then are.
"""

from __future__ import annotations

from typing import NamedTuple

from textual.binding import Binding, BindingType

# Priority where Textual's screen has a binding of its own for the key.
BINDINGS: list[BindingType] = [
    Binding("j,down,full_stop", "step(1)", "Next event", id="step"),
    Binding("k,up,comma", "step(-1)", "Previous event", id="step_back"),
    Binding("pagedown", "page(1)", "Page down", id="page"),
    Binding("pageup", "page(-1)", "Page up", id="page_back"),
    Binding("g,home", "first", "First event", id="first"),
    Binding("G,end", "last", "Last event", id="last"),
    Binding("right_curly_bracket", "exchange(1)", "Next exchange", id="exchange"),
    Binding("left_curly_bracket", "exchange(-1)", "Previous exchange", id="exchange_back"),
    Binding("tab", "pane(1)", "Next pane", id="pane", priority=True),
    Binding("shift+tab", "pane(-1)", "Previous pane", id="pane_back", priority=True),
    Binding("q", "quit", "Quit", id="quit"),
    Binding("ctrl+c", "interrupt", "Quit, if pressed twice", id="interrupt", priority=True),
]


class Hint(NamedTuple):
    """A word in the footer and the bindings whose keys stand before it."""

    word: str
    ids: tuple[str, ...]


HINTS = (
    Hint("Quit", ("quit",)),
    Hint("Step", ("step", "step_back")),
    Hint("Ends", ("first", "last")),
    Hint("Exchange", ("exchange_back", "exchange")),
    Hint("Pane", ("pane",)),
    Hint("Page", ("page", "page_back")),
)
"""In the order in which they give way where the row is short: the last goes first. Drawn with Quit last."""
