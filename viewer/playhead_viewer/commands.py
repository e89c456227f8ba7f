"""`playhead view`: opens what it is given, makes sure of a terminal, runs the app. Imports Textual last."""

from __future__ import annotations

import contextlib
import gc
import io
import os
import signal
import sys
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from playhead.cli import lifeline
from playhead.cli.extras import need_view
from playhead.errors import CannotRun, InputError, UsageError
from playhead.sanitise import sanitise

if TYPE_CHECKING:
    from playhead_viewer.app import PlayheadApp
    from playhead_viewer.source.loader import Loader

_STDIN = "-"
_NO_SCREENS = ("dumb", "unknown")
_STDIN_NAME = "<stdin>"
_BLINK = 0.5
THEMES = {"dark": "textual-dark", "light": "textual-light", "ansi": "playhead-ansi"}


@click.command()
@click.argument("paths", metavar="PATH...", nargs=-1, required=True)
@click.option(
    "--exchange", type=click.IntRange(min=1), metavar="N", help="Open exchange N [default: the first]."
)
@click.option("--follow", is_flag=True, help="Stay on the newest event of a recording that is under way.")
@click.option("--plain", is_flag=True, help="Print the same as text, without a screen.")
@click.option(
    "--theme",
    type=click.Choice(list(THEMES)),
    help="The colours [default: dark; ansi where the terminal has sixteen].",
)
@lifeline.option
def view(
    paths: tuple[str, ...],
    exchange: int | None,
    follow: bool,
    plain: bool,
    theme: str | None,
    while_open: int | None,
) -> int:
    """Step through the cassette at PATH (`-` reads it from standard input).

    Of a folder, a pattern or several paths it first shows a list of the sessions in them. A file that is
    still recorded is followed as it grows.
    """
    need_view("`playhead view`")
    if plain:
        return _print(paths, exchange, follow=follow)
    with _uncollected():
        return _run(paths, exchange, follow=follow, theme=theme, while_open=while_open)


def _run(
    paths: tuple[str, ...], exchange: int | None, *, follow: bool, theme: str | None, while_open: int | None
) -> int:
    if paths == (_STDIN,):
        piped = _stdin()
        _need_terminal(_STDIN)  # now: keys are read in place of what is piped
        loader: Loader | None = _open_stdin(piped)
    else:
        loader = _open(paths, follow=follow)
        _need_terminal(paths[0])
    if loader is None:
        _files(paths)  # what names nothing is said before the screen is taken
    from playhead_viewer.actions.table import COMMANDS
    from playhead_viewer.app import PlayheadApp
    from playhead_viewer.keys import config_path, load_keymap

    keymap = load_keymap(config_path(), COMMANDS)
    app = PlayheadApp(loader, exchange, follow=follow, paths=paths if _are_many(paths) else ())
    app.set_keymap(keymap)
    app.theme = THEMES[theme or ("ansi" if app.has_few_colours else "dark")]
    if while_open is not None:
        lifeline.when_closed(while_open, lambda: app.call_later(_leave, app))
    app.drawn = _collect
    _speak_utf8()
    app.run()
    if app.failure is not None:
        raise app.failure
    return app.return_code or 0


def _leave(app: PlayheadApp) -> None:
    """Leave a terminal that may be somebody else's by now: setting it back must not stop this process."""
    signal.signal(signal.SIGTTOU, signal.SIG_IGN)
    app.exit()


@contextlib.contextmanager
def _uncollected() -> Iterator[None]:
    """Collect no garbage until `_collect`: up to the first row there is none, and looking takes a tenth."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _collect() -> None:
    gc.freeze()
    gc.enable()


def _stdin() -> int:
    """A descriptor of its own for what is piped in. Raises `UsageError` where a terminal is."""
    try:
        if not os.isatty(0):
            return os.dup(0)
    except OSError:
        raise InputError(f"{_STDIN_NAME} is closed") from None
    raise UsageError(
        "standard input is a terminal, and no cassette comes from there",
        hint="Pipe one into it: COMMAND | playhead view -\nOr name a file: playhead view PATH",
    )


def _open_stdin(descriptor: int) -> Loader:
    from playhead_viewer.source.loader import open_pipe

    with _patience("standard input"):
        return open_pipe(partial(os.read, descriptor), _STDIN_NAME)


def _are_many(paths: tuple[str, ...]) -> bool:
    from playhead_viewer.source.paths import is_many

    return paths != (_STDIN,) and is_many(paths)


def _open(paths: tuple[str, ...], *, follow: bool) -> Loader | None:
    """The one cassette that was named, its first portion read; `None` for a list of several.

    Of several that are followed the one that is recorded now, if any is.
    """
    from playhead_viewer.source.loader import open_path

    if _STDIN in paths:
        raise UsageError("standard input cannot be one of several", hint="Save it to a file first.")
    if _are_many(paths):
        from playhead_viewer.source.paths import growing

        found = growing(paths) if follow else None
        return open_path(found) if found is not None else None
    with _patience(paths[0]) if Path(paths[0]).is_fifo() else contextlib.nullcontext():
        return open_path(paths[0])


@contextlib.contextmanager
def _patience(source: str) -> Iterator[None]:
    """Say what is waited for, where that takes longer than a blink and somebody reads it."""

    def say() -> None:
        click.echo(f"Waiting for {sanitise(source)} … (ctrl+c ends)", err=True)

    timer = threading.Timer(_BLINK, say)
    timer.daemon = True
    if sys.stderr.isatty():
        timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _files(paths: tuple[str, ...]) -> list[str]:
    from playhead_viewer.source.paths import find

    return find(paths)


def _print(paths: tuple[str, ...], exchange: int | None, *, follow: bool) -> int:
    from playhead_viewer.plain import print_file, print_sessions

    loader = _open_stdin(_stdin()) if paths == (_STDIN,) else _open(paths, follow=follow)
    if loader is not None:
        with contextlib.closing(loader):
            damage = print_file(loader, exchange, sys.stdout.write, follow=follow)
        if damage is not None:
            raise damage
        return 0
    if follow:
        raise InputError(
            "no recorder writes any of these files now", hint="Without --follow they are printed."
        )
    from playhead.cli import inputs
    from playhead_viewer.source.loader import open_path

    found = _files(paths)
    files = inputs.Each(tuple(found))
    if len(found) > 1:
        print_sessions(found, sys.stdout.write)
    for path in files:
        sys.stdout.write(f"==> {sanitise(path)} <==\n")
        with files.reading(), contextlib.closing(open_path(path)) as each:
            damage = print_file(each, exchange, sys.stdout.write)
            if damage is not None:
                raise damage
        sys.stdout.write("\n")
    files.finish()
    return 0


def _speak_utf8() -> None:
    """Terminals speak UTF-8, whatever the locale says: escapes instead of characters would tear the lines."""
    for stream in (sys.__stdout__, sys.__stderr__):
        if isinstance(stream, io.TextIOWrapper) and stream.encoding.lower().replace("-", "") != "utf8":
            stream.reconfigure(encoding="utf-8")


def _need_terminal(path: str) -> None:
    """The app draws on standard error's terminal and reads keys from descriptor 0: see that both are one."""
    hint = f"To read it as text: playhead view --plain {path}"
    if not (sys.stdout.isatty() and sys.stderr.isatty()):
        raise CannotRun("the viewer needs a terminal, and its output goes elsewhere", hint=hint)
    if os.environ.get("TERM") in _NO_SCREENS:
        raise CannotRun("the viewer needs a terminal with a screen, and TERM says it has none", hint=hint)
    if sys.stdin.isatty():
        return
    try:
        keys = os.open("/dev/tty", os.O_RDWR)
    except OSError:
        raise CannotRun("the viewer needs a terminal to read keys from", hint=hint) from None
    os.dup2(keys, 0)
    os.close(keys)
