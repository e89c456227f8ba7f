"""Recorded text is hostile: the one place that makes it safe to show.

Every string that came from a stream passes `sanitise` before it reaches a terminal or a widget, in
every command and pane. Knows characters, never terminals. Control characters become their pictures
(U+2400 and on), so that a reader still sees what was there; what would reorder, hide or impersonate
text is named by its code point; marks that are piled upon a letter are counted.
"""

from __future__ import annotations

import re
from functools import cache

_CONTROL = "[\x00-\x1f\x7f]"
# Unicode's controls, format characters, surrogates and separators of lines (categories Cc, Cf, Cs, Zl, Zp),
# with the letters and variation selectors that draw nothing. Joiners belong to ordinary writing, but they
# also hide text: a debugger shows them.
_HIDDEN = (
    "[\x80-\x9f\u00ad\u034f\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u115f\u1160"
    "\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff"
    "\uffa0\ufff9-\ufffb\ufffe\uffff\ud800-\udfff\U000110bd\U000110cd\U00013430-\U0001343f"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
# Marks that stack upon the letter before them, by block. Writing puts a few on one letter; a pile of them
# draws over the lines above and below, and is counted instead.
_PILE = (
    "[\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06dc"
    "\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed\u0730-\u074a\u07eb-\u07f3\u0816-\u0819\u081b-\u0823\u0825-\u0827\u0829-\u082d\u0859-\u085b\u0898-\u089f\u08ca-\u08e1\u08e3-\u0902\u093a\u093c"
    "\u0941-\u0948\u094d\u0951-\u0957\u0e31\u0e34-\u0e3a\u0e47-\u0e4e\u0eb1\u0eb4-\u0ebc\u0ec8-\u0ece\u0f18\u0f19"
    "\u0f35\u0f37\u0f39\u0f71-\u0f7e\u0f80-\u0f84\u0f86\u0f87\u0f8d-\u0fbc\u102d-\u1030\u1032-\u1037\u1039\u103a\u135d-\u135f\u1ab0-\u1aff"
    "\u1dc0-\u1dff\u20d0-\u20ff\u302a-\u302d\u3099\u309a\ua66f-\ua672\ua674-\ua67d\ua8e0-\ua8f1\ufe20-\ufe2f]{9,}"
)


def sanitise(text: str) -> str:
    """`text` on one line, with nothing in it that a terminal would obey.

    >>> sanitise("a\\x1b[2Jb\\n")
    'a␛[2Jb␊'
    >>> sanitise("user\\u202etxt")
    'user⟨U+202E⟩txt'
    >>> sanitise("e" + 40 * "\\u0301")
    'e⟨40 marks from U+0301⟩'
    """
    if text.isascii() and text.isprintable():
        return text
    control, hidden, pile = _patterns()
    return pile.sub(_count, hidden.sub(_name, control.sub(_picture, text)))


def sanitise_lines(text: str) -> str:
    """The same, but LF still ends a line and a tab is four spaces: for text shown as text."""
    return "\n".join(sanitise(line.replace("\t", "    ")) for line in text.split("\n"))


@cache
def _patterns() -> tuple[re.Pattern[str], ...]:
    """Made for the first text that is not plain ASCII: a start that meets none is a millisecond shorter."""
    return tuple(map(re.compile, (_CONTROL, _HIDDEN, _PILE)))


def _picture(match: re.Match[str]) -> str:
    code = ord(match[0])
    return "\u2421" if code == 0x7F else chr(0x2400 + code)


def _count(match: re.Match[str]) -> str:
    return f"⟨{len(match[0])} marks from U+{ord(match[0][0]):04X}⟩"


def _name(match: re.Match[str]) -> str:
    return f"⟨U+{ord(match[0]):04X}⟩"
