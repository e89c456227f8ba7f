"""What Node needs: newer ones a variable, older ones a script that is loaded before the program.

Node 24, and 22 from 22.21, heed the proxy variables if NODE_USE_ENV_PROXY=1. Older ones ignore them without
a word. The script tells those apart itself, so both are always given.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

SHIM = Path(__file__).with_name("node_shim.cjs")
"""In the installation, not in a folder of the run: a program left running may start Node later."""


def variables(environ: Mapping[str, str]) -> dict[str, str]:
    """What to set, beside what `environ` has in NODE_OPTIONS."""
    options = [environ.get("NODE_OPTIONS", ""), f"--require {_quoted(str(SHIM))}"]
    return {
        "NODE_USE_ENV_PROXY": "1",
        "NODE_OPTIONS": " ".join(option for option in options if option),
    }


def _quoted(path: str) -> str:
    """A path in NODE_OPTIONS may stand in double quotes, with backslashes before these and backslashes."""
    return '"' + path.replace("\\", "\\\\").replace('"', '\\"') + '"'
