"""What the recording transports of httpx and httpx2 share: everything but the libraries' own classes.

Knows requests and responses by the attributes that both libraries give them. Imports neither.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from types import ModuleType
from typing import TYPE_CHECKING, Any, Final, Protocol

from playhead.capture.backlog import DEFAULT_CAP
from playhead.capture.log import words
from playhead.capture.tees import Watcher
from playhead.errors import UsageError
from playhead.model import Headers, Request, Response
from playhead.version import __version__

if TYPE_CHECKING:
    from playhead.capture.session import Session
    from playhead.redaction.policy import Policy


class Records(Protocol):
    """Whoever records: the capture of a transport, or a test's own."""

    def begin(self, request: Request, host: str, known_body: bytes | None) -> Session | None:
        """A session for a request that is about to be sent; `None` where it is not recorded."""

    def failed(self, why: str, *, once: bool = False) -> None:
        """Say that something is not recorded as it should be."""


Target = str | os.PathLike[str]
_AS_CASSETTES_SAY: Final = {"HTTP/2": "HTTP/2.0", "HTTP/3": "HTTP/3.0"}
_SPACE, _DELETE = 0x20, 0x7F


@dataclass(frozen=True, slots=True)
class Kit:
    """A client library: its module, and how a stream of it is watched."""

    library: ModuleType
    sync_tee: Callable[[Any, Watcher], Any]
    async_tee: Callable[[Any, Watcher], Any]


class Taps:
    """Watches requests of one library on their way through whatever sends them, for `recorder`.

    What the client sees is what it would see without: an error of ours costs the recording alone.
    """

    def __init__(self, kit: Kit, recorder: Records) -> None:
        self._kit = kit
        self._recorder = recorder

    def sync(self, request: Any, send: Callable[[Any], Any], version: str | None = None) -> Any:
        """What `send` answers, watched. `version` is the request's, where it is known before it is sent."""
        session = self._begin(request, version)
        if session is None:
            return send(request)
        watched = self._watched(request, session, self._kit.sync_tee)
        try:
            response = send(watched)
        except BaseException as error:
            session.ended(error)
            raise
        return _tee(response, session, self._kit.sync_tee, time.monotonic_ns())

    async def async_(
        self, request: Any, send: Callable[[Any], Awaitable[Any]], version: str | None = None
    ) -> Any:
        """The same on an event loop."""
        session = self._begin(request, version)
        if session is None:
            return await send(request)
        watched = self._watched(request, session, self._kit.async_tee)
        try:
            response = await send(watched)
        except BaseException as error:
            session.ended(error)
            raise
        return _tee(response, session, self._kit.async_tee, time.monotonic_ns())

    def fail(self, error: Exception) -> None:
        """Say that something of ours went wrong."""
        try:
            self._recorder.failed(f"not everything is recorded: {words(error)}")
        except Exception:  # noqa: BLE001 - nor may saying so cost the client anything
            return

    def _begin(self, request: Any, version: str | None) -> Session | None:
        try:
            head = Request(
                method=request.method,
                url=_url(request),
                http_version=version,
                headers=_headers(request.headers.raw),
            )
            return self._recorder.begin(head, request.url.host, _known_body(self._kit.library, request))
        except Exception as error:  # noqa: BLE001 - the traffic comes first
            self.fail(error)
            return None

    def _watched(self, request: Any, session: Session, tee: Callable[[Any, Watcher], Any]) -> Any:
        """The request with its body watched: a copy, because the client may send its own again."""
        try:
            watched = self._kit.library.Request(
                request.method,
                request.url,
                headers=request.headers,
                stream=tee(request.stream, session.upload),
            )
            watched.extensions = request.extensions
        except Exception as error:  # noqa: BLE001 - see above
            session.failed(error)
            return request
        return watched


class RecordedTransport:
    """Records what passes through `transport`; the adapters add the library's base classes and words."""

    _kit: Kit

    def __init__(
        self,
        target: Target,
        transport: Any = None,
        *,
        overwrite: bool = False,
        backlog: int = DEFAULT_CAP,
        policy: Policy | Target | None = None,
    ) -> None:
        from playhead.capture.capture import Capture
        from playhead.store.policies import policy_of

        library = self._kit.library
        self._blocking, self._awaited = _below(library, transport)
        self._request_version = "HTTP/1.1" if speaks_http1_only(self._blocking) else None
        writer = f"playhead/{__version__} {library.__name__}/{library.__version__}"
        self._capture = Capture(
            target, writer, overwrite=overwrite, backlog=backlog, policy=policy_of(policy)
        )
        self._taps = Taps(self._kit, self._capture)

    @property
    def exchanges(self) -> int:
        """How many exchanges are recorded to their end so far."""
        return self._capture.exchanges

    @property
    def failures(self) -> tuple[str, ...]:
        """What could not be recorded, and why: the last hundred."""
        return self._capture.failures

    def handle_request(self, request: Any) -> Any:
        return self._taps.sync(request, self._blocking.handle_request, self._request_version)

    async def handle_async_request(self, request: Any) -> Any:
        return await self._taps.async_(request, self._awaited.handle_async_request, self._request_version)

    def close(self) -> None:
        """Close the transport below, then finish what was recorded; what comes after is not recorded."""
        try:
            self._blocking.close()
        finally:
            self._finish()

    async def aclose(self) -> None:
        """The same, without keeping the event loop waiting for a disk."""
        try:
            await self._awaited.aclose()
        finally:
            await self._afinish()

    def __enter__(self) -> Any:
        self._blocking.__enter__()
        return self

    def __exit__(self, *error: Any) -> None:
        try:
            self._blocking.__exit__(*error)
        finally:
            self._finish()

    async def __aenter__(self) -> Any:
        await self._awaited.__aenter__()
        return self

    async def __aexit__(self, *error: Any) -> None:
        try:
            await self._awaited.__aexit__(*error)
        finally:
            await self._afinish()

    def _finish(self) -> None:
        try:
            if self._capture.stop():
                self._capture.wait()
        except Exception as error:  # noqa: BLE001 - the traffic comes first
            self._fail(error)

    async def _afinish(self) -> None:
        try:
            if self._capture.stop():
                import anyio.to_thread

                await anyio.to_thread.run_sync(self._capture.wait, abandon_on_cancel=True)
        except Exception as error:  # noqa: BLE001 - see above
            self._fail(error)

    def _fail(self, error: Exception) -> None:
        self._taps.fail(error)


def _below(library: ModuleType, transport: Any) -> tuple[Any, Any]:
    """The transports that do the work, blocking and awaited: the one that is given, or the library's own."""
    if transport is None:
        context = library.create_ssl_context()
        return library.HTTPTransport(verify=context), library.AsyncHTTPTransport(verify=context)
    if not (hasattr(transport, "handle_request") or hasattr(transport, "handle_async_request")):
        raise UsageError(f"{type(transport).__name__} is no transport of {library.__name__}")
    return transport, transport


def speaks_http1_only(transport: Any) -> bool:
    """Whether every request will be HTTP/1.1: a response tells its version, a request does not."""
    pool = getattr(transport, "_pool", None)
    return getattr(pool, "_http1", None) is True and getattr(pool, "_http2", None) is False


def _tee(response: Any, session: Session, tee: Callable[[Any, Watcher], Any], now: int) -> Any:
    """`response`, its body watched; or recorded at once, where the transport below has read it."""
    try:
        is_read = response.is_stream_consumed
        is_raw = is_read and isinstance(response.stream, _bytes_of(response))
        session.responded(_head(response), now, is_decoded=is_read and not is_raw)
        if is_read:
            body = b"".join(response.stream) if is_raw else response.content
            session.download.began()
            session.download.part(body)
            session.download.ended()
        else:
            response.stream = tee(response.stream, session.download)
    except Exception as error:  # noqa: BLE001 - see above
        session.failed(error)
    return response


def _bytes_of(response: Any) -> Any:
    """The library's stream over bytes in memory, which can be read again."""
    return sys.modules[type(response).__module__.partition(".")[0]].ByteStream


def _head(response: Any) -> Response:
    version = response.extensions.get("http_version")
    reason = response.extensions.get("reason_phrase")
    named = version.decode("latin-1") if version else None
    return Response(
        status=response.status_code,
        reason=reason.decode("latin-1") or None if reason is not None else None,
        http_version=_AS_CASSETTES_SAY.get(named, named) if named else None,
        headers=_headers(response.headers.raw),
    )


def _headers(raw: list[tuple[bytes, bytes]]) -> Headers:
    return tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in raw)


def _url(request: Any) -> str:
    """The absolute URL in ASCII: other bytes, which no URL should have, are percent-encoded."""
    raw = str(request.url).encode("utf-8", "surrogateescape")
    return "".join(chr(byte) if _SPACE < byte < _DELETE else f"%{byte:02X}" for byte in raw)


def _known_body(library: ModuleType, request: Any) -> bytes | None:
    """The body, where it is in memory already."""
    try:
        content: bytes = request.content
    except library.RequestNotRead:
        return None
    return content
