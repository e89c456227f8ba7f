"""Opening what is shown in the reader's own editor, as a file that is deleted when the editor leaves."""

from __future__ import annotations

import contextlib
import json
import os
import shlex
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from textual.app import SuspendNotSupported

from playhead.protocols.payload import NotJson, parse
from playhead_viewer import snippets
from playhead_viewer.text.safe import safe

if TYPE_CHECKING:
    from playhead_viewer.viewer import Viewer


def edit(app: Viewer) -> None:
    """The event's data, indented where it is JSON; without an event, the body."""
    viewing = app.viewing
    if viewing is None or viewing.stream is None:
        return
    editor = os.environ.get("VISUAL") or os.environ.get("EDITOR")
    if not editor or not editor.strip():
        app.say("No editor is named: set VISUAL or EDITOR.", severity="warning")
        return
    stream, number = viewing.stream, viewing.number
    text = snippets.event(stream, number) if number else stream.exchange.body.decode("utf-8", "replace")
    try:
        text = json.dumps(parse(text), ensure_ascii=False, indent=2)
        suffix = ".json"
    except NotJson:
        suffix = ".txt"
    try:
        command = shlex.split(editor)
    except ValueError as error:
        app.say(f"{safe(editor)} is no command: {error}. Set VISUAL or EDITOR.", severity="error")
        return
    try:
        descriptor, path = tempfile.mkstemp(prefix=f"playhead-{number}-", suffix=suffix)
    except OSError as error:
        app.say(f"No file can be written for the editor: {error.strerror}", severity="error")
        return
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(text.encode("utf-8", "replace"))
        with app.suspend():
            wrong = _run([*command, path])
        if wrong is not None:
            app.say(f"{safe(editor)} {wrong}", severity="error")
    except SuspendNotSupported:
        app.say("This terminal cannot be lent to an editor.", severity="warning")
    except OSError as error:
        app.say(f"No file can be written for the editor: {error.strerror}", severity="error")
    finally:
        with contextlib.suppress(OSError):
            Path(path).unlink()
    app.refresh()


def _run(command: list[str]) -> str | None:
    """Run a program in the terminal; what went wrong, if anything did. Raises nothing of what it meets: the
    terminal that was lent is given back by those only who come to the end.
    """
    try:
        code = _spawn(command)
    except OSError as error:
        return f"cannot be started: {error.strerror}. Set VISUAL or EDITOR."
    return None if not code else f"ended with {f'exit code {code}' if code > 0 else f'signal {-code}'}."


def _spawn(command: list[str]) -> int:
    """Its exit code, or the signal that ended it, negative.

    A ctrl+c is meant for the program: nothing is interrupted here meanwhile, which it must not inherit.
    """
    if sys.platform == "win32":
        return subprocess.run(command, check=False).returncode
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        child = os.posix_spawnp(command[0], command, os.environ, setsigdef=[signal.SIGINT])
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    finally:
        signal.signal(signal.SIGINT, before)
