"""Leading mitmproxy's connections through other proxies, as a `Chain` says.

Knows mitmproxy's flows and layers. Which proxy a connection takes is a request's matter here, not a
listener's: a listener before a server uses one too, which mitmproxy's own mode does not offer, and a server
that NO_PROXY names is reached without. mitmproxy's `upstream_auth` is left alone: before a server it would
replace the credentials of the request (mitmproxy/addons/upstream_auth.py).
"""

from __future__ import annotations

from typing import Any, Literal, cast

from mitmproxy import http, tls
from mitmproxy.connection import Server
from mitmproxy.net.server_spec import ServerSpec
from mitmproxy.proxy.mode_specs import UpstreamMode

from playhead.capture.log import say_error
from playhead_recorder.traffic.guard import guarded
from playhead_recorder.upstream.chain import Chain, UpstreamProxy

_HEADER = "proxy-authorization"


class Chained:
    """An addon, to stand behind those that lead requests elsewhere, and the one that records."""

    def __init__(self, chain: Chain) -> None:
        self._chain = chain
        self._told = {
            (proxy.host, proxy.port): proxy.authorization
            for proxy in (chain.https, chain.http)
            if proxy is not None
        }
        self._failed: set[str] = set()

    @guarded
    def tls_clienthello(self, data: tls.ClientHelloData) -> None:
        """A forward proxy asks the server first: by the right way, or not before the request tells it."""
        server = data.context.server
        if server.address is not None and server.via != _spec(
            self._chain.proxy_for("https", *server.address[:2])
        ):
            data.establish_server_tls_first = False

    @guarded
    def requestheaders(self, flow: http.HTTPFlow) -> None:
        request, server = flow.request, flow.server_conn
        via = _spec(self._chain.proxy_for(request.scheme, request.host, request.port))
        if server.via == via:
            return
        if via is None and request.scheme == "http":
            # Servers want no absolute form.
            request.authority = ""
        # The connection may be another request's: this one asks for its own.
        flow.server_conn = Server(address=server.address)
        flow.server_conn.via = via

    @guarded
    def http_connect_upstream(self, flow: http.HTTPFlow) -> None:
        self._authorize(flow, flow.server_conn.address)

    @guarded
    def request(self, flow: http.HTTPFlow) -> None:
        """Plain HTTP through a forward proxy goes to the next one as it is, without a tunnel."""
        via, request = flow.server_conn.via, flow.request
        is_forward = isinstance(flow.client_conn.proxy_mode, UpstreamMode)
        if via is not None and is_forward and request.scheme == "http" and request.authority:
            self._authorize(flow, via[1])

    def went_wrong(self, what: str, error: Exception, *_about: object) -> None:
        """What the hook was about goes the way that mitmproxy would have it go. Said once of a hook."""
        if what not in self._failed:
            self._failed.add(what)
            say_error("a request may go another way than through the proxy: " + what, error)

    def _authorize(self, flow: http.HTTPFlow, address: Any) -> None:
        value = self._told.get(tuple(address[:2])) if address else None
        if value is not None:
            flow.request.headers[_HEADER] = value


def _spec(proxy: UpstreamProxy | None) -> ServerSpec | None:
    if proxy is None:
        return None
    return cast(Literal["http", "https"], proxy.scheme), (proxy.host, proxy.port)
