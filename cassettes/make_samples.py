"""Writes the cassettes that ship with Playhead: `uv run python cassettes/make_samples.py [--out FOLDER]`.

Each is one exchange that never happened, for one thing worth seeing: `sample_sources` has the stories and
their timing. The same bytes come out at every run, on every platform; a test compares them.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

from sample_sources import anthropic, gateway, openai
from sample_sources.stage import Sample

FOLDER = Path(__file__).parent / "playhead" / "samples"

SAMPLES: tuple[Callable[[], Sample], ...] = (
    anthropic.anthropic_tools,
    openai.openai_tools,
    gateway.gateway_anthropic,
    gateway.gateway_openai,
    openai.stalled_keepalives,
    anthropic.cut,
    anthropic.midstream_error,
    openai.split_utf8,
)


def main() -> None:
    parser = argparse.ArgumentParser(description="Write Playhead's samples.")
    parser.add_argument("--out", type=Path, default=FOLDER, help="the folder to write to")
    folder = parser.parse_args().out
    for make in SAMPLES:
        print(make().write(folder))


if __name__ == "__main__":
    main()
