"""Findings for people: a heading for each cassette, a line for each finding, as they come.

Knows findings and terminals; no rule.
"""

from __future__ import annotations

import os
import sys

import click

from playhead.cli.lint_report.model import Linted, Placed, Tally
from playhead.findings import Finding, Severity
from playhead.sanitise import sanitise

GLYPHS = {Severity.ERROR: "✗", Severity.WARNING: "!", Severity.INFO: "i"}
_COLOURS = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.INFO: "cyan"}


class TextReport:
    """Colours only where standard output is a terminal, and `NO_COLOR` is not set."""

    def __init__(self) -> None:
        self._tally = Tally()
        self._path: str | None = None
        self._coloured = (
            sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
        )

    def open(self, path: str) -> None:
        self._tally.open(path)

    def add(self, linted: Linted) -> None:
        self._tally.add(linted)
        if linted.found and linted.path != self._path:
            self._path = linted.path
            sys.stdout.write(sanitise(linted.path) + "\n")
        for placed in linted.found:
            sys.stdout.write(self._line(placed) + "\n")

    def unreadable(self, path: str, reason: str) -> None:
        """Nothing to add to what standard error says."""

    def finish(self) -> None:
        sys.stdout.write(str(self._tally) + "\n")

    def _line(self, placed: Placed) -> str:
        finding = placed.finding
        severity = f"{GLYPHS[finding.severity]} {finding.severity.value:<7}"
        if self._coloured:
            severity = click.style(severity, fg=_COLOURS[finding.severity])
        rule = sanitise(finding.rule)
        return f"  {_place(finding):<24}  {severity}  {rule:<22}  {sanitise(finding.message)}"


def _place(finding: Finding) -> str:
    names = (("exchange", finding.exchange), ("frame", finding.frame))
    return ", ".join(f"{name} {number}" for name, number in names if number is not None)
