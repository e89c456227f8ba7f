"""Opening what is shown in the reader's own editor, as a file that is deleted when the editor leaves."""

from __future__ import annotations

import contextlib
import json
import os
import shlex
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from textual.app import SuspendNotSupported

from playhead.protocols.payload import NotJson, parse
from playhead_viewer import snippets
from playhead_viewer.safe import safe

if TYPE_CHECKING:
    from playhead_viewer.viewer import Viewer


def edit(app: Viewer) -> None:
    """The event's data, indented where it is JSON; without an event, the body."""
    viewing = app.viewing
    if viewing is None or viewing.stream is None:
        return
    editor = os.environ.get("VISUAL") or os.environ.get("EDITOR")
    if not editor:
        app.say("No editor is named: set VISUAL or EDITOR.", severity="warning")
        return
    stream, number = viewing.stream, viewing.number
    text = snippets.event(stream, number) if number else stream.exchange.body.decode("utf-8", "replace")
    try:
        text = json.dumps(parse(text), ensure_ascii=False, indent=2)
        suffix = ".json"
    except NotJson:
        suffix = ".txt"
    descriptor, path = tempfile.mkstemp(prefix=f"playhead-{number}-", suffix=suffix)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(text.encode("utf-8", "replace"))
        with app.suspend():
            subprocess.run([*shlex.split(editor), path], check=False)
    except SuspendNotSupported:
        app.say("This terminal cannot be lent to an editor.", severity="warning")
    except (OSError, ValueError) as error:
        app.say(f"{safe(editor)} cannot be started: {safe(str(error))}", severity="error")
    finally:
        with contextlib.suppress(OSError):
            Path(path).unlink()
    app.refresh()
