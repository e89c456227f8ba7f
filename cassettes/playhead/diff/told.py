"""Changes as lines for people. Knows changes; what recorded texts hold passes `sanitise` here."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Final

from playhead.diff.model import Absent, Change, Way
from playhead.protocols.ledger import Json
from playhead.sanitise import sanitise

_SIGNS: Final = {Way.ADDED: "+", Way.REMOVED: "-", Way.CHANGED: "~"}
_LONG: Final = 200


def lines(changes: Iterable[Change], shown: int | None, more: str = "") -> Iterator[str]:
    """The changes of one pair of exchanges by section, at most `shown` of each; `more` tells of the rest.

    >>> from playhead.diff.model import Section
    >>> list(lines([Change(Section.HEAD, "status", 200, 529)], 20))
    ['  head', '    ~ status: 200 → 529']
    """
    for section, group in groupby(changes, key=lambda change: change.section):
        yield f"  {section.value}"
        found = list(group)
        for change in found[:shown]:
            at = "" if change.offset is None else f" at {change.offset}"
            yield f"    {_SIGNS[change.way]} {sanitise(change.path)}{at}: {_sides(change)}"
        if shown is not None and len(found) > shown:
            yield f"      … and {len(found) - shown} more{more}"


def _sides(change: Change) -> str:
    return " → ".join(_short(value) for value in (change.a, change.b) if not isinstance(value, Absent))


def _short(value: Json) -> str:
    text = sanitise(json.dumps(value, ensure_ascii=False))
    return text if len(text) <= _LONG else text[: _LONG - 1] + "…"
