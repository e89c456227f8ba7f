"""What can be seen of a flow in mitmproxy: its heads as values, its connections as evidence.

The one module that looks into mitmproxy's objects. Beside the public flow it reads the transports of the
proxy server addon: asyncio's reader knows whether a peer sent a FIN or a RST, which mitmproxy forgets
(mitmproxy/proxy/server.py, `handle_connection`). Where they cannot be had, the evidence says less.
"""

from __future__ import annotations

import ipaddress
import re
from typing import Any, Final

import msgspec
from h2.errors import ErrorCodes
from mitmproxy import connection, flow, http
from mitmproxy.net.check import is_valid_host
from mitmproxy.net.http.http1 import expected_http_body_size
from mitmproxy.net.http.url import default_port

from playhead.bodies import BodyKind, kind_of
from playhead.model import Framing, Headers, How, header
from playhead_recorder.traffic.endings import Cause, Evidence, Peer

_STREAMING_METHOD = ":streamGenerateContent"
"""Gemini's, whose answer may be a JSON array that grows."""
_NOT_ASCII: Final = re.compile(rb"[^!-~]")
_ADDRESSED: Final = frozenset({"transparent", "wireguard", "local", "tun", "socks5"})
"""The modes of mitmproxy in which clients tell it an address, which need not be the name they mean."""
_STREAM_RESET: Final = re.compile(r"stream reset by client \((\w+)\)")
"""The one place where mitmproxy keeps the code of a reset (proxy/layers/http/_http2.py): h2's name for it, or
the number where it has none. Of either side's reset it says "client"."""


class Wires(msgspec.Struct, frozen=True):
    """The asyncio readers of a flow's two connections, taken while both are open; `None` where unknown."""

    client: Any = None
    server: Any = None


def is_stream(flow: http.HTTPFlow) -> bool:
    """Whether the response is read while it comes: by its type, with any parameters, or by its URL."""
    assert flow.response is not None
    headers = headers_of(flow.response.headers)
    if header(headers, "content-type") is not None and kind_of(headers) is not BodyKind.WHOLE:
        return True
    return flow.request.path.partition("?")[0].endswith(_STREAMING_METHOD)


def headers_of(headers: http.Headers | None) -> Headers:
    """The header pairs as received, their bytes read as ISO-8859-1."""
    if headers is None:
        return ()
    return tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in headers.fields)


def url_of(request: http.Request, host: str) -> str:
    """The absolute URL at `host` in ASCII: other bytes, which no URL should have, are percent-encoded."""
    url = request.url if host == request.host else _at(request, host)
    raw = url.encode("utf-8", "surrogateescape")
    return _NOT_ASCII.sub(_percent, raw).decode("ascii")


def host_of(flow: http.HTTPFlow) -> str:
    """The server that the client means. In modes in which it connects to an address, that is its name in TLS
    or in the head of the request, as far as it gives one.
    """
    host = flow.request.host
    if flow.client_conn.proxy_mode.type_name not in _ADDRESSED or not _is_address(host):
        return host
    named = flow.client_conn.sni or (flow.request.pretty_host if flow.request.host_header else host)
    return named if _is_host(named) else host


def _at(request: http.Request, host: str) -> str:
    usual = default_port(request.scheme) == request.port
    port = "" if usual else f":{request.port}"
    return f"{request.scheme}://{host}{port}{request.path}"


def _percent(found: re.Match[bytes]) -> bytes:
    return b"%%%02X" % found[0][0]


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _is_host(name: str) -> bool:
    """Whether a name could be a server's; an address is put as it is."""
    return not _is_address(name) and is_valid_host(name)


def framing_of(flow: http.HTTPFlow) -> Framing:
    """How the server tells the length of the body."""
    assert flow.response is not None
    if flow.response.is_http3:
        return Framing.H3
    if flow.response.is_http2:
        return Framing.H2
    try:
        size = expected_http_body_size(flow.request, flow.response)
    except ValueError:
        return Framing.UNKNOWN
    if size is None:
        return Framing.CHUNKED
    return Framing.CLOSE if size == -1 else Framing.LENGTH


def wires_of(flow: http.HTTPFlow, proxyserver: Any) -> Wires:
    """The readers behind `flow`, from mitmproxy's `proxyserver` addon."""
    try:
        transports = proxyserver.connections[flow.client_conn.id].transports
    except (AttributeError, KeyError, TypeError):
        return Wires()
    return Wires(
        getattr(transports.get(flow.client_conn), "reader", None),
        getattr(transports.get(flow.server_conn), "reader", None),
    )


def both(first: Wires, then: Wires) -> Wires:
    """What was known `first`, and what is known `then` of the rest."""
    return Wires(
        first.client if first.client is not None else then.client,
        first.server if first.server is not None else then.server,
    )


def see(
    flow: http.HTTPFlow,
    cause: Cause,
    framing: Framing,
    wires: Wires,
    *,
    idle: bool,
    crash: str | None,
    unreached: How | None = None,
) -> Evidence:
    """The evidence at this moment, in a hook."""
    error = crash or (flow.error.msg if flow.error is not None else None)
    return Evidence(
        cause=_killed(flow) if cause is Cause.ERROR else cause,
        client=peer(flow.client_conn, wires.client),
        server=peer(flow.server_conn, wires.server),
        client_multiplexed=_multiplexed(flow.request),
        server_multiplexed=framing in (Framing.H2, Framing.H3),
        idle=idle,
        framing=framing,
        error=error,
        error_code=reset_code(error or ""),
        crashed=crash is not None,
        unreached=unreached,
    )


def reset_code(error: str) -> int | None:
    """The code with which a stream of HTTP/2 was reset, by mitmproxy's message; `None` where it says none."""
    found = _STREAM_RESET.fullmatch(error)
    if found is None:
        return None
    name = found[1]
    if name in ErrorCodes.__members__:
        return int(ErrorCodes[name])
    return int(name) if name.isascii() and name.isdecimal() else None


def peer(conn: connection.Connection, reader: Any) -> Peer:
    """What became of a connection, by its state and by what its reader met."""
    if conn.state & connection.ConnectionState.CAN_READ:
        return Peer.OPEN
    try:
        error, at_eof = reader.exception(), reader.at_eof()
    except (AttributeError, TypeError):
        return Peer.GONE
    if isinstance(error, ConnectionError):
        return Peer.RESET
    if error is not None:
        return Peer.FAILED
    if at_eof:
        return Peer.FIN
    # In TLS a peer may say goodbye inside the encryption, which a TCP reader cannot see.
    return Peer.GONE if conn.tls else Peer.SILENT


def _killed(killed: http.HTTPFlow) -> Cause:
    error = killed.error
    return Cause.KILLED if error and error.msg == flow.Error.KILLED_MESSAGE else Cause.ERROR


def _multiplexed(request: http.Request) -> bool:
    return request.is_http2 or request.is_http3
