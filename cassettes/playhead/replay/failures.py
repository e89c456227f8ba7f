"""The exceptions of httpx and httpx2 for what a connection does: class, message and chain of causes.

Made, not provoked: the innermost exception as the flavour's socket layer raises it, in httpcore's class, in
the client library's. Observed on real sockets with httpx 0.28 and httpx2 2.16, and compared with them by
the tests. Imports neither library: the adapters hand their modules in.
"""

from __future__ import annotations

import enum
import errno
import os
import socket
import ssl
from dataclasses import dataclass
from types import ModuleType
from typing import TYPE_CHECKING, Any, Final, Protocol

from playhead.model import Framing, How
from playhead.plan import End, Head
from playhead.plan.noted import Goaway

if TYPE_CHECKING:
    import h11


_HTTP2: Final = frozenset({"HTTP/2", "HTTP/2.0"})
_INTERNAL_ERROR: Final = 2
"""HTTP/2's code for a reset whose code nobody recorded (RFC 9113, 7)."""
_FIRST_STREAM: Final = 1


class Flavour(enum.Enum):
    """What the client waits with: each has its own socket layer below httpcore."""

    SYNC = enum.auto()
    ASYNCIO = enum.auto()
    TRIO = enum.auto()


@dataclass(frozen=True, slots=True)
class Library:
    """A client library: its module, that of its httpcore, and how far its causes go.

    `deep_causes`: errors in a body keep the exceptions below httpcore's (httpx2). Those before the head
    lose them in both, where the connection pool raises `from None`.
    """

    client: ModuleType
    core: ModuleType
    deep_causes: bool


class Url(Protocol):
    """What is needed of a library's URL."""

    @property
    def scheme(self) -> str: ...
    @property
    def host(self) -> str: ...
    @property
    def port(self) -> int | None: ...


@dataclass(frozen=True, slots=True)
class ClientFailures:
    """Builds the exceptions for one request; `before_head` tells which chain of causes they get."""

    library: Library
    flavour: Flavour
    url: Url
    before_head: bool

    def timed_out(self) -> Exception:
        """Nothing came within the client's read timeout."""
        return self._wrapped("ReadTimeout", _timeout(self.flavour, secure=self.url.scheme == "https"))

    def reset(self) -> Exception:
        """The connection was reset."""
        return self._wrapped("ReadError", _broken(self.flavour))

    def closed(self, *, waiting: bool) -> Exception:
        """The client itself closed the connection, before this read or while it was waiting."""
        return self._wrapped("ReadError", _closed(self.flavour, waiting=waiting))

    def incomplete(self, head: Head | None, end: End) -> Exception:
        """The connection was closed before the response was whole."""
        if (head.http_version if head is not None else end.http_version) in _HTTP2:
            said = "Server disconnected"
        elif head is None:
            said = "Server disconnected without sending a response."
        else:
            return self._wrapped("RemoteProtocolError", _incomplete_body(head, end.sent))
        return self._outer("RemoteProtocolError", self.library.core.RemoteProtocolError(said))

    def refused(self, end: End) -> Exception:
        """There was no connection."""
        return self._wrapped("ConnectError", _refused(self.flavour, end, self.url))

    def stream_reset(self, end: End) -> Exception:
        """HTTP/2 gave up the stream."""
        core = self.library.core.RemoteProtocolError(_stream_reset(end))
        return self._outer("RemoteProtocolError", core)

    def goaway(self, end: End) -> Exception:
        """HTTP/2 gave up the connection."""
        core = self.library.core.RemoteProtocolError(_goaway(end))
        return self._outer("RemoteProtocolError", core)

    def malformed(self, head: Head | None, end: End) -> tuple[list[bytes], Exception]:
        """What of its bytes is still body, and the error that comes then."""
        good, error = _malformed(head, end.raw)
        if error is None:
            return good, self.incomplete(head, end)
        return good, self._wrapped("RemoteProtocolError", error)

    def _wrapped(self, name: str, inner: Exception) -> Exception:
        core = getattr(self.library.core, name)(inner)
        core.__cause__ = inner if self.library.deep_causes and not self.before_head else None
        return self._outer(name, core)

    def _outer(self, name: str, core: Exception) -> Exception:
        outer: Exception = getattr(self.library.client, name)(str(core))
        outer.__cause__ = core
        return outer


def async_flavour() -> Flavour:
    """What runs the current task. As httpcore tells it: without sniffio there is only asyncio."""
    try:
        import sniffio
    except ImportError:
        return Flavour.ASYNCIO
    return Flavour.TRIO if sniffio.current_async_library() == "trio" else Flavour.ASYNCIO


def _timeout(flavour: Flavour, *, secure: bool) -> Exception:
    match flavour:
        case Flavour.SYNC:
            return TimeoutError("The read operation timed out" if secure else "timed out")
        case Flavour.ASYNCIO:
            return TimeoutError()
        case Flavour.TRIO:
            import trio

            return trio.TooSlowError()


def _broken(flavour: Flavour) -> Exception:
    reset = ConnectionResetError(errno.ECONNRESET, os.strerror(errno.ECONNRESET))
    match flavour:
        case Flavour.SYNC:
            return reset
        case Flavour.ASYNCIO:
            import anyio

            return _from(reset, anyio.BrokenResourceError())
        case Flavour.TRIO:
            import trio

            return _from(reset, trio.BrokenResourceError(f"socket connection broken: {reset}"))


def _closed(flavour: Flavour, *, waiting: bool) -> Exception:
    match flavour:
        case Flavour.SYNC:
            return OSError(errno.EBADF, os.strerror(errno.EBADF))
        case Flavour.ASYNCIO:
            import anyio

            return anyio.ClosedResourceError()
        case Flavour.TRIO:
            import trio

            said = "another task closed this fd" if waiting else "this socket was already closed"
            return trio.ClosedResourceError(said)


def _from(cause: Exception, error: Exception) -> Exception:
    error.__cause__ = cause
    return error


def _stream_reset(end: End) -> Any:
    """The event that h2 makes, which httpcore puts into its error; in words where h2 is not installed."""
    code = _INTERNAL_ERROR if end.code is None else end.code
    try:
        from h2.events import StreamReset
    except ImportError:
        return f"<StreamReset stream_id:{_FIRST_STREAM}, error_code:{code}, remote_reset:True>"
    event: Any = StreamReset(stream_id=_FIRST_STREAM)
    event.error_code = _h2_code(code)
    event.remote_reset = True
    return event


def _goaway(end: End) -> Any:
    told = end.goaway or Goaway(0 if end.code is None else end.code, _FIRST_STREAM)
    try:
        from h2.events import ConnectionTerminated
    except ImportError:
        last, debug = told.last_stream, told.debug.hex() or None
        return (
            f"<ConnectionTerminated error_code:{told.code}, last_stream_id:{last}, additional_data:{debug}>"
        )
    event: Any = ConnectionTerminated()  # h2 4.3 takes arguments, 4.1 did not
    event.error_code = _h2_code(told.code)
    event.last_stream_id = told.last_stream
    event.additional_data = told.debug or None
    return event


def _h2_code(code: int) -> Any:
    """As h2 gives it: a member where it knows one, else the number."""
    from h2.errors import ErrorCodes

    return ErrorCodes(code) if code in set(ErrorCodes) else code


def _asked() -> h11.Connection:
    """An HTTP/1 client that waits for a response."""
    import h11

    connection = h11.Connection(h11.CLIENT)
    connection.send(h11.Request(method="GET", target="/", headers=[("host", "playhead")]))
    connection.send(h11.EndOfMessage())
    return connection


def _malformed(head: Head | None, raw: bytes) -> tuple[list[bytes], Exception | None]:
    """What h11 says of the bytes, and what it gives before; `None` where this h11 finds nothing wrong."""
    import h11

    connection = _asked()
    if head is not None:
        connection.receive_data(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
        connection.next_event()
    connection.receive_data(raw)
    good: list[bytes] = []
    try:
        while isinstance(event := connection.next_event(), h11.Data):
            good.append(bytes(event.data))
    except h11.RemoteProtocolError as error:
        return good, error.with_traceback(None)
    return good, None


def _incomplete_body(head: Head, sent: int) -> Exception:
    """What h11 says about it, by letting h11 say it."""
    import h11

    connection = _asked()
    if head.framing is Framing.LENGTH:
        told = b"content-length: %d" % (head.length or 0)
    else:
        told = b"transfer-encoding: chunked"
    connection.receive_data(b"HTTP/1.1 200 OK\r\n%b\r\n\r\n" % told)
    connection.next_event()
    if head.framing is Framing.LENGTH:
        _receive(connection, sent)
    connection.receive_data(b"")
    try:
        connection.next_event()
    except h11.RemoteProtocolError as error:
        return error.with_traceback(None)
    raise AssertionError("h11 takes a cut body for a whole one")


def _receive(connection: h11.Connection, size: int) -> None:
    """Let h11 count `size` bytes; which they are does not matter to it."""
    piece = bytes(min(size, 65536))
    while size > 0:
        connection.receive_data(piece[:size])
        connection.next_event()
        size -= len(piece[:size])


def _refused(flavour: Flavour, end: End, url: Url) -> Exception:
    if end.how is How.DNS:
        return socket.gaierror(socket.EAI_NONAME, "Name or service not known")
    if end.how is How.TLS and flavour is Flavour.TRIO:
        import trio

        return trio.BrokenResourceError()
    if end.how is How.TLS:
        return ssl.SSLError(1, end.detail or "the TLS handshake failed")
    match flavour:
        case Flavour.SYNC:
            return ConnectionRefusedError(errno.ECONNREFUSED, os.strerror(errno.ECONNREFUSED))
        case Flavour.ASYNCIO:
            return OSError("All connection attempts failed")
        case Flavour.TRIO:
            port = url.port or (443 if url.scheme == "https" else 80)
            host = f"[{url.host}]" if ":" in url.host else url.host
            return OSError(f"all attempts to connect to {host}:{port} failed")
