"""Keys in base64: recognised by how their beginnings look there, at any of the three offsets.

Knows both alphabets of RFC 4648, with and without padding, and base64 that is folded into lines. A key that
was encoded together with other text counts as well.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterable
from functools import cache

from playhead.redaction import rules
from playhead.redaction.escapes import unfolded_view
from playhead.redaction.spans import Form, Span

_RUN = re.compile(r"[A-Za-z0-9+/_-]{20,}")
_FOLDED = re.compile(r"(?:[A-Za-z0-9+/_-]{40,}+\r?\n[ \t]{0,64}+){1,1000}+[A-Za-z0-9+/_-]*+")
"""Lines of base64, of which all but the last are long."""
_LONG_LINE = 40
_LINE = re.compile(r"[^\s]+")
_LONGEST = 24 * 1024
_GLIMPSE = 1024
"""Characters that are decoded to see whether a key begins there at all."""
_TO_STANDARD = str.maketrans("-_", "+/")
_TO_URL_SAFE = str.maketrans("+/", "-_")
_PEM = "-----BEGIN"
_UNKNOWN = (0, 2, 3)
"""Characters before a literal that hold bits of what stands before the key, by its offset in three bytes."""

Find = Callable[[str], list[Span]]


def find_encoded(text: str, find: Find) -> list[Span]:
    """The keys that stand in `text` in base64, prefixes included; `find` looks into what was decoded."""
    found: list[Span] = []
    done = 0
    for run in _RUN.finditer(text):
        start, end = run.span()
        found += _in_run(text, start, end, find)
        if start >= done and end - start >= _LONG_LINE and text[end : end + 1] in ("\r", "\n"):
            block = _FOLDED.match(text, start)
            if block is not None:
                found += _in_folded(block, find)
                done = block.end()
    return found


def _in_folded(block: re.Match[str], find: Find) -> list[Span]:
    found: list[Span] = []
    view = unfolded_view(block[0])
    for span in _in_run(view.text, 0, len(view.text), find):
        start, end = view.original(span.start, span.end)
        # Line by line: what decodes it must find the line ends where they were.
        found += [
            Span(block.start() + line.start(), block.start() + line.end(), span.rule, span.form)
            for line in _LINE.finditer(block[0], start, end)
        ]
    return found


def _in_run(text: str, first: int, last: int, find: Find) -> list[Span]:
    """The keys in the base64 from `first` to `last`."""
    found: list[Span] = []
    anywhere, by_offset = _literals()
    at = first
    clear = [0, 0, 0, 0]  # by alignment: to where no key begins
    while (match := anywhere.search(text, at, last)) is not None:
        at = match.start() + 1
        for pattern, before in zip(by_offset, _UNKNOWN, strict=True):
            begin = match.start() - before
            if begin < max(first, clear[begin % 4]) or not pattern.match(text, match.start()):
                continue
            span = _key_in(text, begin, last, match.start(), find)
            if span is None:
                clear[begin % 4] = begin + _GLIMPSE // 2
            else:
                found.append(span)
                at = span.end
                break
    return found


def find_in_runs(text: str, find: Find) -> list[Span]:
    """The same for shapes whose beginning nobody knows: every run that is base64 as a whole is decoded."""
    found: list[Span] = []
    for run in _RUN.finditer(text):
        for span in find(_decoded(run[0])):
            start, end = span.start * 4 // 3, -(-span.end * 4 // 3)
            found.append(Span(run.start() + start, run.start() + end, span.rule, Form.BASE64))
    return found


def _key_in(text: str, begin: int, end: int, start: int, find: Find) -> Span | None:
    """The key whose base64 begins at `start`, in a run that is decoded from `begin` on."""
    if not find(_decoded(text[begin : min(end, begin + _GLIMPSE)])):
        return None
    spans = find(_decoded(text[begin : min(end, begin + _LONGEST)]))
    if not spans:
        return None
    first = min(spans, key=lambda span: span.start)
    return Span(start, min(begin - (-first.end * 4 // 3), end), first.rule, Form.BASE64)


def _decoded(run: str) -> str:
    run = run.translate(_TO_STANDARD)
    if len(run) % 4 == 1:
        run = run[:-1]
    return base64.b64decode(run + "=" * (-len(run) % 4)).decode("latin-1")


@cache
def _literals() -> tuple[re.Pattern[str], tuple[re.Pattern[str], ...]]:
    """How keys begin in base64: at any offset, and at each."""
    beginnings = [*(prefix for prefix, _ in rules.PREFIXES), _PEM]
    by_offset = [sorted({_literal(text, offset) for text in beginnings}) for offset in range(3)]
    spelled = [
        {form for each in literals for form in (each, each.translate(_TO_URL_SAFE))} for literals in by_offset
    ]
    return re.compile(_any_of(set().union(*spelled))), tuple(re.compile(_any_of(each)) for each in spelled)


def _any_of(literals: Iterable[str]) -> str:
    """A pattern for the shortest of the literals that stands at a place.

    It goes by their first letters, and so on: a hundred alternatives would be tried at each letter of a run.
    """
    rest: dict[str, set[str]] = {}
    for literal in literals:
        if not literal:
            return ""
        rest.setdefault(literal[0], set()).add(literal[1:])
    parts = [re.escape(letter) + _any_of(ends) for letter, ends in sorted(rest.items())]
    return parts[0] if len(parts) == 1 else f"(?:{'|'.join(parts)})"


def _literal(text: str, offset: int) -> str:
    """The characters of base64 that depend on `text` alone, where `offset` bytes stand before it."""
    coded = base64.b64encode(b"\0" * offset + text.encode("ascii")).decode("ascii")
    return coded[_UNKNOWN[offset] : (offset + len(text)) * 8 // 6]
