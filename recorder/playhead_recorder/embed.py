"""`playhead record` without a program: a mitmproxy in this process, before servers or as a forward proxy.

Knows asyncio and signals; mitmproxy's master is next door, and what is recorded, the addon knows. Listens
on loopback unless told otherwise. In reverse mode a client needs its base URL changed, and no certificate.

The first line on standard error that has `listening on http://HOST:PORT` says that connections are
accepted, with nothing behind the port: programs may wait for it. Every upstream has such a line of its
own, all of them said when all accept. SIGINT and SIGTERM end the streams, finish their cassettes and
return; a second signal leaves at once.
"""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path

import msgspec

from playhead.capture.recording import Finished, describe
from playhead_recorder.addon import Recorder
from playhead_recorder.master import Embedded, Listener, Say, Setup, warnings_to
from playhead_recorder.tally import Tally


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What to record: each upstream is `http(s)://HOST[:PORT]`; none is a forward proxy.

    Port 0 takes any free one; another is the first upstream's, and those that follow get the next ones.
    """

    upstreams: tuple[str, ...]
    folder: Path
    host: str
    port: int

    def listeners(self) -> tuple[Listener, ...]:
        return tuple(
            Listener(self.host, self.port + index if self.port else 0, upstream)
            for index, upstream in enumerate(self.upstreams or (None,))
        )


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
    proxy = Embedded(Setup(plan.listeners(), plan.folder), recorder)
    _stop_on_signals(proxy)
    try:
        addresses = await proxy.start()
        for (host, port), upstream in zip(addresses, plan.upstreams or (None,), strict=False):
            say(f"listening on http://{host}:{port}")
            of = upstream or "every server that clients reach through it"
            say(f"recording the streams of {of} into {plan.folder}")
        with warnings_to(say):
            await proxy.wait()
    finally:
        await proxy.close()
    tally.other_responses = recorder.other_responses
    return tally


def _stop_on_signals(proxy: Embedded) -> None:
    loop = asyncio.get_running_loop()

    def stop() -> None:
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)
        proxy.stop()

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop)
