"""The `playhead` fixture: what a test replays through, and the exchanges it plays.

PYTEST_DONT_REWRITE
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any

from playhead.exchange import Exchange

if TYPE_CHECKING:
    import httpx
    import httpx2

    from playhead.httpx import ReplayTransport as HttpxTransport
    from playhead.httpx2 import ReplayTransport as Httpx2Transport
    from playhead.plan import Pace
    from playhead.replay.session import Session


class Player(Mapping[int, Exchange]):
    """The cassette of a test while it is replayed: `playhead[1]` is its first exchange.

    Every client and transport made here, by a patch or by `playhead_server` shares what was played.
    """

    def __init__(self, session: Session, pace: Pace) -> None:
        self.session: Session = session
        """What was played; any of Playhead's transports and servers takes it as their source."""
        self.pace: Pace = pace
        """How fast it is played; by the marker."""
        self._transports: dict[str, Any] = {}
        self._exchanges: dict[int, Exchange] = {each.number: each for each in session.exchanges}

    def httpx_client(self, **options: Any) -> httpx.Client:
        """An `httpx.Client` that replays; `options` are its own."""
        client: httpx.Client = self._client("httpx", "Client", options)
        return client

    def httpx_async_client(self, **options: Any) -> httpx.AsyncClient:
        """An `httpx.AsyncClient` that replays, on asyncio and trio."""
        client: httpx.AsyncClient = self._client("httpx", "AsyncClient", options)
        return client

    def httpx2_client(self, **options: Any) -> httpx2.Client:
        """An `httpx2.Client` that replays: what the official SDKs take as `http_client`."""
        client: httpx2.Client = self._client("httpx2", "Client", options)
        return client

    def httpx2_async_client(self, **options: Any) -> httpx2.AsyncClient:
        """An `httpx2.AsyncClient` that replays, on asyncio and trio."""
        client: httpx2.AsyncClient = self._client("httpx2", "AsyncClient", options)
        return client

    @property
    def httpx_transport(self) -> HttpxTransport:
        """For httpx clients that are made elsewhere, sync and async."""
        transport: HttpxTransport = self.transport("httpx")
        return transport

    @property
    def httpx2_transport(self) -> Httpx2Transport:
        """For httpx2 clients that are made elsewhere, sync and async."""
        transport: Httpx2Transport = self.transport("httpx2")
        return transport

    @property
    def unplayed(self) -> tuple[Exchange, ...]:
        """The exchanges that no request was answered with so far."""
        return self.session.unplayed

    def transport(self, library: str) -> Any:
        """The transport for `httpx` or `httpx2`."""
        if library not in self._transports:
            name = f"playhead.{library}"
            adapter: Any = sys.modules.get(name) or import_module(name)
            self._transports[library] = adapter.ReplayTransport(
                self.session, speed=self.pace.speed, max_gap=self.pace.max_gap
            )
        return self._transports[library]

    def _client(self, library: str, kind: str, options: dict[str, Any]) -> Any:
        transport = self.transport(library)
        return getattr(sys.modules[library], kind)(transport=transport, **options)

    def __getitem__(self, number: int) -> Exchange:
        try:
            return self._exchanges[number]
        except KeyError:
            from playhead.errors import NoSuchExchange

            have = ", ".join(map(str, self._exchanges)) or "none"
            raise NoSuchExchange(
                f"{self.session.name} has no exchange {number}", hint=f"It has: {have}"
            ) from None

    def __iter__(self) -> Iterator[int]:
        return iter(self._exchanges)

    def __len__(self) -> int:
        return len(self._exchanges)

    def __repr__(self) -> str:
        return f"<playhead: {self.session.name}, {len(self.unplayed)} of {len(self)} left to play>"
