"""A client's connection: requests in, one performance after the other out.

Knows HTTP requests and the session that answers them. What a performance does to the connection is `wire`'s.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus

import h11

from playhead.errors import PlayheadError, ReplayMiss
from playhead.exchange import Exchange
from playhead.model import Framing, Request
from playhead.plan import Head, Pace, paced
from playhead.replay.acts import acts_of
from playhead.replay.server.deadlines import Deadlines
from playhead.replay.server.performance import Performance
from playhead.replay.server.wire import Wire
from playhead.replay.session import Session

MISS_STATUS = 404
"""No SDK tries again after a 404."""


@dataclass(slots=True)
class Shared:
    """What the connections of one server share."""

    session: Session
    pace: Pace
    loop: asyncio.AbstractEventLoop
    deadlines: Deadlines
    say: Callable[[str], None]
    linger: float
    """Seconds that a client has for leaving where a recording stops."""
    connections: set[Connection] = field(default_factory=set)
    is_stopping: bool = False
    """Whether nobody is served any more: a client may be accepted, and not be among `connections` yet."""


class Connection(asyncio.Protocol):
    """One client. Requests that arrive during a performance wait for their turn."""

    _transport: asyncio.Transport
    _wire: Wire

    def __init__(self, shared: Shared) -> None:
        self._shared = shared
        self._http = h11.Connection(h11.SERVER)
        self._request: h11.Request | None = None
        self._body: list[bytes] = []
        self._performance: Performance | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        shared = self._shared
        self._wire = Wire(transport, self._http, shared.deadlines, shared.loop.time)
        shared.connections.add(self)
        if shared.is_stopping:
            self.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        self._shared.connections.discard(self)
        if self._performance is not None:
            self._performance.stop()

    def data_received(self, data: bytes) -> None:
        self._http.receive_data(data)
        self._read()

    def eof_received(self) -> bool:
        """The client sends no more. It may still read, unless nothing more will come."""
        self._http.receive_data(b"")
        self._read()
        return self._performance is not None and not self._performance.stalled

    def pause_writing(self) -> None:
        if self._performance is not None:
            self._performance.pause()

    def resume_writing(self) -> None:
        if self._performance is not None:
            self._performance.resume()

    def abort(self) -> None:
        """Leave without another byte."""
        self._transport.abort()

    def played(self) -> None:
        """A response is whole: the next request, or good-bye."""
        self._performance = None
        if self._http.our_state is h11.DONE and self._http.their_state is h11.DONE:
            self._http.start_next_cycle()
            # Not now: this is called from within a performance.
            self._shared.loop.call_soon(self._read)
        else:
            self._wire.close()

    def say(self, text: str) -> None:
        """Tell whoever runs the server."""
        self._shared.say(text)

    def missed(self, text: str) -> None:
        """The same of what the client takes for an error of its connection: a test must not pass by that."""
        self._shared.session.missed(text)
        self.say(text)

    def recording_ended(self, text: str) -> None:
        """The client reads on where a recording stops: noted, as a client's own replay does."""
        self._shared.session.recording_ended(text)
        self.say(text)

    def _read(self) -> None:
        try:
            while (event := self._http.next_event()) not in (h11.NEED_DATA, h11.PAUSED):
                if isinstance(event, h11.Request):
                    self._request = event
                    self._body.clear()
                    self._invite_body()
                elif isinstance(event, h11.Data):
                    self._body.append(bytes(event.data))
                elif isinstance(event, h11.EndOfMessage):
                    assert self._request is not None
                    self._answer(self._request)
                elif isinstance(event, h11.ConnectionClosed):
                    if self._performance is None:
                        self._wire.close()
                    return
        except h11.RemoteProtocolError as error:
            self._refuse(error)

    def _invite_body(self) -> None:
        if self._http.they_are_waiting_for_100_continue:
            answer = h11.InformationalResponse(status_code=100, headers=[], reason=b"Continue")
            self._transport.write(self._http.send(answer) or b"")

    def _answer(self, request: h11.Request) -> None:
        asked = _asked(request, b"".join(self._body))
        self._body.clear()
        try:
            self._play(self._shared.session.take(asked), asked)
        except ReplayMiss as miss:
            self.say(str(miss))
            self._respond(MISS_STATUS, {"error": {"type": "playhead_miss", "message": str(miss)}})
        except PlayheadError as error:
            self.missed(f"{self._shared.session.shown(asked)} cannot be played: {error}")
            self._wire.reset()

    def _play(self, exchange: Exchange, asked: Request) -> None:
        shared = self._shared
        shown = shared.session.shown(asked)
        self.say(f"{shown}: exchange {exchange.number} ({exchange.ending.kind.value})")
        self._performance = Performance(
            paced(acts_of(exchange, asked.method), shared.pace),
            self._wire,
            loop=shared.loop,
            deadlines=shared.deadlines,
            host=self,
            what=f"exchange {exchange.number} of {shared.session.name}",
            linger=shared.linger,
        )
        self._performance.begin()

    def _respond(self, status: int, answer: object) -> None:
        """An answer that is not played: the server's own."""
        body = json.dumps(answer).encode("ascii")
        headers = ((b"content-type", b"application/json"),)
        reason = HTTPStatus(status).phrase.encode("ascii")
        self._wire.head(
            Head(status=status, reason=reason, headers=headers, framing=Framing.LENGTH, length=len(body))
        )
        if self._request is None or self._request.method != b"HEAD":
            self._wire.write([self._wire.framed_chunk(body)])
        self._wire.whole(())
        self.played()

    def _refuse(self, error: h11.RemoteProtocolError) -> None:
        """Bytes that are no HTTP request. Once good-bye is said, they do not matter."""
        if self._http.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            # What h11 quotes behind the colon may hold the client's keys.
            reason = str(error).partition(":")[0]
            self.say(f"not an HTTP request: {reason}")
            self._respond(error.error_status_hint, {"error": {"type": "bad_request", "message": reason}})


def _asked(request: h11.Request, body: bytes) -> Request:
    return Request(
        method=request.method.decode("ascii"),
        url=request.target.decode("latin-1"),
        headers=tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in request.headers),
        body=body,
    )
