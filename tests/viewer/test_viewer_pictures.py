"""Pictures of the screen, looked at and then kept: what changes them is seen in review.

`PLAYHEAD_PICTURES=write` makes them anew, by the script that makes the README's.
"""

from __future__ import annotations

import importlib.metadata
import os
import subprocess
import sys
from pathlib import Path

import pytest

import playhead

KEPT = Path(__file__).parent / "pictures"
SCRIPT = Path(__file__).parents[2] / "viewer" / "picture.py"


def drawn(out: Path, *, size: str, theme: str) -> str:
    """The screen at a stall, by a process of its own: colours are decided by the environment."""
    env = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "COLORTERM")}
    if theme == "nocolor":
        env["NO_COLOR"] = "1"
    sample = str(playhead.sample("stalled-keepalives"))
    command = [sys.executable, str(SCRIPT), str(out), sample, "--size", size, "--keys", "s"]
    command += ["--theme", "light" if theme == "light" else "dark"]
    subprocess.run(command, check=True, timeout=120, env=env)
    return out.read_text(encoding="utf-8")


@pytest.mark.parametrize("theme", ["dark", "light", "nocolor"])
@pytest.mark.parametrize("size", ["120x40", "80x24", "60x20"])
def test_the_screen_is_the_picture_that_was_looked_at(tmp_path, size, theme):
    kept = KEPT / f"{theme}-{size}.svg"
    found = drawn(tmp_path / "now.svg", size=size, theme=theme)
    if os.environ.get("PLAYHEAD_PICTURES") == "write":
        kept.parent.mkdir(exist_ok=True)
        kept.write_text(found, encoding="utf-8")
    if importlib.metadata.version("textual") != "8.2.8":
        pytest.skip("the pictures are those of Textual 8.2.8")
    assert found == kept.read_text(encoding="utf-8")
