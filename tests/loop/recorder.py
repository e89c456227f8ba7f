"""The real recorder as a process, and the cassettes that it makes."""

from __future__ import annotations

import contextlib
import os
import queue
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import playhead

from .origin import SECONDS

T = TypeVar("T")

_TRUSTING = """
import sys, certifi
certifi.where = lambda: {ca!r}
sys.argv[0] = "playhead"
from playhead.cli.main import main
main()
"""
"""`playhead` where the origin's certificate is trusted, as if a known authority had signed it."""


def until(condition: Callable[[], T | None]) -> T:
    """What `condition` gives, once it gives something."""
    deadline = time.monotonic() + SECONDS
    while True:
        found = condition()
        if found:
            return found
        assert time.monotonic() < deadline, f"not within {SECONDS:.0f} s"
        time.sleep(0.002)


class Recorder:
    """`playhead record` before an origin. `lines` is what it said so far."""

    def __init__(
        self,
        upstream: str,
        folder: Path,
        env: dict[str, str],
        *,
        ca: Path | None = None,
        command: list[str] | None = None,
        listening: str = r"listening on http://127\.0\.0\.1:(?P<port>\d+)",
        wrap: tuple[str, ...] = (),
    ) -> None:
        self.folder = folder
        self.lines: list[str] = []
        self._known: dict[str, str] = {}
        self._said: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        python = [sys.executable, *(["-c", _TRUSTING.format(ca=str(ca))] if ca else ["-m", "playhead"])]
        options = ["record", "--upstream", upstream, "-o", str(folder), "--listen", "127.0.0.1:0"]
        self.process = subprocess.Popen(
            [*wrap, *(command or [*python, *options])],
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self.port = int(self.wait_for(listening)["port"])
        self.url = f"http://127.0.0.1:{self.port}"
        self.secure_url = f"https://127.0.0.1:{self.port}"

    def wait_for(self, pattern: str) -> re.Match[str]:
        """The first line, from here on, that matches."""
        while True:
            line = self._said.get(timeout=SECONDS)
            assert line is not None, "it ended, and said:\n" + "".join(self.lines)
            found = re.search(pattern, line)
            if found:
                return found

    def cassette(self, path: str) -> playhead.Cassette:
        """The finished cassette of the request for `path`."""
        return playhead.load(until(lambda: self._find(path, "*.cassette.jsonl")))

    def partial(self, path: str) -> Path:
        """The cassette that is still being written."""
        return until(lambda: self._find(path, "unfinished/*.partial"))

    def stop(self, number: int = signal.SIGTERM) -> int:
        if self.process.poll() is None:
            self.process.send_signal(number)
        code = self.process.wait(SECONDS)
        self._reader.join(SECONDS)
        assert self.process.stdout is not None
        self.process.stdout.close()
        return code

    def _find(self, path: str, pattern: str) -> Path | None:
        for each in self.folder.glob(pattern):
            if each.name not in self._known:
                with contextlib.suppress(FileNotFoundError, playhead.PlayheadError):
                    request = playhead.load(each)[1].request
                    if request is not None:
                        self._known[each.name] = request.url
            if self._known.get(each.name, "").endswith(path):
                return each
        return None

    def _read(self) -> None:
        assert self.process.stdout is not None
        for raw in self.process.stdout:
            line = raw.decode("utf-8", "replace")
            self.lines.append(line)
            self._said.put(line)
        self._said.put(None)


def environment(home: Path) -> dict[str, str]:
    """An environment with a home of its own."""
    return {**os.environ, "HOME": str(home), "PYTHONUNBUFFERED": "1", "PYTHONDONTWRITEBYTECODE": "1"}
