"""The list of recorded sessions: a row for each exchange of many cassettes, sorted and searched.

Knows rows and columns; no file, no widget. A column is added here, in one place.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence

import msgspec


class Session(msgspec.Struct, frozen=True):
    """One exchange of one file; or a file of which nothing can be read, with `error` set."""

    path: str
    exchange: int = 0
    t: float | None = None
    """When it began, in seconds since 1970; `None` where unknown."""
    host: str = ""
    model: str = ""
    status: int | None = None
    ending: str = ""
    ttft: float | None = None
    """Seconds from the request to the first content."""
    stalls: int | None = None
    tokens: int | None = None
    events: int | None = None
    error: str = ""
    is_final: bool = True
    """Whether it will say the same when the file is read again."""

    @property
    def key(self) -> tuple[str, int]:
        return self.path, self.exchange


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
    Column("status", 6, lambda row: row.status, right=True),
    Column("ending", 14, lambda row: row.error or row.ending or None),
    Column("ttft", 7, lambda row: row.ttft, right=True),
    Column("stalls", 6, lambda row: row.stalls, right=True),
    Column("tokens", 7, lambda row: row.tokens, right=True),
    Column("events", 7, lambda row: row.events, right=True),
    Column("file", 20, lambda row: row.path.lower()),
)


class Sessions:
    """Rows in an order, those that a filter's words are all found in."""

    def __init__(self) -> None:
        self._all: dict[tuple[str, int], Session] = {}
        self._words: list[str] = []
        self.column: int = 0
        """Which of `COLUMNS` they are sorted by."""
        self.descends: bool = False
        self.rows: Sequence[Session] = ()

    def __len__(self) -> int:
        return len(self._all)

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
        """Only rows in which every word of `text` is found."""
        self._words = text.lower().split()
        self._arrange()

    def _arrange(self) -> None:
        tell = COLUMNS[self.column].tell
        rows = sorted(self._all.values(), key=lambda row: row.key)
        rows = [row for row in rows if all(word in _told(row) for word in self._words)]
        known = [row for row in rows if tell(row) is not None]
        known.sort(key=lambda row: _key(tell(row)), reverse=self.descends)
        self.rows = [*known, *(row for row in rows if tell(row) is None)]


def _key(value: float | str | None) -> tuple[float, str]:
    return (0.0, value) if isinstance(value, str) else (value or 0.0, "")


def _told(row: Session) -> str:
    facts = (row.path, row.host, row.model, row.status, row.ending, row.error)
    return " ".join(str(fact) for fact in facts if fact is not None).lower()
