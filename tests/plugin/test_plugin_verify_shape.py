"""`playhead_verify = shape`: whether a provider still answers in the same form, in whatever words."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import playhead
from playhead.testing.recording.shapes import unlike

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


def shapes(suite: Suite, *events: str, name: str = "one") -> playhead.Exchange:
    """An exchange of these events: the name of each, and what it carries beside its type."""
    chunks = []
    for event in events:
        kind, _, rest = event.partition(" ")
        chunks.append(f'event: {kind}\ndata: {{"type":"{kind}"{rest and "," + rest}}}\n\n'.encode())
    return playhead.load(suite.cassette(f"{name}.cassette.jsonl", chunks=chunks))[1]


STARTED, PART, TOOL = 'started "id":"1"', 'part "text":"a"', 'tool "name":"x"'
BEGUN = (STARTED, PART, PART, TOOL, PART, "over")


@pytest.mark.parametrize(
    "now",
    [
        (STARTED, 'part "text":"other"', TOOL, "over"),
        (STARTED, PART, TOOL, TOOL, PART, PART, "over"),
        ("over", *BEGUN[:-1]),  # it only has a name, as a ping
    ],
    ids=["fewer", "more in turn", "names alone"],
)
def test_how_events_alternate_is_no_difference(suite: Suite, now: tuple[str, ...]) -> None:
    assert list(unlike(shapes(suite, *BEGUN), shapes(suite, *now, name="now"), ())) == []


def test_the_order_of_what_begins_is_one(suite: Suite) -> None:
    now = (STARTED, TOOL, PART, "over")
    (told,) = unlike(shapes(suite, *BEGUN), shapes(suite, *now, name="now"), ())
    assert told == (
        '  events\n    ~ first of these: part: {"text": "str", "type": "part"}'
        ' → tool: {"name": "str", "type": "tool"}'
    )


def test_so_is_that_of_blocks(suite: Suite) -> None:
    start = 'content_block_start "index":%d,"content_block":{"type":%s}'
    text, tool = '"text","text":""', '"tool_use","id":"t","name":"x","input":{}'

    def message(*blocks: str, name: str) -> playhead.Exchange:
        events = ['message_start "message":{"role":"assistant","content":[]}']
        for at, block in enumerate(blocks):
            events += [start % (at, block), f'content_block_stop "index":{at}']
        return shapes(suite, *events, name=name)

    (told,) = unlike(message(text, tool, text, name="one"), message(text, text, tool, name="two"), ())
    assert told == "  message\n    ~ blocks: text, tool_use x {}, text → text, text, tool_use x {}"
