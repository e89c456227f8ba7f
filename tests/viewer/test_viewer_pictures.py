"""Pictures of the screen, looked at and then kept: what changes them is seen in review.

`PLAYHEAD_PICTURES=write` makes them anew, by the script that makes the README's.
"""

from __future__ import annotations

import importlib.metadata
import os
import runpy
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import playhead

KEPT = Path(__file__).parent / "pictures"
SCRIPT = Path(__file__).parents[2] / "viewer" / "picture.py"


SHOWN = {"": ("stalled-keepalives", "s"), "tools-": ("anthropic-tools", "t j j j")}
"""A stall, and a part of a tool's input: by what a picture's name begins with, the sample and the keys."""


@pytest.fixture(scope="session")
def script() -> dict[str, object]:
    """What the script defines."""
    return runpy.run_path(str(SCRIPT))


@pytest.fixture
def drawn(script, monkeypatch, tmp_path) -> Callable[..., str]:
    """`drawn(what, size, theme)` is the screen as the script draws it."""

    def draw(what: str, size: str, theme: str) -> str:
        for name in ("NO_COLOR", "COLORTERM"):  # the environment decides on colours
            monkeypatch.delenv(name, raising=False)
        if theme == "nocolor":
            monkeypatch.setenv("NO_COLOR", "1")
        sample, keys = SHOWN[what]
        out = tmp_path / "now.svg"
        options = ["--size", size, "--keys", keys, "--theme", "light" if theme == "light" else "dark"]
        monkeypatch.setattr(sys, "argv", [str(SCRIPT), str(out), str(playhead.sample(sample)), *options])
        script["main"]()
        return out.read_text(encoding="utf-8")

    return draw


PICTURES = [
    ("", size, theme) for size in ("120x40", "80x24", "60x20") for theme in ("dark", "light", "nocolor")
]
PICTURES += [("tools-", "120x40", "dark"), ("tools-", "80x24", "nocolor")]


@pytest.mark.parametrize(("what", "size", "theme"), PICTURES)
def test_the_screen_is_the_picture_that_was_looked_at(drawn, what, size, theme):
    kept = KEPT / f"{what}{theme}-{size}.svg"
    found = drawn(what, size, theme)
    if os.environ.get("PLAYHEAD_PICTURES") == "write":
        kept.parent.mkdir(exist_ok=True)
        kept.write_text(found, encoding="utf-8")
    if importlib.metadata.version("textual") != "8.2.8":
        pytest.skip("the pictures are those of Textual 8.2.8")
    assert found == kept.read_text(encoding="utf-8")


def test_the_readmes_picture_is_of_today(drawn):
    found = drawn("", "120x34", "dark")
    if importlib.metadata.version("textual") != "8.2.8":
        pytest.skip("the picture is that of Textual 8.2.8")
    assert found == (SCRIPT.parents[1] / "docs" / "viewer.svg").read_text(encoding="utf-8")
