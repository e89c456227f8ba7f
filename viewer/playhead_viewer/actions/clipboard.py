"""The clipboard: OSC 52 to the terminal, and tmux's own way where that keeps such sequences to itself.

tmux takes OSC 52 from a program only where its option `set-clipboard` is `on`, which it is not by default;
what is loaded into a buffer with `-w` reaches the clipboard there, too. Source: `man tmux`.
"""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playhead_viewer.viewer import Viewer

_NO_CLIPBOARD = frozenset(("linux", "dumb", "vt100", "vt220"))
_PATIENCE = 2.0


def has_clipboard() -> bool:
    """Whether the terminal may have one."""
    return os.environ.get("TERM") not in _NO_CLIPBOARD


def give(app: Viewer, text: str) -> None:
    """Put a text into the clipboard. Whether it came there no terminal tells."""
    app.copy_to_clipboard(text)
    if "TMUX" in os.environ and not app.is_headless and _tmux("show-options", "-sv", "set-clipboard") != "on":
        _tmux("load-buffer", "-w", "-", given=text)


def _tmux(*args: str, given: str = "") -> str | None:
    """What tmux answers; `None` where it does not."""
    try:
        done = subprocess.run(
            ["tmux", *args], input=given.encode(), capture_output=True, timeout=_PATIENCE, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.decode("utf-8", "replace").strip()
