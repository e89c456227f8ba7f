"""What the transports of httpx and httpx2 share: everything but the libraries' own classes.

Knows requests by the attributes that both libraries give them. Imports neither.
"""

from __future__ import annotations

from collections.abc import (
    AsyncGenerator,
    AsyncIterator,
    Callable,
    Generator,
    Iterable,
    Iterator,
    Mapping,
    Sequence,
)
from dataclasses import dataclass
from functools import partial
from itertools import chain
from typing import Any, Final, Protocol

from playhead.matching import Matcher, Rules
from playhead.model import Request, header
from playhead.plan import Head, Pace, Speed
from playhead.plan.headers import framed
from playhead.plan.steps import RawHeaders
from playhead.replay import drive
from playhead.replay.acts import acts_of
from playhead.replay.failures import ClientFailures, Flavour, Library, Url, async_flavour
from playhead.replay.playback import Playback
from playhead.replay.session import Repeats, Session, Source, session_of

_FIRST_STREAM: Final = 1
_AS_CLIENTS_SAY: Final = {"HTTP/2.0": "HTTP/2", "HTTP/3.0": "HTTP/3"}
"""mitmproxy's names of versions, and what httpcore calls them."""


class TargetUrl(Url, Protocol):
    @property
    def raw_path(self) -> bytes: ...
    @property
    def netloc(self) -> bytes: ...


class ClientHeaders(Protocol):
    @property
    def raw(self) -> Sequence[tuple[bytes, bytes]]: ...


class ClientRequest(Protocol):
    """What is needed of a library's request, whose body has been read."""

    @property
    def method(self) -> str: ...
    @property
    def url(self) -> TargetUrl: ...
    @property
    def headers(self) -> ClientHeaders: ...
    @property
    def content(self) -> bytes: ...
    @property
    def extensions(self) -> Mapping[str, Any]: ...


@dataclass(frozen=True, slots=True)
class Answer:
    """What one request is answered with."""

    playback: Playback
    session: Session
    number: int
    transport: object
    """Who is asked."""


class Answers:
    """Turns requests into answers, for one transport."""

    def __init__(self, library: Library, session: Session, pace: Pace) -> None:
        self._pace = pace
        self._session = session
        self._library = library

    def sync(self, request: ClientRequest) -> Answer:
        """What answers a blocking client. Raises a `ReplayMiss` where nothing does."""
        return self._answer(request, drive.sync_now, lambda: Flavour.SYNC)

    def async_(self, request: ClientRequest) -> Answer:
        """The same for a client on asyncio or trio."""
        return self._answer(request, drive.async_now, async_flavour)

    def _answer(
        self, request: ClientRequest, now: Callable[[], float], flavour: Callable[[], Flavour]
    ) -> Answer:
        exchange = self._session.take(asked(request))
        timeout = request.extensions.get("timeout") or {}
        playback = Playback(
            acts_of(exchange, request.method),
            pace=self._pace,
            now=now,
            limit=timeout.get("read"),
            failures=partial(_failures, self._library, flavour, request.url),
            what=f"exchange {exchange.number} of {self._session.name}",
            miss=self._session.missed,
            ended=self._session.recording_ended,
        )
        return Answer(playback, self._session, exchange.number, self)

    def close(self) -> None:
        """Close the connections of all bodies that are still read."""
        self._session.disconnect(self)


def _failures(
    library: Library, flavour: Callable[[], Flavour], url: Url, before_head: bool
) -> ClientFailures:
    return ClientFailures(library, flavour(), url, before_head)


class ReplayedTransport:
    """What a transport that replays is made of; the adapters add the library's base classes and words."""

    _library: Library

    def __init__(
        self,
        source: Source,
        *,
        speed: Speed = "max",
        max_gap: float | None = None,
        match_on: Iterable[str | Matcher] | None = None,
        ignore: Iterable[str] = (),
        repeats: Repeats | str = Repeats.FAIL,
    ) -> None:
        session = session_of(source, rules=Rules.of(match_on, ignore), repeats=Repeats.of(repeats))
        self._answers = Answers(self._library, session, Pace.of(speed, max_gap))

    def close(self) -> None:
        self._answers.close()

    async def aclose(self) -> None:
        self._answers.close()


def asked(request: ClientRequest) -> Request:
    """A client's request in our own words, its body as it was before a content encoding."""
    url = request.url
    headers = tuple(
        [(name.decode("latin-1"), value.decode("latin-1")) for name, value in request.headers.raw]
    )
    return Request(
        method=request.method,
        url=f"{url.scheme}://{url.netloc.decode('ascii')}{url.raw_path.decode('ascii')}",
        headers=headers,
        body=_decoded(request.content, header(headers, "content-encoding")),
    )


def _decoded(body: bytes, encoding: str | None) -> bytes:
    if encoding is None:
        return body
    from playhead.encodings import ContentDecoder

    return ContentDecoder(encoding).feed(body).data


def headers_of(head: Head) -> RawHeaders:
    """The header pairs of the response."""
    return framed(head)


def extensions_of(head: Head) -> dict[str, Any]:
    """What httpcore tells beside the response: the version, the reason where there is one, the connection."""
    told = head.http_version or "HTTP/1.1"
    version = _AS_CLIENTS_SAY.get(told, told)
    extensions: dict[str, Any] = {"http_version": version.encode(), "network_stream": _NO_CONNECTION}
    if head.reason is not None:
        extensions["reason_phrase"] = head.reason
    if version == "HTTP/2":
        extensions["stream_id"] = _FIRST_STREAM
    return extensions


class NetworkStream:
    """Stands in the place of a connection, for code that asks for its socket, address or certificate."""

    def get_extra_info(self, info: str) -> Any:
        """`None`: as httpcore's own streams answer what they do not know."""
        return None


_NO_CONNECTION: Final = NetworkStream()


class _Body:
    """A body that is handed out. `parts` is the generator that reads it, once it was asked for."""

    def __init__(self, answer: Answer) -> None:
        self.number: int = answer.number
        self.transport: object | None = answer.transport
        self._failures = answer.playback.failures
        self._playback: Playback | None = answer.playback
        self._given = answer.session.bodies
        self._parts: Generator[bytes] | AsyncGenerator[bytes] | None = None
        self._given.add(self)

    @property
    def is_open(self) -> bool:
        """Whether it was neither closed nor read to its end, whatever that end is."""
        if self not in self._given:
            return False
        names = ("gi_frame", "ag_frame")  # `None` once the generator is over
        return self._parts is None or any(getattr(self._parts, name, None) for name in names)

    def disconnect(self) -> None:
        """Close the connection under whoever reads, as the closing of a client does."""
        if self._playback is not None:
            self._playback.close()

    def _opened(self) -> tuple[Iterator[bytes], Iterator[bytes | float]]:
        """What waits for nothing, and what comes behind it. Raises once it was closed."""
        if self._playback is None:
            raise self._failures(False).closed(waiting=False)
        return self._playback.ready(), self._playback.body()

    def _closed(self) -> None:
        self._given.discard(self)
        self.disconnect()
        # A response and its stream hold each other: without this the cassette would stay in memory, too.
        self._playback = self.transport = None


class SyncBody(_Body):
    """The body for a blocking client.

    Who closes it in another thread does not wake its reader: on a socket neither.
    """

    def __iter__(self) -> Iterator[bytes]:
        ready, behind = self._opened()
        self._parts = parts = drive.stream(behind)
        return chain(ready, parts)

    def close(self) -> None:
        self._closed()


class AsyncBody(_Body):
    """The body for a client on asyncio or trio."""

    _sleep: Any = None

    def __aiter__(self) -> AsyncIterator[bytes]:
        self._parts = parts = drive.astream(*self._opened(), self._sleep_until)
        return parts

    def disconnect(self) -> None:
        super().disconnect()
        if self._sleep is not None:
            self._sleep.cancel()  # a socket wakes the task that reads from it

    async def _sleep_until(self, deadline: float) -> None:
        import anyio

        try:
            with anyio.CancelScope() as self._sleep:
                await anyio.sleep_until(deadline)
            woken = self._sleep.cancelled_caught
        finally:
            self._sleep = None
        if woken:
            raise self._failures(False).closed(waiting=True)

    async def aclose(self) -> None:
        self._closed()
