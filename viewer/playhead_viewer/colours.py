"""What becomes of colours where there are few of them, or none. Knows styles and themes; no widget.

Textual's own way without colours is greys on black, and its theme of the terminal's colours has blue, green
and yellow in it, each of which cannot be read on some background.
"""

from __future__ import annotations

from functools import lru_cache

from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.filter import LineFilter
from textual.theme import Theme

SIXTEEN = Theme(
    name="playhead-ansi",
    ansi=True,
    primary="ansi_magenta",
    secondary="ansi_default",
    warning="ansi_magenta",
    error="ansi_red",
    success="ansi_default",
    accent="ansi_magenta",
    foreground="ansi_default",
    background="ansi_default",
    surface="ansi_default",
    panel="ansi_default",
    boost="ansi_default",
    dark=True,
    variables={
        "ansi-background": "ansi_default",
        "ansi-foreground": "ansi_default",
        "border": "ansi_magenta",
        "border-blurred": "ansi_default",
        "scrollbar": "ansi_default",
        "scrollbar-hover": "ansi_default",
        "scrollbar-active": "ansi_default",
        "scrollbar-background": "ansi_default",
        "scrollbar-background-hover": "ansi_default",
        "scrollbar-background-active": "ansi_default",
        "input-cursor-text-style": "reverse",
        "input-selection-background": "ansi_magenta",
    },
)
"""The terminal's own colours, and of these only such as are read on black and on white."""


class Colourless(LineFilter):
    """Lets no colour through, nor the name of the terminal's own: bold, reverse, dim and lines stay."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """The same text without colours."""
        return [
            Segment(text, None if style is None else _without(style), control)
            for text, style, control in segments
        ]


@lru_cache(1024)
def _without(style: Style) -> Style:
    plain = style.without_color
    return plain + Style.from_meta(style.meta) if style.meta else plain
