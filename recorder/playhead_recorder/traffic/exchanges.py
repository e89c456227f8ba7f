"""Exchanges on their way through the proxy: told to the backlog as they open, are answered and end.

Knows mitmproxy's flows and the backlog; no hook, no option, no file. Everything here runs on the proxy's
event loop and waits for nothing. What it raises, the hook that called it says; the traffic goes on.
"""

from __future__ import annotations

import datetime
import itertools
import time
from typing import Any, NamedTuple

import msgspec
from mitmproxy import connection, ctx, http, version

from playhead.capture.backlog import Backlog
from playhead.capture.choices import Grouping
from playhead.capture.items import Delivered, Dropped, Ended, Lost, Opened, Responded, Verdict
from playhead.capture.log import say_error, warn
from playhead.model import EndingKind, Framing, How, Request, Response, header
from playhead.version import __version__
from playhead_recorder.traffic import evidence
from playhead_recorder.traffic.connects import Connects
from playhead_recorder.traffic.endings import Cause, facts, judge
from playhead_recorder.traffic.pauses import Pauses, watch
from playhead_recorder.traffic.tap import Tap
from playhead_recorder.traffic.upload import Upload

_OLD_TIMEOUT = 600
"""Seconds that mitmproxy waited before it had an option for it (12.2.0)."""
_NOT_SEEN = (How.UNKNOWN, "an error of the recorder's own kept the evidence from being seen")
_NO_FACTS = {"how": How.UNKNOWN.value}
_AFTER_A_CRASH_NS = 10**9
"""What passes that soon after a crash was on its way before it."""
_WRITER = f"playhead/{__version__} mitmproxy/{version.VERSION}"


class Arrival(NamedTuple):
    """When a request came: the wall clock once, the monotonic clock for everything else."""

    created: datetime.datetime
    head_ns: int
    client: str
    """The connection that it came on."""
    upload: Upload | None = None

    @classmethod
    def now(cls, client: str, upload: Upload | None = None) -> Arrival:
        return cls(datetime.datetime.now(datetime.UTC), time.monotonic_ns(), client, upload)


class _Session(msgspec.Struct, eq=False):
    """An exchange that is being recorded."""

    number: int
    flow: http.HTTPFlow
    wires: evidence.Wires
    waiting: Opened | None = None
    """What is told only when it is known that the exchange is wanted."""
    tap: Tap | None = None
    pauses: Pauses | None = None
    has_head: bool = False
    framing: Framing = Framing.UNKNOWN
    last_ns: int = 0
    """When something passed last, beside what the tap knows."""
    crash: str | None = None
    """The exception that mitmproxy met on this client's connection, in words."""
    crash_ns: int = 0
    has_failed: bool = False
    """Whether an error of ours kept something of it from the recording."""
    is_told: bool = False
    """Whether all was told of it but for its end."""

    @property
    def passed_ns(self) -> int:
        return max(self.last_ns, self.tap.last_ns) if self.tap is not None else self.last_ns

    def fatal_crash(self, cause: Cause) -> str | None:
        """The crash, unless the stream went on: then it was about another stream of the client.

        What had come with it is passed on a little later.
        """
        went_on = cause is Cause.RESPONSE or self.passed_ns > self.crash_ns + _AFTER_A_CRASH_NS
        return None if went_on else self.crash


class Exchanges:
    """Those of one recorder."""

    def __init__(self, backlog: Backlog, grouping: Grouping, connects: Connects) -> None:
        self._backlog = backlog
        self._grouping = grouping
        self._connects = connects
        self._numbers = itertools.count(1)
        self._sessions: dict[str, _Session] = {}

    def __len__(self) -> int:
        return len(self._sessions)

    def __contains__(self, flow: http.HTTPFlow) -> bool:
        return flow.id in self._sessions

    def flows(self, client: connection.Client | None = None) -> list[http.HTTPFlow]:
        """Those that are open; only a client's, where one is given."""
        flows = [session.flow for session in self._sessions.values()]
        return flows if client is None else [flow for flow in flows if flow.client_conn is client]

    def open(
        self, flow: http.HTTPFlow, request: Request, arrival: Arrival, sent_ns: int | None, *, wait: bool
    ) -> None:
        """Begin an exchange. Nothing is written of it before its response's head where it is to `wait`."""
        grouping = self._grouping
        opened = Opened(
            session=next(self._numbers),
            created=arrival.created,
            head_ns=arrival.head_ns,
            sent_ns=sent_ns,
            host=evidence.host_of(flow),
            request=request,
            writer=_WRITER,
            group=header(request.headers, grouping.header) if grouping.header is not None else None,
        )
        session = _Session(opened.session, flow, _wires(flow), last_ns=sent_ns or arrival.head_ns)
        self._sessions[flow.id] = session
        if wait:
            session.waiting = opened
        else:
            self._backlog.put(opened, len(request.body or b""))

    def drop(self, flow: http.HTTPFlow) -> None:
        """Keep nothing of an exchange."""
        session = self._sessions[flow.id]
        if session.waiting is None:
            self._backlog.put(Dropped(session.number))
        del self._sessions[flow.id]

    def fail(self, flow: http.HTTPFlow) -> bool:
        """An error of ours may keep something of it from the recording. False where it is none of ours."""
        session = self._sessions.get(flow.id)
        if session is not None:
            session.has_failed = True
        return session is not None

    def respond(self, flow: http.HTTPFlow, now: int, *, tap: bool) -> None:
        """The head of the response is there; where it is to be tapped, its body passes through our hands."""
        session = self._sessions[flow.id]
        assert flow.response is not None
        self._tell_head(session, flow.response, now)
        if tap:
            stream = flow.response.stream
            session.tap = Tap(session.number, self._backlog, stream if callable(stream) else None, now)
            flow.response.stream = session.tap
            session.pauses = watch(flow, _proxyserver())

    def end(self, flow: http.HTTPFlow, cause: Cause) -> bool:
        """The exchange is over. False where it was none of ours."""
        now = time.monotonic_ns()
        session = self._sessions.get(flow.id)
        if session is None:
            return False
        try:
            if not session.is_told:
                session.is_told = True
                self._tell_rest(session, cause, now)
        except Exception as error:  # noqa: BLE001 - an exchange without its ending would stay open
            session.has_failed = True
            say_error("an exchange may not be recorded whole", error)
        if session.has_failed:
            self._backlog.put(Lost(session.number, "exception", session.last_ns, now, None, None))
        try:
            ended = self._ended(session, cause, now)
        except Exception as error:  # noqa: BLE001 - see above
            kind = EndingKind.RECORDER_STOPPED if cause is Cause.STOPPED else EndingKind.UNKNOWN
            ended = Ended(
                session=session.number, t_ns=now, verdict=Verdict(kind, *_NOT_SEEN), facts=_NO_FACTS
            )
            say_error("how an exchange ended is not recorded", error)
        self._backlog.put(ended)
        # Where an error of ours came before this, its client's leaving ends it.
        self._sessions.pop(flow.id, None)
        return True

    def note_crash(self, client: object, error: str) -> None:
        """No hook follows: the ending comes when the client leaves, and must not be blamed on it."""
        for session in self._sessions.values():
            if session.flow.client_conn.peername == client:
                session.crash, session.crash_ns = error, time.monotonic_ns()

    def _tell_rest(self, session: _Session, cause: Cause, now: int) -> None:
        """What is not told yet, but for the end."""
        response = session.flow.response
        self._tell_waiting(session)
        if session.tap is not None:
            session.tap.stop()
            if (lost := session.tap.take_lost()) is not None:
                self._backlog.put(lost)
        if response is not None:
            if not session.has_head:
                self._tell_head(session, response, now)
            if session.tap is None or session.tap.calls == 0:
                self._tell_untapped(session, response, cause, now)
        if session.pauses is not None:
            session.pauses.close()

    def _tell_waiting(self, session: _Session) -> None:
        waiting, session.waiting = session.waiting, None
        if waiting is not None:
            self._backlog.put(waiting, len(waiting.request.body or b""))

    def _tell_head(self, session: _Session, response: http.Response, now: int) -> None:
        self._tell_waiting(session)
        flow = session.flow
        session.has_head = True
        session.last_ns = now
        session.wires = _wires(flow)
        session.framing = evidence.framing_of(flow)
        head = Response(
            status=response.status_code,
            reason=response.data.reason.decode("latin-1") or None,
            http_version=response.http_version,
            headers=evidence.headers_of(response.headers),
            facts={"connection": flow.server_conn.id, "framing": session.framing.value},
        )
        self._backlog.put(Responded(session=session.number, t_ns=now, response=head))

    def _tell_untapped(self, session: _Session, response: http.Response, cause: Cause, now: int) -> None:
        """Nothing passed through a tap: there was no body, it is held, or it went another way."""
        if response.raw_content:
            # Another addon answered, or mitmproxy held the body: the client gets it in one piece, now.
            session.last_ns = now
            self._backlog.deliver(Delivered(session.number, now, response.raw_content))
        elif session.has_failed:
            return
        elif response.stream is not session.tap and _went_another_way(session, response, cause):
            self._backlog.put(Lost(session.number, "stream_replaced", session.last_ns, now, None, None))
            warn(
                "another addon replaced the stream of a response: its body is not recorded. "
                "Load the Playhead addon after it."
            )

    def _ended(self, session: _Session, cause: Cause, now: int) -> Ended:
        flow = session.flow
        idle = now - session.passed_ns >= getattr(ctx.options, "tcp_timeout", _OLD_TIMEOUT) * 1e9
        seen = evidence.see(
            flow,
            cause,
            session.framing,
            # A server that left before its answer had no connection yet when the exchange was opened.
            evidence.both(session.wires, _wires(flow)),
            idle=idle,
            crash=session.fatal_crash(cause),
            unreached=self._connects.why(flow),
        )
        verdict = judge(seen)
        return Ended(
            session=session.number,
            t_ns=now,
            verdict=verdict,
            facts=facts(seen, verdict),
            paused=session.pauses.spans() if session.pauses is not None else (),
            trailers=evidence.headers_of(flow.response.trailers) if flow.response is not None else (),
        )


def _went_another_way(session: _Session, response: http.Response, cause: Cause) -> bool:
    """Whether a body passed that nobody kept."""
    if session.tap is None:
        return bool(response.stream)
    return cause is Cause.RESPONSE or response.stream is True


def request_of(flow: http.HTTPFlow, body: bytes | None, backlog: Backlog, *, is_whole: bool) -> Request:
    """A request as the cassette will have it; its body only where there is room for it. One that is not
    `is_whole` was answered before all of it came.
    """
    request = flow.request
    facts = {"connection": flow.client_conn.id}
    if body and not backlog.has_room(len(body)):
        body = None
    if not is_whole:
        facts["body"] = "incomplete"
    elif body is None:
        facts["body"] = "queue_full"
    return Request(
        method=request.method,
        url=evidence.url_of(request, evidence.host_of(flow)),
        http_version=request.http_version,
        headers=evidence.headers_of(request.headers),
        body=body,
        facts=facts,
    )


def _wires(flow: http.HTTPFlow) -> evidence.Wires:
    return evidence.wires_of(flow, _proxyserver())


def _proxyserver() -> Any:
    addons: Any = ctx.master.addons
    return addons.get("proxyserver")
