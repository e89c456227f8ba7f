"""`playhead record --upstream`: a mitmproxy of our own, in this process, before one server.

Knows mitmproxy's master and asyncio; what is recorded, the addon knows. Listens on loopback unless told
otherwise, in reverse mode: a client needs its base URL changed, and no certificate.

The first line on standard error that has `listening on http://HOST:PORT` says that connections are
accepted, with nothing behind the port: programs may wait for it. SIGINT and SIGTERM end the streams,
finish their cassettes and return; a second signal leaves at once.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
from mitmproxy import addons, exceptions, http
from mitmproxy.master import Master
from mitmproxy.options import Options
from mitmproxy.proxy.mode_specs import ProxyMode

from playhead.capture import folder
from playhead.capture.recording import Finished, describe
from playhead.errors import CannotRun, UsageError
from playhead_recorder.addon import OPTION, Recorder
from playhead_recorder.interim import pass_over_interim_heads

Say = Callable[[str], None]


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What to record: `upstream` is `http(s)://HOST[:PORT]`; port 0 takes any free one."""

    upstream: str
    folder: Path
    host: str
    port: int


class Tally(msgspec.Struct):
    """What a run recorded, and what it did not."""

    streams: int = 0
    cassettes: int = 0
    chunks: int = 0
    size: int = 0
    lost_chunks: int = 0
    failed: int = 0
    other_responses: int = 0

    def add(self, finished: Finished) -> None:
        self.streams += 1
        self.cassettes += finished.path is not None
        self.chunks += finished.chunks
        self.size += finished.size
        self.lost_chunks += finished.lost_chunks
        self.failed += finished.failure is not None


def record(plan: Plan, say: Say) -> Tally:
    """Record until a signal comes. `say` takes lines for people, from any thread.

    Raises `CannotRun` where the port or the folder cannot be used.
    """
    return asyncio.run(_record(plan, say))


async def _record(plan: Plan, say: Say) -> Tally:
    tally = Tally()

    def on_finished(finished: Finished) -> None:
        tally.add(finished)
        if finished.path is not None:
            say(describe(finished))

    recorder = Recorder(on_finished)
    started = _Started()
    master = _master(plan, _PassOn(), recorder, started)
    _stop_on_signals(master)
    running = asyncio.create_task(master.run())
    try:
        await asyncio.wait(
            (running, asyncio.create_task(started.event.wait())), return_when=asyncio.FIRST_COMPLETED
        )
        if not running.done():
            host, port = _address(master, plan)
            say(f"listening on http://{host}:{port}")
            say(f"recording the streams of {plan.upstream} into {plan.folder}")
        with _warnings_to(say):
            await running
    finally:
        master.shutdown()
        await running
        # After `run` the listeners are still open.
        with contextlib.suppress(Exception):
            await _servers(master).update([])
        asyncio.get_running_loop().set_exception_handler(_report_unless_cancelled)
    tally.other_responses = recorder.other_responses
    return tally


def _report_unless_cancelled(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Python up to 3.12.1 reports every connection that is cancelled at the end as an error."""
    if not isinstance(context.get("exception"), asyncio.CancelledError):
        loop.default_exception_handler(context)


class _Started:
    """Says when mitmproxy has set up its servers, or failed to."""

    def __init__(self) -> None:
        self.event = asyncio.Event()

    def running(self) -> None:
        self.event.set()


class _PassOn:
    """Every response passes as it comes: mitmproxy would hold back what it does not stream."""

    def responseheaders(self, flow: http.HTTPFlow) -> None:
        if flow.response is not None:
            flow.response.stream = True


def _master(plan: Plan, *ours: Any) -> Any:
    """mitmproxy with its own addons and `ours`, configured."""
    mode = f"reverse:{plan.upstream}"
    try:
        # mitmproxy parses a mode once. For https it would listen on UDP too, for HTTP/3, whose server may
        # crash the interpreter when it leaves.
        ProxyMode.parse(mode).transport_protocol = "tcp"  # type: ignore[misc]
    except ValueError as error:
        raise UsageError(f"{plan.upstream}: {error}") from None
    try:
        chosen = folder.usable(plan.folder)
    except OSError as error:
        raise CannotRun(
            f"no cassettes can be written: {folder.why_not(error)}",
            hint="Choose another folder with -o DIR.",
        ) from None
    pass_over_interim_heads()
    master: Any = Master(Options(mode=[mode]))
    default: Any = addons.default_addons
    master.addons.add(*default(), *ours)
    try:
        master.options.update(
            listen_host=plan.host,
            listen_port=plan.port,
            onboarding=False,
            **{OPTION: str(chosen)},
        )
    except exceptions.OptionsError as error:
        raise CannotRun(str(error)) from None
    return master


def _servers(master: Any) -> Any:
    return master.addons.get("proxyserver").servers


def _address(master: Any, plan: Plan) -> tuple[str, int]:
    """Where the proxy listens; `CannotRun` where it does not."""
    for server in _servers(master):
        if server.last_exception is not None or not server.listen_addrs:
            reason = _reason(server.last_exception)
            raise CannotRun(
                f"cannot listen on {plan.host}:{plan.port}: {reason}",
                hint="Choose another with --listen HOST:PORT; port 0 takes any free one.",
            )
        host, port, *_ = server.listen_addrs[0]
        return (f"[{host}]" if ":" in host else host), port
    raise CannotRun("mitmproxy started no server")


def _reason(error: Any) -> str:
    """Why a server could not be bound: mitmproxy wraps the system's error, and asyncio that one."""
    number = getattr(error, "errno", None)
    if number is not None and number > 0:
        return os.strerror(number)
    cause = getattr(error, "__cause__", None) or error
    return getattr(cause, "strerror", None) or str(cause)


def _stop_on_signals(master: Any) -> None:
    loop = asyncio.get_running_loop()

    def stop() -> None:
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)
        master.shutdown()

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop)


class _Warnings(logging.Handler):
    """Warnings of mitmproxy and of the addon, as lines without a traceback."""

    def __init__(self, say: Say) -> None:
        super().__init__(logging.WARNING)
        self._say = say

    def emit(self, record: logging.LogRecord) -> None:
        self._say(f"{record.levelname.lower()}: {record.getMessage()}")


@contextlib.contextmanager
def _warnings_to(say: Say) -> Any:
    handler = _Warnings(say)
    root = logging.getLogger()
    root.addHandler(handler)
    try:
        yield
    finally:
        root.removeHandler(handler)
