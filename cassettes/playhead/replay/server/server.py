"""The replay server: listens, and lets a session answer.

Knows addresses and lifetimes. Unless told otherwise it starts over when the exchanges for a request were
all played: a server is asked again and again.
"""

from __future__ import annotations

import asyncio
import errno
import os
from collections.abc import Callable
from types import TracebackType
from typing import Final, Self

from playhead.errors import CannotRun
from playhead.matching import Rules
from playhead.matching.rules import METHOD, PATH, QUERY
from playhead.plan import Pace, Speed
from playhead.replay.server.connection import Connection, Shared
from playhead.replay.server.deadlines import deadlines
from playhead.replay.session import Repeats, Source, session_of

BY_TARGET: Final = Rules.of([METHOD, PATH, QUERY])
"""Whoever points a client at a server may ask anything, and is answered as the one who was recorded."""


class Server:
    """Replays a cassette to whoever connects: `async with Server(cassette) as server: … server.url …`

    `source` is a cassette, the path of one, or a single exchange; `rules` say what must be equal, by default
    method, path and query; `repeats` is what a request meets whose exchanges were all played. A session,
    which others may share, brings its own. `speed` is a factor on the recorded pace, or "max"; no wait is
    longer than `max_gap` seconds; `port` 0 takes a free one. Where a recording stops before its stream did, a
    client has `linger` seconds for leaving before it meets a reset. `say` is told a line about each request,
    each miss and each recording that ends before its stream did. A request that no exchange answers gets a
    404 with a JSON body that says what was asked for and what there is.
    """

    def __init__(
        self,
        source: Source,
        *,
        speed: Speed = 1.0,
        max_gap: float | None = None,
        rules: Rules = BY_TARGET,
        repeats: Repeats = Repeats.LOOP,
        host: str = "127.0.0.1",
        port: int = 0,
        say: Callable[[str], None] | None = None,
        linger: float = 0.0,
    ) -> None:
        self._session = session_of(source, rules=rules, repeats=repeats)
        self._pace = Pace.of(speed, max_gap)
        self._address = (host, port)
        self._say = say or _silent
        self._linger = linger
        self._listener: asyncio.Server | None = None
        self._shared: Shared | None = None
        self.url: str = ""
        """Where it listens, once it does: `http://HOST:PORT`."""

    async def start(self) -> None:
        """Listen. Raises `CannotRun` where the address cannot be had."""
        loop = asyncio.get_running_loop()
        host, port = self._address
        shared = Shared(self._session, self._pace, loop, deadlines(loop), self._say, self._linger)
        try:
            self._listener = await loop.create_server(lambda: Connection(shared), host, port)
        except OSError as error:
            shared.deadlines.close()
            raise CannotRun(f"cannot listen on {host}:{port}: {_reason(error)}", hint=_hint(error)) from None
        except UnicodeError:
            shared.deadlines.close()
            raise CannotRun(f"cannot listen on {host}:{port}: {host!r} is no name of a host") from None
        self._shared = shared
        bound, port = self._listener.sockets[0].getsockname()[:2]
        self.url = f"http://[{bound}]:{port}" if ":" in bound else f"http://{bound}:{port}"

    async def stop(self) -> None:
        """Stop listening and abort what is still being played. Stopping twice does nothing."""
        listener, shared = self._listener, self._shared
        if listener is None or shared is None:
            return
        self._listener = self._shared = None
        listener.close()
        shared.is_stopping = True
        for connection in tuple(shared.connections):
            connection.abort()
        await listener.wait_closed()
        shared.deadlines.close()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.stop()


def _reason(error: OSError) -> str:
    """The system's own words; asyncio puts its own before them, and counts no address at all as no error."""
    if error.errno is None:
        return os.strerror(errno.EADDRNOTAVAIL)
    return os.strerror(error.errno) if error.errno > 0 else error.strerror or str(error)


def _hint(error: OSError) -> str:
    if error.errno in (errno.EADDRINUSE, errno.EACCES):
        return "Choose another port, or 0 for a free one."
    return "Choose an address of this machine, such as 127.0.0.1."


def _silent(_: str) -> None:
    pass
