"""A replay server in a thread of its own, for code that does not run on asyncio: tests, benchmarks."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Self

from playhead.matching import Rules
from playhead.plan import Speed
from playhead.replay.server.server import BY_TARGET, Server
from playhead.replay.session import Repeats, Source


class ServerThread:
    """`with ServerThread(cassette, speed="max") as server: ... server.url ...`

    What it takes is what `Server` takes. Leaving stops the server.
    """

    def __init__(
        self,
        source: Source,
        *,
        speed: Speed = 1.0,
        max_gap: float | None = None,
        rules: Rules = BY_TARGET,
        repeats: Repeats = Repeats.LOOP,
        say: Callable[[str], None] | None = None,
        linger: float = 0.0,
    ) -> None:
        self._server = Server(
            source, speed=speed, max_gap=max_gap, rules=rules, repeats=repeats, say=say, linger=linger
        )
        self._thread = threading.Thread(target=self._run, name="playhead-server", daemon=True)
        self._ready = threading.Event()
        self._failure: BaseException | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping: asyncio.Event | None = None

    @property
    def url(self) -> str:
        """`http://HOST:PORT`"""
        return self._server.url

    def __enter__(self) -> Self:
        self._thread.start()
        self._ready.wait()
        if self._failure is not None:
            self._thread.join()
            raise self._failure
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        assert self._loop is not None
        assert self._stopping is not None
        self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join()

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except BaseException as error:  # noqa: BLE001 - handed to the thread that waits for the start
            self._failure = error
        finally:
            self._ready.set()

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._stopping = asyncio.Event()
        async with self._server:
            self._ready.set()
            await self._stopping.wait()
