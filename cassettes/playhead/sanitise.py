"""Recorded text is hostile: the one place that makes it safe to show.

Every string that came from a stream passes `sanitise` before it reaches a terminal or a widget, in
every command and pane. Knows characters, never terminals. Control characters become their pictures
(U+2400 and on), so that a reader still sees what was there; what would reorder, hide or impersonate
text is named by its code point.
"""

from __future__ import annotations

import re

_C0 = {code: chr(0x2400 + code) for code in range(0x20)} | {0x7F: "\u2421"}
# Unicode's controls, format characters, surrogates and separators of lines (categories Cc, Cf, Cs, Zl, Zp),
# with the letters and variation selectors that draw nothing. Joiners belong to ordinary writing, but they
# also hide text: a debugger shows them.
_HIDDEN = re.compile(
    "[\x80-\x9f\u00ad\u034f\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u115f\u1160"
    "\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff"
    "\uffa0\ufff9-\ufffb\ufffe\uffff\ud800-\udfff\U000110bd\U000110cd\U00013430-\U0001343f"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)


def sanitise(text: str) -> str:
    """`text` on one line, with nothing in it that a terminal would obey.

    >>> sanitise("a\\x1b[2Jb\\n")
    'a␛[2Jb␊'
    >>> sanitise("user\\u202etxt")
    'user⟨U+202E⟩txt'
    """
    if text.isascii() and text.isprintable():
        return text
    return _HIDDEN.sub(_name, text.translate(_C0))


def sanitise_lines(text: str) -> str:
    """The same, but LF still ends a line and a tab is four spaces: for text shown as text."""
    return "\n".join(sanitise(line.replace("\t", "    ")) for line in text.split("\n"))


def _name(match: re.Match[str]) -> str:
    return f"⟨U+{ord(match[0]):04X}⟩"
