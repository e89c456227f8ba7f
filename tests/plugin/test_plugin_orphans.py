"""`playhead orphans`: cassettes that no test replays, found without running one."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable

from .inner import Suite

TESTS = """
import pytest

@pytest.mark.playhead("used")
def test_marked(): raise AssertionError("no test runs")

@pytest.mark.playhead("packed", patch=True)
@pytest.mark.parametrize("n", range(3))
def test_parameters(n): pass

def test_own(playhead): pass

@pytest.mark.skip
@pytest.mark.playhead("skipped")
def test_skipped(): pass

@pytest.mark.playhead("missing")
def test_missing(): pass

def test_plain(): pass
"""

Run = Callable[..., "subprocess.CompletedProcess[bytes]"]


def make(suite: Suite) -> None:
    for name in ("used", "skipped", "test_it/test_own", "lost", "test_it/test_gone"):
        suite.cassette(f"cassettes/{name}.cassette.jsonl")
    suite.cassette("cassettes/packed.cassette.jsonl.zst")
    suite.cassette("deep/cassettes/lost.cassette.jsonl.zst")
    suite.cassette("recordings/not-a-tests.cassette.jsonl")
    suite.cassette(".venv/cassettes/hidden.cassette.jsonl")
    suite.write("test_it.py", TESTS)
    suite.write("pytest.ini", "[pytest]\naddopts = -k nothing\n")


def test_orphans_are_listed(suite: Suite, run_here: Run) -> None:
    make(suite)
    ran = run_here("orphans", cwd=suite.folder)
    assert ran.returncode == 1, ran.stderr
    assert ran.stdout.decode().splitlines() == [
        "cassettes/lost.cassette.jsonl",
        "cassettes/test_it/test_gone.cassette.jsonl",
        "deep/cassettes/lost.cassette.jsonl.zst",
    ]
    assert ran.stderr.decode() == "7 cassettes, 7 tests that replay, 3 orphans\n"


def test_a_folder_and_json(suite: Suite, run_here: Run) -> None:
    make(suite)
    ran = run_here("orphans", "deep", "--format", "jsonl", cwd=suite.folder)
    assert [json.loads(line) for line in ran.stdout.splitlines()] == [
        {"path": "deep/cassettes/lost.cassette.jsonl.zst"}
    ]


def test_no_orphans(suite: Suite, run_here: Run) -> None:
    suite.cassette("cassettes/used.cassette.jsonl")
    suite.write("test_it.py", 'import pytest\n@pytest.mark.playhead("used")\ndef test_it(): pass\n')
    ran = run_here("orphans", "test_it.py::test_it", cwd=suite.folder)
    assert (ran.returncode, ran.stdout) == (0, b"")


def test_tests_that_cannot_be_collected(suite: Suite, run_here: Run) -> None:
    suite.cassette("cassettes/used.cassette.jsonl")
    suite.write("test_it.py", "import nothing_of_this_name\n")
    ran = run_here("orphans", cwd=suite.folder)
    assert ran.returncode == 4
    assert ran.stdout == b""
    assert b"pytest cannot collect all tests" in ran.stderr
    assert b"nothing_of_this_name" in ran.stderr


def test_a_folder_that_is_not_there(suite: Suite, run_here: Run) -> None:
    assert run_here("orphans", "nowhere", cwd=suite.folder).returncode == 3
