"""Findings as SARIF 2.1.0, which code hosts and editors show beside the file.

A finding stands at the line of the cassette whose chunk completed its frame; exchange and frame are logical
locations. Fingerprints depend on rule and place, not on words or paths: a finding stays the same one when a
message is put better, or the file is moved. Source: OASIS SARIF 2.1.0, sections 3.14 to 3.33 and 3.49.
Knows findings and what rules say of themselves; no exchange.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TypeAlias
from urllib.parse import quote

from playhead.cli.inputs import STDIN_NAME
from playhead.cli.lint_report.model import Linted, Placed
from playhead.findings import Finding, Severity
from playhead.lint.rule import Rule
from playhead.sanitise import sanitise
from playhead.version import __version__

Json: TypeAlias = "Mapping[str, Json] | Sequence[Json] | str | int | bool"

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}
_COMPRESSED = ".zst"


class SarifReport:
    """Written at the end, as one run. `rules` are those that ran."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self._rules = [_descriptor(rule) for rule in rules]
        self._places = {rule.id: place for place, rule in enumerate(rules)}
        self._results: list[Json] = []
        self._notifications: list[Json] = []

    def open(self, path: str) -> None:
        """A cassette without findings is no part of the log."""

    def add(self, linted: Linted) -> None:
        before: Counter[str] = Counter()
        for placed in linted.found:
            key = _key(placed.finding)
            before[key] += 1
            self._results.append(self._result(linted.path, placed, f"{key} {before[key]}"))

    def unreadable(self, path: str, reason: str) -> None:
        self._notifications.append(
            {"level": "error", "message": {"text": sanitise(reason)}, "locations": [_location(path)]}
        )

    def finish(self) -> None:
        run: Json = {
            "tool": {"driver": {"name": "Playhead", "version": __version__, "rules": self._rules}},
            "columnKind": "unicodeCodePoints",
            "invocations": [
                {
                    "executionSuccessful": not self._notifications,
                    "toolExecutionNotifications": self._notifications,
                }
            ],
            "results": self._results,
        }
        document = {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}
        sys.stdout.write(json.dumps(document, ensure_ascii=True, indent=1) + "\n")

    def _result(self, path: str, placed: Placed, key: str) -> Json:
        finding = placed.finding
        result: dict[str, Json] = {
            "ruleId": finding.rule,
            "level": _LEVELS[finding.severity],
            "message": {"text": sanitise(finding.message)},
            "locations": [_location(path, placed)],
            "partialFingerprints": {
                "playheadPlace/v1": hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()[:32]
            },
        }
        if finding.rule in self._places:
            result["ruleIndex"] = self._places[finding.rule]
        return result


def _key(finding: Finding) -> str:
    return f"{finding.rule} {finding.exchange} {finding.frame} {finding.block}"


def _descriptor(rule: Rule) -> Json:
    return {
        "id": rule.id,
        "name": "".join(word.capitalize() for word in rule.id.split("-")),
        "shortDescription": {"text": _sentence(rule.title)},
        "fullDescription": {"text": rule.explanation},
        "help": {"text": f"{rule.explanation}\n\nSource: {rule.source}"},
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
        "properties": {"tags": [rule.group.value]},
    }


def _sentence(title: str) -> str:
    return title[:1].upper() + title[1:] + "."


def _location(path: str, placed: Placed | None = None) -> Json:
    location: dict[str, Json] = {}
    if path != STDIN_NAME:
        physical: dict[str, Json] = {"artifactLocation": {"uri": _uri(path)}}
        # Nobody can show a line of a compressed file.
        if placed is not None and placed.line is not None and not path.endswith(_COMPRESSED):
            physical["region"] = {"startLine": placed.line}
        location["physicalLocation"] = physical
    if placed is not None:
        location["logicalLocations"] = [_logical(placed.finding)]
    return location


def _logical(finding: Finding) -> Json:
    parts = [("exchange", finding.exchange), ("frame", finding.frame), ("block", finding.block)]
    names = [f"{name} {number}" for name, number in parts if number is not None] or ["cassette"]
    return {"name": names[-1], "fullyQualifiedName": "/".join(names), "kind": names[-1].split()[0]}


def _uri(path: str) -> str:
    """A relative path as a relative reference, an absolute one as a `file` URI."""
    file = Path(path)
    return file.as_uri() if file.is_absolute() else quote(os.fsencode(file.as_posix()))
