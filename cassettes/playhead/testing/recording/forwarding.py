"""`playhead_server` in a mode that records: a server that sends requests on to the provider, and is watched.

Knows sockets and HTTP/1; what is recorded or replayed, the player knows. Each variable that an SDK reads gets
an address of its own, which leads where the variable would have led. The address that the fixture gives
leads where the marker's `upstream` says.
PYTEST_DONT_REWRITE
"""

from __future__ import annotations

import contextlib
import http.server
import importlib
import importlib.util
import os
import re
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import pytest

from playhead.errors import ReplayMiss
from playhead.model import Request
from playhead.replay.resets import reset_on_close
from playhead.testing.serving import NO_PROXY, VARIABLES

if TYPE_CHECKING:
    from playhead.testing.recording.player import RecordingPlayer

_PROVIDERS: Final = {
    "ANTHROPIC_BASE_URL": "https://api.anthropic.com",
    "OPENAI_BASE_URL": "https://api.openai.com/v1",
    "GOOGLE_GEMINI_BASE_URL": "https://generativelanguage.googleapis.com",
}
"""Where the SDKs go without their variables."""
_HOP_BY_HOP: Final = frozenset(
    {
        "connection",
        "expect",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
"""RFC 9110, 7.6.1; and what this server has answered by itself."""
_METHODS: Final = ("DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT")
_NO_BODY: Final = frozenset({204, 304})
_SECONDS: Final = 600.0
"""Of silence, before a provider is given up: what the SDKs have, too."""
_LIBRARIES: Final = ("httpx2", "httpx")


@contextmanager
def forwarding(
    player: RecordingPlayer, upstream: str | None, own: set[tuple[str, int | None]]
) -> Iterator[str]:
    """Listen, the variables set; gives the fixture's address. What `own` holds is passed on unrecorded."""
    library = _library()
    limits = library.Limits(max_keepalive_connections=0)
    transport = library.HTTPTransport(limits=limits)
    with contextlib.ExitStack() as stack:
        stack.callback(transport.close)
        patch = stack.enter_context(pytest.MonkeyPatch.context())

        def listen(origin: str | None) -> str:
            server = stack.enter_context(_Server(player, library, transport, origin).running())
            own.add(("127.0.0.1", server.server_port))
            return f"http://127.0.0.1:{server.server_port}"

        for name, _, _ in VARIABLES:
            leads = urlsplit(os.environ.get(name) or _PROVIDERS[name])
            patch.setenv(name, listen(f"{leads.scheme}://{leads.netloc}") + leads.path.rstrip("/"))
        for name in NO_PROXY:
            patch.setenv(name, "127.0.0.1", prepend=",")
        yield listen(upstream)


def _library() -> Any:
    for name in _LIBRARIES:
        if importlib.util.find_spec(name) is not None:
            importlib.import_module(f"playhead.{name}")
            return importlib.import_module(name)
    pytest.fail(
        "playhead_server records through httpx2 or httpx, and neither is installed.\n"
        "Install one of them, or record the cassette in another way: playhead record -o FILE -- CMD",
        pytrace=False,
    )


class _Server(http.server.ThreadingHTTPServer):
    """Sends what it is sent on to `origin`."""

    daemon_threads = True

    def __init__(
        self, player: RecordingPlayer, library: ModuleType, transport: Any, origin: str | None
    ) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.player: RecordingPlayer = player
        self.library: Any = library
        self.transport: Any = transport
        self.origin: str | None = origin

    @contextmanager
    def running(self) -> Iterator[_Server]:
        """While requests are accepted."""
        thread = threading.Thread(
            target=self.serve_forever, kwargs={"poll_interval": 0.01}, name="playhead-forward", daemon=True
        )
        thread.start()
        try:
            yield self
        finally:
            self.shutdown()
            thread.join()
            self.server_close()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that left is its own affair, and what a provider did the test hears from its client."""


class _NoBody(ValueError):
    """What the client sent as a body is none."""


class _Handler(http.server.BaseHTTPRequestHandler):
    """One connection of a client."""

    protocol_version = "HTTP/1.1"
    server: _Server

    def log_message(self, format: str, *args: Any) -> None:
        """pytest's output is no access log."""

    def _handle(self) -> None:
        origin = self.server.origin
        if origin is None:
            self._refuse(500, self._unknown_upstream())
            return
        try:
            response = self._answer(origin)
        except ReplayMiss as miss:
            self._refuse(404, str(miss))
            return
        except _NoBody as error:
            self._refuse(400, str(error))
            return
        except Exception as error:  # noqa: BLE001 - what the provider did becomes what this server does
            if _is_unreached(error):
                self._refuse(502, f"{origin} was not reached: {error}")
            else:
                self._abort()
            return
        try:
            self._pass_on(response)
        except Exception:  # noqa: BLE001 - see above; or the client is gone
            self._abort()
        finally:
            response.stream.close()

    def _answer(self, origin: str) -> Any:
        library, transport = self.server.library, self.server.transport
        dropped = _HOP_BY_HOP | {"host", "content-length", *_listed(self.headers.get("connection"))}
        headers = [
            (name.encode("latin-1"), value.encode("latin-1"))
            for name, value in self.headers.items()
            if name.lower() not in dropped
        ]
        request = library.Request(self.command, origin + self.path, headers=headers, content=self._body())
        request.extensions = {"timeout": dict.fromkeys(("connect", "read", "write", "pool"), _SECONDS)}
        player = self.server.player
        return player.answer(library.__name__, request, transport, transport.handle_request)

    def _pass_on(self, response: Any) -> None:
        headers = response.headers
        reason = response.extensions.get("reason_phrase")  # which HTTP/2 does not have
        self.send_response_only(response.status_code, None if reason is None else reason.decode("latin-1"))
        for name, value in headers.raw:
            if name.decode("latin-1").lower() not in _HOP_BY_HOP:
                self.send_header(name.decode("latin-1"), value.decode("latin-1"))
        has_body = self.command != "HEAD" and response.status_code not in _NO_BODY
        length = headers.get("content-length")
        is_chunked = has_body and length is None and self.request_version != "HTTP/1.0"
        if is_chunked:
            self.send_header("transfer-encoding", "chunked")
        elif has_body and length is None:
            self.close_connection = True  # which is how HTTP/1.0 tells where a body ends
        promised = _number(length) if has_body else 0
        parts: Iterable[bytes] = _ended(response.stream, promised)
        if promised == 0:
            parts = list(parts)  # the head is all that the client waits for
        self.end_headers()
        self.wfile.flush()
        for part in parts:
            if part and has_body:
                self.wfile.write(b"%x\r\n%b\r\n" % (len(part), part) if is_chunked else part)
        if is_chunked:
            self.wfile.write(b"0\r\n\r\n")

    def _body(self) -> bytes:
        if "chunked" in (self.headers.get("transfer-encoding") or "").lower():
            return b"".join(self._chunks())
        return self._exactly(self.headers.get("content-length") or "0", 10)

    def _chunks(self) -> Iterator[bytes]:
        while True:
            told = self.rfile.readline().partition(b";")[0].strip().decode("latin-1")
            if not (chunk := self._exactly(told, 16)):
                break
            yield chunk
            self.rfile.readline()
        while self.rfile.readline() not in (b"\r\n", b"\n", b""):
            pass

    def _exactly(self, told: str, base: int) -> bytes:
        """As many bytes as the client says. Raises `_NoBody` where that is no number, or fewer come."""
        if not re.fullmatch("[0-9]{1,15}" if base == 10 else "[0-9A-Fa-f]{1,12}", told):
            raise _NoBody(f"the length of the request's body is no number: {told[:40]!r}")
        size = int(told, base)
        data = self.rfile.read(size)
        if len(data) < size:
            raise _NoBody(f"the request's body ends behind {len(data)} of {size} bytes")
        return data

    def _unknown_upstream(self) -> str:
        names = ", ".join(_PROVIDERS)
        session = self.server.player.session
        asked = session.shown(Request(method=self.command, url=self.path))
        why = (
            f"playhead_server was asked for {asked}; nothing says for which provider.\n"
            'Say it in the marker, upstream="https://HOST", or let the client read one of the variables\n'
            f"{names}, which lead to their providers."
        )
        return str(session.missed(why))

    def _refuse(self, status: int, why: str) -> None:
        body = why.encode()
        self.close_connection = True
        with contextlib.suppress(OSError):
            self.send_response_only(status)
            self.send_header("content-type", "text/plain; charset=utf-8")
            self.send_header("content-length", str(len(body)))
            self.send_header("connection", "close")
            self.end_headers()
            self.wfile.write(body)

    def _abort(self) -> None:
        """The response ends as no whole one does."""
        self.close_connection = True
        with contextlib.suppress(OSError):
            reset_on_close(self.connection)
            self.connection.close()


for _method in _METHODS:
    setattr(_Handler, f"do_{_method}", _Handler._handle)


def _listed(value: str | None) -> frozenset[str]:
    return frozenset(part.strip().lower() for part in (value or "").split(","))


def _number(length: str | None) -> int | None:
    return int(length) if length is not None and re.fullmatch("[0-9]{1,15}", length) else None


def _ended(stream: Iterable[bytes], promised: int | None) -> Iterator[bytes]:
    """The parts of a body; the last of the bytes that were promised once the stream has ended.

    Who has them goes on: he looks at what was recorded, or his test is over. The end was seen by then.
    """
    parts = iter(stream)
    for part in parts:
        if promised is not None:
            promised -= len(part)
            if promised <= 0:
                part += b"".join(parts)
        yield part


def _is_unreached(error: Exception) -> bool:
    return any(
        kind.__name__ in ("ConnectError", "ConnectTimeout") for kind in type(error).__mro__
    ) or not any(kind.__name__ == "TransportError" for kind in type(error).__mro__)
