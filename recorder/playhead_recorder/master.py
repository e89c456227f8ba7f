"""A mitmproxy of our own on an event loop: set up, started, asked where it listens, ended.

Knows mitmproxy's master, options and servers; never what the addons beside it do, nor who started it.
mitmproxy checks options for two listeners on one address and takes port 0 for an address, so all listeners
but the first are added after its start.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import msgspec
from mitmproxy import addons, ctx, exceptions, http
from mitmproxy.master import Master
from mitmproxy.options import Options
from mitmproxy.proxy.mode_specs import ProxyMode

from playhead.capture import folder
from playhead.capture.choices import Files
from playhead.errors import CannotRun, UsageError
from playhead_recorder.traffic.interim import pass_over_interim_heads
from playhead_recorder.upstream.chain import Chain
from playhead_recorder.upstream.chained import Chained
from playhead_recorder.upstream.unreached import Unreached, read_requests_first

_SERVERS = logging.getLogger("mitmproxy.addons.proxyserver")
FORWARD = "regular"
"""The mode in which clients name the server themselves."""


class Listener(msgspec.Struct, frozen=True):
    """Where to listen, and for what. `upstream` is `http(s)://HOST[:PORT]`; `None` takes any server."""

    host: str
    port: int
    upstream: str | None = None

    def mode(self, chain: Chain | None = None) -> str:
        """mitmproxy's words for it, where other proxies are on the way."""
        kind = FORWARD if self.upstream is None else f"reverse:{self.upstream}"
        if self.upstream is None and chain is not None and chain.first is not None:
            kind = f"upstream:{chain.first.address}"
        return f"{kind}@{self.host}:{self.port}"


class Setup(msgspec.Struct, frozen=True):
    """What a proxy listens on, options of mitmproxy, and the proxies between it and the servers."""

    listeners: tuple[Listener, ...]
    options: Mapping[str, Any] = {}
    chain: Chain | None = None


class Embedded:
    """A proxy with `ours` behind mitmproxy's addons. Lives on the loop that it is made on.

    Raises `UsageError` and `CannotRun` for a setup that cannot work.
    """

    def __init__(self, setup: Setup, *ours: Any) -> None:
        self._setup = setup
        self._modes = [_mode(listener, setup.chain) for listener in setup.listeners]
        self._started = _Started(self._listen_on_all)
        self._master = _master(setup, _PassOn(), *ours, _Cut(), *_behind(setup), self._started)
        self._running: asyncio.Task[None] | None = None

    async def start(self) -> list[tuple[str, int]]:
        """Serve; where each listener is, in their order. Raises `CannotRun` where one cannot be."""
        self._running = asyncio.create_task(self._master.run())
        waiting = asyncio.create_task(self._started.event.wait())
        # What keeps a server from listening is raised here: mitmproxy need not say it, too, nor when it
        # ends what never began.
        _SERVERS.addFilter(_nothing)
        await asyncio.wait((self._running, waiting), return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        found = [] if self._running.done() else self._addresses()
        _SERVERS.removeFilter(_nothing)
        return found

    def stop(self) -> None:
        """Ask it to end. Can be called from any thread."""
        self._master.shutdown()

    async def wait(self) -> None:
        """Until something asked it to end; its addons have been told by then."""
        if self._running is not None:
            await self._running

    async def close(self) -> None:
        """End it, and its listeners."""
        self.stop()
        await self.wait()
        # After `run` the listeners are still open.
        with contextlib.suppress(Exception):
            await self._servers.update([])
        _SERVERS.removeFilter(_nothing)
        asyncio.get_running_loop().set_exception_handler(_report_unless_cancelled)

    @property
    def _servers(self) -> Any:
        return self._master.addons.get("proxyserver").servers

    async def _listen_on_all(self) -> None:
        if len(self._modes) > 1:
            await self._servers.update(self._modes)

    def _addresses(self) -> list[tuple[str, int]]:
        found = []
        for mode, listener in zip(self._modes, self._setup.listeners, strict=True):
            server = self._servers[mode]
            if server.last_exception is not None or not server.listen_addrs:
                raise CannotRun(
                    f"cannot listen on {listener.host}:{listener.port}: {_reason(server.last_exception)}",
                    hint="Choose another with --listen HOST:PORT; port 0 takes any free one.",
                )
            host, port, *_ = server.listen_addrs[0]
            found.append((f"[{host}]" if ":" in host else host, port))
        return found


def require_folder(files: Files) -> None:
    """Make the folder of the cassettes, and try it. Raises `CannotRun`."""
    try:
        folder.usable(files.root)
    except OSError as error:
        raise CannotRun(
            f"no cassettes can be written: {folder.why_not(error)}",
            hint="Choose another folder with -o DIR.",
        ) from None


def _nothing(_record: logging.LogRecord) -> bool:
    return False


class _Started:
    """Says when mitmproxy has set up its servers, or failed to."""

    def __init__(self, listen: Callable[[], Any]) -> None:
        self.event = asyncio.Event()
        self._listen = listen

    async def running(self) -> None:
        try:
            await self._listen()
        finally:
            self.event.set()


class _PassOn:
    """Every response passes as it comes: mitmproxy would hold back what it does not stream."""

    def responseheaders(self, flow: http.HTTPFlow) -> None:
        if flow.response is not None:
            flow.response.stream = True


class _Cut:
    """What is open when the proxy ends is cut as soon as the addons before this one know that it ends.

    Its tasks would go on until the loop is closed, and what clients get meanwhile is in no recording.
    """

    def done(self) -> None:
        manager: Any = ctx.master.addons
        for handler in manager.get("proxyserver").connections.values():
            client = handler.transports.get(handler.client)
            if client is not None and client.writer is not None:
                # Now: a task that is cancelled may have its turn behind one that brings bytes of the server.
                client.writer.close()
                client.handler.cancel("the proxy ends")


def _behind(setup: Setup) -> Iterator[Any]:
    """The addons that come when everything is recorded."""
    yield Unreached()
    if setup.chain is not None:
        yield Chained(setup.chain)


def _mode(listener: Listener, chain: Chain | None) -> Any:
    try:
        mode: Any = ProxyMode.parse(listener.mode(chain))
    except ValueError as error:
        raise UsageError(f"{listener.upstream}: {error}") from None
    if listener.upstream is not None:
        # mitmproxy parses a mode once. For https it would listen on UDP too, for HTTP/3, whose server may
        # crash the interpreter when it leaves.
        mode.transport_protocol = "tcp"
    return mode


def _master(setup: Setup, *ours: Any) -> Any:
    """mitmproxy with its own addons and `ours`, configured."""
    pass_over_interim_heads()
    read_requests_first()
    master: Any = Master(Options(mode=[setup.listeners[0].mode(setup.chain)]))
    default: Any = addons.default_addons
    master.addons.add(*default(), *ours)
    try:
        master.options.update(onboarding=False, **setup.options)
    except exceptions.OptionsError as error:
        raise CannotRun(str(error)) from None
    return master


def _reason(error: Any) -> str:
    """Why a server could not be bound: mitmproxy wraps the system's error, and asyncio that one."""
    number = getattr(error, "errno", None)
    if number is not None and number > 0:
        return os.strerror(number)
    cause = getattr(error, "__cause__", None) or error
    return getattr(cause, "strerror", None) or str(cause)


def _report_unless_cancelled(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Python up to 3.12.1 reports every connection that is cancelled at the end as an error."""
    if not isinstance(context.get("exception"), asyncio.CancelledError):
        loop.default_exception_handler(context)
