"""Pictures of the viewer: the README's, and the snapshots that `tests/viewer/pictures` keeps.

`uv run python viewer/picture.py OUT.svg PATH [--size 120x40] [--theme dark|light|ansi] [--keys "s j"]`

Spaces become no-break spaces: some programs that draw SVG drop those at the edge of a text.
"""

from __future__ import annotations

import argparse
import asyncio
import re
from pathlib import Path

from playhead_viewer.app import PlayheadApp
from playhead_viewer.commands import THEMES
from playhead_viewer.source.loader import open_path

_DEADLINE = 60.0
_TEXT = re.compile(r"(<text[^>]*>)([^<]*)(</text>)")
_SPACE = re.compile(" |&#160;")
# What is named after the run of the program, so that two pictures of the same screen would differ.
_NAMES = re.compile(r"terminal-\d+-")


async def picture(path: str, size: tuple[int, int], theme: str, keys: list[str]) -> str:
    """The screen after `keys` as SVG; the cassette is read to its end before they are pressed."""
    app = PlayheadApp(open_path(path))
    app.theme = THEMES[theme]
    async with app.run_test(size=size) as pilot, asyncio.timeout(_DEADLINE):
        while not is_settled(app):
            await pilot.pause()
        for key in keys:
            await pilot.press(key)
            await pilot.pause()
        while not is_settled(app):
            await pilot.pause()
        await pilot.pause()
        return steady(app.export_screenshot(title="playhead"))


def is_settled(app: PlayheadApp) -> bool:
    """Whether everything is read and drawn."""
    viewing = app.viewing
    if viewing is None or viewing.stream is None or not viewing.loader.is_over:
        return False
    return viewing.analysis is not None and not app.scrubbing.is_drawing


def steady(svg: str) -> str:
    """The same picture for the same screen, and with its spaces kept."""
    svg = _NAMES.sub("terminal-", svg)
    return _TEXT.sub(lambda found: found[1] + _SPACE.sub("\u00a0", found[2]) + found[3], svg)


def main() -> None:
    parser = argparse.ArgumentParser(description="Draw the viewer as SVG.")
    parser.add_argument("out", type=Path)
    parser.add_argument("path")
    parser.add_argument("--size", default="120x40")
    parser.add_argument("--theme", choices=list(THEMES), default="dark")
    parser.add_argument("--keys", default="", help="Keys as Textual names them, parted by spaces.")
    options = parser.parse_args()
    width, height = map(int, options.size.split("x"))
    svg = asyncio.run(picture(options.path, (width, height), options.theme, options.keys.split()))
    options.out.write_text(svg, encoding="utf-8")


if __name__ == "__main__":
    main()
