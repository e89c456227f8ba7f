"""Which panes stand where at which size, as names of classes that the style sheet knows. Pure."""

from __future__ import annotations

import enum
from collections.abc import Sequence

WIDTHS = [(0, "-tiny"), (60, "-narrow"), (100, "-wide"), (170, "-huge")]
HEIGHTS = [(0, "-flat"), (15, "-low"), (30, "-tall")]
_TABS_WIDE = ("raw", "json", "diff", "lint", "headers")
_TABS_EMPTY = ("raw", "json", "lint", "headers", "timing")
_TABS_NARROW = ("state", "raw", "json", "diff", "lint", "headers", "timing")


class Layout(enum.Enum):
    """What a reader can choose; the first fits the size."""

    AUTO = "fits the size"
    LIST = "wide list"
    DETAIL = "wide details"
    STACKED = "list above details"


def of_size(width: int, height: int) -> tuple[str, str]:
    """The classes of a screen of a size, as Textual gives them when it tells of that size."""
    return _reached(WIDTHS, width), _reached(HEIGHTS, height)


def _reached(steps: Sequence[tuple[int, str]], size: int) -> str:
    return max(step for step in steps if step[0] <= size)[1]


def tabs(classes: Sequence[str] | frozenset[str]) -> tuple[str, ...]:
    """The panes that share a place: all where there is room for one; without events, those of the whole."""
    if "-empty" in classes:
        return _TABS_EMPTY
    several = has_columns(classes) and "-tall" in classes
    return _TABS_WIDE if several else _TABS_NARROW


def has_columns(classes: Sequence[str] | frozenset[str]) -> bool:
    """Whether list and details stand side by side."""
    return ("-wide" in classes or "-huge" in classes) and "-layout-stacked" not in classes


def panes(classes: Sequence[str] | frozenset[str]) -> tuple[str, ...]:
    """The ids of what can be in focus, in the order in which Tab goes through them."""
    details: tuple[str, ...] = ("tab-pane",)
    if "-tiny" in classes or "-flat" in classes or "-bare" in classes:
        details = ()
    elif "-empty" not in classes and "state" not in tabs(classes):
        details = ("state", "tab-pane", "timing")
    return details if "-empty" in classes else ("events", *details)
