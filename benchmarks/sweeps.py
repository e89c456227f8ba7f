"""What a sweep costs: 150 cuts through the official clients, beside as many intact streams.

`uv run python benchmarks/sweeps.py [--rounds N]`. Seconds for 150 points, and the ratio to 150 runs of the
same client over the intact stream, by the same transport; then the same in a test, by the plugin with a
patch. The limits are about a second with the anthropic client, three with openai's.
"""

from __future__ import annotations

import argparse
import inspect
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
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


TEST = """
import time
from typing import Any
import anthropic, openai, pytest

MESSAGES = {messages}

{read}

@pytest.mark.playhead("{sample}", patch=True, match_on=["method", "path"])
def test_it(playhead):
    client = {make}(api_key="x")
    points = playhead.sweep("cut", allow=["silent"])
    start = time.perf_counter()
    for point in points:
        with point:
            point.result = {name}(client)
    with open("took", "w") as file:
        file.write(str((time.perf_counter() - start) / len(points)))
"""


def in_a_test(sample: str, make: Any, read: Read) -> float:
    """The same in a pytest of its own; seconds for `POINTS`."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "cassettes").mkdir()
        shutil.copy(playhead.sample(sample), folder / "cassettes" / f"{sample}.cassette.jsonl")
        kind = f"{make.__module__.partition('.')[0]}.{make.__name__}"
        text = TEST.format(
            messages=MESSAGES, read=inspect.getsource(read), sample=sample, make=kind, name=read.__name__
        )
        (folder / "test_it.py").write_text(text)
        kept = {key: value for key, value in os.environ.items() if not key.startswith("PYTEST_")}
        ran = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "playhead.testing.plugin"],
            cwd=folder,
            env={**kept, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
            capture_output=True,
            text=True,
            check=False,
        )
        if ran.returncode:
            sys.exit(ran.stdout + ran.stderr)
        return float((folder / "took").read_text()) * POINTS


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

    return {"intact": intact, "sweep": swept, "in a test": lambda: in_a_test(sample, make, read)}


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
