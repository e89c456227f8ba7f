"""A `playhead` command as a child process that says when it listens.

Knows processes and the one line that `serve` and `record` print: `listening on http://HOST:PORT`.
"""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import threading
from types import TracebackType
from typing import Self

from playhead.errors import CannotRun

_LISTENING = re.compile(r'listening on (http://[^\s"]+)')
_START_SECONDS = 60.0
_STOP_SECONDS = 20.0


class Children:
    """Every child process of the demo, so that a signal ends them all and whoever waits for one goes on.

    Nothing is raised from the signal handler: it may run anywhere, also while a child is being made.
    """

    def __init__(self) -> None:
        self._processes: list[subprocess.Popen[bytes]] = []
        self.stopped_by: int | None = None

    def start(self, *command: str, **streams: int) -> subprocess.Popen[bytes]:
        """A process of this Python with these arguments."""
        process = subprocess.Popen([sys.executable, *command], **streams)  # type: ignore[call-overload]
        self._processes.append(process)
        if self.stopped_by is not None:
            process.terminate()
        return process  # type: ignore[no-any-return]

    def stop(self, number: int, _: object) -> None:
        """End them all: a signal handler."""
        self.stopped_by = number
        for process in self._processes:
            if process.poll() is None:
                process.terminate()


class Service:
    """`playhead ARG…` in a process of its own, from `with` on; `url` is where it listens."""

    def __init__(self, children: Children, *args: str) -> None:
        self._children = children
        self._args = args
        self._lines: list[str] = []
        self._ready = threading.Event()
        self.url: str = ""

    def __enter__(self) -> Self:
        self._process = self._children.start(
            "-m",
            "playhead",
            *self._args,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self._ready.wait(_START_SECONDS)
        if not self.url:
            self._stop()
            said = "".join(self._lines).strip()
            raise CannotRun(f"`playhead {self._args[0]}` did not start" + (f":\n{said}" if said else ""))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._stop()

    def _read(self) -> None:
        assert self._process.stderr is not None
        for raw in self._process.stderr:
            line = raw.decode("utf-8", "replace")
            self._lines.append(line)
            found = _LISTENING.search(line)
            if found and not self.url:
                self.url = found[1].rstrip("/")
                self._ready.set()
        self._ready.set()

    def _stop(self) -> None:
        """End the process as a user would, and wait until what it writes is whole."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._reader.join(_STOP_SECONDS)
        if self._process.stderr is not None:
            self._process.stderr.close()
