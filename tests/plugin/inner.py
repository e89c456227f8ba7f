"""Pytest inside pytest: a folder of tests, run in a process of its own, and what came of each."""

from __future__ import annotations

import os
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from textwrap import dedent

import playhead
from playhead import EndingKind, Request, Response

SSE = Response(status=200, reason="OK", headers=(("content-type", "text/event-stream"),), t=0.2)


@dataclass
class Ran:
    """An inner run. `outcomes` by test: `passed`, `failed`, `error`, `skipped`, with what was told."""

    code: int
    out: str
    outcomes: dict[str, tuple[str, str]] = field(default_factory=dict)

    def failed(self, test: str) -> str:
        """Why a test failed in its call."""
        outcome, text = self.outcomes[test]
        assert outcome == "failed", f"{test} {outcome}\n{text}\n{self.out}"
        return text

    def errored(self, test: str) -> str:
        """Why a test could not begin, or not end."""
        outcome, text = self.outcomes[test]
        assert outcome == "error", f"{test} {outcome}\n{text}\n{self.out}"
        return text

    def passed(self, *tests: str) -> None:
        assert self.outcomes, self.out
        if not tests:
            assert self.code == 0, self.out
        for test in tests or self.outcomes:
            assert self.outcomes[test][0] == "passed", f"{test}\n{self.outcomes[test]}\n{self.out}"


class Suite:
    """A folder of tests and cassettes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "pytest.ini").write_text("[pytest]\n")

    def write(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text).lstrip())
        return path

    def cassette(
        self,
        name: str,
        *bodies: bytes | None,
        path: str = "/v1",
        chunks: Iterable[bytes] = (b"data: one\n\n", b"data: two\n\n"),
    ) -> Path:
        """A cassette with an exchange for each request body."""
        place = self.folder / name
        place.parent.mkdir(parents=True, exist_ok=True)
        pieces = list(chunks)
        with playhead.open_writer(place) as writer:
            for body in bodies or (None,):
                out = writer.exchange()
                out.request(Request(method="POST", url=f"https://api.test{path}", body=body, t=0.0))
                out.response(SSE)
                for number, data in enumerate(pieces):
                    out.chunk(data, 0.3 + number * 0.1)
                out.end(EndingKind.COMPLETE, 1.0, facts={"how": "clean", "framing": "chunked"})
        return place

    def run(
        self, *arguments: str, plugins: Iterable[str] = (), environ: Mapping[str, str] | None = None
    ) -> Ran:
        """Run the tests, with our plugin and the named ones."""
        report = self.folder / "report.xml"
        report.unlink(missing_ok=True)
        named = [part for name in ("playhead.testing.plugin", *plugins) for part in ("-p", name)]
        command = [sys.executable, "-m", "pytest", *named, "-q", f"--junit-xml={report}", *arguments]
        ran = subprocess.run(
            command,
            cwd=self.folder,
            env={**_environ(), **(environ or {})},
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )
        return Ran(ran.returncode, ran.stdout + ran.stderr, _outcomes(report))


def _environ() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    return {**kept, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONDONTWRITEBYTECODE": "1"}


def _outcomes(report: Path) -> dict[str, tuple[str, str]]:
    if not report.exists():
        return {}
    found: dict[str, tuple[str, str]] = {}
    for case in ElementTree.parse(report).iter("testcase"):
        name = case.attrib.get("name", "")  # none, of what was interrupted
        outcome, text = "passed", ""
        for tag, word in (("skipped", "skipped"), ("failure", "failed"), ("error", "error")):
            part = case.find(tag)
            if part is not None:
                outcome, text = word, f"{part.get('message', '')}\n{part.text or ''}"
        found[name] = (outcome, text)
    return found
