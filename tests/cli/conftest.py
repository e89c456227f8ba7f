"""Runs the command as a user does: in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import playhead

Run = Callable[..., subprocess.CompletedProcess[bytes]]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """`run(ARG…, stdin=b"")` calls `playhead ARG…` in an empty folder."""

    def call(*args: object, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            [sys.executable, "-m", "playhead", *map(str, args)],
            input=stdin,
            capture_output=True,
            cwd=tmp_path,
            timeout=60,
            check=False,
        )

    return call


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """`write([(t, bytes), …])` makes a cassette of one exchange with these chunks."""

    def make(
        chunks: list[tuple[float | None, bytes]], name: str = "made", url: str = "http://h/v1/x"
    ) -> Path:
        path = tmp_path / f"{name}.cassette.jsonl"
        with playhead.open_writer(path) as writer:
            exchange = writer.exchange()
            exchange.request(playhead.Request(method="POST", url=url, t=1.0))
            exchange.response(
                playhead.Response(status=200, headers=(("content-type", "text/event-stream"),), t=1.25)
            )
            for t, data in chunks:
                exchange.chunk(data, t)
            exchange.end(playhead.EndingKind.COMPLETE, 9.0)
        return path

    return make
