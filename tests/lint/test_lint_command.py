"""`playhead lint`: what it writes in each format, and how it exits."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import jsonschema
import pytest

import playhead
from playhead.cli.lint_rules import as_markdown
from playhead.lint import ids

from .conftest import bytes_of
from .made import MESSAGES, START, TEXT, cassette, event
from .sarif import SARIF

HOSTILE = "\x1b[2J\x00\u202e\ufffe\x9b"
CONTROL = re.compile(rb"[\x00-\x09\x0b-\x1f\x7f]|\xc2[\x80-\x9f]|\xe2\x80[\x8b-\x8f\xaa-\xae]")
ROOT = Path(__file__).parents[2]
WARNS = b"event: ping\n\n"
FAILS = b"\xef\xbb\xbfdata: a\n\n"
INFORMS = "data: \u2028\n\n".encode()


def rules_in(done):
    return [finding["rule"] for finding in json.loads(done.stdout)["findings"]]


@pytest.mark.parametrize(
    ("body", "args", "code"),
    [
        (b"data: a\n\n", ("--fail-on", "info"), 0),
        (INFORMS, (), 0),
        (INFORMS, ("--fail-on", "info"), 1),
        (WARNS, (), 1),
        (WARNS, ("--fail-on", "error"), 0),
        (FAILS, ("--fail-on", "error"), 1),
        (FAILS, ("--fail-on", "never"), 0),
    ],
)
def test_the_exit_code_is_that_of_the_limit(run, write, body, args, code):
    assert run(write(body), *args).returncode == code


def test_text_has_a_line_for_each_finding_and_a_sum(run, write):
    bad, good = write(FAILS + WARNS, "bad"), write(b"data: a\n\n", "good")
    done = run(bad, good)
    lines = done.stdout.decode().splitlines()
    assert lines[0] == bad
    assert [line.split()[4:7] for line in lines[1:-1]] == [
        ["✗", "error", "byte-order-mark"],
        ["!", "warning", "dataless-frame"],
    ]
    assert lines[1].startswith("  exchange 1, frame 1 ")
    assert lines[-1] == "1 error, 1 warning in 2 exchanges of 2 cassettes"
    assert b"\x1b" not in done.stdout
    assert run(good).stdout == b"nothing found in 1 exchange of 1 cassette\n"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminals of this kind")
@pytest.mark.parametrize(
    ("env", "coloured"), [({}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)]
)
def test_colours_are_for_terminals_that_want_them(tmp_path, write, env, coloured):
    import pty

    path = write(FAILS)
    main, other = pty.openpty()
    clean = {name: value for name, value in os.environ.items() if name != "NO_COLOR"}
    command = [sys.executable, "-m", "playhead", "lint", path]
    done = subprocess.run(
        command, stdout=other, cwd=tmp_path, env=clean | {"TERM": "xterm"} | env, timeout=60, check=False
    )
    os.close(other)
    shown = os.read(main, 65536)
    os.close(main)
    assert done.returncode == 1
    assert b"byte-order-mark" in shown
    assert (b"\x1b[31m" in shown) == coloured


def hostile(write):
    error = {"type": "error", "error": {"type": f"x{HOSTILE}", "message": f"a\nb {HOSTILE}"}}
    body = b"".join(event(each, each["type"]) for each in [START, *TEXT, error])
    return write(body, f"host{HOSTILE[:4]}ile".replace("\0", ""), url=MESSAGES)


@pytest.mark.parametrize("format_", ["text", "json", "sarif", "junit"])
def test_nothing_hostile_is_shown(run, write, format_):
    done = run(hostile(write), "--format", format_)
    assert done.returncode == 1, done.stderr
    assert b"error-event" in done.stdout
    assert not CONTROL.search(done.stdout)
    assert not CONTROL.search(done.stderr)


def test_json_is_one_object_in_ascii(run, write, tmp_path):
    path = write([b"data: a\n\n", b"event: ping\n\nevent: ping\n\n"])
    done = run(path, "--format", "json")
    assert done.stdout.isascii()
    assert json.loads(done.stdout) == {
        "findings": [
            {
                "path": path,
                "exchange": 1,
                "frame": 2,
                "block": None,
                "line": 6,
                "rule": "dataless-frame",
                "severity": "warning",
                "message": "a frame with fields and no data: several clients make an empty event of it"
                " (2 times, last in frame 3)",
            }
        ],
        "unreadable": [],
        "cassettes": 1,
        "exchanges": 1,
        "counts": {"error": 0, "warning": 1, "info": 0},
    }
    chunk = json.loads((tmp_path / path).read_text().splitlines()[6 - 1])
    assert (chunk["type"], chunk["text"][:5]) == ("chunk", "event")


def test_a_cassette_without_exchanges_counts(run, tmp_path):
    with playhead.open_writer(tmp_path / "empty.cassette.jsonl"):
        pass
    assert run("empty.cassette.jsonl").stdout == b"nothing found in 0 exchanges of 1 cassette\n"


def sarif(done):
    """The log, which is held against what SARIF 2.1.0 allows."""
    assert done.stdout.isascii()
    log = json.loads(done.stdout)
    jsonschema.Draft7Validator.check_schema(SARIF)
    jsonschema.validate(log, SARIF)
    return log


def test_sarif_is_what_the_standard_asks_for(run, write, tmp_path):
    """The rules of SARIF 2.1.0 for what is used of it: required members, levels, indexes, references."""
    document = sarif(run(write([FAILS, WARNS], "a b/ü"), "no.cassette.jsonl", "--format", "sarif"))
    assert document["version"] == "2.1.0"
    assert document["$schema"].endswith("sarif-schema-2.1.0.json")
    (log,) = document["runs"]
    driver = log["tool"]["driver"]
    assert driver["name"] == "Playhead"
    assert [rule["id"] for rule in driver["rules"]] == list(ids())
    for rule in driver["rules"]:
        assert rule["shortDescription"]["text"].endswith(".")
        assert rule["fullDescription"]["text"]
        assert rule["help"]["text"]
        assert rule["defaultConfiguration"]["level"] in ("error", "warning", "note")
    (invocation,) = log["invocations"]
    assert invocation["executionSuccessful"] is False
    (notification,) = invocation["toolExecutionNotifications"]
    assert notification["level"] == "error"
    assert "no.cassette.jsonl" in notification["message"]["text"]
    assert [(result["ruleId"], result["level"]) for result in log["results"]] == [
        ("byte-order-mark", "error"),
        ("dataless-frame", "warning"),
    ]
    for result in log["results"]:
        assert driver["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["message"]["text"]
        (location,) = result["locations"]
        physical = location["physicalLocation"]
        assert physical["artifactLocation"]["uri"] == "a%20b/%C3%BC.cassette.jsonl"
        (logical,) = location["logicalLocations"]
        assert logical["fullyQualifiedName"] == f"exchange 1/{logical['name']}"
        assert result["partialFingerprints"]
    lines = [result["locations"][0]["physicalLocation"]["region"]["startLine"] for result in log["results"]]
    text = (tmp_path / "a b" / "ü.cassette.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(text[line - 1])["type"] for line in lines] == ["chunk", "chunk"]
    assert lines[0] < lines[1]


def test_sarif_fingerprints_stay_when_a_file_moves_and_grows(run, write):
    def prints(path):
        log = sarif(run(path, "--format", "sarif"))["runs"][0]
        return [result["partialFingerprints"]["playheadPlace/v1"] for result in log["results"]]

    before = prints(write(WARNS + b"id: 1\n\n", "before"))
    after = prints(write(WARNS + b"id: 1\n\ndata: b\n\nretry: 1\n\n", "after"))
    assert len(set(before)) == 2
    assert after[:2] == before
    assert len(set(after)) == 3


def test_sarif_of_what_has_no_path_or_no_lines(run, write, tmp_path):
    made = cassette(FAILS)
    log = sarif(run("-", "--format", "sarif", stdin=bytes_of(made)))["runs"][0]
    assert "physicalLocation" not in log["results"][0]["locations"][0]
    absolute = tmp_path / write(FAILS)
    log = sarif(run(absolute, "--format", "sarif"))["runs"][0]
    place = log["results"][0]["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == absolute.as_uri()


def test_junit_is_a_suite_for_each_cassette(run, write):
    paths = write(FAILS + WARNS, "bad"), write(b"data: a\n\n", "good"), "no.cassette.jsonl"
    done = run(*paths, "--format", "junit", "--fail-on", "error")
    assert done.returncode == 3
    root = ElementTree.fromstring(done.stdout)
    assert (root.tag, root.attrib) == (
        "testsuites",
        {"name": "playhead lint", "tests": "4", "failures": "1", "errors": "1"},
    )
    bad, good, missing = root
    assert [suite.get("name") for suite in root] == list(paths)
    assert [(case.get("name"), [part.tag for part in case]) for case in bad] == [
        ("exchange 1: byte-order-mark", ["failure"]),
        ("exchange 1: dataless-frame", ["system-out"]),
    ]
    assert bad[0][0].text.startswith("error: frame 1: the stream begins")
    assert [(case.get("name"), len(case)) for case in good] == [("exchange 1", 0)]
    assert "No such file" in missing[0][0].get("message")
    assert missing.attrib == {"name": "no.cassette.jsonl", "tests": "1", "failures": "0", "errors": "1"}


@pytest.mark.parametrize("format_", ["text", "json", "sarif", "junit"])
def test_a_file_that_cannot_be_read_stops_no_other(run, write, format_, tmp_path):
    (tmp_path / "torn.cassette.jsonl").write_bytes(b"no cassette\n")
    done = run("torn.cassette.jsonl", write(FAILS), "--format", format_)
    assert done.returncode == 3
    assert b"torn.cassette.jsonl" in done.stderr
    assert b"byte-order-mark" in done.stdout
    alone = run("torn.cassette.jsonl", "--format", format_)
    assert (alone.returncode, b"torn.cassette.jsonl" in alone.stdout) == (3, format_ != "text")


def test_one_exchange_can_be_chosen(run, tmp_path):
    with playhead.open_writer(tmp_path / "two.cassette.jsonl") as writer:
        for body in (FAILS, WARNS):
            exchange = writer.exchange()
            exchange.request(playhead.Request(method="GET", url="http://h/"))
            exchange.response(playhead.Response(status=200))
            exchange.chunk(body)
            exchange.end(playhead.EndingKind.COMPLETE)
    assert rules_in(run("two.cassette.jsonl", "--format", "json")) == ["byte-order-mark", "dataless-frame"]
    assert rules_in(run(".", "--format", "json", "--exchange", 2)) == ["dataless-frame"]
    assert run("two.cassette.jsonl", "--exchange", 3).returncode == 3


def test_select_and_ignore_take_lists(run, write):
    path = write(FAILS + WARNS + INFORMS)
    assert len(rules_in(run(path, "--format", "json"))) == 3
    chosen = run(path, "--format", "json", "--select", "framing", "--ignore", "long-line, dataless-frame")
    assert rules_in(chosen) == ["byte-order-mark", "line-separator-in-data"]
    done = run(path, "--select", "byte-order-markk")
    assert done.returncode == 2
    assert b"Did you mean byte-order-mark" in done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="no live recordings on Windows")
def test_what_is_still_recorded_is_left_out(run, tmp_path):
    with playhead.open_writer(tmp_path / "live.cassette.jsonl") as writer:
        for ended in (True, False):
            exchange = writer.exchange()
            exchange.request(playhead.Request(method="GET", url=MESSAGES))
            exchange.response(playhead.Response(status=200))
            exchange.chunk(b"data: a\n\n")
            if ended:
                exchange.end(playhead.EndingKind.COMPLETE)
        done = run("live.cassette.jsonl.partial", "--select", "recording")
        assert done.stdout == b"nothing found in 1 exchange of 1 cassette\n"
        assert b"exchange 2 is still being recorded" in done.stderr
    done = run("live.cassette.jsonl", "--select", "recording")
    assert b"unclear-ending" in done.stdout


@pytest.mark.parametrize(
    "args",
    [
        (),
        ("--rules", "--format", "sarif"),
        ("x", "--select", "asyncapi"),
        ("x", "--channel", "c"),
        ("x", "--fail-on", "x"),
    ],
)
def test_what_cannot_be_meant_is_refused(run, args):
    done = run(*args)
    assert done.returncode == 2, done.stdout
    assert done.stdout == b""


def test_the_rules_are_listed(run):
    text = run("--rules").stdout.decode()
    rows = json.loads(run("--rules", "--format", "json").stdout)
    listed = [row["id"] for row in rows]
    assert listed[: len(ids())] == list(ids())
    assert "asyncapi-invalid-message" in listed
    for row in rows:
        assert f"{row['id']}  ({row['group']}, {row['severity']})" in text
        assert all(row.values())
    assert len(json.loads(run("--rules", "--select", "secrets", "--format", "json").stdout)) == 3


def test_events_are_held_against_a_document(run, write):
    pytest.importorskip("jsonschema")
    body = b"".join(event(each, each["type"]) for each in [START, {"type": "message_nudge"}])
    path = write(body, url=MESSAGES, ending=playhead.EndingKind.CLIENT_CLOSED)
    args = (path, "--asyncapi", "anthropic-messages", "--format", "json")
    assert "asyncapi-unknown-message" in rules_in(run(*args))
    assert set(rules_in(run(*args, "--select", "asyncapi"))) == {"asyncapi-unknown-message"}
    assert "asyncapi-unknown-message" not in rules_in(run(*args, "--ignore", "asyncapi-unknown-message"))
    done = run(*args, "--select", "framing")
    assert done.returncode == 2
    assert b"--select asyncapi" in done.stderr
    log = sarif(run(*args[:3], "--format", "sarif"))["runs"][0]
    for result in log["results"]:
        assert log["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
    assert run(path, "--asyncapi", "no.yaml").returncode == 3


def test_the_page_of_rules_is_current():
    """Mend it with: uv run python -m playhead.cli.lint_rules > docs/lint.md"""
    assert (ROOT / "docs" / "lint.md").read_text(encoding="utf-8") == as_markdown()


def test_a_document_is_written_for_a_file_that_cannot_be_read(run, tmp_path):
    """What CI uploads must not be empty."""
    path = tmp_path / "empty.cassette.jsonl"
    path.touch()
    done = run(path, "--format", "json")
    assert done.returncode == 3
    assert [row["path"] for row in json.loads(done.stdout)["unreadable"]] == [str(path)]


def test_an_empty_choice_is_no_choice(run, tmp_path):
    assert run(tmp_path / "x", "--select", "").returncode == 2
    assert run(tmp_path / "x", "--select", ",").returncode == 2
