"""Lines of styled text, and helpers to make them. Knows widths and styles by meaning; no colours."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Iterator, Sequence
from typing import TypeAlias

import msgspec

from playhead_viewer.text.safe import Safe
from playhead_viewer.text.wrapping import fit, wrap


class Style(enum.StrEnum):
    """What a span is, by which a theme colours it. Each has something besides colour to be told by."""

    PLAIN = "plain"
    FAINT = "faint"
    BOLD = "bold"
    NEW = "new"
    """What the event at the cursor brought."""
    KEY = "key"
    GOOD = "good"
    WARNING = "warning"
    ERROR = "error"


Span: TypeAlias = tuple[Safe, Style]
Line: TypeAlias = Sequence[Span]


_UNTITLED = Safe("")


class Document(msgspec.Struct, frozen=True):
    """What a pane shows. Lines `sight[0]` to `sight[1]` must not be scrolled away."""

    lines: Sequence[Line]
    sight: tuple[int, int] = (0, 0)
    title: Safe = _UNTITLED


def line(text: str, style: Style = Style.PLAIN) -> Line:
    """A line of our own words, or of text that is safe."""
    return ((Safe(text), style),)


def wrapped(text: str, width: int, style: Style = Style.PLAIN, *, indent: int = 0) -> Iterator[Line]:
    """Safe text over as many lines as it takes; all but the first are indented."""
    room = max(width - indent, 1)
    for place, (start, end) in enumerate(wrap(text, room)):
        yield ((Safe(" " * (indent if place else 0) + text[start:end]), style),)


def field(
    name: str, value: str, width: int, *, names: int = 14, style: Style = Style.PLAIN
) -> Iterator[Line]:
    """A name and a safe value beside it, which is wrapped in its column."""
    room = max(width - names, 8)
    label = fit(name, names - 1) + " "
    for place, (start, end) in enumerate(wrap(value, room)):
        head = Safe(label) if not place else Safe(" " * names)
        yield ((head, Style.FAINT), (Safe(value[start:end]), style))


def marked(text: str, border: int, until: int, width: int) -> tuple[list[Line], tuple[int, int]]:
    """Safe text with the characters from `border` to `until` marked as new; and the lines that hold these."""
    spans = list(wrap(text, width))
    first = next((at for at, (_, end) in enumerate(spans) if end > border), len(spans) - 1)
    last = next((at for at in range(len(spans) - 1, -1, -1) if spans[at][0] < until), first)
    return [_cut(text, start, end, border, until) for start, end in spans], (first, max(first, last))


def _cut(text: str, start: int, end: int, border: int, until: int) -> Line:
    if start < end and (end <= border or (border <= start and end <= until)):  # as nearly all lines are
        return ((Safe(text[start:end]), Style.PLAIN if end <= border else Style.NEW),)
    parts = (
        (text[start : min(end, border)], Style.PLAIN),
        (text[max(start, border) : min(end, until)], Style.NEW),
        (text[max(start, until) : end], Style.PLAIN),
    )
    return [(Safe(part), style) for part, style in parts if part]


def joined(parts: Iterable[Iterable[Line]]) -> list[Line]:
    """Groups of lines, an empty line between."""
    found: list[Line] = []
    for part in parts:
        lines = list(part)
        if lines and found:
            found.append(())
        found.extend(lines)
    return found
