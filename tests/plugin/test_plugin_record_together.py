"""Several tests of one run that record into one cassette: nothing that one of them recorded is lost."""

from __future__ import annotations

import pytest

import playhead

from .inner import Ran, Suite
from .provider import Provider

THREE = """
import os, httpx, pytest

URL = os.environ["PROVIDER"]
pytestmark = pytest.mark.playhead("two", unplayed=os.environ.get("UNPLAYED", "fail"))

def asked(playhead, body):
    assert playhead.httpx_client().post(URL + "/echo", json=body).status_code == 200
    assert playhead[len(playhead)].ending.kind == "complete"

def test_a(playhead): asked(playhead, {"q": "a"})
def test_b(playhead): asked(playhead, {"q": "b"})
def test_c(playhead): asked(playhead, {"q": "c"})
"""
AGAIN = """
import pytest
from _pytest.runner import runtestprotocol

@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item, nextitem):
    runtestprotocol(item, nextitem=nextitem, log=False)
"""


def run(suite: Suite, provider: Provider, mode: str, *arguments: str) -> Ran:
    return suite.run(f"--playhead-record={mode}", *arguments, environ={"PROVIDER": provider.url})


def held(suite: Suite) -> list[bytes]:
    cassette = playhead.load(suite.folder / "cassettes/two.cassette.jsonl")
    return [each.request.body or b"" for each in cassette.exchanges if each.request]


BODIES = [b'{"q":"a"}', b'{"q":"b"}', b'{"q":"c"}']


@pytest.mark.parametrize("mode", ["all", "new_episodes"])
def test_each_test_adds_its_own(mode: str, suite: Suite, provider: Provider) -> None:
    suite.write("test_it.py", THREE)
    environ = {"PROVIDER": provider.url, "UNPLAYED": "ignore"}
    recorded = suite.run(f"--playhead-record={mode}", "-W", "error", environ=environ)
    recorded.passed("test_a", "test_b", "test_c")
    assert held(suite) == BODIES
    replayed = suite.run("-W", "error", environ=environ)
    replayed.passed("test_a", "test_b", "test_c")
    assert len(provider.asked) == 3


def test_what_no_replay_will_play_is_warned_of(suite: Suite, provider: Provider) -> None:
    """Each test adds its own, and would fail in the replay for what the others have added."""
    suite.write("test_it.py", THREE)
    ran = run(suite, provider, "all")
    ran.passed("test_a", "test_b", "test_c")
    assert "cassettes/two.cassette.jsonl is recorded by 2 tests so far" in ran.out
    assert 'Let them share it (scope="class" or "module"), or say unplayed="ignore"' in ran.out
    again = run(suite, provider, "all", "-k", "test_a", "-W", "error")
    again.passed("test_a")


def test_another_run_replaces_them(suite: Suite, provider: Provider) -> None:
    suite.write("test_it.py", THREE)
    run(suite, provider, "all").passed()
    run(suite, provider, "all", "-k", "test_b").passed("test_b")
    assert held(suite) == BODIES[1:2]


def test_a_test_that_is_run_again_replaces_its_own(suite: Suite, provider: Provider) -> None:
    suite.write("test_it.py", THREE)
    suite.write("conftest.py", AGAIN)
    run(suite, provider, "all").passed("test_a", "test_b", "test_c")
    assert len(provider.asked) == 6
    assert held(suite) == BODIES


def test_what_was_there_before_must_be_played(suite: Suite, provider: Provider) -> None:
    suite.write("test_it.py", THREE)
    run(suite, provider, "all", "-k", "test_a").passed("test_a")
    ran = run(suite, provider, "new_episodes", "-k", "test_b or test_c")
    assert "1 of 1 exchanges of cassettes/two.cassette.jsonl were not played: 1\n" in ran.failed("test_b")
    assert "1 of 2 exchanges of cassettes/two.cassette.jsonl were not played: 1\n" in ran.failed("test_c")
    assert held(suite) == BODIES


def test_the_tests_of_a_scope_come_behind_what_was_recorded_meanwhile(
    suite: Suite, provider: Provider
) -> None:
    suite.write(
        "test_it.py",
        THREE.replace("def test_a", '@pytest.mark.playhead(scope="module")\ndef test_a').replace(
            "def test_c", '@pytest.mark.playhead(scope="module")\ndef test_c'
        ),
    )
    run(suite, provider, "all").passed("test_a", "test_b", "test_c")
    assert sorted(held(suite)) == BODIES
