"""When a client took nothing though bytes waited for it: seen at its connection, at no cost per delivery.

Knows asyncio's flow control; never cassettes. asyncio tells the protocol of the client's connection
`pause_writing` when more than it holds (64 KiB) waits to be sent, and `resume_writing` when most of that is
gone. In between mitmproxy reads no more of the server (mitmproxy/proxy/server.py, `drain_writers`): the
stream itself stands still. The window of an HTTP/2 stream is another matter, and no gap comes of it:
mitmproxy keeps what does not fit, and reads on.

Whoever watches is called at these moments, so the times are exact. Where a transport tells none of this
(HTTP/3, mitmproxy's local redirection), nothing is known and nothing is said. Nothing here raises: what
cannot be watched is not, and the traffic's own callbacks run whatever becomes of ours.
"""

from __future__ import annotations

import contextlib
import heapq
import time
from typing import Any, TypeAlias

from mitmproxy import http

Span: TypeAlias = tuple[int, int]
"""From, to: readings of the monotonic clock in nanoseconds."""

_KEPT = 200
"""How many spans are kept, the longest: a slow client of an endless stream is paused without end."""
_APART_NS = 1_000_000
"""Spans closer to each other are one: of what waits, only a part was taken."""


class Pauses:
    """What held a flow's client up since `watch`."""

    __slots__ = ("_gate", "_paused")

    def __init__(self) -> None:
        self._paused = _Spans()
        self._gate: _Gate | None = None

    def spans(self) -> tuple[Span, ...]:
        """When the client's connection took nothing; one that lasts ends now. In order, the longest 200."""
        return self._paused.until(time.monotonic_ns())

    def close(self) -> None:
        """Watch no more; what was seen stays. A second call changes nothing."""
        if self._gate is not None:
            self._gate.leave(self._paused)
            self._gate = None
        self._paused.end(time.monotonic_ns())

    def _watch_connection(self, protocol: Any) -> None:
        self._gate = _Gate.of(protocol)
        self._gate.join(self._paused)
        if getattr(protocol, "_paused", False):
            self._paused.begin(time.monotonic_ns())


def watch(flow: http.HTTPFlow, proxyserver: Any) -> Pauses:
    """Watch the client of `flow` until `close`. On the event loop, in a hook.

    `proxyserver` is mitmproxy's addon of that name.
    """
    pauses = Pauses()
    try:
        handler = proxyserver.connections[flow.client_conn.id]
        writer = handler.transports[flow.client_conn].writer
        pauses._watch_connection(writer.transport.get_protocol())
    except Exception:  # noqa: BLE001 - the connection is gone, or not asyncio's, or this mitmproxy is another
        pauses._gate = None
    return pauses


class _Spans:
    """Spans that follow one another."""

    __slots__ = ("_done", "_since")

    def __init__(self) -> None:
        self._done: list[Span] = []
        self._since: int | None = None

    def begin(self, now: int) -> None:
        if self._since is not None:
            return
        self._since = now
        if self._done and now - self._done[-1][1] < _APART_NS:
            self._since = self._done.pop()[0]

    def end(self, now: int) -> None:
        if self._since is None:
            return
        self._done.append((self._since, now))
        self._since = None
        if len(self._done) > 2 * _KEPT:
            self._done = self._longest()

    def until(self, now: int) -> tuple[Span, ...]:
        done = self._longest()
        return tuple(done) if self._since is None else (*done, (self._since, now))

    def _longest(self) -> list[Span]:
        return sorted(heapq.nlargest(_KEPT, self._done, key=_length))


def _length(span: Span) -> int:
    return span[1] - span[0]


class _Gate:
    """Stands before the two callbacks of one protocol, for all flows of its connection, while there are any.

    asyncio's transports call `self._protocol.pause_writing()`: an attribute of the instance comes before
    the class's method, and goes away again without a trace.
    """

    def __init__(self, protocol: Any) -> None:
        self._protocol = protocol
        self._watching: set[_Spans] = set()
        self._pause, self._resume = protocol.pause_writing, protocol.resume_writing

    @classmethod
    def of(cls, protocol: Any) -> _Gate:
        """The gate that stands there already, or a new one."""
        found = getattr(vars(protocol).get("pause_writing"), "__self__", None)
        return found if isinstance(found, cls) else cls(protocol)

    def join(self, spans: _Spans) -> None:
        if not self._watching:
            self._protocol.pause_writing, self._protocol.resume_writing = self.pause, self.resume
        self._watching.add(spans)

    def leave(self, spans: _Spans) -> None:
        self._watching.discard(spans)
        if self._watching:
            return
        own = vars(self._protocol)
        for name, ours in (("pause_writing", self.pause), ("resume_writing", self.resume)):
            # Another may have put itself before us since: then we stay, and only pass on.
            if own.get(name) == ours:
                delattr(self._protocol, name)

    def pause(self) -> None:
        with contextlib.suppress(Exception):
            now = time.monotonic_ns()
            for spans in self._watching:
                spans.begin(now)
        self._pause()

    def resume(self) -> None:
        with contextlib.suppress(Exception):
            now = time.monotonic_ns()
            for spans in self._watching:
                spans.end(now)
        self._resume()
