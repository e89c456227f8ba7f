"""One exchange, as its client watches it: the upload, the head, the deliveries, the end.

Knows clocks and the backlog; no client library and no file. Nothing here raises and nothing waits: an error
of ours costs the recording of this exchange, never a byte of the client's.
"""

from __future__ import annotations

import functools
import time
from collections.abc import Callable
from typing import Concatenate, ParamSpec, Protocol, TypeVar

import msgspec

from playhead.capture.endings import Body, Left, body_of, judge
from playhead.capture.items import Delivered, Ended, Item, Lost, Opened, Responded, loss_of
from playhead.capture.log import say_error, words
from playhead.model import Framing, Response

P = ParamSpec("P")
S = TypeVar("S", bound="_Watching")


class Takes(Protocol):
    """Whoever is told what passes: a backlog, or what writes at once."""

    def put(self, item: Item, size: int = 0) -> None: ...
    def deliver(self, item: Delivered) -> None: ...
    def has_room(self, size: int) -> bool: ...


class Host(Protocol):
    """Whoever the session belongs to."""

    @property
    def backlog(self) -> Takes: ...
    @property
    def is_open(self) -> bool: ...
    def claim(self, session: Session, tell: Callable[[], None]) -> None:
        """Have `tell` tell the writer of the session: once, whoever asks first, and never behind a stop."""

    def failed(self, why: str) -> None: ...


class _Watching(Protocol):
    def failed(self, error: Exception) -> None: ...


def _guarded(method: Callable[Concatenate[S, P], None]) -> Callable[Concatenate[S, P], None]:
    """The method, whose errors end the recording of the session alone."""

    @functools.wraps(method)
    def guarded(self: S, /, *args: P.args, **kwargs: P.kwargs) -> None:
        try:
            method(self, *args, **kwargs)
        except Exception as error:  # noqa: BLE001 - the traffic comes first
            self.failed(error)

    return guarded


class Session:
    """An exchange from its request to its end; `opened` is what is known of it when it begins.

    `known_body` is what will be sent, where the client has it in memory.
    """

    def __init__(self, host: Host, opened: Opened, known_body: bytes | None) -> None:
        self.number: int = opened.session
        self.upload: Upload = Upload(self, host.backlog, known_body)
        self.download: Download = Download(self)
        self._host = host
        self._backlog = host.backlog
        self._opened = opened
        self._method = opened.request.method
        self._body = Body()
        self._lost: Lost | None = None
        self._failed = False
        self._has_missed = False
        self._ended = False

    @_guarded
    def requested(self, t_ns: int | None) -> None:
        """The request is complete, or whatever was sent of it is all there will be (`None`)."""
        self._host.claim(self, functools.partial(self._tell, t_ns))

    @_guarded
    def responded(self, response: Response, t_ns: int, *, is_decoded: bool = False) -> None:
        """The head of the response came."""
        self.requested(None)
        self._body = body_of(self._method, response.status, response.http_version, response.headers)
        if self._is_recorded():
            head = msgspec.structs.replace(response, facts={**response.facts, **_framing(self._body)})
            self._backlog.put(Responded(session=self.number, t_ns=t_ns, response=head, is_decoded=is_decoded))

    def delivered(self, data: bytes) -> None:
        """A part of the body, on its way to the client."""
        t_ns = time.monotonic_ns()
        try:
            if self._ended or not self._host.is_open:
                return
            if self._failed:
                self._miss(t_ns, data)
                return
            if self._lost is not None:
                self._backlog.put(self._lost)
                self._lost = None
            self._backlog.deliver(Delivered(self.number, t_ns, data))
        except Exception as error:  # noqa: BLE001 - whatever went wrong here, the client gets its bytes
            if not self._has_missed:
                self._has_missed = True
                say_error("a delivery is not recorded", error)
            self._miss(t_ns, data)

    @_guarded
    def ended(self, met: BaseException | Left | None) -> None:
        """The body ended, the exchange broke, or the client left."""
        t_ns = time.monotonic_ns()
        if self._ended:
            return
        self._ended = True
        self.requested(None)
        if not self._host.is_open:
            return
        lost = self._lost
        if lost is None and self._failed:
            lost = Lost(self.number, "exception", t_ns, t_ns, None, None)
        if lost is not None:
            self._backlog.put(lost)
        verdict, facts = judge(met, self._body)
        self._backlog.put(Ended(session=self.number, t_ns=t_ns, verdict=verdict, facts=facts))

    def failed(self, error: Exception) -> None:
        """An error of ours: from here on deliveries are counted, and no more."""
        self._failed = True
        self._host.failed(f"exchange {self.number}: {words(error)}")

    def _tell(self, t_ns: int | None) -> None:
        opened = self._opened
        body, fact = self.upload.take(is_complete=t_ns is not None)
        request = msgspec.structs.replace(
            opened.request,
            body=body,
            facts={**opened.request.facts, "body": fact} if fact else opened.request.facts,
        )
        self._backlog.put(msgspec.structs.replace(opened, sent_ns=t_ns, request=request), len(body or b""))

    def _is_recorded(self) -> bool:
        return not self._failed and self._host.is_open

    def _miss(self, t_ns: int, data: bytes) -> None:
        item = Delivered(self.number, t_ns, data)
        self._lost = self._lost.with_one_more(item) if self._lost else loss_of(item, "exception")


class Upload:
    """Watches the request's body on its way out; keeps it as far as the backlog has room."""

    def __init__(self, session: Session, backlog: Takes, known_body: bytes | None) -> None:
        self._session = session
        self._backlog = backlog
        self._known = known_body
        self._parts: list[bytes] | None = []
        """`None` where there was no room for them."""
        self._size = 0
        self._began = False

    def failed(self, error: Exception) -> None:
        self._session.failed(error)

    @_guarded
    def began(self) -> None:
        self._began = True
        self._parts, self._size = [], 0

    @_guarded
    def part(self, data: bytes) -> None:
        self._size += len(data)
        if self._parts is None or not self._backlog.has_room(self._size):
            self._parts = None
        else:
            self._parts.append(bytes(data))

    @_guarded
    def ended(self) -> None:
        self._session.requested(time.monotonic_ns())

    def broke(self, error: BaseException) -> None:
        """The transport below raises it on, and the session hears of it there."""

    def closed(self) -> None:
        """Nobody knows more by this."""

    def take(self, *, is_complete: bool) -> tuple[bytes | None, str | None]:
        """The body as far as it is known, and the fact that says what is amiss with it."""
        parts, self._parts = self._parts, None
        if not self._began and self._known is not None:
            # The connection failed first, or the transport took the body another way.
            return self._known, None
        if parts is None:
            return None, "queue_full"
        return b"".join(parts), None if is_complete else "incomplete"


class Download:
    """Watches the response's body on its way in."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._size = 0
        self._began = False

    def failed(self, error: Exception) -> None:
        self._session.failed(error)

    def began(self) -> None:
        self._began = True

    @_guarded
    def part(self, data: bytes) -> None:
        if data:
            self._size += len(data)
            self._session.delivered(data if type(data) is bytes else bytes(data))

    @_guarded
    def ended(self) -> None:
        self._session.ended(None)

    @_guarded
    def broke(self, error: BaseException) -> None:
        self._session.ended(error)

    @_guarded
    def closed(self) -> None:
        self._session.ended(Left(self._size, self._began))


def _framing(body: Body) -> dict[str, str]:
    return {} if body.framing is Framing.UNKNOWN else {"framing": body.framing.value}
