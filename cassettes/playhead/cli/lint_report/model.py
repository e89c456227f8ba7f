"""What a report is told: exchange by exchange, each finding with its line in the file. Knows no format."""

from __future__ import annotations

import enum
from collections import Counter
from typing import Protocol

import msgspec

from playhead.cli.output import counted
from playhead.findings import Finding, Severity


class FailOn(enum.StrEnum):
    """From which severity on findings make the exit code 1."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"
    NEVER = "never"

    def fails(self, severity: Severity) -> bool:
        """Whether a finding of that severity counts."""
        ranks = list(FailOn)
        return self is not FailOn.NEVER and ranks.index(FailOn(severity.value)) <= ranks.index(self)


class Placed(msgspec.Struct, frozen=True):
    """A finding, and the line of the cassette's text that completed its frame, from 1."""

    finding: Finding
    line: int | None


class Linted(msgspec.Struct, frozen=True):
    """One exchange that was looked at."""

    path: str
    exchange: int
    found: tuple[Placed, ...]


class Tally:
    """What was looked at, and how much was found."""

    def __init__(self) -> None:
        self.paths: set[str] = set()
        self.exchanges: int = 0
        self.found: Counter[Severity] = Counter()

    def open(self, path: str) -> None:
        self.paths.add(path)

    def add(self, linted: Linted) -> None:
        self.exchanges += 1
        self.found.update(placed.finding.severity for placed in linted.found)

    def __str__(self) -> str:
        found = [
            f"{self.found[severity]:,} info" if word is None else counted(self.found[severity], word)
            for severity, word in _WORDS
            if self.found[severity]
        ]
        where = f"{counted(self.exchanges, 'exchange')} of {counted(len(self.paths), 'cassette')}"
        return f"{', '.join(found) or 'nothing found'} in {where}"


_WORDS = ((Severity.ERROR, "error"), (Severity.WARNING, "warning"), (Severity.INFO, None))


class Report(Protocol):
    """Takes in what was found, in order, and writes it to standard output, at once or at the end."""

    def open(self, path: str) -> None:
        """A cassette could be opened; its exchanges follow."""
        ...

    def add(self, linted: Linted) -> None:
        """An exchange was looked at."""
        ...

    def unreadable(self, path: str, reason: str) -> None:
        """A file could not be read; that was said on standard error."""
        ...

    def finish(self) -> None:
        """Nothing more will come."""
        ...
