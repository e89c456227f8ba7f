"""Escapes undone in a text of bytes, each character of the result traced back to where it stood.

Knows those of JSON (RFC 8259, section 7), percent-encoding (RFC 3986; the `+` of forms) and the line ends
within base64 (RFC 2045), read leniently: what is none stands for itself. A text is bytes
read as ISO-8859-1; characters beyond ASCII come out as their UTF-8 bytes, so that a view of an escaped text
and one of an unescaped text are the same.
"""

from __future__ import annotations

import re
from array import array
from bisect import bisect_right
from collections.abc import Callable

_ESCAPE = re.compile(
    r"\\(?:u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|([^u]))", re.DOTALL
)
_PERCENT = re.compile(r"%([0-9a-fA-F]{2})")
_FORM = re.compile(r"%([0-9a-fA-F]{2})|\+")
_FOLD = re.compile(r"\r?\n[ \t]*")
_SHORT = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}


class View:
    """`text` without its escapes. A span of it is a span of the original, whole escapes included."""

    __slots__ = ("_at", "_raw", "_widths", "text")

    def __init__(
        self,
        raw: str,
        escape: re.Pattern[str] = _ESCAPE,
        character: Callable[[re.Match[str]], str] | None = None,
    ) -> None:
        character = character or _character
        self._at = array("L")  # where each segment begins in the view
        self._raw = array("L")  # and in the original
        self._widths = array("l")  # of an escape in the original; -1 for text that stands for itself
        parts: list[str] = []
        size = done = 0
        for match in escape.finditer(raw):
            start, end = match.span()
            if start > done:
                self._add(size, done, -1)
                parts.append(raw[done:start])
                size += start - done
            self._add(size, start, end - start)
            parts.append(character(match))
            size += len(parts[-1])
            done = end
        self._add(size, done, -1)
        parts.append(raw[done:])
        self.text: str = "".join(parts)

    def _add(self, at: int, raw: int, width: int) -> None:
        self._at.append(at)
        self._raw.append(raw)
        self._widths.append(width)

    def original(self, start: int, end: int) -> tuple[int, int]:
        """Where the characters `start` to `end` of the view stand in the original; `start < end`."""
        return self._place(start)[0], self._place(end - 1)[1]

    def _place(self, at: int) -> tuple[int, int]:
        segment = bisect_right(self._at, at) - 1
        raw, width = self._raw[segment], self._widths[segment]
        if width >= 0:
            return raw, raw + width
        place = raw + at - self._at[segment]
        return place, place + 1


def percent_view(raw: str, *, form: bool = False) -> View:
    """`raw` without its percent-encoding; of a form, whose `+` are spaces."""
    return View(raw, _FORM, _octet) if form else View(raw, _PERCENT, _octet)


def unfolded_view(raw: str) -> View:
    """`raw` in one line. A span of it may hold line ends in the original."""
    return View(raw, _FOLD, lambda _: "")


def _octet(match: re.Match[str]) -> str:
    return chr(int(match[1], 16)) if match[1] is not None else " "


def _character(match: re.Match[str]) -> str:
    high, low, single, short = match.groups()
    if short is not None:
        return _SHORT.get(short, short)
    if single is not None:
        code = int(single, 16)
    else:
        code = 0x10000 + (int(high, 16) - 0xD800) * 0x400 + int(low, 16) - 0xDC00
    return chr(code) if code < 0x80 else chr(code).encode("utf-8", "surrogatepass").decode("latin-1")
