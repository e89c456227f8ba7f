"""mitmproxy in a thread, beside a program that has the terminal and the signals.

Knows threads and the embedded proxy. The thread blocks every signal: they are the main thread's, which
waits for the program. What the proxy has to say is kept until somebody asks.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

from playhead_recorder.master import Embedded, Setup
from playhead_recorder.operation import logs

_LEAVE_SECONDS = 10.0
"""For the proxy alone: the recorder's disk is waited for after it."""
_LOOK_SECONDS = 0.02
_MOST_WARNINGS = 20
_SAID_BETTER = "Client TLS handshake failed"
"""Of this the summary has a line for each host."""


class ProxyThread:
    def __init__(self, setup: Setup, *addons: Any) -> None:
        self.warnings: dict[str, int] = {}
        """What was logged, and how often; the first ones."""
        self._setup = setup
        self._addons = addons
        self._settled = threading.Event()
        self._addresses: list[tuple[str, int]] = []
        self._error: BaseException | None = None
        self._proxy: Embedded | None = None
        # A daemon: a proxy that hangs must not keep the exit code from whoever waits for it.
        self._thread = threading.Thread(target=self._run, name="playhead-proxy", daemon=True)

    def start(self) -> list[tuple[str, int]]:
        """Where the listeners are, in the order of the setup. Raises what kept the proxy from starting."""
        before = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
        self._thread.start()
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        self._settled.wait()
        if self._error is not None:
            raise self._error
        return self._addresses

    def stop(self) -> bool:
        """End it, and finish what it records. False where that hangs, or something went wrong before."""
        if self._proxy is not None and self._thread.is_alive():
            self._proxy.stop()
        self._thread.join(_LEAVE_SECONDS)
        return not self._thread.is_alive() and self._error is None

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except BaseException as error:  # noqa: BLE001 - it is raised, or said, in the main thread
            self._error = error
        finally:
            self._settled.set()

    @contextlib.contextmanager
    def heard(self) -> Iterator[None]:
        """What anybody warns of meanwhile is kept: the recorder has things to say after the proxy, too."""
        with logs.forwarded(lambda message, level, _: self._note(logs.text_line(message, level))):
            yield

    async def _serve(self) -> None:
        proxy = self._proxy = Embedded(self._setup, *self._addons)
        try:
            self._addresses = await proxy.start()
            self._settled.set()
            await proxy.wait()
        finally:
            await proxy.close()

    def _note(self, line: str) -> None:
        if _SAID_BETTER not in line and (line in self.warnings or len(self.warnings) < _MOST_WARNINGS):
            self.warnings[line] = self.warnings.get(line, 0) + 1


def wait_while(condition: Callable[[], bool], seconds: float) -> None:
    """Return when `condition` no longer holds, after `seconds` at the latest."""
    deadline = time.monotonic() + seconds
    while condition() and time.monotonic() < deadline:
        time.sleep(_LOOK_SECONDS)
