"""What the transports of httpx and httpx2 share: everything but the libraries' own classes.

Knows requests by the attributes that both libraries give them. Imports neither.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from functools import partial
from typing import Any, Final, Protocol

from playhead.plan import Head, Speed, check_speed, paced
from playhead.plan.headers import framed
from playhead.plan.steps import RawHeaders
from playhead.replay import drive
from playhead.replay.acts import acts_of
from playhead.replay.failures import ClientFailures, Flavour, Library, Url, async_flavour
from playhead.replay.playback import Playback
from playhead.replay.session import Source, session_of

_AS_CLIENTS_SAY: Final = {"HTTP/2.0": "HTTP/2", "HTTP/3.0": "HTTP/3"}
"""mitmproxy's names of versions, and what httpcore calls them."""


class TargetUrl(Url, Protocol):
    @property
    def raw_path(self) -> bytes: ...


class Request(Protocol):
    """What is needed of a library's request."""

    @property
    def method(self) -> str: ...
    @property
    def url(self) -> TargetUrl: ...
    @property
    def extensions(self) -> Mapping[str, Any]: ...


class Answers:
    """Turns requests into playbacks, for one transport."""

    def __init__(self, library: Library, source: Source, speed: Speed) -> None:
        self._speed: Speed = check_speed(speed)
        self._session = session_of(source)
        self._library = library

    def sync(self, request: Request) -> Playback:
        """The playback that answers a blocking client. Raises `ReplayMiss` where there is none."""
        return self._playback(request, drive.sync_now, lambda: Flavour.SYNC)

    def async_(self, request: Request) -> Playback:
        """The same for a client on asyncio or trio."""
        return self._playback(request, drive.async_now, async_flavour)

    def _playback(
        self, request: Request, now: Callable[[], float], flavour: Callable[[], Flavour]
    ) -> Playback:
        exchange = self._session.take(request.method, request.url.raw_path.decode("ascii"))
        timeout = request.extensions.get("timeout") or {}
        return Playback(
            paced(acts_of(exchange, request.method), self._speed),
            speed=self._speed,
            now=now,
            limit=timeout.get("read"),
            failures=partial(self._failures, flavour, request.url),
            what=f"exchange {exchange.number} of {self._session.name}",
        )

    def _failures(self, flavour: Callable[[], Flavour], url: Url, before_head: bool) -> ClientFailures:
        return ClientFailures(self._library, flavour(), url, before_head)


def headers_of(head: Head) -> RawHeaders:
    """The header pairs of the response."""
    return framed(head)


def extensions_of(head: Head) -> dict[str, Any]:
    """What httpcore tells beside the response: the version, and the reason where there is one."""
    version = head.http_version or "HTTP/1.1"
    extensions: dict[str, Any] = {"http_version": _AS_CLIENTS_SAY.get(version, version).encode()}
    if head.reason is not None:
        extensions["reason_phrase"] = head.reason
    return extensions


class SyncBody:
    """The body for a blocking client; closing it early needs nothing, there is no connection."""

    def __init__(self, playback: Playback) -> None:
        self._playback = playback

    def __iter__(self) -> Iterator[bytes]:
        return drive.stream(self._playback.body())


class AsyncBody:
    """The body for a client on asyncio or trio."""

    def __init__(self, playback: Playback) -> None:
        self._playback = playback

    def __aiter__(self) -> AsyncIterator[bytes]:
        return drive.astream(self._playback.body())
