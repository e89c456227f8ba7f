"""`playhead_verify = shape`: whether a provider still answers in the same form, in whatever words."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from .inner import Suite
from .provider import Provider

TEST = """
import os, httpx2, pytest

@pytest.mark.playhead("talk", patch=True)
def test_talk(playhead):
    httpx2.post(os.environ["PROVIDER"] + "/v1/messages", json={"n": 1})
    httpx2.post(os.environ["PROVIDER"] + "/echo", json={"n": 1})
"""
PAGE = Path(__file__).parents[2] / "docs" / "testing.md"


@pytest.fixture
def talk(suite: Suite, provider: Provider) -> Suite:
    """Recorded, and set as the page says it."""
    (ini,) = re.findall(r"```ini\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    suite.write("pytest.ini", ini)
    suite.write("test_it.py", TEST)
    suite.run("--playhead-record=once", environ={"PROVIDER": provider.url}).passed()
    return suite


def test_other_words_are_no_difference(talk: Suite, provider: Provider) -> None:
    provider.words[:] = ["Sun", " over ", "Oslo ", "and ", "Bergen", " alike", "."]
    ran = talk.run("--playhead-record=verify", environ={"PROVIDER": provider.url})
    ran.passed()
    ran = talk.run("--playhead-record=verify", "-o", "playhead_verify=", environ={"PROVIDER": provider.url})
    assert "Rain in Bergen" in ran.failed("test_talk")


def test_another_form_is(talk: Suite, provider: Provider) -> None:
    path = talk.folder / "cassettes/talk.cassette.jsonl"
    text = path.read_text()
    assert text.count("end_turn") == 1
    path.write_text(text.replace("end_turn", "tool_use").replace("content_block_stop", "content_block_over"))
    ran = talk.run("--playhead-record=verify", environ={"PROVIDER": provider.url})
    told = ran.failed("test_talk")
    assert "~ stop_reason: tool_use → end_turn" in told
    assert '- content_block_over: {"index": "number", "type": "content_block_over"}' in told
    assert '+ content_block_stop: {"index": "number", "type": "content_block_stop"}' in told
    assert "text_delta" not in told
    assert "/echo" not in told


def test_a_value_that_there_is_not(suite: Suite) -> None:
    suite.write("test_it.py", TEST)
    ran = suite.run("-o", "playhead_verify=words")
    assert ran.code == pytest.ExitCode.USAGE_ERROR
    assert "playhead_verify is one of everything, shape, not 'words'" in ran.out
