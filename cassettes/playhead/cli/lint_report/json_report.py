"""Findings for programs: one JSON object, ASCII only. `playhead lint --help` describes it.

Knows findings; no rule.
"""

from __future__ import annotations

import json
import sys

from playhead.cli.lint_report.model import Linted, Tally
from playhead.findings import Severity


class JsonReport:
    """Written at the end, so that what is written is always a whole document."""

    def __init__(self) -> None:
        self._tally = Tally()
        self._rows: list[dict[str, str | int | None]] = []
        self._unreadable: list[dict[str, str]] = []

    def open(self, path: str) -> None:
        self._tally.open(path)

    def add(self, linted: Linted) -> None:
        self._tally.add(linted)
        for placed in linted.found:
            finding = placed.finding
            self._rows.append(
                {
                    "path": linted.path,
                    "exchange": finding.exchange,
                    "frame": finding.frame,
                    "block": finding.block,
                    "line": placed.line,
                    "rule": finding.rule,
                    "severity": finding.severity.value,
                    "message": finding.message,
                }
            )

    def unreadable(self, path: str, reason: str) -> None:
        self._unreadable.append({"path": path, "reason": reason})

    def finish(self) -> None:
        tally = self._tally
        document = {
            "findings": self._rows,
            "unreadable": self._unreadable,
            "cassettes": len(tally.paths),
            "exchanges": tally.exchanges,
            "counts": {severity.value: tally.found[severity] for severity in Severity},
        }
        sys.stdout.write(json.dumps(document, ensure_ascii=True, indent=1) + "\n")
