"""What passed the proxy, recorded or not: enough to say afterwards why something is missing.

Knows mitmproxy's flows and TLS hooks; never raises into them. It also leads a request that came to our own
listener by way of our own proxy to where the listener would have sent it: clients do that which do not read
a port in NO_PROXY (requests, curl), and mitmproxy refuses to connect to itself.
"""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from mitmproxy import http, tls

_LOOPBACK = frozenset(("127.0.0.1", "localhost", "::1"))
_PORTS = {"http": 80, "https": 443}


class Seen:
    """An addon, to stand before the one that records."""

    def __init__(self) -> None:
        self.requests = 0
        self.refused: Counter[str] = Counter()
        """Hosts for which a client ended the TLS handshake with us."""
        self.distrusted: dict[str, str] = {}
        """Hosts whose own certificate the proxy did not accept, and why."""
        self._open: set[str] = set()
        self._origins: Mapping[int, str] = {}

    @property
    def is_busy(self) -> bool:
        """Whether a request has not been answered to the end."""
        return bool(self._open)

    def listen_for(self, origins: Mapping[int, str]) -> None:
        """`origins`: ports of listeners on loopback, and where each leads."""
        self._origins = origins

    def requestheaders(self, flow: http.HTTPFlow) -> None:
        self.requests += 1
        self._open.add(flow.id)
        with contextlib.suppress(Exception):
            self._lead(flow)

    def response(self, flow: http.HTTPFlow) -> None:
        self._open.discard(flow.id)

    def error(self, flow: http.HTTPFlow) -> None:
        self._open.discard(flow.id)

    def tls_failed_client(self, data: tls.TlsData) -> None:
        with contextlib.suppress(Exception):
            self.refused[_name(data.context, data.context.client.sni)] += 1

    def tls_failed_server(self, data: tls.TlsData) -> None:
        with contextlib.suppress(Exception):
            self.distrusted[_name(data.context, data.context.server.sni)] = str(data.conn.error)

    def _lead(self, flow: http.HTTPFlow) -> None:
        request = flow.request
        origin = self._origins.get(request.port)
        if origin is None or request.host not in _LOOPBACK:
            return
        parts = urlsplit(origin)
        assert parts.hostname is not None
        request.scheme = parts.scheme
        request.port = parts.port or _PORTS[parts.scheme]
        request.host = parts.hostname


def _name(context: Any, name: str | None) -> str:
    address = context.server.address
    return name or (str(address[0]) if address else "a host that it did not name")
