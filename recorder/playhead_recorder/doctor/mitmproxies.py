"""The mitmproxy that the user would start: whether `-s "$(playhead addon)"` works in it.

mitmproxy is often installed apart (a stand-alone binary, pipx, uv tool): its Python then knows no Playhead.
"""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

from playhead.doctor import Finding, Level, Surroundings

_NAME = "mitmproxy"
_PROGRAMS = ("mitmdump", "mitmproxy", "mitmweb")
_SECONDS = 20.0
_HEAD = 1024
_ASK = "import importlib.util as u; print(all(map(u.find_spec, ('playhead', 'playhead_recorder'))))"
_OURS = "`playhead record --upstream URL` brings its own proxy."
# Where a path is long or has spaces, pip writes `#!/bin/sh` and this (pip/_vendor/distlib/scripts.py).
_EXEC = re.compile(rb"'''exec' (\"[^\"\n]+\"|\S+)")


def on_path(surroundings: Surroundings) -> Finding:
    """Whether a mitmproxy on PATH can load the addon."""
    search = surroundings.environ.get("PATH")
    found = next((path for name in _PROGRAMS if (path := shutil.which(name, path=search))), None)
    if found is None:
        return Finding(_NAME, Level.NOTE, f"none on PATH. {_OURS}")
    python = interpreter_of(Path(found))
    if python is None:
        return Finding(
            _NAME,
            Level.WARN,
            f"{found} is a stand-alone binary: it cannot load the addon",
            f"pip install 'playhead[record]' has a mitmproxy that can. {_OURS}",
        )
    if Path(python).parent == Path(sys.executable).parent:
        return Finding(_NAME, Level.OK, f"{found} is of this environment")
    if _has_playhead(python, surroundings):
        return Finding(_NAME, Level.OK, f"{found} is of another environment, which has Playhead too")
    return Finding(
        _NAME,
        Level.WARN,
        f"{found} is of another environment, which has no Playhead: it cannot load the addon",
        f"Install Playhead there (its Python is {python}). {_OURS}",
    )


def interpreter_of(program: Path) -> str | None:
    """The Python that a script is run with; `None` where it is no script."""
    with program.open("rb") as file:
        head = file.read(_HEAD)
    if not head.startswith(b"#!"):
        return None
    if (match := _EXEC.search(head)) is not None:
        return shlex.split(match[1].decode("utf-8", "replace"))[0]
    words = head[2:].partition(b"\n")[0].decode("utf-8", "replace").split()
    if words and Path(words[0]).name == "env":
        return shutil.which(words[-1])
    return words[0] if words else None


def _has_playhead(python: str, surroundings: Surroundings) -> bool:
    try:
        done = subprocess.run(
            [python, "-c", _ASK],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_SECONDS,
            check=False,
            env=dict(surroundings.environ),
            cwd=Path(python).anchor or None,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.stdout.strip() == b"True"
