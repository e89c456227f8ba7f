"""`playhead serve`: a cassette over HTTP, for any client.

Knows options, signals and what is said on stderr. The first line there is stable, so that a program can
wait for it: `Replaying PATH: listening on http://HOST:PORT`.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal

import click

from playhead.cli import extras, inputs
from playhead.plan import Pace, parse_speed
from playhead.plan.alterations import parse_alteration
from playhead.replay.altered import altered
from playhead.sanitise import sanitise_lines
from playhead.store.cassette import Cassette


@click.command()
@click.argument("path")
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=0, show_default=True, help="0 takes a free one."
)
@click.option("--speed", default="1.0", show_default=True, help="A factor on the recorded pace, or max.")
@click.option("--max-gap", type=float, metavar="SECONDS", help="No wait is longer than this.")
@click.option(
    "--alter",
    "alterations",
    multiple=True,
    metavar="NAME:…",
    help="Play every exchange otherwise: cut:event=5, stall:chunk=3, status:529 …",
)
def serve(
    path: str, host: str, port: int, speed: str, max_gap: float | None, alterations: tuple[str, ...]
) -> None:
    """Replay the cassette PATH over HTTP (- reads it from stdin).

    A request is answered by the exchange of its method, path and query that was played least, the first
    of these: when all were played, it starts over. Point a client at it by its base URL:

    \b
        ANTHROPIC_BASE_URL=http://127.0.0.1:PORT
        OPENAI_BASE_URL=http://127.0.0.1:PORT/v1

    Each recorded chunk is sent as one HTTP chunk (its bytes are those after transfer and content
    decoding), at its recorded time, and the response ends as it did: cut, reset or silent. Where the
    recording stops before its stream did, the connection is aborted. A request that no exchange answers
    gets a 404 that says why. SIGTERM stops the server (exit code 0), Ctrl-C too (130).

    --alter changes what is played, again and again from left to right: rechunk, cut, stall, slow, inject,
    status, corrupt, encode. docs/hostile.md lists their arguments:

    \b
        --alter cut:event=5                 the stream stops after 5 events, and says that it is whole
        --alter cut:event=5,by=reset        the same, by a reset
        --alter rechunk:utf-8 --alter slow:2
    """
    extras.need_serve("`playhead serve`")
    pace = Pace.of(parse_speed(speed), max_gap)
    cassette = inputs.open_cassette(path)
    for text in alterations:
        cassette = altered(cassette, parse_alteration(text))
    stopped_by = asyncio.run(_serve(cassette, host, port, pace))
    if stopped_by is signal.SIGINT:
        raise click.Abort


async def _serve(cassette: Cassette, host: str, port: int, pace: Pace) -> signal.Signals:
    """Serve until a signal comes; which."""
    from playhead.replay.server import Server  # stands on an extra, which is known to be there by now

    stopping: asyncio.Future[signal.Signals] = asyncio.get_running_loop().create_future()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, _resolve, stopping, number)
    async with Server(
        cassette, speed=pace.speed, max_gap=pace.max_gap, host=host, port=port, say=_say
    ) as server:
        _say(f"Replaying {cassette.name}: listening on {server.url}")
        inputs.say_torn(cassette.name, cassette.torn)
        return await stopping


def _resolve(stopping: asyncio.Future[signal.Signals], number: signal.Signals) -> None:
    if not stopping.done():
        stopping.set_result(number)


def _say(text: str) -> None:
    # Whoever read it may have left (`2>&1 | head -1`): clients are served all the same.
    with contextlib.suppress(BrokenPipeError):
        click.echo(sanitise_lines(text), err=True)
