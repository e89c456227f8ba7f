"""The `playhead` fixture in a mode that records: requests go to the network, and are watched on their way.

Knows the client libraries by their names alone.
PYTEST_DONT_REWRITE
"""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AbstractContextManager
from contextvars import ContextVar
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from playhead.capture.transport import Taps, speaks_http1_only
from playhead.exchange import Exchange
from playhead.model import Request
from playhead.plan import Pace
from playhead.replay.session import Session
from playhead.testing.player import Player
from playhead.testing.recording.live import LiveTransport
from playhead.testing.recording.take import Take
from playhead.testing.settings import RecordMode

if TYPE_CHECKING:
    from playhead.sweeps import Kind, Sweep

_TRANSPORT_OPTIONS: Final = frozenset({"verify", "cert", "trust_env", "http1", "http2", "limits", "proxy"})
"""What a client hands on to the transport that it makes itself."""
_SHARED_OPTIONS: Final = frozenset({"trust_env"})
"""What it uses besides."""
_is_sending: ContextVar[bool] = ContextVar("playhead_is_sending", default=False)
"""Whether a request is on its way already: a transport may call another one that is patched."""


class Unrecorded(BaseException):
    """Nothing recorded answers a request, so that it goes to the network."""


class Episodes(Session):
    """The exchanges of a cassette that answer what they can.

    What other tests of this run have recorded need not be played: it was not there when the run began.
    """

    known: int | None = None
    """The highest number of an exchange that was there; `None`: all were."""

    @property
    def unplayed(self) -> tuple[Exchange, ...]:
        return tuple(each for each in super().unplayed if self.known is None or each.number <= self.known)

    def take(self, request: Request) -> Exchange:
        """The exchange that answers. Raises `Unrecorded`."""
        found = self.find(request)
        if found is None:
            raise Unrecorded
        return found


class RecordingPlayer(Player):
    """Records what its clients do, or first asks `session` where the mode replays as well."""

    def __init__(
        self, session: Session, pace: Pace, take: Take, upstream: str | None, *, is_virtual: bool = False
    ) -> None:
        super().__init__(session, pace)
        self._is_virtual = is_virtual
        self._began = time.monotonic()
        self.take: Take = take
        self._replays = take.plan.mode is RecordMode.NEW_EPISODES
        self._upstream = upstream
        self._taps: dict[str, Taps] = {}
        self._own: set[tuple[str, int | None]] = set()
        """Where our own servers listen, which send on what they are sent."""

    @property
    def elapsed(self) -> float:
        """Seconds since the test began, of the wall: what is sent takes its real time."""
        return time.monotonic() - self._began if self._is_virtual else super().elapsed

    def sweep(self, kind: Kind | str, **options: Any) -> Sweep:
        """The intact stream alone, which is recorded: there is nothing to break yet."""
        from playhead.sweeps import intact_only

        self.sweeps.append(intact_only(kind, self.session.name))
        return self.sweeps[-1]

    def transport(self, library: str) -> Any:
        return LiveTransport(self, library, {})

    def answer(self, library: str, request: Any, transport: Any, send: Callable[[Any], Any]) -> Any:
        if self._passes(request):
            return send(request)
        if self._replays:
            with contextlib.suppress(Unrecorded):
                return super().answer(library, request, transport, send)

        def watched(copy: Any) -> Any:
            token = _is_sending.set(True)
            try:
                return send(_to_send(transport, request, copy))
            finally:
                _is_sending.reset(token)

        return self._taps_of(library).sync(request, watched, _version(transport))

    async def answer_async(
        self, library: str, request: Any, transport: Any, send: Callable[[Any], Awaitable[Any]]
    ) -> Any:
        if self._passes(request):
            return await send(request)
        if self._replays:
            with contextlib.suppress(Unrecorded):
                return await super().answer_async(library, request, transport, send)

        async def watched(copy: Any) -> Any:
            token = _is_sending.set(True)
            try:
                return await send(_to_send(transport, request, copy))
            finally:
                _is_sending.reset(token)

        return await self._taps_of(library).async_(request, watched, _version(transport))

    def serving(self) -> AbstractContextManager[str]:
        from playhead.testing.recording.forwarding import forwarding

        return forwarding(self, self._upstream, self._own)

    def _passes(self, request: Any) -> bool:
        return _is_sending.get() or (request.url.host, request.url.port) in self._own

    def _taps_of(self, library: str) -> Taps:
        if library not in self._taps:
            adapter: Any = import_module(f"playhead.{library}")
            self._taps[library] = Taps(adapter.KIT, self.take.tape)
        return self._taps[library]

    def _client(self, library: str, kind: str, options: dict[str, Any]) -> Any:
        import_module(f"playhead.{library}")
        theirs = {name: value for name, value in options.items() if name in _TRANSPORT_OPTIONS}
        left = {
            name: value for name, value in options.items() if name not in theirs or name in _SHARED_OPTIONS
        }
        transport = LiveTransport(self, library, theirs)
        self._mount(library, left)
        return getattr(sys.modules[library], kind)(transport=transport, **left)

    def _mounted(self, library: str, transport: Any) -> Any:
        return LiveTransport(self, library, {}, mounted=transport)

    def _exchange(self, number: int) -> Exchange | None:
        return self.take.exchanges().get(number)

    def __iter__(self) -> Iterator[int]:
        return iter(self.take.exchanges())

    def __len__(self) -> int:
        return len(self.take.exchanges())

    def __repr__(self) -> str:
        mode = self.take.plan.mode.value
        return f"<playhead: {self.session.name}, record_mode={mode}, {len(self)} exchanges so far>"


def _to_send(transport: Any, request: Any, copy: Any) -> Any:
    """The copy whose upload is watched; the client's own where aiohttp would send no byte of it as chunks."""
    if not any(kind.__name__ == "AiohttpTransport" for kind in type(transport).__mro__):
        return copy
    library = sys.modules[type(request).__module__.partition(".")[0]]
    try:
        return copy if request.content else request
    except library.RequestNotRead:
        return copy


def _version(transport: Any) -> str | None:
    """The version of the requests, where the transport speaks no other."""
    return "HTTP/1.1" if speaks_http1_only(transport) else None
