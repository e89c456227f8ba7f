"""What a sweep costs: 150 cuts through the official clients, beside as many intact streams.

`uv run python benchmarks/sweeps.py [--rounds N]`. Seconds for 150 points, and the ratio to 150 runs of the
same client over the intact stream, by the same transport.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from typing import Any

import anthropic
import httpx2
import openai
from measure import interleaved, table

import playhead
import playhead.httpx2
from playhead.matching import Rules
from playhead.replay.session import Repeats, Session
from playhead.sweeps import sweep

POINTS = 150
MESSAGES: Any = [{"role": "user", "content": "?"}]
Read = Callable[[Any], Any]


def anthropic_helper(client: anthropic.Anthropic) -> Any:
    with client.messages.stream(model="m", max_tokens=9, messages=MESSAGES) as stream:
        return stream.get_final_message()


def anthropic_events(client: anthropic.Anthropic) -> Any:
    return list(client.messages.create(model="m", max_tokens=9, messages=MESSAGES, stream=True))


def openai_helper(client: openai.OpenAI) -> Any:
    with client.chat.completions.stream(model="m", messages=MESSAGES) as stream:
        return stream.get_final_completion()


def openai_chunks(client: openai.OpenAI) -> Any:
    return list(client.chat.completions.create(model="m", messages=MESSAGES, stream=True))


CLIENTS: list[tuple[str, Any, Read]] = [
    ("anthropic-tools", anthropic.Anthropic, anthropic_events),
    ("anthropic-tools", anthropic.Anthropic, anthropic_helper),
    ("openai-tools", openai.OpenAI, openai_chunks),
    ("openai-tools", openai.OpenAI, openai_helper),
]


def ways(sample: str, make: Any, read: Read) -> dict[str, Callable[[], float]]:
    """A sweep, and the same client over intact streams; seconds for `POINTS`."""
    exchange = playhead.load(playhead.sample(sample))[1]
    session = Session((exchange,), sample, rules=Rules.of(("method", "path"), ()), repeats=Repeats.LOOP)
    http = httpx2.Client(transport=playhead.httpx2.ReplayTransport(session))
    client = make(api_key="x", http_client=http)

    def swept() -> float:
        points = sweep("cut", session, allow=["silent"])
        start = time.perf_counter()
        for point in points:
            with point:
                point.result = read(client)
        return (time.perf_counter() - start) * POINTS / len(points)

    def intact() -> float:
        start = time.perf_counter()
        for _ in range(POINTS // 10):
            read(client)
        return (time.perf_counter() - start) * 10

    return {"intact": intact, "sweep": swept}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    for sample, make, read in CLIENTS:
        medians = interleaved(ways(sample, make, read), rounds)
        rows = [(name, took, took / medians["intact"]) for name, took in medians.items()]
        table(read.__name__, rows, ("", f"s for {POINTS} runs", "× intact"))


if __name__ == "__main__":
    main()
