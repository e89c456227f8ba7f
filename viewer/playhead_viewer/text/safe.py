"""The one door between recorded text and the screen.

Widgets take `Safe` and no other text, and only the functions here make it out of something recorded, so
the type checker finds a pane that forgot. Our own words become `Safe` by naming it: `Safe("Text")`.
"""

from __future__ import annotations

import re
from typing import NewType

from playhead.sanitise import sanitise, sanitise_lines

Safe = NewType("Safe", str)
"""Text with nothing in it that a terminal would obey. Never markup: it is drawn as it stands."""

# What `surrogateescape` makes of a byte that is no UTF-8.
_BYTE = "[\udc80-\udcff]+"


def safe(text: str) -> Safe:
    """Recorded text on one line, controls as pictures."""
    return Safe(sanitise(text))


def safe_lines(text: str) -> Safe:
    """Recorded text as text: LF ends a line, a tab is four spaces, other controls are pictures."""
    return Safe(sanitise_lines(text))


def safe_bytes(data: bytes) -> Safe:
    """Recorded bytes on one line; those that are no UTF-8 by their value.

    >>> safe_bytes(b"caf\\xc3 \\n")
    'caf⟨C3⟩ ␊'
    """
    try:
        return safe(data.decode())
    except UnicodeDecodeError:
        return safe(re.sub(_BYTE, _values, data.decode("utf-8", "surrogateescape")))


def shortened(text: str, limit: int) -> str:
    """At most `limit` characters of a text, then how many more there are."""
    return text if len(text) <= limit else f"{text[:limit]}… {len(text) - limit:,} more"


def _values(match: re.Match[str]) -> str:
    return f"⟨{' '.join(f'{ord(character) - 0xDC00:02X}' for character in match[0])}⟩"
