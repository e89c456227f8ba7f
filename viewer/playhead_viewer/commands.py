"""`playhead view`: opens the cassette, makes sure of a terminal, runs the app. Imports Textual last."""

from __future__ import annotations

import os
import sys

import click

from playhead.cli.extras import need_view
from playhead.cli.inputs import open_cassette
from playhead.errors import CannotRun


@click.command()
@click.argument("path")
@click.option(
    "--exchange", type=click.IntRange(min=1), metavar="N", help="Open exchange N [default: the first]."
)
def view(path: str, exchange: int | None) -> int:
    """Step through the cassette at PATH (`-` reads it from standard input)."""
    need_view("`playhead view`")
    cassette = open_cassette(path)
    _need_terminal(path)
    from playhead_viewer.app import PlayheadApp

    app = PlayheadApp(cassette, exchange)
    app.run()
    if app.failure is not None:
        raise app.failure
    return app.return_code or 0


def _need_terminal(path: str) -> None:
    """The app draws on standard error's terminal and reads keys from descriptor 0: see that both are one."""
    hint = f"To list the events as text: playhead events {path}"
    if not (sys.stdout.isatty() and sys.stderr.isatty()):
        raise CannotRun("the viewer needs a terminal, and its output goes elsewhere", hint=hint)
    if sys.stdin.isatty():
        return
    try:
        keys = os.open("/dev/tty", os.O_RDWR)
    except OSError:
        raise CannotRun("the viewer needs a terminal to read keys from", hint=hint) from None
    os.dup2(keys, 0)
    os.close(keys)
