"""Programs that are recorded often, and what each of them needs."""

from __future__ import annotations

import re
import shutil
import subprocess

from playhead.doctor import Finding, Level, Surroundings
from playhead_recorder.wrap.node import SHIM

_SECONDS = 10.0
_HEEDS = ((24, 0), (22, 21))
"""From 24 on, and from 22.21 in its line, Node reads proxy variables when it is told to."""
_OLDEST = (18, 0)


def node(surroundings: Surroundings) -> Finding:
    """Whether Node heeds a proxy, or needs the shim."""
    if not SHIM.is_file():
        return Finding("node", Level.FAIL, f"{SHIM} is missing", "Install Playhead again.")
    return judge_node(_version("node", surroundings))


def judge_node(text: str | None) -> Finding:
    """`text` is what `node --version` says, `None` where there is no Node."""
    if text is None:
        return Finding("node", Level.NOTE, "not found")
    match = re.match(r"v(\d+)\.(\d+)", text)
    if match is None:
        return Finding("node", Level.WARN, f"its version cannot be read: {text[:40]}")
    version = int(match[1]), int(match[2])
    (after, _), (line, since) = _HEEDS
    if version[0] >= after or (version[0] == line and version[1] >= since):
        return Finding("node", Level.OK, f"{text} heeds proxy variables with NODE_USE_ENV_PROXY=1")
    alone = "`playhead record -- CMD` brings a shim; without that, use a base URL"
    if version < _OLDEST:
        return Finding(
            "node", Level.WARN, f"{text} ignores proxy variables, and is too old for the shim", alone
        )
    return Finding("node", Level.NOTE, f"{text} ignores proxy variables without a word: {alone}")


def curl(surroundings: Surroundings) -> Finding:
    """Whether curl is there to try things with."""
    return judge_curl(_version("curl", surroundings))


def judge_curl(text: str | None) -> Finding:
    """`text` is what `curl --version` says, `None` where there is no curl."""
    if text is None:
        return Finding("curl", Level.NOTE, "not found")
    return Finding("curl", Level.OK, " ".join(text.split()[:2]))


def _version(program: str, surroundings: Surroundings) -> str | None:
    """The first line that `PROGRAM --version` prints."""
    path = shutil.which(program, path=surroundings.environ.get("PATH"))
    if path is None:
        return None
    done = subprocess.run(
        [path, "--version"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=_SECONDS,
        check=False,
        env=dict(surroundings.environ),
    )
    return done.stdout.decode("utf-8", "replace").strip().partition("\n")[0]
