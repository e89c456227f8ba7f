"""`playhead record` without a program: a mitmproxy in this process, before servers or as a forward proxy.

Knows asyncio and signals; mitmproxy's master is next door, and what is recorded, the addon knows. Listens
on loopback unless told otherwise. In reverse mode a client needs its base URL changed, and no certificate.

The first line on standard error that has `listening on http://HOST:PORT` says that connections are
accepted, with nothing behind the port: programs may wait for it. Every upstream has such a line of its
own, all of them said when all accept. SIGINT, SIGTERM and SIGHUP (a terminal that is closed) end the
streams, finish their cassettes and return; a second signal leaves at once.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

from playhead.cli import lifeline
from playhead_recorder import private
from playhead_recorder.addon import Recorder
from playhead_recorder.master import Embedded, Listener, Setup, require_folder
from playhead_recorder.operation import Level, Operation, missing, recorded
from playhead_recorder.options.settings import Settings
from playhead_recorder.output.told import Told
from playhead_recorder.upstream.chain import Chain
from playhead_recorder.wrap import certificates


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What to record: each upstream is `http(s)://HOST[:PORT]`; none is a forward proxy.

    Port 0 takes any free one; another is the first upstream's, and those that follow get the next ones.
    `folder` is as the user named it.
    """

    upstreams: tuple[str, ...]
    settings: Settings
    folder: Path
    host: str
    port: int
    chain: Chain | None = None
    """The proxies between the recorder and the servers."""

    def listeners(self) -> tuple[Listener, ...]:
        return tuple(
            Listener(self.host, self.port + index if self.port else 0, upstream)
            for index, upstream in enumerate(self.upstreams or (None,))
        )


NOT_FINISHED = 4
"""The exit code of a run that leaves a cassette unfinished."""


def record(plan: Plan, upstream_ca: Path | None = None, while_open: int | None = None) -> int:
    """Record until a signal comes, and say on standard error what happens. The exit code: `NOT_FINISHED`
    where something that was recorded is in no finished cassette.

    `upstream_ca` is a file of certificates that servers may have theirs from, beside those that are usual.
    `while_open` is a pipe's descriptor: its other end, once closed, ends the recording as a signal does.
    Raises `CannotRun` where the port or the folder cannot be used, `UsageError` where that file holds none.
    """
    private.remove_leftovers()
    with _trust(upstream_ca) as options:
        return asyncio.run(_record(plan, options, while_open))


@contextlib.contextmanager
def _trust(upstream_ca: Path | None) -> Iterator[dict[str, str]]:
    """The options of mitmproxy that say whom to trust."""
    if upstream_ca is None:
        yield {}
        return
    certificates.require(upstream_ca)
    with private.folder() as own:
        bundle = certificates.write_bundle(own / "servers.pem", (*certificates.usual(), upstream_ca))
        yield {"ssl_verify_upstream_trusted_ca": str(bundle)}


async def _record(plan: Plan, options: dict[str, str], while_open: int | None) -> int:
    chosen = plan.settings
    operation = Operation(log=chosen.log, counters_file=chosen.counters)
    told = Told(operation.counters, operation.say)
    recorder = Recorder(told, chosen)
    proxy = Embedded(Setup(plan.listeners(), options, plan.chain), recorder)
    require_folder(chosen.files)
    _stop_on_signals(proxy, while_open)
    with operation:
        try:
            addresses = await proxy.start()
            for (host, port), upstream in zip(addresses, plan.upstreams or (None,), strict=False):
                url = f"http://{host}:{port}"
                operation.say(f"listening on {url}", event="listening", url=url, upstream=upstream)
                of = upstream or "every server that clients reach through it"
                operation.say(f"recording the traffic of {of} into {plan.folder}", event="recording")
            await proxy.wait()
        finally:
            await proxy.close()
            await asyncio.to_thread(recorder.wait)
    snapshot = operation.counters.snapshot()
    operation.say(recorded(snapshot, plan.folder), event="recorded", **snapshot.as_json())
    if (line := missing(snapshot)) is not None:
        operation.say(line, event="missing")
    if (line := told.left.line(plan.folder, chosen.file)) is None:
        return 0
    operation.say(line, event="unfinished", level=Level.ERROR, cassettes=told.left.names)
    return NOT_FINISHED


def _stop_on_signals(proxy: Embedded, while_open: int | None) -> None:
    loop = asyncio.get_running_loop()
    numbers = [signal.SIGINT, signal.SIGTERM]
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # as `nohup` wants it
        numbers.append(signal.SIGHUP)

    def stop() -> None:
        for number in numbers:
            loop.remove_signal_handler(number)
        proxy.stop()

    for number in numbers:
        loop.add_signal_handler(number, stop)
    if while_open is not None:
        lifeline.when_closed(while_open, lambda: _in(loop, stop))


def _in(loop: asyncio.AbstractEventLoop, call: Callable[[], object]) -> None:
    with contextlib.suppress(RuntimeError):  # the loop is over: there is nothing to stop
        loop.call_soon_threadsafe(call)
