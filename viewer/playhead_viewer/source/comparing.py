"""Another exchange beside the one that is shown, and how they differ. Long: for a thread of its own.

Knows cassettes; no widget. What differs, `playhead.diff` finds.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from playhead import Exchange
from playhead.errors import NoSuchExchange
from playhead.sanitise import sanitise
from playhead_viewer.source.loader import Loader, open_path

if TYPE_CHECKING:
    from playhead.diff import Change, Section

_OWN = re.compile(r"#?(\d{1,9})\Z")
_NUMBERED = re.compile(r"(.+)#(\d{1,9})\Z")
_MOST = 200


class Side(msgspec.Struct, frozen=True):
    """What was typed: `#2` is of the cassette that is shown, `PATH` or `PATH#2` of another."""

    path: str | None
    number: int | None


class Comparison(msgspec.Struct, frozen=True):
    """How `other` differs: at most 200 changes of each section, and how many there are of it."""

    other: str
    changes: tuple[Change, ...]
    counts: dict[Section, int]


def parse_side(text: str) -> Side | None:
    """What a text names; `None` for an empty one.

    >>> parse_side("other.cassette.jsonl#2")
    Side(path='other.cassette.jsonl', number=2)
    """
    text = text.strip()
    if not text:
        return None
    if found := _OWN.match(text):
        return Side(None, int(found[1]))
    if found := _NUMBERED.match(text):
        return Side(found[1], int(found[2]))
    return Side(text, None)


def completed(text: str) -> tuple[str, tuple[str, ...]]:
    """A path completed as far as all names that begin like it agree, and these names; folders end in `/`.

    A name that a terminal would not show as it is counts as none.
    """
    head, slash, beginning = text.rpartition("/")
    try:
        entries = list(_path(head + slash or ".").iterdir())
    except (OSError, ValueError):
        return text, ()
    names = sorted(
        f"{entry.name}/" if entry.is_dir() else entry.name
        for entry in entries
        if entry.name.startswith(beginning)
        and (beginning or not entry.name.startswith("."))
        and sanitise(entry.name) == entry.name
    )
    common = os.path.commonprefix(names)  # noqa: RUF071 - letter by letter is what is wanted
    return (head + slash + common if names else text), tuple(names)


def _path(text: str) -> Path:
    """With the home folder in place of `~`, as a shell has it."""
    try:
        return Path(text).expanduser()
    except RuntimeError:
        return Path(text)  # nobody's home is known by that name


def compared(loader: Loader, shown: Exchange, side: Side) -> Comparison:
    """How the exchange that is shown and another differ. Raises `PlayheadError` where one cannot be read.

    `loader` has read all of its cassette: nothing grows meanwhile.
    """
    other = loader if side.path is None else open_path(str(_path(side.path)))
    try:
        while other is not loader and other.advance():
            pass
        exchange = _chosen(other, shown.number, side)
        return _comparison(shown, exchange, f"#{exchange.number}" if other is loader else other.name)
    finally:
        if other is not loader:
            other.close()


def _chosen(other: Loader, shown: int, side: Side) -> Exchange:
    """The one that was named, else the one of the same number, else the first."""
    numbers = list(other.cassette)
    if not numbers:
        raise NoSuchExchange(f"{other.name} holds no exchange")
    number = side.number if side.number is not None else shown
    if side.number is None and number not in numbers:
        number = numbers[0]
    exchange = other.cassette[number]
    other.prepare(numbers.index(number))
    return exchange


def _comparison(shown: Exchange, exchange: Exchange, other: str) -> Comparison:
    from playhead.diff import compare  # most who look at a cassette compare nothing

    changes: list[Change] = []
    counts: dict[Section, int] = {}
    for change in compare(shown, exchange):
        counts[change.section] = counts.get(change.section, 0) + 1
        if counts[change.section] <= _MOST:
            changes.append(change)
    return Comparison(other, tuple(changes), counts)
