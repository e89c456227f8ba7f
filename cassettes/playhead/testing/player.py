"""The `playhead` fixture: what a test replays through, and the exchanges it plays.

PYTEST_DONT_REWRITE
"""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from importlib import import_module
from operator import methodcaller
from pathlib import Path
from typing import TYPE_CHECKING, Any

from playhead.errors import PlayheadError, RecordingEnded, UsageError
from playhead.exchange import Exchange
from playhead.testing.patching import is_network

if TYPE_CHECKING:
    from collections.abc import Iterable

    import httpx
    import httpx2

    from playhead.httpx import ReplayTransport as HttpxTransport
    from playhead.httpx2 import ReplayTransport as Httpx2Transport
    from playhead.plan import Pace
    from playhead.replay.session import Session
    from playhead.sweeps import Kind, Outcome, Sweep
    from playhead.testing.points import Played
    from playhead.testing.recording.take import Take
    from playhead.virtual import Clock


__tracebackhide__: methodcaller = methodcaller("errisinstance", PlayheadError)
"""What is refused is told at the line that asked for it: pytest leaves these frames out."""


class Player(Mapping[int, Exchange]):
    """The cassette of a test while it is replayed: `playhead[1]` is its first exchange.

    Every client and transport made here, by a patch or by `playhead_server` shares what was played.
    """

    take: Take | None = None
    """What is recorded, in a mode that records."""

    def __init__(
        self,
        session: Session,
        pace: Pace,
        *,
        root: Path | None = None,
        is_shared: bool = False,
        point: Played | None = None,
    ) -> None:
        self.session: Session = session
        """What was played; any of Playhead's transports and servers takes it as their source."""
        self.pace: Pace = pace
        """How fast it is played; by the marker."""
        self.clock: Clock | None = None
        """The clock of the test, with `virtual=True`, from its beginning."""
        self.point: Played | None = point
        """How the cassette is played, with a `matrix`."""
        self.sweeps: list[Sweep] = []
        """Those of the test."""
        self._root = root
        self._is_shared = is_shared
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

    def recording_ended(self) -> tuple[RecordingEnded, ...]:
        """What clients met, since this was last asked, that read on where a recording stops.

        A test that asks expects them: it does not fail for those that the code under test has swallowed, or
        met as something else: an exception of its own, a reset of `playhead_server`.
        """
        met = tuple(self.session.ended)
        del self.session.ended[: len(met)]  # another thread may note one meanwhile
        return met

    @property
    def elapsed(self) -> float:
        """Virtual seconds since the test began. Raises `UsageError` where it has no virtual time."""
        if self.clock is None:
            raise UsageError(
                "this test has no virtual time", hint="Say so: @pytest.mark.playhead(..., virtual=True)."
            )
        return self.clock.elapsed

    def sweep(
        self,
        kind: Kind | str,
        *,
        exchange: int | None = None,
        unit: str | None = None,
        by: str | None = None,
        every: int = 1,
        allow: Iterable[Outcome | str] = (),
    ) -> Sweep:
        """`playhead.sweep` over this cassette: `for point in playhead.sweep("cut"): with point: …`

        What is made here, a patch and `playhead_server` play each point. The test fails at the end of the
        loop where the code took a broken stream for a success, and at its own end where the loop was left
        before. Raises `UsageError` for what there is not, and where tests share the cassette.
        """
        from playhead.sweeps import sweep

        if self._is_shared:
            raise UsageError(
                f"a sweep plays {self.session.name} again and again, and other tests share it",
                hint='Give this test a cassette of its own: scope="function".',
            )
        if self.point is not None:
            raise UsageError(
                f"this test is one point of its matrix already: {self.point}",
                hint="A sweep has points of its own: leave the matrix out.",
            )
        if self.session.misses:
            raise self.session.misses[0]  # a sweep starts over, and it would be forgotten
        roots = None if self._root is None else (self._root,)
        options: dict[str, Any] = {"exchange": exchange, "unit": unit, "by": by, "every": every}
        self.sweeps.append(sweep(kind, self.session, allow=allow, roots=roots, **options))
        return self.sweeps[-1]

    def transport(self, library: str) -> Any:
        """A transport for one client of `httpx` or `httpx2`, who may close it."""
        return self._replaying(library)

    def _replaying(self, library: str) -> Any:
        name = f"playhead.{library}"
        adapter: Any = sys.modules.get(name) or import_module(name)
        return adapter.ReplayTransport(self.session, speed=self.pace.speed, max_gap=self.pace.max_gap)

    def _patched(self, library: str) -> Any:
        """What answers for the transports of all patched clients."""
        if library not in self._transports:
            self._transports[library] = self._replaying(library)
        return self._transports[library]

    def answer(self, library: str, request: Any, transport: Any, send: Callable[[Any], Any]) -> Any:
        """What a patched client gets whose `transport` would `send` its request."""
        __tracebackhide__ = True  # pytest shows the client's frames
        response = self._patched(library).handle_request(request)
        response.stream.transport = transport
        return response

    async def answer_async(
        self, library: str, request: Any, transport: Any, send: Callable[[Any], Awaitable[Any]]
    ) -> Any:
        """The same on an event loop."""
        __tracebackhide__ = True  # pytest shows the client's frames
        response = await self._patched(library).handle_async_request(request)
        response.stream.transport = transport
        return response

    def closed(self, transport: Any) -> None:
        """The client of a patched `transport` has closed it."""
        self.session.disconnect(transport)

    def serving(self) -> AbstractContextManager[str]:
        """A server for every other stack, while it is entered: its base URL."""
        from playhead.testing.serving import serving

        return serving(self.session, self.pace)

    def _client(self, library: str, kind: str, options: dict[str, Any]) -> Any:
        transport = self.transport(library)
        # A proxy is a transport of the library's own beside ours: it would send what is to be replayed.
        options.pop("proxy", None)
        self._mount(library, options)
        return getattr(sys.modules[library], kind)(transport=transport, **options)

    def _mount(self, library: str, options: dict[str, Any]) -> None:
        """Let no network transport that a client mounts for some URLs lead past us; others it may."""
        if mounts := options.get("mounts"):
            options["mounts"] = {
                key: self._mounted(library, each) if is_network(each) else each
                for key, each in mounts.items()
            }

    def _mounted(self, library: str, transport: Any) -> Any:
        """What stands in the place of such a transport."""
        return self.transport(library)

    def __getitem__(self, number: int) -> Exchange:
        found = self._exchange(number)
        if found is not None:
            return found
        from playhead.errors import NoSuchExchange

        have = ", ".join(map(str, self)) or "none"
        raise NoSuchExchange(f"{self.session.name} has no exchange {number}", hint=f"It has: {have}")

    def _exchange(self, number: int) -> Exchange | None:
        return self._exchanges.get(number)

    def __iter__(self) -> Iterator[int]:
        return iter(self._exchanges)

    def __len__(self) -> int:
        return len(self._exchanges)

    def __repr__(self) -> str:
        return f"<playhead: {self.session.name}, {len(self.unplayed)} of {len(self)} left to play>"
