"""A line to type in, into which nothing gets that a terminal would obey.

What is pasted may be recorded text. Knows what a terminal obeys; nothing of what is typed.
"""

from __future__ import annotations

from textual.widgets import Input

from playhead_viewer.text.safe import safe


class Typed(Input):
    """As Textual's, which sends to the terminal whatever it holds."""

    DEFAULT_CSS = """
    Typed:nocolor > .input--cursor, Typed:nocolor > .input--selection { text-style: reverse; }
    Typed:nocolor > .input--placeholder { text-style: dim; }
    Typed:ansi > .input--cursor, Typed:ansi > .input--selection {
        background: ansi_default; color: ansi_default; text-style: reverse;
    }
    """

    def validate_value(self, value: str) -> str:
        """What it is given whole: a text to begin with, a completed path."""
        return safe(value)

    def replace(self, text: str, start: int, end: int) -> None:
        # Typing and pasting: here, too, since the cursor goes behind what was put in.
        super().replace(safe(text), start, end)
