"""When a client took nothing though bytes waited for it: seen at its connection, at no cost per delivery.

Knows asyncio's flow control and mitmproxy's layers; never cassettes. Two things can hold bytes back:

- The client's connection: asyncio tells its protocol `pause_writing` when more than it holds (64 KiB) waits
  to be sent, and `resume_writing` when most of that is gone. In between mitmproxy reads no more of the
  server (mitmproxy/proxy/server.py, `drain_writers`): the stream itself stands still.
- The flow-control window of an HTTP/2 stream: mitmproxy holds what does not fit, without a limit, and reads
  on (mitmproxy/proxy/layers/http/_http_h2.py, `BufferedH2Connection`): the recording shows no gap.

Whoever watches is called at these moments, so the times are exact. Where a transport tells none of this
(HTTP/3, mitmproxy's local redirection), nothing is known and nothing is said. Nothing here raises: what
cannot be watched is not, and the traffic's own callbacks run whatever becomes of ours.
"""

from __future__ import annotations

import collections
import contextlib
import heapq
import time
from collections.abc import Iterator
from typing import Any, TypeAlias

from mitmproxy import http

from playhead.format.times import seconds

Span: TypeAlias = tuple[int, int]
"""From, to: readings of the monotonic clock in nanoseconds."""

PAUSED = "client_paused"
"""The fact about the connection (FORMAT.md, `end`)."""
WINDOW_CLOSED = "client_window_closed"
"""The fact about an HTTP/2 stream's window."""
_KEPT = 200
"""How many spans are kept, the longest: a slow client of an endless stream is paused without end."""
_APART_NS = 1_000_000
"""Spans closer to each other are one: of what waits, only a part was taken."""
_LAYERS = 256
"""How many of a connection's layers are looked through for a flow at most."""


class Pauses:
    """What held a flow's client up since `watch`."""

    __slots__ = ("_buffers", "_gate", "_paused", "_stream", "_window")

    def __init__(self) -> None:
        self._paused = _Spans()
        self._window = _Spans()
        self._gate: _Gate | None = None
        self._buffers: _Buffers | None = None
        self._stream = 0

    def spans(self) -> tuple[Span, ...]:
        """When the client's connection took nothing; one that lasts ends now. In order, the longest 200."""
        return self._paused.until(time.monotonic_ns())

    def window_spans(self) -> tuple[Span, ...]:
        """When the window of the client's HTTP/2 stream held bytes back; as `spans`."""
        return self._window.until(time.monotonic_ns())

    def facts(self, start_ns: int) -> dict[str, str]:
        """The evidence for `end`, in seconds since `start_ns`, the cassette's t = 0; where there is any."""
        found = {PAUSED: text(self.spans(), start_ns), WINDOW_CLOSED: text(self.window_spans(), start_ns)}
        return {name: value for name, value in found.items() if value}

    def close(self) -> None:
        """Watch no more; what was seen stays. A second call changes nothing."""
        now = time.monotonic_ns()
        if self._gate is not None:
            self._gate.leave(self._paused)
            self._gate = None
        if self._buffers is not None:
            self._buffers.watched.pop(self._stream, None)
            self._buffers = None
        self._paused.end(now)
        self._window.end(now)

    def _watch_connection(self, protocol: Any) -> None:
        self._gate = _Gate.of(protocol)
        self._gate.join(self._paused)
        if getattr(protocol, "_paused", False):
            self._paused.begin(time.monotonic_ns())

    def _watch_window(self, connection: Any, stream: int) -> None:
        buffers = connection.stream_buffers
        if not isinstance(buffers, _Buffers):
            if type(buffers) is not collections.defaultdict:
                return
            buffers = connection.stream_buffers = _Buffers(buffers)
        self._buffers, self._stream = buffers, stream
        buffers.watched[stream] = self._window
        if stream in buffers:
            self._window.begin(time.monotonic_ns())


def watch(flow: http.HTTPFlow, proxyserver: Any) -> Pauses:
    """Watch the client of `flow` until `close`. On the event loop, in a hook.

    `proxyserver` is mitmproxy's addon of that name.
    """
    pauses = Pauses()
    try:
        handler = proxyserver.connections[flow.client_conn.id]
        writer = handler.transports[flow.client_conn].writer
    except Exception:  # noqa: BLE001 - the connection is gone, or this mitmproxy is another
        return pauses
    try:
        pauses._watch_connection(writer.transport.get_protocol())
    except Exception:  # noqa: BLE001 - not asyncio's
        pauses._gate = None
    if flow.request.is_http2:
        try:
            for connection, stream in _http2_streams(handler.layer, flow):
                pauses._watch_window(connection, stream)
        except Exception:  # noqa: BLE001 - not the layers that we know
            pauses._buffers = None
    return pauses


def text(spans: tuple[Span, ...], start_ns: int) -> str:
    """Spans as a fact has them, in seconds since `start_ns`: `3.12-4.377 9-9.5`. What lay before is cut."""
    return " ".join(
        f"{_plain(max(start - start_ns, 0))}-{_plain(end - start_ns)}"
        for start, end in spans
        if end > start_ns
    )


def _plain(ns: int) -> str:
    """Six decimals at most, never an exponent."""
    return f"{seconds(ns):.6f}".rstrip("0").rstrip(".")


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


class _Buffers(collections.defaultdict[int, Any]):
    """mitmproxy's buffers of what no window had room for, by stream; a stream without a wait has none."""

    def __init__(self, buffers: collections.defaultdict[int, Any]) -> None:
        super().__init__(buffers.default_factory, buffers)
        self.watched: dict[int, _Spans] = {}

    def __missing__(self, stream: int) -> Any:
        self._begin(stream)
        return super().__missing__(stream)

    def __setitem__(self, stream: int, value: Any) -> None:
        self._begin(stream)
        super().__setitem__(stream, value)

    def __delitem__(self, stream: int) -> None:
        self._end(stream)
        super().__delitem__(stream)

    def pop(self, stream: int, *default: Any) -> Any:
        self._end(stream)
        return super().pop(stream, *default)

    def clear(self) -> None:
        for stream in self:
            self._end(stream)
        super().clear()

    def _begin(self, stream: int) -> None:
        # What is raised here, mitmproxy's protocol would meet.
        with contextlib.suppress(Exception):
            spans = self.watched.get(stream)
            if spans is not None:
                spans.begin(time.monotonic_ns())

    def _end(self, stream: int) -> None:
        with contextlib.suppress(Exception):
            spans = self.watched.get(stream)
            if spans is not None:
                spans.end(time.monotonic_ns())


def _http2_streams(top: Any, flow: http.HTTPFlow) -> Iterator[tuple[Any, int]]:
    """The HTTP/2 connection of a flow's client, and the number of its stream there.

    Layers lie in one another (a tunnel in a CONNECT in a proxy mode); each names the next in its own way.
    """
    waiting, seen = [top], 0
    while waiting and seen < _LAYERS:
        layer, seen = waiting.pop(), seen + 1
        streams = getattr(layer, "streams", None)
        below = list(streams.values()) if isinstance(streams, dict) else []
        for stream in below:
            if getattr(stream, "flow", None) is flow:
                yield layer.connections[flow.client_conn].h2_conn, stream.stream_id
                return
        waiting += (getattr(layer, "layer", None), getattr(layer, "child_layer", None), *below)
        waiting = [each for each in waiting if each is not None]
