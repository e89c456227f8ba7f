"""What tests of sweeps share: sessions over samples, loops, and code of every kind to sweep over."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

import anthropic
import httpx2
import openai

import playhead
import playhead.httpx2
from playhead import SweepFailed
from playhead.matching import Rules
from playhead.replay.session import Session
from playhead.sweeps import Outcome, Report, Sweep

ASKED_NOTHING = "the code asked for nothing: is its result cached, or its client closed?"
ASKED_OTHERS = "the code did not ask for this exchange, but for others"
ASK: dict[str, Any] = {"messages": [{"role": "user", "content": "?"}], "model": "m", "max_tokens": 9}


def session(name: str = "anthropic-tools") -> Session:
    exchange = playhead.load(playhead.sample(name))[1]
    return Session((exchange,), name, rules=Rules.of(("method", "path"), ()))


def run(points: Sweep, code: Callable[[], Any]) -> Report:
    """The sweep over `code`, whatever comes of it."""
    with contextlib.suppress(SweepFailed):
        go(points, code)
    assert points.report is not None
    return points.report


def go(points: Sweep, code: Callable[[], Any]) -> None:
    for point in points:
        with point:
            point.result = code()


def numbers(report: Report, outcome: Outcome) -> list[int]:
    return [finding.spot.number for finding in report.of(outcome)]


Code = Callable[[httpx2.Client], Any]


def anthropic_helper(http: httpx2.Client) -> Any:
    client = anthropic.Anthropic(api_key="x", http_client=http)
    with client.messages.stream(**ASK) as stream:
        return stream.get_final_message()


def anthropic_raw(http: httpx2.Client) -> Any:
    client = anthropic.Anthropic(api_key="x", http_client=http)
    return [event.to_dict() for event in client.messages.create(**ASK, stream=True)]


def openai_helper(http: httpx2.Client) -> Any:
    client = openai.OpenAI(api_key="x", http_client=http)
    with client.chat.completions.stream(model="m", messages=ASK["messages"]) as stream:
        return stream.get_final_completion().to_dict()


def openai_raw(http: httpx2.Client) -> Any:
    client = openai.OpenAI(api_key="x", http_client=http)
    chunks = client.chat.completions.create(model="m", messages=ASK["messages"], stream=True)
    return [chunk.to_dict() for chunk in chunks]


def turns() -> Session:
    """Two exchanges, told apart by their paths."""
    first, second = (playhead.load(playhead.sample(name))[1] for name in ("anthropic-tools", "openai-tools"))
    second.number = 2
    return Session((first, second), "turns", rules=Rules.of(("method", "path"), ()))
