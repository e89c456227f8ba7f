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
    """`text` without its escapes. A span of it is a span of the original, whole escapes included.

    Where each character stood is found out when somebody asks: most texts hold no secret, and escapes are
    many in what agents send.
    """

    __slots__ = ("_at", "_character", "_escape", "_raw", "_sizes", "_starts", "_widths", "text")

    def __init__(
        self,
        raw: str,
        escape: re.Pattern[str] = _ESCAPE,
        character: Callable[[re.Match[str]], str] | None = None,
    ) -> None:
        self._raw = raw
        self._escape = escape
        self._character = character or _character
        self._at: array[int] | None = None
        self.text: str = escape.sub(self._character, raw)

    def original(self, start: int, end: int) -> tuple[int, int]:
        """Where the characters `start` to `end` of the view stand in the original; `start < end`."""
        return self._place(start)[0], self._place(end - 1)[1]

    def whole(self, start: int, end: int) -> tuple[int, int]:
        """A span of the original with the escapes that it begins and ends in; `start < end`."""
        return self._escape_at(start)[0], self._escape_at(end - 1)[1]

    def _escape_at(self, at: int) -> tuple[int, int]:
        """Where the escape stands that a character of the original is in; else the character itself."""
        if self._at is None:
            self._traced()
        segment = bisect_right(self._starts, at) - 1
        if segment >= 0 and at < self._starts[segment] + self._widths[segment]:
            return self._starts[segment], self._starts[segment] + self._widths[segment]
        return at, at + 1

    def _place(self, at: int) -> tuple[int, int]:
        places = self._at if self._at is not None else self._traced()
        segment = bisect_right(places, at) - 1
        if segment < 0:
            return at, at + 1
        start, width = self._starts[segment], self._widths[segment]
        if at - places[segment] < self._sizes[segment]:
            return start, start + width
        place = start + width + at - places[segment] - self._sizes[segment]
        return place, place + 1

    def _traced(self) -> array[int]:
        """Where each escape begins in the view; and how many characters it has there, and where it stood."""
        self._at = array("L")
        self._sizes = array("B")
        self._starts = array("L")
        self._widths = array("L")
        shift = 0
        for match in self._escape.finditer(self._raw):
            start, end = match.span()
            size = len(self._character(match))
            self._at.append(start - shift)
            self._sizes.append(size)
            self._starts.append(start)
            self._widths.append(end - start)
            shift += end - start - size
        return self._at


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
