"""What to do when mitmproxy's Python cannot import Playhead: the command for that very installation.

Loaded by path, without its package, into an environment that has mitmproxy and nothing of Playhead: it
must import the standard library only.
"""

from __future__ import annotations

import importlib.util
import os
import shlex
import sys
from collections.abc import Mapping
from pathlib import Path


def how_to_fix(error: ImportError) -> str:
    """The message, ready to be shown."""
    return (
        f"Playhead cannot be imported by mitmproxy's Python ({sys.executable}): {error}\n"
        f"{_fix()}\n"
        "Or use `playhead record --upstream URL`, which brings its own proxy."
    )


def _fix() -> str:
    if getattr(sys, "frozen", False):
        return (
            "This is mitmproxy's stand-alone binary, which cannot load other packages. "
            "Install mitmproxy as a Python package beside Playhead: pip install 'playhead[record]'"
        )
    command = _command(Path(sys.prefix), os.environ)
    return f"Install Playhead there: {command}"


def _command(prefix: Path, environment: Mapping[str, str]) -> str:
    """The command that installs Playhead into the environment at `prefix`."""
    parts = [part.lower() for part in prefix.parts]
    if "pipx" in parts or Path(environment.get("PIPX_HOME", "/nowhere")) in prefix.parents:
        return f"pipx inject {shlex.quote(prefix.name)} playhead"
    if parts[-3:-1] == ["uv", "tools"] or Path(environment.get("UV_TOOL_DIR", "/nowhere")) == prefix.parent:
        return f"uv tool install {shlex.quote(prefix.name)} --with playhead"
    python = shlex.quote(sys.executable)
    if importlib.util.find_spec("pip") is None:
        return f"uv pip install --python {python} playhead"
    return f"{python} -m pip install playhead"
