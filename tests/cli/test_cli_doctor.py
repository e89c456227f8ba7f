"""`playhead doctor`: every check that needs no recorder, in each of its states, and what the command says."""

from __future__ import annotations

import json
import os
import re
import socket
import tomllib
from pathlib import Path

import pytest

from playhead.cli.doctor import _text
from playhead.doctor import CHECKS, Finding, Level, Surroundings, examine, folder, installation, machine
from playhead.store import lock

PYPROJECT = Path(__file__).parents[2] / "pyproject.toml"


@pytest.fixture
def surroundings(tmp_path: Path) -> Surroundings:
    recordings = tmp_path / "recordings"
    recordings.mkdir(mode=0o700)
    return Surroundings(environ={}, folder=recordings, host="127.0.0.1", port=0, confdir=tmp_path / "confdir")


def at(surroundings: Surroundings, path: Path) -> Surroundings:
    return Surroundings(environ={}, folder=path, host=surroundings.host, port=0, confdir=surroundings.confdir)


def test_every_check_gives_a_finding_under_its_name(surroundings):
    found = examine(CHECKS, surroundings)
    assert [finding.name for finding in found] == [name for name, _ in CHECKS]
    assert len({finding.name for finding in found}) == len(found)


def test_a_check_that_fails_itself_is_a_finding(surroundings):
    def broken(_: Surroundings) -> Finding:
        raise RuntimeError("no idea")

    (found,) = examine([("odd", broken)], surroundings)
    assert found == Finding("odd", Level.WARN, "could not be checked: RuntimeError: no idea")


def test_a_python_without_a_recorder():
    assert installation.judge_python((3, 11), "3.11.9").level is Level.NOTE
    assert "playhead addon" in (installation.judge_python((3, 11), "3.11.9").fix or "")
    assert installation.judge_python((3, 12), "3.12.0").level is Level.OK


def test_the_extras_are_those_of_the_project():
    with PYPROJECT.open("rb") as file:
        declared = tomllib.load(file)["project"]["optional-dependencies"]
    del declared["all"]
    wanted = {
        name: tuple(
            (found[1], found[2])
            for each in requirements
            if (found := re.match(r"([\w-]+)>=([\d.]+)", each)) is not None
        )
        for name, requirements in declared.items()
    }
    assert wanted == installation.EXTRAS


@pytest.mark.parametrize(
    ("versions", "level", "what", "fix"),
    [
        ({"mitmproxy": "12.2.3", "brotli": "1.2"}, Level.OK, "mitmproxy 12.2.3, brotli 1.2", None),
        (
            {"mitmproxy": "13.0.0.dev1", "brotli": "1.10"},
            Level.OK,
            "mitmproxy 13.0.0.dev1, brotli 1.10",
            None,
        ),
        ({"brotli": "1.2"}, Level.NOTE, "mitmproxy not installed", "pip install 'playhead[record]'"),
        ({}, Level.NOTE, "mitmproxy, brotli not installed", "pip install 'playhead[record]'"),
        (
            {"mitmproxy": "11.9.9", "brotli": "1.2"},
            Level.FAIL,
            "too old: mitmproxy 11.9.9 (needs 12.2.1)",
            "pip install --upgrade 'playhead[record]'",
        ),
        (
            {"mitmproxy": "strange", "brotli": "1.2"},
            Level.FAIL,
            "too old: mitmproxy strange (needs 12.2.1)",
            "pip install --upgrade 'playhead[record]'",
        ),
    ],
)
def test_an_extra(surroundings, versions, level, what, fix):
    found = installation.extra("record", surroundings, versions.get)
    assert found == Finding("record", level, what, fix)


def test_what_is_not_installed_has_no_version():
    assert installation.installed("no-such-distribution-anywhere") is None
    assert installation.installed("click")


def test_a_folder_that_is_fine(surroundings):
    assert folder.folder(surroundings).level is Level.OK
    assert list(surroundings.folder.iterdir()) == []


def test_a_folder_that_is_not_there_is_not_made(surroundings):
    missing = surroundings.folder / "a" / "b"
    found = folder.folder(at(surroundings, missing))
    assert (found.level, found.what) == (Level.OK, f"{missing} is made by the first recording")
    assert folder.file_system(at(surroundings, missing)).level is Level.NOTE
    assert folder.leftovers(at(surroundings, missing)).level is Level.OK
    assert folder.space(at(surroundings, missing)).what == folder.space(surroundings).what
    assert list(surroundings.folder.iterdir()) == []


def test_a_folder_that_others_may_read(surroundings):
    surroundings.folder.chmod(0o755)
    found = folder.folder(surroundings)
    assert (found.level, found.fix) == (Level.NOTE, f"chmod 700 {surroundings.folder}")


@pytest.mark.parametrize("below", ["", "below"])
def test_a_folder_that_is_a_file(surroundings, below):
    path = surroundings.folder / "file"
    path.write_text("")
    found = folder.folder(at(surroundings, path / below))
    assert (found.level, found.what) == (Level.FAIL, f"{path} is no folder")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_cannot_be_written(surroundings):
    surroundings.folder.chmod(0o500)
    assert folder.folder(surroundings).level is Level.FAIL
    assert folder.folder(at(surroundings, surroundings.folder / "new")).level is Level.FAIL
    surroundings.folder.chmod(0o700)


def test_a_folder_in_which_nothing_can_be_made(surroundings, monkeypatch):
    def refuse(**_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(folder.tempfile, "TemporaryFile", refuse)
    found = folder.folder(surroundings)
    assert found.level is Level.FAIL
    assert found.what == f"{surroundings.folder} cannot be written: Permission denied"
    monkeypatch.setattr(folder.tempfile, "TemporaryDirectory", refuse)
    found = folder.folder(at(surroundings, surroundings.folder / "new"))
    assert (found.level, found.fix) == (Level.FAIL, "Choose another folder with -o DIR.")
    assert found.what.endswith(f"new cannot be made: {surroundings.folder}: Permission denied")


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="no /proc, in which nobody can make a folder")
def test_a_folder_where_permissions_promise_too_much(surroundings):
    assert folder.folder(at(surroundings, Path("/proc/x"))).level is Level.FAIL


@pytest.mark.parametrize(
    ("free", "level"), [(10**6, Level.FAIL), (5 * 10**8, Level.WARN), (10**10, Level.OK)]
)
def test_space(free, level):
    assert folder.judge_space(free).level is level


def test_a_file_system_that_is_fine(surroundings):
    assert folder.file_system(surroundings).level is Level.OK
    assert list(surroundings.folder.iterdir()) == []


def test_a_file_system_without_locks(surroundings, monkeypatch):
    monkeypatch.setattr(folder.lock, "take", lambda _: False)
    assert folder.file_system(surroundings).level is Level.WARN


def test_a_file_system_that_does_not_rename(surroundings, monkeypatch):
    def refuse(*_: object) -> None:
        raise OSError(38, "Function not implemented")

    monkeypatch.setattr(Path, "rename", refuse)
    found = folder.file_system(surroundings)
    assert (found.level, found.what) == (
        Level.FAIL,
        "files cannot be renamed: Function not implemented",
    )


def test_what_was_left(surroundings):
    unfinished = surroundings.folder / "unfinished"
    unfinished.mkdir(mode=0o700)
    assert folder.leftovers(surroundings).level is Level.OK
    live = unfinished / "live.cassette.jsonl.partial"
    with live.open("wb") as file:
        assert lock.take(file.fileno())
        assert folder.leftovers(surroundings) == Finding("leftovers", Level.OK, "none; 1 being recorded")
        (surroundings.folder / "old.cassette.jsonl.partial").write_text("")
        (unfinished / "x.cassette.jsonl.partial").write_text("")
        (unfinished / "other.txt").write_text("")
        found = folder.leftovers(surroundings)
        assert (found.level, found.what) == (Level.NOTE, "2 unfinished, 1 being recorded")
    unfinished.chmod(0o755)
    found = folder.leftovers(surroundings)
    assert (found.level, found.fix) == (Level.WARN, f"chmod 700 {unfinished}")


def test_leftovers_that_cannot_be_listed(surroundings, monkeypatch):
    def refuse(_: Path) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "iterdir", refuse)
    assert folder.leftovers(surroundings).level is Level.WARN


@pytest.mark.parametrize(
    ("resolution", "level"), [(1e-9, Level.OK), (1e-6, Level.OK), (1e-4, Level.NOTE), (0.0156, Level.WARN)]
)
def test_clocks(resolution, level):
    assert machine.judge_clock(resolution).level is level


@pytest.mark.parametrize(
    ("soft", "hard", "level", "fix"),
    [
        (-1, -1, Level.OK, None),
        (1024, 4096, Level.OK, None),
        (256, -1, Level.WARN, "ulimit -n 4096"),
        (256, 512, Level.WARN, "ulimit -n 512"),
        (256, 256, Level.WARN, "Have the system's limit raised."),
    ],
)
def test_open_files(soft, hard, level, fix):
    found = machine.judge_open_files(soft, hard, -1)
    assert (found.level, found.fix) == (level, fix)


def test_the_table_is_aligned_and_harmless():
    text = _text(
        [
            Finding("a", Level.OK, "fine\x1b[2J"),
            Finding("longer", Level.FAIL, "not\nfine", "do\u202e it"),
            Finding("b", Level.WARN, "so so"),
        ]
    )
    assert text.splitlines() == [
        "ok    a       fine␛[2J",
        "FAIL  longer  not␊fine",
        "              fix: do⟨U+202E⟩ it",
        "WARN  b       so so",
        "1 ok, 1 WARN, 1 FAIL",
    ]


def plain_environment(tmp_path: Path) -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "HOME": str(tmp_path)}


def test_the_command_says_what_it_found(run, tmp_path):
    done = run("doctor", "--listen", "127.0.0.1:0", "--confdir", tmp_path / "c", "--format", "json")
    assert done.returncode == 0, done.stdout
    assert done.stdout.isascii()
    document = json.loads(done.stdout)
    assert document["ok"] is True
    names = [each["name"] for each in document["findings"]]
    assert len(names) == len(set(names))
    assert {"python", "record", "folder", "port", "proxy variables", "CA", "node"} <= set(names)
    assert {each["level"] for each in document["findings"]} <= {"ok", "note", "warn"}
    assert not (tmp_path / "recordings").exists()


def test_the_command_fails_where_something_does(run, tmp_path):
    (tmp_path / "recordings").write_text("")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        number = taken.getsockname()[1]
        done = run("doctor", "--listen", f"127.0.0.1:{number}", "--confdir", tmp_path / "c")
    assert done.returncode == 1
    text = done.stdout.decode()
    assert re.search(r"^FAIL  folder +.*recordings is no folder$", text, re.MULTILINE)
    assert re.search(rf"^FAIL  port +127\.0\.0\.1:{number}: ", text, re.MULTILINE)
    assert text.endswith("2 FAIL\n")


@pytest.mark.parametrize("value", ["8765", ":1", "h:", "h:x", "h:70000", "h:²"])
def test_a_wrong_address_is_refused(run, value):
    done = run("doctor", "--listen", value)
    assert done.returncode == 2
    assert b"is not HOST:PORT" in done.stderr
