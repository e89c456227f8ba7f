"""A test records, and means the same when it replays; what is new stands behind the rest."""

from __future__ import annotations

import json

import pytest

import playhead
from playhead import EndingKind

from .inner import Suite
from .provider import Provider
from .recorded import HEAD, inner, lines_of

SIX_LINES = (
    HEAD
    + """
import anthropic

@pytest.mark.playhead("agent/weather", record_mode="once")
def test_agent(playhead):
    client = anthropic.Anthropic(api_key="x", base_url=URL, http_client=playhead.httpx2_client())
    answer = client.messages.create(
        model="m", max_tokens=9, messages=[{"role": "user", "content": "Rain?"}], stream=True
    )
    assert [event.type for event in answer][-1] == "message_stop"
    assert playhead[1].final().stop_reason == "end_turn"
    assert list(playhead) == [1] and len(playhead) == 1
    assert playhead[1].ending.kind == "complete"
"""
)


def test_the_six_lines_record_and_then_replay(suite: Suite, provider: Provider) -> None:
    suite.write("test_it.py", SIX_LINES)
    inner(suite, provider, "-W", "error").passed("test_agent")
    path = suite.folder / "cassettes/agent/weather.cassette.jsonl"
    written = path.read_bytes()
    assert provider.asked == ["POST /v1/messages"]
    inner(suite, provider, "-W", "error", "--playhead-record=none").passed("test_agent")
    assert len(provider.asked) == 1
    assert path.read_bytes() == written
    exchange = playhead.load(path)[1]
    assert exchange.body == b"".join(provider.message(1))
    assert exchange.ending.kind is EndingKind.COMPLETE
    assert [each.name for each in path.parent.iterdir()] == ["weather.cassette.jsonl"]


def test_nothing_to_record_is_said(suite: Suite, provider: Provider) -> None:
    """Else its replay says to record it, and so on."""
    suite.write(
        "test_it.py",
        HEAD
        + """
import httpx

@pytest.mark.playhead("refused")
def test_refused(playhead):
    with pytest.raises(httpx.ConnectError):
        playhead.httpx_client().get("http://127.0.0.1:1/")
""",
    )
    ran = inner(suite, provider, "--playhead-record=once")
    ran.passed("test_refused")
    assert "refused.cassette.jsonl is not written: no request was answered" in ran.out
    assert not (suite.folder / "cassettes/refused.cassette.jsonl").exists()
    inner(suite, provider, "--playhead-record=once", "-W", "error", "--playhead-unplayed=ignore").passed(
        "test_refused"
    )


EPISODES = (
    HEAD
    + """
@pytest.mark.playhead("talk", unplayed="warn")
def test_talk(playhead):
    client = playhead.httpx_client()
    assert client.post(URL + "/echo", content=b"first").json()["echo"] == "first"
    if os.environ.get("MORE"):
        assert client.post(URL + "/echo", content=b"second").json()["echo"] == "second"
        assert client.post(URL + "/echo", content=b"first").json()["echo"] == "first"
        assert [playhead[each].request.body for each in playhead] == [b"first", b"second", b"first"]
        assert playhead[2].request.t > playhead[1].ending.t
"""
)


@pytest.mark.parametrize("suffix", ["", ".zst"])
def test_new_episodes_leave_the_old_ones(suite: Suite, provider: Provider, suffix: str) -> None:
    name = f"talk.cassette.jsonl{suffix}"
    text = EPISODES.replace('"talk"', f'"cassettes/{name}"')
    suite.write("test_it.py", text)
    path = suite.folder / "cassettes" / name
    inner(suite, provider, "--playhead-record=new_episodes").passed()
    old = lines_of(path)
    inner(suite, provider, "--playhead-record=new_episodes").passed()
    assert lines_of(path) == old
    assert len(provider.asked) == 1
    environ = {"MORE": "1"}
    inner(suite, provider, "--playhead-record=new_episodes", environ=environ).passed()
    new = lines_of(path)
    assert new[: len(old)] == old
    assert len(provider.asked) == 3
    times = [record["t"] for record in map(json.loads, new[2:]) if "t" in record]
    assert times == sorted(set(times))
    assert any('"name":"appended"' in line for line in new)
    inner(suite, provider, environ=environ).passed()
    assert len(provider.asked) == 3
