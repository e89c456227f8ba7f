"""What pytest says where messages, exchanges or streams differ; what snapshots are made of."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

import playhead
from playhead import Exchange
from playhead.samples import names
from playhead.testing.comparing import explained

from .inner import Ran, Suite

TESTS = """
import playhead as api
import pytest

pytestmark = pytest.mark.playhead("weather", unplayed="ignore")

def other(text, by):
    with open(__file__.replace("test_it.py", "other.cassette.jsonl"), "w") as out:
        with open(__file__.replace("test_it.py", "cassettes/weather.cassette.jsonl")) as recorded:
            out.write(recorded.read().replace(text, by))
    return api.load(__file__.replace("test_it.py", "other.cassette.jsonl"))[1]

def test_message(playhead): assert playhead[1].final() == other("Oslo", "Bergen").final()
def test_id(playhead): assert playhead[1].final() == other("toolu_01", "toolu_02").final()
def test_exchange(playhead): assert playhead[1] == other("Oslo", "Bergen")
def test_frames(playhead): assert playhead[1].frames == other("Oslo", "Bergen").frames
def test_list(playhead): assert list(playhead[1].frames)[:3] == list(playhead[1].frames)[:2]
def test_body(playhead): assert other("Oslo", "Bergen").body == playhead[1].body
def test_bytes(playhead):
    body = playhead[1].body
    assert body.replace(b"data: ", b"data:", 1) == body
def test_plain_bytes(playhead): assert b"one" == b"two"
def test_equal(playhead):
    assert playhead[1].final() == other("nothing that is there", "").final()
    assert playhead[1].final().blocks == list(playhead[1].final().blocks)
    assert playhead[1].final() != playhead[1].at(5)
"""


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    suite = Suite(tmp_path_factory.mktemp("comparing"))
    (suite.folder / "cassettes").mkdir()
    sample = Path(str(playhead.sample("anthropic-tools")))
    shutil.copy(sample, suite.folder / "cassettes" / "weather.cassette.jsonl")
    suite.write("test_it.py", TESTS)
    return suite.run()


@pytest.mark.parametrize(
    ("test", "lines"),
    [
        (
            "test_message",
            ["the messages differ", "block 3.input.to_city", '  left   "Oslo"', '  right  "Bergen"'],
        ),
        ("test_id", ["the messages differ", "block 3.id", '  left   "toolu_01']),
        ("test_exchange", ["an exchange is equal to itself only", "message: block 3.input.to_city"]),
        ("test_frames", ["the events differ", '  right  "Bergen', "event 1"]),
        ("test_list", ["the events differ", "event 3", "right  (nothing)"]),
        ("test_body", ["the streams differ", '  right  "Oslo']),
        ("test_bytes", ["the streams differ", "the same events, other bytes from byte 26 on", "right  b'"]),
        ("test_plain_bytes", ["b'one' == b'two'"]),
    ],
)
def test_what_differs_is_told(ran: Ran, test: str, lines: list[str]) -> None:
    text = ran.failed(test)
    for line in lines:
        assert line in text
    assert max(len(line) for line in text.splitlines() if line.startswith("E ")) <= 100


def test_what_says_the_same_is_equal(ran: Ran) -> None:
    ran.passed("test_equal")


@pytest.mark.parametrize("name", names())
def test_a_repr_is_the_same_in_every_replay(name: str) -> None:
    """What a snapshot of it would hold: no address, and nothing of this run."""

    def told(exchange: Exchange) -> list[str]:
        middle = len(exchange.frames) // 2
        states = (exchange.at(0), exchange.at(middle), exchange.final())
        parts = (
            exchange,
            exchange.frames,
            exchange.chunks,
            exchange.reading,
            exchange.ending,
            exchange.request,
        )
        return [repr(each) for each in (*parts, *states, *(state.blocks for state in states))]

    once, again = (told(playhead.load(playhead.sample(name))[1]) for _ in range(2))
    assert once == again
    assert not re.search("0x[0-9a-f]{6}", "".join(once))
    final = playhead.load(playhead.sample(name))[1].final()
    assert all(repr(block.text) in repr(final) for block in final.blocks if block.kind == "text")


@pytest.mark.parametrize(
    ("sample", "recorded", "other"),
    [
        ("anthropic-tools", r"\"output_tokens\":341", r"\"output_tokens\":342"),
        ("anthropic-tools", "claude-sonnet-4-6", "claude-opus-4-1"),
        ("anthropic-tools", "msg_01", "msg_02"),
        ("anthropic-tools", "toolu_01", "toolu_02"),
        ("anthropic-tools", "i7joW2q9", "j7joW2q9"),
        ("anthropic-tools", "Oslo", "Bergen"),
        ("anthropic-tools", r"\"tool_use\"", r"\"server_tool_use\""),
        ("midstream-error", "overloaded_error", "api_error"),
        ("openai-tools", r"\"index\":0,\"delta\"", r"\"index\":1,\"delta\""),
    ],
)
def test_a_repr_holds_what_equality_compares(sample: str, recorded: str, other: str, tmp_path: Path) -> None:
    text = Path(str(playhead.sample(sample))).read_text("utf-8")
    assert recorded in text
    changed = tmp_path / "other.cassette.jsonl"
    changed.write_text(text.replace(recorded, other), "utf-8")
    one, two = (playhead.load(path)[1].final() for path in (playhead.sample(sample), changed))
    assert one != two
    assert repr(one) != repr(two)


def test_what_is_damaged_is_left_to_the_assertion(tmp_path: Path) -> None:
    whole = Path(str(playhead.sample("anthropic-tools"))).read_text()
    path = tmp_path / "bad.cassette.jsonl"
    path.write_text(re.sub(r'("type":"chunk".*?,)"text":', r'\1"text":7,"was":', whole, count=1))
    damaged, other = playhead.load(path)[1], playhead.load(playhead.sample("anthropic-tools"))[1]
    with pytest.raises(playhead.PlayheadError):
        list(damaged.frames)
    assert explained(damaged, other) is None
