"""The mitmproxy addon: which hook does what. It opens, taps and ends; it writes nothing itself.

Knows mitmproxy's hooks and options. A hook never raises: an exception in `responseheaders` would have
mitmproxy buffer the stream. State lives here, in an imported module, because mitmproxy reloads the script
that names the addon whenever the script's file is touched.
"""

from __future__ import annotations

import datetime
import functools
import itertools
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Concatenate, NamedTuple, ParamSpec

import msgspec
from mitmproxy import connection, ctx, exceptions, http, version
from mitmproxy.addonmanager import Loader

from playhead.capture import folder
from playhead.capture.backlog import Backlog
from playhead.capture.items import Delivered, Ended, Lost, Opened
from playhead.capture.log import say, warn
from playhead.capture.recording import Finished, describe
from playhead.capture.shelves import OnePerExchange
from playhead.capture.writer import Writer
from playhead.format.times import seconds
from playhead.model import Framing, Request, Response
from playhead.version import __version__
from playhead_recorder import evidence
from playhead_recorder.crashes import CrashWatch
from playhead_recorder.endings import Cause, facts, judge
from playhead_recorder.tap import Tap

OPTION = "playhead_dir"
DEFAULT_FOLDER = "./recordings"
_STOP_SECONDS = 5.0
_OLD_TIMEOUT = 600
"""Seconds that mitmproxy waited before it had an option for it (12.2.0)."""
_INFORMATIONAL = frozenset(range(100, 200)) - {101}
"""Statuses that come before the answer; 101 is one."""
_WRITER = f"playhead/{__version__} mitmproxy/{version.VERSION}"

_options_error: Any = exceptions.OptionsError

P = ParamSpec("P")


class _Arrival(NamedTuple):
    """When a request came: the wall clock once, the monotonic clock for everything else."""

    created: datetime.datetime
    head_ns: int
    complete_ns: int | None = None


class _Session(msgspec.Struct):
    """A stream that is being recorded."""

    number: int
    flow: http.HTTPFlow
    tap: Tap
    wires: evidence.Wires
    framing: Framing
    crash: str | None = None
    """The exception that mitmproxy met on this client's connection, in words."""
    crash_ns: int = 0

    def fatal_crash(self, cause: Cause) -> str | None:
        """The crash, unless the stream went on: then it was about another stream of the client."""
        went_on = cause is Cause.RESPONSE or self.tap.last_ns > self.crash_ns
        return None if went_on else self.crash


def _guarded(hook: Callable[Concatenate[Recorder, P], None]) -> Callable[Concatenate[Recorder, P], None]:
    """A hook that says what went wrong instead of raising it into mitmproxy."""

    @functools.wraps(hook)
    def guarded(self: Recorder, /, *args: P.args, **kwargs: P.kwargs) -> None:
        try:
            hook(self, *args, **kwargs)
        except Exception as error:  # noqa: BLE001 - the traffic comes first
            warn(f"a stream may not be recorded: {hook.__name__}: {type(error).__name__}: {error}")

    return guarded


class Recorder:
    """Records every live response that is an event stream. `on_finished` is called in the writer thread."""

    name = "playhead"

    def __init__(self, on_finished: Callable[[Finished], None] | None = None) -> None:
        self.other_responses = 0
        """Responses that were no event streams."""
        self._on_finished = on_finished
        self._folder = Path(DEFAULT_FOLDER)
        self._backlog = Backlog()
        self._writer: Writer | None = None
        self._numbers = itertools.count(1)
        self._arrivals: dict[str, _Arrival] = {}
        self._sessions: dict[str, _Session] = {}
        self._stopped = False
        self._crashes = CrashWatch(self._note_crash)

    def load(self, loader: Loader) -> None:
        loader.add_option(OPTION, str, DEFAULT_FOLDER, "Where Playhead writes its cassettes.")

    def configure(self, updated: set[str]) -> None:
        """Refuse a folder that cannot be written to, while somebody is looking."""
        if OPTION not in updated:
            return
        try:
            chosen = folder.usable(Path(getattr(ctx.options, OPTION)))
        except OSError as error:
            raise _options_error(
                f"{OPTION}: {folder.why_not(error)}. Name a folder that can be written to."
            ) from None
        if self._writer is not None and chosen != self._folder:
            raise _options_error(f"{OPTION} cannot change once a stream was recorded.")
        self._folder = chosen

    def running(self) -> None:
        say(f"recording event streams into {self._folder}")

    @_guarded
    def requestheaders(self, flow: http.HTTPFlow) -> None:
        if flow.live and not self._stopped:
            self._arrivals[flow.id] = _Arrival(datetime.datetime.now(datetime.UTC), time.monotonic_ns())

    @_guarded
    def request(self, flow: http.HTTPFlow) -> None:
        arrival = self._arrivals.get(flow.id)
        if arrival is not None:
            self._arrivals[flow.id] = arrival._replace(complete_ns=time.monotonic_ns())

    @_guarded
    def responseheaders(self, flow: http.HTTPFlow) -> None:
        now = time.monotonic_ns()
        arrival = self._arrivals.pop(flow.id, None)
        if not flow.live or self._stopped or flow.response is None:
            return
        if not evidence.is_event_stream(flow.response):
            self.other_responses += 1
            status = flow.response.status_code
            if status in _INFORMATIONAL:
                warn(
                    f"the server sent {status} before its answer. mitmproxy takes that for the answer: "
                    "the real one is neither passed on nor recorded."
                )
            return
        # A flow whose request nobody saw (the addon was loaded since) starts here.
        self._open(flow, flow.response, arrival or _Arrival(datetime.datetime.now(datetime.UTC), now), now)

    def response(self, flow: http.HTTPFlow) -> None:
        self._end(flow, Cause.RESPONSE)

    def error(self, flow: http.HTTPFlow) -> None:
        self._end(flow, Cause.ERROR)

    def client_disconnected(self, client: connection.Client) -> None:
        """Where mitmproxy gave a flow up without a word (trailers in HTTP/1), nothing else ends it."""
        for session in list(self._sessions.values()):
            if session.flow.client_conn is client:
                self._end(session.flow, Cause.ERROR)

    @_guarded
    def _note_crash(self, client: object, error: str) -> None:
        """No hook follows: the ending comes when the client leaves, and must not be blamed on it."""
        for session in self._sessions.values():
            if session.flow.client_conn.peername == client:
                session.crash, session.crash_ns = error, time.monotonic_ns()

    def done(self) -> None:
        """The proxy shuts down. The error hooks that follow have false causes, and are not listened to."""
        self._stopped = True
        self._crashes.stop()
        for session in list(self._sessions.values()):
            self._end(session.flow, Cause.STOPPED)
        self._arrivals.clear()
        if self._writer is not None and not self._writer.stop(_STOP_SECONDS):
            warn(f"not everything was written within {_STOP_SECONDS:.0f} s: a disk does not answer")

    def _open(self, flow: http.HTTPFlow, response: http.Response, arrival: _Arrival, now: int) -> None:
        if self._writer is None:
            self._writer = Writer(self._backlog, OnePerExchange(self._folder), self._report)
            self._writer.start()
            self._crashes.start()
        number = next(self._numbers)
        framing = evidence.framing_of(flow)
        opened = Opened(
            session=number,
            created=arrival.created,
            start_ns=arrival.head_ns,
            host=flow.request.host,
            request=self._request(flow.request, arrival, flow.client_conn.id),
            response=Response(
                status=response.status_code,
                reason=response.data.reason.decode("latin-1") or None,
                http_version=response.http_version,
                headers=evidence.headers_of(response.headers),
                t=seconds(now - arrival.head_ns),
                facts={"connection": flow.server_conn.id, "framing": framing.value},
            ),
            writer=_WRITER,
        )
        previous = response.stream if callable(response.stream) else None
        tap = Tap(number, self._backlog, previous, now)
        addons: Any = ctx.master.addons
        wires = evidence.wires_of(flow, addons.get("proxyserver"))
        self._backlog.put(opened, len(opened.request.body or b""))
        self._sessions[flow.id] = _Session(number, flow, tap, wires, framing)
        response.stream = tap

    def _request(self, request: http.Request, arrival: _Arrival, client: str) -> Request:
        facts = {"connection": client}
        body = request.raw_content
        if body and not self._backlog.has_room(len(body)):
            body, facts["body"] = None, "queue_full"
        complete = arrival.complete_ns
        return Request(
            method=request.method,
            url=evidence.url_of(request),
            http_version=request.http_version,
            headers=evidence.headers_of(request.headers),
            body=body,
            t=seconds(complete - arrival.head_ns) if complete is not None else None,
            t_start=0.0,
            facts=facts,
        )

    @_guarded
    def _end(self, flow: http.HTTPFlow, cause: Cause) -> None:
        now = time.monotonic_ns()
        self._arrivals.pop(flow.id, None)
        session = self._sessions.pop(flow.id, None)
        if session is None:
            return
        tap = session.tap
        tap.stop()
        if (lost := tap.take_lost()) is not None:
            self._backlog.put(lost)
        if tap.calls == 0:
            self._note_untapped(session, cause, now)
        idle = now - tap.last_ns >= getattr(ctx.options, "tcp_timeout", _OLD_TIMEOUT) * 1e9
        seen = evidence.see(
            flow, cause, session.framing, session.wires, idle=idle, crash=session.fatal_crash(cause)
        )
        verdict = judge(seen)
        trailers = evidence.headers_of(flow.response.trailers) if flow.response is not None else ()
        self._backlog.put(
            Ended(
                session=session.number,
                t_ns=now,
                verdict=verdict,
                facts=facts(seen, verdict),
                trailers=trailers,
            )
        )

    def _note_untapped(self, session: _Session, cause: Cause, now: int) -> None:
        """Nothing passed through the tap: there was no body, or it went another way."""
        response = session.flow.response
        if response is None:
            return
        if response.raw_content:
            # Another addon answered, or buffered: the client gets the body in one piece, now.
            self._backlog.deliver(Delivered(session.number, now, response.raw_content))
        elif response.stream is not session.tap and (cause is Cause.RESPONSE or response.stream is True):
            self._backlog.put(Lost(session.number, "stream_replaced", session.tap.last_ns, now, None, None))
            warn(
                "another addon replaced the stream of a response: its body is not recorded. "
                "Load the Playhead addon after it."
            )

    def _report(self, finished: Finished) -> None:
        """In the writer thread."""
        if finished.path is not None:
            say(f"wrote {describe(finished)}")
        if self._on_finished is not None:
            self._on_finished(finished)
