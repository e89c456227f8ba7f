"""How `playhead lint` says what it found: as text, JSON, SARIF or JUnit XML, a module each."""

from __future__ import annotations

from collections.abc import Sequence

from playhead.cli.lint_report.model import FailOn, Linted, Placed, Report
from playhead.lint.rule import Rule

__all__ = ["FORMATS", "FailOn", "Linted", "Placed", "Report", "make"]

FORMATS = ("text", "json", "sarif", "junit")


def make(format_: str, rules: Sequence[Rule], fail_on: FailOn) -> Report:
    """The report of that format; `rules` are those that run."""
    match format_:
        case "json":
            from playhead.cli.lint_report.json_report import JsonReport

            return JsonReport()
        case "sarif":
            from playhead.cli.lint_report.sarif import SarifReport

            return SarifReport(rules)
        case "junit":
            from playhead.cli.lint_report.junit import JUnitReport

            return JUnitReport(fail_on)
        case _:
            from playhead.cli.lint_report.text import TextReport

            return TextReport()
