"""Copying: to the terminal's clipboard, to a file where that cannot hold it."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from typing import TYPE_CHECKING

from playhead_viewer import snippets
from playhead_viewer.actions.clipboard import give, has_clipboard
from playhead_viewer.text.numbers import size
from playhead_viewer.text.safe import safe

if TYPE_CHECKING:
    from playhead_viewer.viewer import Viewer

_FITS = 74_000
"""Bytes that every terminal with OSC 52 takes, encoded as base64: xterm and tmux take no more."""
WORDS = {
    "event": "The event's data",
    "raw": "The event as it came, bytes as text",
    "block": "The block, as far as it has come",
    "message": "The message as JSON, as far as it has come",
    "curl": "The request as a curl command",
    "test": "A test that replays the exchange",
}


def text_of(app: Viewer, what: str) -> str | None:
    """What would be copied; `None` where there is no such thing here."""
    viewing = app.viewing
    stream = viewing.stream if viewing is not None else None
    if viewing is None or stream is None:
        return None
    number = viewing.number
    makers: dict[str, Callable[[], str | None]] = {
        "event": lambda: snippets.event(stream, number) if number else None,
        "raw": lambda: snippets.raw(stream, number) if number else None,
        "block": lambda: snippets.block(stream, number) if number else None,
        "message": lambda: snippets.message(stream, number),
        "curl": lambda: snippets.curl(stream.exchange),
        "test": lambda: snippets.test(stream.exchange, viewing.loader.name),
    }
    return makers[what]()


def copy(app: Viewer, what: str, *, to_file: bool = False) -> None:
    """Copy one of `WORDS`, and say what became of it."""
    if what == "test" and app.viewing is not None and not app.viewing.notes.is_file:
        app.say("A test needs a file: save what came through the pipe first.")
        return
    text = text_of(app, what)
    if text is None:
        app.say(f"There is nothing to copy as {what} here.")
        return
    data = text.encode("utf-8", "replace")
    if not to_file and len(data) <= _FITS and has_clipboard():
        give(app, data.decode())
        menu = app.key_of("copy_menu")
        app.say(f"Copied the {what}: {size(len(data))}. No clipboard here? {menu} writes a file.")
        return
    try:
        path = _write(data)
    except OSError as error:
        app.say(f"Cannot be copied: {error.strerror}", severity="error")
        return
    app.say(f"Written to {path}: {size(len(data))}")


def open_menu(app: Viewer) -> None:
    """Choose what to copy, and where."""
    from playhead_viewer.screens.copying import CopyScreen

    def chosen(id_: str | None) -> None:
        if id_ is not None:
            what, _, where = id_.partition(" ")
            copy(app, what, to_file=where == "file")

    app.push_screen(CopyScreen(WORDS), chosen)


def _write(data: bytes) -> str:
    descriptor, path = tempfile.mkstemp(prefix="playhead-", suffix=".txt")
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
    return safe(path)
