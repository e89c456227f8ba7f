"""What a recorder needs, as the table of recorder/deploy/README.md: processor, memory, disk.

`uv run python benchmarks/sizing.py [--seconds S]` prints the table in Markdown. Processor and memory are of
mitmproxy with the addon, measured as `proxy.py` does; disk is a cassette of events as Anthropic sends them,
their texts drawn from a vocabulary. Needs Linux and Python 3.13.
"""

from __future__ import annotations

import argparse
import datetime
import random
import statistics
import tempfile
from pathlib import Path

import proxy

import playhead

EVENTS = 100_000
EVENT = (
    b"event: content_block_delta\n"
    b'data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":" %s"}}\n\n'
)
VOCABULARY = 5000
PER_STREAM = 500
A_DAY = (1_000_000, 10_000_000)


def disk(folder: Path, suffix: str) -> float:
    """MB of 100,000 events in cassettes of 500 each."""
    chance = random.Random(5)
    letters = "etaoinshrdlu"
    words = ["".join(chance.choices(letters, k=chance.randint(2, 9))).encode() for _ in range(VOCABULARY)]
    # Few words are frequent, as in any language.
    weights = [1 / rank for rank in range(1, VOCABULARY + 1)]
    total = 0
    for number in range(EVENTS // PER_STREAM):
        path = folder / f"{number}{suffix}"
        with playhead.open_writer(path) as writer:
            exchange = writer.exchange()
            exchange.request(
                playhead.Request(method="POST", url="https://host/v1/messages", body=b"{}", t=0.0)
            )
            exchange.response(
                playhead.Response(status=200, headers=(("content-type", "text/event-stream"),), t=0.4)
            )
            t = 0.5
            for word in chance.choices(words, weights, k=PER_STREAM):
                t += chance.uniform(0.005, 0.035)
                exchange.chunk(EVENT % word, t)
            exchange.end(playhead.EndingKind.COMPLETE, t + 0.01)
        total += path.stat().st_size
    return total / 1e6


def load(streams: int, options: argparse.Namespace) -> proxy.Trial:
    """The medians of some trials."""
    trials = [
        proxy.trial(proxy.OURS, streams, options.seconds, options.warm_up, number)
        for number in range(options.trials)
    ]
    return proxy.Trial(*map(statistics.median, zip(*trials, strict=True)))


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure what a recorder needs.")
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--warm-up", type=float, default=3.0)
    parser.add_argument("--trials", type=int, default=3)
    parser.add_argument("--streams", default="20,100,200")
    options = parser.parse_args()
    print(f"Measured {datetime.datetime.now(datetime.UTC):%Y-%m-%d}, {proxy.RATE:.0f} events/s in all.\n")
    print("| streams at once | processor, per 100k events | finishing, per 100k events | memory |")
    print("|---|---|---|---|")
    for streams in map(int, options.streams.split(",")):
        found = load(streams, options)
        print(
            f"| {streams} | {found.cpu:.0f} s | {found.finishing:.1f} s | {found.memory:.0f} MB |", flush=True
        )
    with tempfile.TemporaryDirectory() as folder:
        sizes = {suffix: disk(Path(folder), suffix) for suffix in (".cassette.jsonl", ".cassette.jsonl.zst")}
    days = " | ".join(f"{events / 1e6:.0f} M events a day" for events in A_DAY)
    print(f"\n| cassettes | 100k events | {days} |")
    print("|---|---|" + "---|" * len(A_DAY))
    for name, size in zip(("plain", "compressed"), sizes.values(), strict=True):
        cells = " | ".join(f"{size * events / EVENTS:,.0f} MB" for events in A_DAY)
        print(f"| {name} | {size:.1f} MB | {cells} |")


if __name__ == "__main__":
    main()
