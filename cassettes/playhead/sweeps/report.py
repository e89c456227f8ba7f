"""What a sweep found, as a table for people and as data for others. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from playhead.sanitise import sanitise
from playhead.sweeps.judging import Kind, Outcome, Verdict
from playhead.sweeps.points import Spot

_WIDTH = 11


@dataclass(frozen=True, slots=True)
class Finding:
    """A point and what came of it."""

    spot: Spot
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Report:
    """All points of a sweep, in order. `str` is the table; `failing` are the outcomes that must not be."""

    kind: Kind
    source: str
    findings: tuple[Finding, ...]
    failing: frozenset[Outcome]

    @property
    def failures(self) -> tuple[Finding, ...]:
        """The points with an outcome that must not be."""
        return tuple(each for each in self.findings if each.verdict.outcome in self.failing)

    def of(self, outcome: Outcome) -> tuple[Finding, ...]:
        """The points with an outcome."""
        return tuple(each for each in self.findings if each.verdict.outcome is outcome)

    def properties(self) -> tuple[tuple[str, str], ...]:
        """Name and value pairs, as JUnit XML has them: how many points, and which, by outcome."""
        prefix = f"playhead.sweep.{self.kind.value}"
        pairs = [(f"{prefix}.points", str(len(self.findings)))]
        for outcome in Outcome:
            found = self.of(outcome)
            pairs.append((f"{prefix}.{outcome.value}", str(len(found))))
            if found:
                pairs.append((f"{prefix}.{outcome.value}.at", _where(found)))
        return tuple(pairs)

    def __str__(self) -> str:
        verdict = "fails" if self.failures else "holds"
        lines = [f"sweep {self.kind.value} over {self.source}: {verdict} at {_counted(self)}"]
        lines += [_line(run, mark=run[0].verdict.outcome in self.failing) for run in _runs(self.findings)]
        # Recorded text and the code's own messages stand in them, line ends included.
        return "\n".join(map(sanitise, lines))


def _counted(report: Report) -> str:
    total = len(report.findings)
    count = len(report.failures)
    return f"{count} of {total} points" if count else f"all {total} points"


def _runs(findings: Sequence[Finding]) -> Iterator[list[Finding]]:
    """Neighbours to which the same has come."""
    for _, run in groupby(findings, key=_alike):
        yield list(run)


def _alike(finding: Finding) -> tuple[int, Outcome, str]:
    return (finding.spot.exchange.number, finding.verdict.outcome, finding.verdict.why)


def _line(run: Sequence[Finding], *, mark: bool) -> str:
    first, outcome = run[0], run[0].verdict.outcome.value
    sign = "!" if mark else " "
    where = str(first.spot) if len(run) == 1 else f"{_span(run)} ({len(run)} points)"
    return f"{sign} {outcome:{_WIDTH}} {where}: {first.verdict.why}"


def _span(run: Sequence[Finding]) -> str:
    first, last = run[0].spot, run[-1].spot
    if first.unit == "way":
        return f"{first} … {last.alteration}"
    return f"exchange {first.exchange.number}, {first.alteration} … {last.unit} {last.number}"


def _where(findings: Sequence[Finding]) -> str:
    """Points as ranges of numbers by exchange: `1:0-140 2:5`."""
    parts = []
    for number, of_one in groupby(findings, key=lambda each: each.spot.exchange.number):
        numbers = [each.spot.number for each in of_one]
        parts.append(f"{number}:{','.join(_ranges(numbers))}")
    return " ".join(parts)


def _ranges(numbers: Sequence[int]) -> Iterator[str]:
    for _, run in groupby(enumerate(numbers), key=lambda each: each[1] - each[0]):
        members = [number for _, number in run]
        yield str(members[0]) if len(members) == 1 else f"{members[0]}-{members[-1]}"
