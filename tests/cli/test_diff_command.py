"""`playhead diff`, as a process."""

from __future__ import annotations

import json
from pathlib import Path

import playhead

A = playhead.sample("anthropic-tools")
B = playhead.sample("openai-tools")


def test_nothing_differs(run) -> None:
    done = run("diff", A, A)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"no differences\n", b"")
    document = json.loads(run("diff", A, A, "--format", "json").stdout)
    assert document == {
        "a": str(A),
        "b": str(A),
        "equal": True,
        "exchanges": [{"a": 1, "b": 1, "changes": []}],
    }


def test_what_differs_is_told_by_part(run) -> None:
    done = run("diff", A, B)
    assert done.returncode == 1
    lines = done.stdout.decode().splitlines()
    assert [line.strip() for line in lines if line.startswith("  ") and not line.startswith("    ")] == [
        "request",
        "head",
        "message",
        "events",
        "timing",
    ]
    assert '    ~ body.model: "claude-sonnet-4-6" → "gpt-4.1"' in lines
    assert lines[-1].endswith(" differences")
    only = run("diff", A, B, "--only", "head", "--format", "json")
    changes = json.loads(only.stdout)["exchanges"][0]["changes"]
    assert {change["section"] for change in changes} == {"head"}
    assert run("diff", A, B, "--only", "ending").returncode == 0


def test_single_exchanges_and_standard_input(run) -> None:
    assert run("diff", f"{A}#1", "-", stdin=A.read_bytes()).returncode == 0
    missing = run("diff", f"{A}#7", A)
    assert missing.returncode == 3
    assert b"7" in missing.stderr
    assert run("diff", "-", "-").returncode == 2


def test_recorded_text_reaches_the_terminal_harmless(run, write) -> None:
    one = write([(1.5, b"data: a\n\n")], "one")
    other = write([(1.5, "data: \x1b]0;owned\x07\u202e\n\n".encode())], "other")
    done = run("diff", one, other)
    assert done.returncode == 1
    assert b"\x1b" not in done.stdout
    assert '"a" → "\\u001b]0;owned\\u0007⟨U+202E⟩"' in done.stdout.decode()


def test_what_is_no_cassette_is_said(run, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.cassette.jsonl"
    wrong.write_text("{}\n")
    done = run("diff", A, wrong)
    assert (done.returncode, done.stdout) == (3, b"")
    assert b"wrong.cassette.jsonl" in done.stderr


def test_nothing_to_compare_is_a_usage_error(run) -> None:
    done = run("diff", A, B, "--only", "timing", "--skip", "timing")
    assert (done.returncode, done.stdout) == (2, b"")
    assert b"nothing to compare" in done.stderr


def test_a_tolerance_that_is_no_number_is_refused(run) -> None:
    assert run("diff", A, B, "--tolerance", "nan").returncode == 2
