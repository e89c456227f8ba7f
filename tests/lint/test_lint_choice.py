"""Which rules run: by id, by group, by package; the order of findings; what is said again."""

from __future__ import annotations

import subprocess
import sys
import textwrap

import pytest

import playhead
from playhead import Finding, Severity, UsageError
from playhead.lint import Group, Rule, Spot, ids, rule_of, stalls
from playhead.lint.runner import chosen

from .made import START, exchange, messages

PACKAGE = """
    from playhead.findings import Severity
    from playhead.lint import Group, Rule, Spot

    def find(exchange):
        if b"fail" in exchange.body:
            raise KeyError("fail")
        yield Spot("looked at", frame=1)

    RULE = Rule(
        id="house-rule", group=Group.CONTENT, severity=Severity.INFO, title="t", explanation="e", source="s",
        find=find,
    )
"""


def names(rules):
    return [rule.id for rule in rules]


def test_every_rule_is_what_the_table_says():
    for name in ids():
        rule = rule_of(name)
        assert rule.id == name
        assert name == name.lower()
        assert len(rule.explanation) > 120, name
        assert rule.explanation.endswith("."), name
        assert not rule.title.endswith(".")
        assert rule.source
    assert len(set(ids())) == len(ids())


def test_rules_are_chosen_by_id_and_by_group():
    assert names(chosen()) == list(ids())
    assert names(chosen(["secrets"])) == ["secret-in-head", "secret-in-request", "secret-in-response"]
    assert names(chosen(["nul-in-id", "secrets"], ["secret-in-head"])) == [
        "nul-in-id",
        "secret-in-request",
        "secret-in-response",
    ]
    assert names(chosen(None, list(Group))) == []
    own = Rule(
        **{name: getattr(rule_of("nul-in-id"), name) for name in Rule.__struct_fields__} | {"id": "own"}
    )
    assert names(chosen(["own"], (), [own])) == ["own"]
    assert names(chosen(others=[own]))[-1] == "own"


@pytest.mark.parametrize(
    ("name", "hint"),
    [("no-terminater", "no-terminator"), ("secret", "secrets"), ("zzz", "playhead lint --rules")],
)
def test_an_unknown_name_is_refused_with_near_ones(name, hint):
    for choice in ({"select": [name]}, {"ignore": [name]}):
        with pytest.raises(UsageError, match=repr(name)) as caught:
            playhead.check(exchange(b"data: a\n\n"), **choice)
        assert hint in caught.value.hint


def test_findings_come_by_frame():
    found = playhead.check(exchange(b"data: a\n\nevent: x\n\nid: 1\n\nretry: x\ndata: b\n\ndata: c"))
    frames = [finding.frame for finding in found]
    assert frames == sorted(frames)
    assert [finding.rule for finding in found][-2:] == ["invalid-retry", "unterminated-tail"]


def test_what_is_said_again_is_one_finding():
    found = playhead.check(exchange(b"data: a\n\n" + b"retry: 1\n\n" * 1200), select=["dataless-frame"])
    assert found == [
        Finding(
            rule="dataless-frame",
            severity=Severity.WARNING,
            message="a frame with a `retry` and no data: several clients make an empty event of it"
            " (1,200 times, last in frame 1201)",
            exchange=1,
            frame=2,
        )
    ]


def test_a_finding_names_the_block():
    found = playhead.check(messages([START, {**START, "type": "message_stop"}]), select=["order"])
    assert all(finding.block is None for finding in found)
    spot = Spot("said", 3, block=2, severity=Severity.ERROR)
    rule = Rule(
        id="x", group=Group.TIME, severity=Severity.INFO, title="t", explanation="e", source="s",
        find=lambda _: [spot, spot],
    )  # fmt: skip
    assert list(rule.check(exchange(b""))) == [Finding("x", Severity.ERROR, "said (2 times)", 1, 3, 2)]


@pytest.fixture
def package(tmp_path):
    """A folder with a package that registers a rule."""
    (tmp_path / "house.py").write_text(textwrap.dedent(PACKAGE))
    info = tmp_path / "house-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: house\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[playhead.rules]\nhouse-rule = house:RULE\n")
    return {"PYTHONPATH": str(tmp_path)}


def test_a_package_can_add_a_rule(run, write, package):
    done = run(write(b"data: a\n\n"), "--select", "house-rule", env=package)
    assert done.returncode == 0, done.stderr
    assert b"exchange 1, frame 1" in done.stdout
    assert b"looked at" in done.stdout


def test_a_rule_that_fails_is_named(run, write, package):
    done = run(write(b"data: fail\n\n"), env=package)
    assert done.returncode == 4
    assert b"the rule house-rule failed on exchange 1: KeyError: 'fail'" in done.stderr
    assert b"--ignore house-rule" in done.stderr
    assert b"Traceback" not in done.stderr


@pytest.mark.parametrize("broken", ["house:NOTHING", "nowhere:RULE", "house:find"])
def test_a_rule_that_is_none_is_named(run, write, package, tmp_path, broken):
    (tmp_path / "house-1.0.dist-info" / "entry_points.txt").write_text(
        f"[playhead.rules]\nhouse-rule = {broken}\n"
    )
    done = run(write(b"data: a\n\n"), env=package)
    assert done.returncode == 4
    assert b"house-rule" in done.stderr
    assert b"Traceback" not in done.stderr


def test_only_the_rules_that_are_asked_for_are_imported():
    code = """
        import sys, playhead
        playhead.check(playhead.load(playhead.sample("cut"))[1], select=["nul-in-id"])
        print(sorted(name for name in sys.modules if name.startswith("playhead.lint.rules.")))
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout == "['playhead.lint.rules.nul_in_id']\n"


def test_the_rules_about_waits_measure_once(monkeypatch):
    measured = []

    def measure(*args, **options):
        measured.append(args)
        return playhead.measure(*args, **options)

    monkeypatch.setattr(stalls, "measure", measure)
    waited = exchange([(1.0, b"data: a\n\n"), (8.0, b": \n\n"), (20.0, b"data: b\n\n")])
    first = playhead.check(waited, select=["time"])
    assert playhead.check(waited, select=["masked-stall"]) == [
        each for each in first if "masked" in each.rule
    ]
    assert len(measured) == 1
