"""Why servers could not be reached, kept until the flow that wanted them says that it failed.

Knows mitmproxy's hooks about connections. A flow that failed to connect names no connection, only the words
of its error: they are the same words (mitmproxy/proxy/layers/http/__init__.py, `make_server_connection`).
"""

from __future__ import annotations

import errno
import re
from collections import OrderedDict

from mitmproxy import http, tls
from mitmproxy.proxy.server_hooks import ServerConnectionHookData

from playhead.model import How

_MOST = 1024
# Python's own way of writing an `OSError`; the numbers of `getaddrinfo` are negative on Linux.
_ERRNO = re.compile(r"\[Errno (-?\d+)\]")
_PROXY_REFUSED = "Upstream proxy "
"""What a proxy on the way says of a server is no error of a connection
(mitmproxy/proxy/layers/http/_upstream_proxy.py)."""
_HOW = {errno.ECONNREFUSED: How.REFUSED, errno.ETIMEDOUT: How.TIMEOUT}


class Connects:
    """What went wrong lately, by client and words."""

    def __init__(self) -> None:
        self._failed: OrderedDict[tuple[str, str], How] = OrderedDict()
        """By client and words, the last one at the end."""

    def not_connected(self, data: ServerConnectionHookData) -> None:
        """`server_connect_error`."""
        message = data.server.error or ""
        found = _ERRNO.search(message)
        number = int(found[1]) if found else 0
        self._note(data.client.id, message, How.DNS if number < 0 else _HOW.get(number, How.UNKNOWN))

    def no_tls(self, data: tls.TlsData) -> None:
        """`tls_failed_server`."""
        self._note(data.context.client.id, data.conn.error or "", How.TLS)

    def why(self, flow: http.HTTPFlow) -> How | None:
        """How the flow failed to reach its server; `None` where it reached it."""
        if flow.error is None or flow.response is not None:
            return None
        if flow.error.msg.startswith(_PROXY_REFUSED):
            return How.UNKNOWN
        return self._failed.get((flow.client_conn.id, flow.error.msg))

    def last(self, client: str) -> How | None:
        """How the client's last failure came about, whatever it was for."""
        return next((how for (of, _), how in reversed(self._failed.items()) if of == client), None)

    def _note(self, client: str, message: str, how: How) -> None:
        self._failed[client, message] = how
        while len(self._failed) > _MOST:
            self._failed.popitem(last=False)
