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


SHOWN = {"": ("stalled-keepalives", "s"), "tools-": ("anthropic-tools", "t j j j")}
"""A stall, and a part of a tool's input: by what a picture's name begins with, the sample and the keys."""


def drawn(out: Path, *, what: str, size: str, theme: str) -> str:
    """The screen, by a process of its own: colours are decided by the environment."""
    name, keys = SHOWN[what]
    env = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "COLORTERM")}
    if theme == "nocolor":
        env["NO_COLOR"] = "1"
    sample = str(playhead.sample(name))
    command = [sys.executable, str(SCRIPT), str(out), sample, "--size", size, "--keys", keys]
    command += ["--theme", "light" if theme == "light" else "dark"]
    subprocess.run(command, check=True, timeout=120, env=env)
    return out.read_text(encoding="utf-8")


PICTURES = [
    ("", size, theme) for size in ("120x40", "80x24", "60x20") for theme in ("dark", "light", "nocolor")
]
PICTURES += [("tools-", "120x40", "dark"), ("tools-", "80x24", "nocolor")]


@pytest.mark.parametrize(("what", "size", "theme"), PICTURES)
def test_the_screen_is_the_picture_that_was_looked_at(tmp_path, what, size, theme):
    kept = KEPT / f"{what}{theme}-{size}.svg"
    found = drawn(tmp_path / "now.svg", what=what, size=size, theme=theme)
    if os.environ.get("PLAYHEAD_PICTURES") == "write":
        kept.parent.mkdir(exist_ok=True)
        kept.write_text(found, encoding="utf-8")
    if importlib.metadata.version("textual") != "8.2.8":
        pytest.skip("the pictures are those of Textual 8.2.8")
    assert found == kept.read_text(encoding="utf-8")


def test_the_readmes_picture_is_of_today(tmp_path):
    found = drawn(tmp_path / "now.svg", what="", size="120x34", theme="dark")
    if importlib.metadata.version("textual") != "8.2.8":
        pytest.skip("the picture is that of Textual 8.2.8")
    assert found == (SCRIPT.parents[1] / "docs" / "viewer.svg").read_text(encoding="utf-8")
