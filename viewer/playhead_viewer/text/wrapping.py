"""Text cut to the cells of a terminal. Knows widths of characters; nothing of styles or widgets."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from rich.cells import cell_len, get_character_cell_size

from playhead.sanitise import sanitise
from playhead_viewer.text.safe import Safe

Span = tuple[int, int]
_SHORT = 512
"""Characters up to which a paragraph is one of many."""


def pointed(message: str, start: int, end: int, width: int, *, above: bool = False) -> Safe:
    """Carets at the characters at fault, and what is wrong: in one line, or in as many as it takes.

    They stand below what is wrong, or `above` it: the carets are next to it either way. Without carets where
    the place itself has been scrolled away.
    """
    carets = " " * start + "^" * max(end - start, 1)
    if len(carets) + len(message) + 3 <= width:
        return fit(sanitise(f"{carets} {message}"), width)
    told = sanitise(f"✖ {message}")
    lines = [fit(told[first:last].rstrip(), width) for first, last in wrap(told, width)]
    if len(carets) <= width:
        lines.insert(len(lines) if above else 0, fit(carets, width))
    return Safe("\n".join(lines))


def wrap(text: str, width: int, *, words: bool = True) -> Iterator[Span]:
    """Where each line of `text` starts and ends, at most `width` cells a line.

    LF ends a line and is part of none. With `words`, lines break behind a space where one is near; a
    space that would stand alone past the edge hangs there, one cell too far.
    """
    at = 0
    for paragraph in text.split("\n"):
        for start, end in _wrap_paragraph(paragraph, max(width, 1), words):
            yield at + start, at + end
        at += len(paragraph) + 1


def fit(text: str, width: int) -> Safe:
    """Exactly `width` cells: filled with spaces, or cut with an ellipsis."""
    length = len(text) if text.isascii() else cell_len(text)
    if length <= width:
        return Safe(text + " " * (width - length))
    if width <= 0:
        return Safe("")
    cut = _reach(text, 0, width - 1, least=0)
    return fit(text[:cut] + "…", width)


def _wrap_paragraph(text: str, width: int, words: bool) -> tuple[Span, ...]:
    return (_wrap_short if len(text) <= _SHORT else _wrap_long)(text, width, words)


def _wrapped(text: str, width: int, words: bool) -> tuple[Span, ...]:
    spans: list[Span] = []
    start = 0
    while True:
        end = _reach(text, start, width)
        if end < len(text) and words:
            end = _word_end(text, start, end)
        spans.append((start, end))
        if end >= len(text):
            return tuple(spans)
        start = end


# What was wrapped is held whole. A text that grows is another at each step: of long ones only as many are
# kept as are on a page.
_wrap_short = lru_cache(maxsize=4096)(_wrapped)
_wrap_long = lru_cache(maxsize=48)(_wrapped)


def _reach(text: str, start: int, width: int, *, least: int = 1) -> int:
    """How far `width` cells from `start` go; at least `least` characters."""
    piece = text[start : start + width]
    if piece.isascii():
        return start + len(piece)
    cells = 0
    at = start
    while at < len(text):
        cells += get_character_cell_size(text[at])
        if cells > width and at >= start + least:
            break
        at += 1
    return at


def _word_end(text: str, start: int, end: int) -> int:
    if text[end] == " ":
        return end + 1
    space = text.rfind(" ", start, end)
    return space + 1 if space > start else end
