"""What every area's tests share: programs of the system, and the length of long trials."""

from __future__ import annotations

import importlib.metadata
import io
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import hypothesis
import pytest

from playhead.cli.main import main

# How long an example takes says something of the machine, and of what else runs on it. What has passed once
# passes again: new examples are drawn in the long trials.
hypothesis.settings.register_profile("playhead", deadline=None, derandomize=True)
hypothesis.settings.register_profile("playhead-soak", deadline=None)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--soak", action="store_true", help="run long trials at full length")


def pytest_configure(config: pytest.Config) -> None:
    # Of a run in the background (nohup, &) the programs under test would inherit that signals are ignored.
    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGHUP):
            if signal.getsignal(number) is signal.SIG_IGN:
                signal.signal(number, signal.SIG_DFL)
    hypothesis.settings.load_profile("playhead-soak" if config.getoption("--soak") else "playhead")


@pytest.fixture
def soak(request: pytest.FixtureRequest) -> bool:
    """Whether a trial marked `soak` runs at full length or as a small sample."""
    return bool(request.config.getoption("--soak"))


@pytest.fixture
def program() -> Callable[[str], str]:
    """`program("tmux")` is its path; without it the test skips, and fails on CI, which installs it."""

    def find(name: str) -> str:
        found = shutil.which(name)
        if found is None:
            reason = f"the program {name} is not installed"
            if os.environ.get("PLAYHEAD_CI"):
                pytest.fail(reason)
            pytest.skip(reason)
        return found

    return find


@pytest.fixture(scope="session")
def idle_timeout() -> str:
    """mitmproxy's option for how long a connection may be idle: it has one since 12.2.1."""
    have = tuple(int(part) for part in importlib.metadata.version("mitmproxy").split(".")[:3])
    if have < (12, 2, 1):
        pytest.skip("this mitmproxy closes idle connections after ten minutes and takes no other time")
    return "tcp_timeout"


@pytest.fixture
def run_here() -> Callable[..., subprocess.CompletedProcess[bytes]]:
    """`run_here(ARG…, cwd=FOLDER, stdin=b"")` calls `playhead ARG…` in this process.

    For tests of what a command says: a process of its own, which proves no more, costs half a second.
    """

    def call(*args: object, cwd: Path, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
        out, err = io.BytesIO(), io.BytesIO()
        with pytest.MonkeyPatch.context() as patch:
            patch.chdir(cwd)
            patch.setattr(sys, "argv", ["playhead", *map(str, args)])
            patch.setattr(sys, "stdin", io.TextIOWrapper(io.BufferedReader(io.BytesIO(stdin)), "utf-8"))
            patch.setattr(sys, "stdout", io.TextIOWrapper(out, "utf-8", write_through=True))
            patch.setattr(sys, "stderr", io.TextIOWrapper(err, "utf-8", write_through=True))
            with pytest.raises(SystemExit) as left:
                main()
            code = left.value.code
            assert isinstance(code, int)
            said, told = out.getvalue(), err.getvalue()
        return subprocess.CompletedProcess(["playhead", *map(str, args)], code, said, told)

    return call
