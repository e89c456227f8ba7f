"""Tests that record one cassette: in two workers, and together in a scope."""

from __future__ import annotations

import pytest

import playhead
from playhead import EndingKind

from .inner import Suite
from .provider import Provider
from .recorded import HEAD, inner

TOGETHER = (
    HEAD
    + """
import pathlib, time

@pytest.mark.playhead("shared", unplayed="ignore")
@pytest.mark.parametrize("number", [1, 2])
def test_one(playhead, number):
    here = pathlib.Path(os.environ["MEET"])
    (here / str(number)).touch()
    deadline = time.monotonic() + 60
    while len(list(here.iterdir())) < 2:  # until both record
        assert time.monotonic() < deadline
        time.sleep(0.01)
    playhead.httpx_client().post(URL + "/echo", content=str(number))
    (here / f"asked-{number}").touch()
    while len(list(here.iterdir())) < 4:
        assert time.monotonic() < deadline
        time.sleep(0.01)
"""
)


@pytest.mark.parametrize("mode", ["once", "all"])
def test_two_workers_and_one_cassette(suite: Suite, provider: Provider, mode: str) -> None:
    suite.write("test_it.py", TOGETHER)
    (suite.folder / "meet").mkdir()
    ran = inner(
        suite,
        provider,
        "-n2",
        f"--playhead-record={mode}",
        plugins=["xdist"],
        environ={"MEET": str(suite.folder / "meet")},
    )
    folder = suite.folder / "cassettes"
    assert [path.name for path in folder.iterdir()] == ["shared.cassette.jsonl"]
    cassette = playhead.load(folder / "shared.cassette.jsonl")
    assert len(cassette) == 1
    assert cassette[1].ending.kind is EndingKind.COMPLETE
    outcomes = sorted(outcome for outcome, _ in ran.outcomes.values())
    if mode == "all":
        assert outcomes == ["passed", "passed"]
    else:
        assert outcomes == ["error", "passed"]
        assert "was recorded by another test at the same time" in ran.out


SCOPED = (
    HEAD
    + """
pytestmark = pytest.mark.playhead("all_of_it", scope="module", record_mode="once")

@pytest.mark.parametrize("number", range(4))
def test_one(playhead, number):
    assert playhead.httpx_client().post(URL + "/echo", content=str(number)).json()["echo"] == str(number)
    assert playhead[number + 1].request.body == str(number).encode()
"""
)


def test_a_module_records_one_cassette(suite: Suite, provider: Provider) -> None:
    suite.write("test_it.py", SCOPED)
    inner(suite, provider).passed()
    assert len(playhead.load(suite.folder / "cassettes/all_of_it.cassette.jsonl")) == 4
    inner(suite, provider, "-n2", "--dist=loadfile", plugins=["xdist"]).passed()
    assert len(provider.asked) == 4
