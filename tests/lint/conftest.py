"""Runs `playhead lint` on cassettes in a folder: here, or with another environment in a process."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from .made import cassette

Run = Callable[..., subprocess.CompletedProcess[bytes]]


@pytest.fixture
def run(tmp_path: Path, run_here: Run) -> Run:
    """`run(ARG…, stdin=b"", env={})` is `playhead lint ARG…` in `tmp_path`; `env` makes it a process."""

    def call(
        *args: object, stdin: bytes = b"", env: dict[str, str] | None = None
    ) -> subprocess.CompletedProcess[bytes]:
        if env is None:
            return run_here("lint", *args, cwd=tmp_path, stdin=stdin)
        return subprocess.run(
            [sys.executable, "-m", "playhead", "lint", *map(str, args)],
            input=stdin,
            capture_output=True,
            cwd=tmp_path,
            env=os.environ | env,
            timeout=60,
            check=False,
        )

    return call


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., str]:
    """`write(chunks, name="made", …)` puts a cassette into the folder; its name there."""

    def make(chunks: bytes | list[Any], name: str = "made", **facts: Any) -> str:
        made = cassette(chunks, **facts)
        path = tmp_path / f"{name}.cassette.jsonl"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(bytes_of(made))
        return str(path.relative_to(tmp_path))

    return make


def bytes_of(made: Any) -> bytes:
    """The text of a cassette in memory."""
    source = made._source
    return bytes(source.slice(0, 1 << 30))
