"""The mitmproxy addon: which hook does what, and when recording begins and ends. It writes nothing itself.

Knows mitmproxy's hooks; options are `settings`' business, exchanges `exchanges`'. A hook never raises: an
exception in `responseheaders` would have mitmproxy buffer the stream. State lives here, in an imported
module, because mitmproxy reloads the script that names the addon whenever the script's file is touched.
"""

from __future__ import annotations

import contextlib
import logging
import random
import threading
import time
from typing import Any
from weakref import WeakSet

from mitmproxy import connection, ctx, exceptions, http, tls
from mitmproxy.addonmanager import Loader
from mitmproxy.proxy.server_hooks import ServerConnectionHookData

from playhead.capture import folder
from playhead.capture.backlog import Backlog
from playhead.capture.choices import Per
from playhead.capture.log import say, say_error, warn
from playhead.errors import UsageError
from playhead_recorder.operation.keeping import kept
from playhead_recorder.options import settings
from playhead_recorder.options.selection import Reason
from playhead_recorder.options.settings import Settings
from playhead_recorder.options.table import OPTIONS
from playhead_recorder.output.press import Press
from playhead_recorder.output.told import Told
from playhead_recorder.traffic import evidence
from playhead_recorder.traffic.connects import Connects
from playhead_recorder.traffic.crashes import CrashWatch
from playhead_recorder.traffic.endings import Cause
from playhead_recorder.traffic.exchanges import Arrival, Exchanges, request_of
from playhead_recorder.traffic.guard import guarded, pass_on
from playhead_recorder.traffic.upload import Room, Upload

_INFORMATIONAL = frozenset(range(100, 200)) - {101}
"""Statuses that come before the answer; 101 is one."""

_HEAD = "responseheaders"
"""The hook in which it is decided whether a body passes as it comes."""
_BEGINNINGS = frozenset({"requestheaders", "request", _HEAD})
"""Hooks without which nothing of an exchange is recorded."""
_OPTIONS = {option.option for option in OPTIONS}
_options_error: Any = exceptions.OptionsError


class Recorder:
    """Records every exchange that the settings choose. `told` hears of them, in other threads.

    Without `chosen` the settings are mitmproxy's options, which it then declares. `named` stands in the names
    of cassettes for the hosts.
    """

    name = "playhead"

    def __init__(
        self, told: Told | None = None, chosen: Settings | None = None, named: str | None = None
    ) -> None:
        self._told = told or Told()
        self._chosen = chosen
        self._named = named
        self._settings: Settings | None = chosen
        self._is_refused = False
        self._press: Press | None = None
        self._backlog = Backlog()
        self._uploads = Room(self._backlog)
        self._connects = Connects()
        self._exchanges: Exchanges | None = None
        self._arrivals: dict[str, Arrival] = {}
        self._chance = random.random
        self._stopped = False
        self._kept = contextlib.ExitStack()
        """What ends when everything is written."""
        self._stopping: threading.Thread | None = None
        self._crashes = CrashWatch(self._note_crash)
        self._astray: WeakSet[http.HTTPFlow] = WeakSet()
        """Those that were to be recorded, and are not."""
        self._is_full = False

    def load(self, loader: Loader) -> None:
        if self._chosen is None:
            settings.declare(loader)

    def configure(self, updated: set[str]) -> None:
        """Refuse what cannot work, while somebody is looking."""
        if self._chosen is not None or not updated & _OPTIONS:
            return None
        try:
            chosen = settings.from_options(ctx.options)
            folder.usable(chosen.files.root)
        except UsageError as error:
            return self._refuse(str(error))
        except OSError as error:
            return self._refuse(
                f"playhead_dir: {folder.why_not(error)}. Name a folder that can be written to."
            )
        if self._exchanges is not None and chosen != self._settings:
            return self._refuse("Playhead's options cannot change once it records.")
        self._settings, self._is_refused = chosen, False
        return None

    def _refuse(self, why: str) -> None:
        """Before it records, an error that is logged makes mitmproxy leave; one that is raised, it shows with
        a traceback first. Later, only one that is raised takes the option back.
        """
        if self._exchanges is not None:
            raise _options_error(why)
        self._is_refused = True
        say(why, logging.ERROR)

    def running(self) -> None:
        if self._chosen is None:
            for line in settings.unknown_options(ctx.options):
                # An error while it starts makes mitmproxy leave.
                say(line, logging.ERROR)
        if self._is_refused:
            return
        try:
            self._start()
        except Exception as error:  # noqa: BLE001 - the traffic comes first
            say_error("nothing will be recorded", error)
        else:
            say(f"recording into {self._settings_now().files.root}")

    @guarded
    def requestheaders(self, flow: http.HTTPFlow) -> None:
        if not flow.live or self._stopped:
            return
        upload = None
        if stream := flow.request.stream:
            upload = Upload(self._uploads, stream if callable(stream) else None)
            flow.request.stream = upload
        self._arrivals[flow.id] = Arrival.now(flow.client_conn.id, upload)

    @guarded
    def request(self, flow: http.HTTPFlow) -> None:
        arrival = self._arrivals.pop(flow.id, None)
        if arrival is not None:
            self._open(flow, arrival, time.monotonic_ns())

    @guarded
    def responseheaders(self, flow: http.HTTPFlow) -> None:
        now = time.monotonic_ns()
        if not flow.live or self._stopped or flow.response is None:
            return
        self._note_status(flow.response.status_code)
        arrival = self._arrivals.pop(flow.id, None)
        if arrival is not None:
            # It answers before it has read the request.
            self._open(flow, arrival, None)
        exchanges = self._exchanges
        if exchanges is None or flow not in exchanges:
            if flow in self._astray:
                pass_on(flow)
            return
        is_stream = evidence.is_stream(flow)
        if self._settings_now().selection.only_streams and not is_stream:
            exchanges.drop(flow)
            self._told.skipped(Reason.NOT_A_STREAM.value)
            return
        exchanges.respond(flow, now, tap=is_stream or bool(flow.response.stream))

    @guarded
    def response(self, flow: http.HTTPFlow) -> None:
        self._end(flow, Cause.RESPONSE)

    @guarded
    def error(self, flow: http.HTTPFlow) -> None:
        self._end(flow, Cause.ERROR)

    @guarded
    def client_disconnected(self, client: connection.Client) -> None:
        """Where mitmproxy gave a flow up without a word (trailers in HTTP/1), nothing else ends it."""
        for flow in self._exchanges.flows(client) if self._exchanges is not None else ():
            self._end(flow, Cause.ERROR)
        for flow_id in [of for of, arrival in self._arrivals.items() if arrival.client == client.id]:
            self._give_up(self._arrivals.pop(flow_id))

    @guarded
    def server_connect_error(self, data: ServerConnectionHookData) -> None:
        self._connects.not_connected(data)

    @guarded
    def tls_failed_server(self, data: tls.TlsData) -> None:
        self._connects.no_tls(data)

    @guarded
    def done(self) -> None:
        """The proxy shuts down. The error hooks that follow have false causes, and are not listened to.

        What waits is written in a thread that the interpreter waits for when it leaves: streams that are
        still open go on meanwhile, as they do where a script is loaded anew. `wait` waits for it.
        """
        if self._stopped:
            return
        self._stopped = True
        try:
            self._end_all()
        finally:
            self._stop_press()

    def went_wrong(self, what: str, error: Exception, *about: object) -> None:
        """An error of ours: said once a flow, whose stream still passes."""
        with contextlib.suppress(Exception):
            flow = about[0] if about else None
            if isinstance(flow, http.HTTPFlow) and flow not in self._astray:
                self._astray.add(flow)
                if (self._exchanges is None or not self._exchanges.fail(flow)) and what in _BEGINNINGS:
                    self._told.skipped("exception")
                if what == _HEAD:
                    pass_on(flow)
        say_error(f"an exchange may not be recorded: {what.removeprefix('_')}", error)

    def wait(self) -> None:
        """After `done`, until everything is written, as far as the deadlines let."""
        if self._stopping is not None:
            self._stopping.join()

    def _settings_now(self) -> Settings:
        # No property: mitmproxy asks for every attribute as it registers an addon, before it is configured.
        if self._settings is None:
            self._settings = settings.from_options(ctx.options)
        return self._settings

    def _start(self) -> Exchanges:
        """The writer, the finisher and what they need: once, when the proxy runs."""
        if self._exchanges is None:
            chosen = self._settings_now()
            if self._press is None:
                self._backlog = Backlog(chosen.limits.queue)
                self._uploads = Room(self._backlog)
                self._press = Press(chosen, self._backlog, self._told, self._named)
            self._press.start()
            if self._chosen is None:
                self._kept.enter_context(kept(self._told.counters, chosen.counters))
            self._exchanges = Exchanges(self._backlog, chosen.grouping, self._connects)
            self._crashes.start()
        return self._exchanges

    def _open(self, flow: http.HTTPFlow, arrival: Arrival, sent_ns: int | None) -> None:
        exchanges, chosen = self._start(), self._settings_now()
        selection = chosen.selection
        body = flow.request.raw_content if arrival.upload is None else arrival.upload.taken()
        request = request_of(flow, body, self._backlog, is_whole=sent_ns is not None)
        reason = selection.why_not(request, self._chance())
        if reason is not None:
            self._told.skipped(reason.value)
            return
        if not self._has_room():
            self._astray.add(flow)
            self._told.skipped("queue_full")
            return
        # Where a cassette is shared, its records stand in the order of their times: a request cannot wait.
        wait = selection.only_streams and chosen.grouping.per is Per.EXCHANGE
        exchanges.open(flow, request, arrival, sent_ns, wait=wait)

    def _has_room(self) -> bool:
        """Whether another exchange may be begun: each costs a little whatever becomes of it."""
        was_full, self._is_full = self._is_full, not self._backlog.has_room(0)
        if self._is_full and not was_full:
            warn(
                "the queue is full: exchanges that begin now pass unrecorded. The disk is too slow for them."
            )
        return not self._is_full

    def _stop_press(self) -> None:
        if self._press is not None:
            self._kept.callback(self._press.stop)
            stopping = threading.Thread(target=self._kept.close, name="playhead-stop")
            stopping.start()
            self._stopping = stopping

    @guarded
    def _end_all(self) -> None:
        for flow in self._exchanges.flows() if self._exchanges is not None else ():
            self._end(flow, Cause.STOPPED)
        self._arrivals.clear()
        self._crashes.stop()

    @guarded
    def _end(self, flow: http.HTTPFlow, cause: Cause) -> None:
        arrival = self._arrivals.pop(flow.id, None)
        if self._exchanges is None:
            return
        if arrival is not None and flow.live and cause is not Cause.STOPPED:
            # It failed before all of the request was there: no server heard of it.
            self._give_up(arrival)
            return
        self._exchanges.end(flow, cause)

    def _give_up(self, arrival: Arrival) -> None:
        """Its request never came whole."""
        if arrival.upload is not None:
            arrival.upload.taken()
        self._told.skipped("request_incomplete")

    def _note_status(self, status: int) -> None:
        if status in _INFORMATIONAL:
            warn(
                f"the server sent {status} before its answer. mitmproxy takes that for the answer: "
                "the real one is neither passed on nor recorded."
            )

    @guarded
    def _note_crash(self, client: object, error: str) -> None:
        if self._exchanges is not None:
            self._exchanges.note_crash(client, error)
