"""The list of recorded sessions: a row for each exchange of many cassettes, sorted and filtered.

Knows rows, columns and what a filter asks of them; no file, no widget. A column is added here, in one place.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime

import msgspec

from playhead_viewer.core.filter import Filter, parse_by
from playhead_viewer.core.filter.fields import ORDERED, WAITS, Fields, NumberField, TextField
from playhead_viewer.core.filter.model import NumberTest, Operator
from playhead_viewer.core.session import Session

_DAY = re.compile(r"\d{4}-\d\d-\d\d\Z")
_CLOCK = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?\Z")


class Column(msgspec.Struct, frozen=True):
    """`tell` gives what the column sorts by; `None` sorts last, whichever way."""

    name: str
    width: int
    tell: Callable[[Session], float | str | None]
    right: bool = False


COLUMNS = (
    Column("time", 8, lambda row: row.t),
    Column("host", 20, lambda row: row.host.lower() or None),
    Column("model", 20, lambda row: row.model.lower() or None),
    Column("status", 7, lambda row: row.status, right=True),
    Column("ending", 18, lambda row: row.error or row.ending or None),
    Column("ttft", 7, lambda row: row.ttft, right=True),
    Column("stalls", 7, lambda row: row.stalls, right=True),
    Column("tokens", 7, lambda row: row.tokens, right=True),
    Column("events", 7, lambda row: row.events, right=True),
    Column("file", 20, lambda row: row.path.lower()),
)


class TimeField(msgspec.Struct, frozen=True):
    """When a session began, by the clock here: `time>12:30`, `time=2026-11-20`, `time<2026-11-20T12:30`."""

    operators: tuple[Operator, ...] = ORDERED

    def test(self, operator: Operator, text: str, /) -> Filter[Session]:
        if found := _CLOCK.match(text):
            hour, minute, second = (int(part or 0) for part in found.groups())
            if found[3] is None:
                return NumberTest(lambda row: _clock(row, 60), operator, float(hour * 60 + minute))
            return NumberTest(lambda row: _clock(row, 1), operator, float(hour * 3600 + minute * 60 + second))
        try:
            moment = datetime.fromisoformat(text)
            if _DAY.match(text):
                return NumberTest(_day, operator, float(moment.toordinal()))
            return NumberTest(lambda row: row.t, operator, moment.timestamp())
        except (ValueError, OverflowError, OSError):
            raise ValueError("no time: try 12:30 or 2026-11-20 or 2026-11-20T12:30") from None


def _local(row: Session) -> datetime | None:
    try:
        return None if row.t is None else datetime.fromtimestamp(row.t)
    except (ValueError, OverflowError, OSError):
        return None


def _clock(row: Session, unit: int) -> float | None:
    at = _local(row)
    return None if at is None else float((at.hour * 3600 + at.minute * 60 + at.second) // unit)


def _day(row: Session) -> float | None:
    at = _local(row)
    return None if at is None else float(at.toordinal())


def _told(row: Session) -> str:
    facts = (row.path, row.host, row.model, row.status, row.ending, row.error)
    return " ".join(str(fact) for fact in facts if fact is not None)


_COUNT = {"": 1.0}
_SIGN = re.compile(r"^\W ")
FIELDS: Fields[Session] = Fields(
    {
        "time": TimeField(),
        "host": TextField(lambda row: row.host),
        "model": TextField(lambda row: row.model),
        "status": NumberField(lambda row: row.status, _COUNT, "status>=400"),
        "ending": TextField(lambda row: row.error or _SIGN.sub("", row.ending)),
        "ttft": NumberField(lambda row: row.ttft, WAITS, "ttft>1s"),
        "stalls": NumberField(lambda row: row.stalls, _COUNT, "stalls>0"),
        "tokens": NumberField(lambda row: row.tokens, _COUNT, "tokens>500"),
        "events": NumberField(lambda row: row.events, _COUNT, "events<10"),
        "file": TextField(lambda row: row.path),
    },
    _told,
    "status>=400 or ttft>1s",
)
"""A field for each column. A word alone is looked for in path, host, model, status and ending."""


class Sessions:
    """Rows in an order, those that a filter lets through."""

    def __init__(self) -> None:
        self._all: dict[tuple[str, int], Session] = {}
        self._filter: Filter[Session] = parse_by("", FIELDS)
        self.text: str = ""
        """The filter as it was typed."""
        self.column: int = 0
        """Which of `COLUMNS` they are sorted by."""
        self.descends: bool = False
        self.rows: Sequence[Session] = ()

    def __len__(self) -> int:
        """How many rows there are."""
        return len(self._all)

    @property
    def count(self) -> int:
        """How many sessions there are; the row of a file in which there is none is no session."""
        return _counted(self._all.values())

    @property
    def shown(self) -> int:
        """How many of them the filter lets through."""
        return _counted(self.rows)

    def add(self, rows: Iterable[Session], read: Collection[str] = ()) -> None:
        """Take in rows; one with the key of another takes its place, all those of the files `read` go first.

        Sorts everything: to be called for many rows at once.
        """
        if read:
            self._all = {key: row for key, row in self._all.items() if row.path not in read}
        self._all.update((row.key, row) for row in rows)
        self._arrange()

    def keep(self, paths: Collection[str]) -> None:
        """Let go of what is of other files: they were renamed or removed."""
        kept = {key: row for key, row in self._all.items() if row.path in paths}
        if len(kept) < len(self._all):
            self._all = kept
            self._arrange()

    def sort(self, column: int) -> None:
        """By a column; by the same again, the other way."""
        self.descends = not self.descends if column == self.column else False
        self.column = column
        self._arrange()

    def filter(self, text: str) -> None:
        """Only rows that an expression lets through. Raises `FilterError`, and stays as it was."""
        self._filter = parse_by(text, FIELDS)
        self.text = text
        self._arrange()

    def _arrange(self) -> None:
        tell = COLUMNS[self.column].tell
        rows = sorted(self._all.values(), key=lambda row: row.key)
        rows = [row for row in rows if self._filter.matches(row)]
        known = [row for row in rows if tell(row) is not None]
        known.sort(key=lambda row: _key(tell(row)), reverse=self.descends)
        self.rows = [*known, *(row for row in rows if tell(row) is None)]


def _counted(rows: Iterable[Session]) -> int:
    return sum(row.exchange > 0 for row in rows)


def _key(value: float | str | None) -> tuple[float, str]:
    return (0.0, value) if isinstance(value, str) else (value or 0.0, "")
