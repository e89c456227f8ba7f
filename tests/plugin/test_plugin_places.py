"""Where the cassette of a test may lie: below pytest's root, or where an absolute path says."""

from __future__ import annotations

from pathlib import Path

import pytest

from .inner import Suite
from .provider import Provider

RECORDS = """
import os, pathlib, httpx, pytest

def post(playhead):
    with playhead.httpx_client() as client:
        assert client.post(os.environ["PROVIDER"] + "/echo", json={"q": 1}).status_code == 200

@pytest.mark.playhead("../../shared/up")
def test_up(playhead): post(playhead)

@pytest.mark.playhead(pathlib.Path("../beside.cassette.jsonl"))
def test_beside(playhead): post(playhead)

@pytest.mark.playhead(pathlib.Path(os.environ["ELSEWHERE"]))
def test_absolute(playhead): post(playhead)

@pytest.mark.playhead("linked/one")
def test_linked(playhead): post(playhead)
"""


def test_names_that_lead_upwards_record_within_the_root(
    suite: Suite, provider: Provider, tmp_path_factory: pytest.TempPathFactory
) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    suite.write("unit/test_it.py", RECORDS)
    cassettes = suite.folder / "unit" / "cassettes"
    cassettes.mkdir()
    (cassettes / "linked").symlink_to(elsewhere, target_is_directory=True)
    environ = {"PROVIDER": provider.url, "ELSEWHERE": str(elsewhere / "two.cassette.jsonl")}
    suite.run("--playhead-record=once", environ=environ).passed()
    asked = len(provider.asked)
    suite.run(environ=environ).passed()
    assert len(provider.asked) == asked
    made = sorted(path.relative_to(suite.folder) for path in suite.folder.rglob("*.jsonl"))
    assert made == [Path("beside.cassette.jsonl"), Path("shared/up.cassette.jsonl")]
    assert sorted(path.name for path in elsewhere.iterdir()) == ["one.cassette.jsonl", "two.cassette.jsonl"]
