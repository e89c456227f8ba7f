"""The transport of the fixture's clients in a mode that records: the library's own, watched.

Knows the library by its name. No connection is kept when a response is over, so that a test that closes no
client leaves no socket behind.
PYTEST_DONT_REWRITE
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from functools import cached_property
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playhead.testing.recording.player import RecordingPlayer


class LiveTransport:
    """For a client of httpx or httpx2, blocking or not; `options` are those of the library's transports.

    With `mounted`, a transport that the test has made itself sends.
    """

    def __init__(
        self, player: RecordingPlayer, library: str, options: Mapping[str, Any], *, mounted: Any = None
    ) -> None:
        import_module(f"playhead.{library}")
        self._player = player
        self._library = library
        self._options = options
        self._mounted = mounted

    @cached_property
    def _blocking(self) -> Any:
        return self._made("HTTPTransport")

    @cached_property
    def _awaited(self) -> Any:
        return self._made("AsyncHTTPTransport")

    def _made(self, kind: str) -> Any:
        if self._mounted is not None:
            return self._mounted
        module: Any = sys.modules[self._library]
        options = {"limits": module.Limits(max_keepalive_connections=0), **self._options}
        return getattr(module, kind)(**options)

    def handle_request(self, request: Any) -> Any:
        blocking = self._blocking
        return self._player.answer(self._library, request, blocking, blocking.handle_request)

    async def handle_async_request(self, request: Any) -> Any:
        awaited = self._awaited
        return await self._player.answer_async(self._library, request, awaited, awaited.handle_async_request)

    def close(self) -> None:
        if "_blocking" in self.__dict__:
            self._player.closed(self._blocking)
            self._blocking.close()

    async def aclose(self) -> None:
        if "_awaited" in self.__dict__:
            self._player.closed(self._awaited)
            await self._awaited.aclose()

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    async def __aenter__(self) -> Any:
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.aclose()
