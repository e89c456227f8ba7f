"""`playhead orphans`: cassettes in tests' folders that no test replays.

Knows files, and pytest as a program: which cassettes tests replay, our plugin tells while it collects them.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

import click

from playhead.cli import inputs, output
from playhead.errors import CannotRun, InputError
from playhead.sanitise import sanitise, sanitise_lines

FOLDER: Final = "cassettes"
_COMPRESSED: Final = inputs.SUFFIX + ".zst"
_NOT_ENTERED: Final = frozenset({"node_modules", "site-packages", "__pycache__"})
_GOOD: Final = (0, 5)
"""pytest's exit codes of a collection that is whole: there are tests, or none."""
_TOLD: Final = 30
"""Lines of pytest's own report that are passed on."""


@click.command()
@click.argument("paths", metavar="[PATH]...", nargs=-1)
@click.option("--format", "format_", type=click.Choice(output.FORMATS), default="text", show_default=True)
def orphans(paths: tuple[str, ...], format_: str) -> int:
    """List cassettes that no test replays, of those in folders named `cassettes` below PATH (here).

    pytest collects the tests in PATH, without running any, and tells which cassettes their markers and the
    fixture `playhead` ask for. What a test opens in another way is not seen.

    Exit code 1 where there are orphans, 4 where pytest cannot collect all tests.
    """
    roots = [_root(path) for path in paths or (".",)]
    there = sorted({cassette for root in roots for cassette in _cassettes(root)})
    used, tests = _used(paths)
    lost = [path for path in there if os.path.realpath(path) not in used]
    for path in lost:
        click.echo(json.dumps({"path": path}) if format_ == "jsonl" else sanitise(path))
    found = output.counted(len(there), "cassette")
    asking = output.counted(tests, "test") + (" that replays" if tests == 1 else " that replay")
    click.echo(f"{found}, {asking}, {output.counted(len(lost), 'orphan')}", err=True)
    return 1 if lost else 0


def _root(path: str) -> str:
    # A test's own name may follow: tests/test_agent.py::test_weather.
    name = path.partition("::")[0]
    if not os.path.exists(name):  # noqa: PTH110 - paths are told as they were given
        raise InputError(f"{name}: no such file or folder")
    return name if Path(name).is_dir() else os.path.dirname(name) or "."  # noqa: PTH120 - see above


def _cassettes(root: str) -> Iterator[str]:
    for folder, folders, files in os.walk(root):
        folders[:] = sorted(name for name in folders if name not in _NOT_ENTERED and name[0] != ".")
        if FOLDER in Path(folder).resolve().parts:
            yield from (
                os.path.normpath(os.path.join(folder, name))  # noqa: PTH118 - see above
                for name in files
                if name.endswith((inputs.SUFFIX, _COMPRESSED))
            )


def _used(paths: Iterable[str]) -> tuple[set[str], int]:
    """The real paths of the cassettes that tests replay, and how many tests do."""
    with tempfile.TemporaryDirectory(prefix="playhead-") as folder:
        told = Path(folder) / "used.json"
        command = [sys.executable, "-m", "pytest", "--collect-only", "-q"]
        # By its module, which is there even where plugins are not loaded by themselves.
        command += ["-p", "no:playhead", "-p", "playhead.testing.plugin", f"--playhead-used={told}", *paths]
        ran = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
        if ran.returncode not in _GOOD or not told.exists():
            report = "\n".join((ran.stdout + ran.stderr).splitlines()[-_TOLD:])
            raise CannotRun("pytest cannot collect all tests", hint=sanitise_lines(report))
        found = json.loads(told.read_text("utf-8"))
    return {os.path.realpath(path) for path in found["cassettes"]}, found["tests"]
