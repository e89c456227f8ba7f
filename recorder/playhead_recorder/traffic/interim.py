"""Interim responses of HTTP/1, which mitmproxy takes for the answer: it then drops the answer itself.

A 103, or a 100 that nobody asked for, would cost the client its stream. In a mitmproxy of our own they are
passed over before it reads them, which is what it does with those of HTTP/2. Knows mitmproxy's reader of
heads (mitmproxy/proxy/layers/http/_http1.py, `Http1Client.read_headers`), and nothing of flows.
"""

from __future__ import annotations

import functools
import re
from typing import Any

from mitmproxy.proxy import events
from mitmproxy.proxy.layers.http._http1 import Http1Client

_INTERIM = re.compile(rb"HTTP/1\.[01] 1(?!01)\d\d(?: [^\n]*|\r)?\n(?:[^\r\n][^\n]*\n)*\r?\n")
"""A whole head with a 1xx status. 101 is an answer."""
_PATCHED = "passes_over_interim_heads"


def pass_over_interim_heads() -> None:
    """Teach this process's mitmproxy. A second call changes nothing."""
    client: Any = Http1Client
    original = client.read_headers
    if hasattr(original, _PATCHED):
        return

    @functools.wraps(original)
    def read_headers(self: Any, event: events.ConnectionEvent) -> Any:
        if isinstance(event, events.DataReceived) and self.request is not None:
            _drop_interim(self.buf)
        yield from original(self, event)

    setattr(read_headers, _PATCHED, True)
    client.read_headers = read_headers


def _drop_interim(buffer: Any) -> None:
    """Take whole interim heads off the front of h11's receive buffer."""
    while (found := _INTERIM.match(bytes(buffer))) is not None:
        buffer.maybe_extract_at_most(found.end())
