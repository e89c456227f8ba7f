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


@pytest.mark.parametrize(
    "name",
    [
        "agent/openai-tools.cassette.jsonl",
        "cassettes/agent/openai-tools",
        "cassettes/agent/openai-tools.cassette.jsonl",
        "agent/openai-tool",
        "agent/OpenAI-tools",
    ],
)
def test_a_name_that_is_near_one_there_is(suite: Suite, name: str) -> None:
    suite.cassette("cassettes/agent/openai-tools.cassette.jsonl")
    suite.cassette("cassettes/agent/weather.cassette.jsonl")
    suite.write("sub/test_it.py", f"import pytest\n@pytest.mark.playhead({name!r})\ndef test_it(): pass\n")
    text = suite.run().errored("test_it")
    assert '\nDid you mean "agent/openai-tools"?\n' in text
    assert "Record it: pytest --playhead-record=once" in text


def test_a_name_that_is_near_none(suite: Suite) -> None:
    suite.cassette("cassettes/weather.cassette.jsonl")
    suite.write("test_it.py", "import pytest\n@pytest.mark.playhead('other')\ndef test_it(): pass\n")
    assert "Did you mean" not in suite.run().errored("test_it")
