"""Findings as JUnit XML, which CI systems show as tests.

A suite for each cassette; in it a test case for each exchange and rule that has findings, which fails where
the exit code would, and one for each exchange without any. A file that cannot be read is an error. No name,
message or text holds a character that XML 1.0 forbids: all pass `sanitise`. Knows findings; no rule.
"""

from __future__ import annotations

import sys
from itertools import groupby
from xml.etree import ElementTree

from playhead.cli.lint_report.model import FailOn, Linted, Placed
from playhead.sanitise import sanitise


class JUnitReport:
    """Written at the end, because suites begin with their counts."""

    def __init__(self, fail_on: FailOn) -> None:
        self._fail_on = fail_on
        self._suites: dict[str, ElementTree.Element] = {}

    def open(self, path: str) -> None:
        self._suite(path)

    def add(self, linted: Linted) -> None:
        name = f"exchange {linted.exchange}"
        if not linted.found:
            self._case(linted.path, name)
        by_rule = sorted(linted.found, key=lambda placed: placed.finding.rule)
        for rule, found in groupby(by_rule, key=lambda placed: placed.finding.rule):
            self._found(self._case(linted.path, f"{name}: {rule}"), list(found))

    def unreadable(self, path: str, reason: str) -> None:
        case = self._case(path, "readable")
        ElementTree.SubElement(case, "error", {"message": sanitise(reason), "type": "unreadable"})

    def finish(self) -> None:
        root = ElementTree.Element("testsuites", {"name": "playhead lint"})
        root.extend(self._suites.values())
        for element in (*self._suites.values(), root):
            for count, tag in (("tests", "testcase"), ("failures", "failure"), ("errors", "error")):
                element.set(count, str(sum(1 for _ in element.iter(tag))))
        ElementTree.indent(root)
        text = ElementTree.tostring(root, "us-ascii", xml_declaration=True).decode("ascii")
        sys.stdout.write(text + "\n")

    def _suite(self, path: str) -> ElementTree.Element:
        if path not in self._suites:
            self._suites[path] = ElementTree.Element("testsuite", {"name": sanitise(path)})
        return self._suites[path]

    def _case(self, path: str, name: str) -> ElementTree.Element:
        facts = {"classname": sanitise(path), "name": sanitise(name)}
        return ElementTree.SubElement(self._suite(path), "testcase", facts)

    def _found(self, case: ElementTree.Element, found: list[Placed]) -> None:
        worst = [placed for placed in found if self._fail_on.fails(placed.finding.severity)]
        text = "\n".join(_line(placed) for placed in found)
        if worst:
            first = worst[0].finding
            facts = {"message": sanitise(first.message), "type": first.severity.value}
            ElementTree.SubElement(case, "failure", facts).text = text
        else:
            ElementTree.SubElement(case, "system-out").text = text


def _line(placed: Placed) -> str:
    finding = placed.finding
    frame = f"frame {finding.frame}: " if finding.frame is not None else ""
    return f"{finding.severity.value}: {frame}{sanitise(finding.message)}"
