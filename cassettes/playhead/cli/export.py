"""`playhead export`: an exchange in another format; now raw SSE, the bytes as they were delivered."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import click

from playhead.cli import inputs
from playhead.errors import CannotRun, InputError, UsageError
from playhead.exchange import Exchange
from playhead.store.cassette import Cassette
from playhead.store.files import write_whole


@click.command()
@click.argument("path")
@click.option("--to", "format_", type=click.Choice(["sse"]), required=True, help="The format to write.")
@click.option(
    "--exchange", type=click.IntRange(min=1), metavar="N", help="Which exchange, where there are several."
)
@click.option("-o", "--output", metavar="FILE", help="Write to a file instead of standard output.")
@click.option("--force", is_flag=True, help="Replace FILE if it exists.")
@click.option("--raw", is_flag=True, help="Write recorded bytes even to a terminal.")
def export(path: str, format_: str, exchange: int | None, output: str | None, force: bool, raw: bool) -> None:
    """Give a stream back as raw SSE, `-` for standard input.

    The bytes are those of the response body after transfer and content decoding. They are what a server
    sent: on a terminal they could do anything, so that needs --raw.
    """
    del format_  # there is one, and click has checked it
    cassette = inputs.open_cassette(path)
    chosen = _choose(cassette, exchange)
    inputs.say_torn(cassette.name, cassette.torn)
    parts = (chunk.data for chunk in chosen.chunks)
    if output is None or output == inputs.STDIN:
        if sys.stdout.isatty() and not raw:
            raise UsageError(
                "recorded bytes do not go to a terminal by themselves",
                hint="Redirect them, name a file with -o, or insist with --raw.",
            )
        _write(sys.stdout.buffer, parts)
    else:
        write_whole(Path(output), parts, overwrite=force)


def _choose(cassette: Cassette, number: int | None) -> Exchange:
    if number is not None:
        return cassette[number]
    if len(cassette) == 1:
        return cassette.exchanges[0]
    if not cassette:
        raise InputError(f"{cassette.name} holds no exchange")
    raise UsageError(
        f"{cassette.name} holds {len(cassette)} exchanges",
        hint="Choose one with --exchange N; `playhead ls` lists them.",
    )


def _write(out: BinaryIO, parts: Iterator[bytes]) -> None:
    try:
        out.writelines(parts)
        out.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        raise CannotRun(f"standard output: {os.strerror(error.errno or 0)}") from None
