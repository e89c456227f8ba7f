"""A server that cannot be reached: its client's request is read all the same, and meets a closed connection.

As it comes, a mitmproxy that stands before a server connects to that as soon as a client does, and turns the
client away where that fails (mitmproxy/proxy/layers/modes.py, `DestinationKnown.finish_start`): nobody hears
what was to be sent. One that has read the request answers it with a 502 of its own, which no server sent. In
a mitmproxy of our own neither happens. Knows mitmproxy's layers and flows; nothing of what is recorded.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mitmproxy import http, tls
from mitmproxy.proxy import events
from mitmproxy.proxy.layers.modes import ReverseProxy
from mitmproxy.proxy.server_hooks import ServerConnectionHookData

from playhead.capture.log import warn
from playhead.model import How
from playhead_recorder.traffic.connects import Connects

_WORDS = {
    How.REFUSED: "it refused the connection",
    How.DNS: "its name has no address",
    How.TIMEOUT: "it did not answer",
}
_MOST = 100


def read_requests_first() -> None:
    """Have listeners before a server connect to it when there is a request. A second call changes nothing.

    A forward proxy still connects at once: a server that speaks first in its tunnel would wait for ever.
    """
    proxy: Any = ReverseProxy
    proxy.finish_start = _start_at_once


def _start_at_once(self: Any) -> Any:
    self._handle_event = self.child_layer.handle_event
    yield from self.child_layer.handle_event(events.Start())


class Unreached:
    """An addon, to stand behind the one that records: it says once of each server that it is out of reach."""

    def __init__(self) -> None:
        self._connects = Connects()
        self._said: set[str] = set()

    def server_connect_error(self, data: ServerConnectionHookData) -> None:
        self._connects.not_connected(data)

    def tls_failed_server(self, data: tls.TlsData) -> None:
        self._connects.no_tls(data)

    def http_connect_error(self, flow: http.HTTPFlow) -> None:
        """The client is refused its tunnel, as by any proxy. What it would have sent there, nobody knows."""
        words = flow.response.text if flow.response is not None else None
        self._say(flow, self._connects.last(flow.client_conn.id), words or "")

    def error(self, flow: http.HTTPFlow) -> None:
        how = self._connects.why(flow)
        if how is None or flow.error is None:
            return
        self._say(flow, how, flow.error.msg)
        if flow.killable:
            kill: Callable[[], None] = flow.kill
            kill()

    def _say(self, flow: http.HTTPFlow, how: How | None, words: str) -> None:
        host, via = f"{flow.request.host}:{flow.request.port}", flow.server_conn.via
        if via is not None:
            host += " through the proxy {}:{}".format(*via[1])
        # Of certificates mitmproxy says more itself.
        if host in self._said or len(self._said) >= _MOST or how is How.TLS:
            return
        self._said.add(host)
        warn(f"{host} could not be reached: {_WORDS.get(how or How.UNKNOWN, words)}")
