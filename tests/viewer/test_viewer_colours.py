"""Colours where there are few or none: which leave for the terminal, to be read on black and on white."""

from __future__ import annotations

import itertools
import re

import pytest
from rich.color import Color
from rich.style import Style

from playhead import EndingKind
from playhead_viewer.colours import Colourless

from .tmux import LEFT, playhead

SGR = re.compile(r"\x1b\[([0-9;:]*)m")
SCREENS = (("?", "─ Help ─"), ("w", "░ waiting"), ("Y", "curl"), ("f", "Filter: "), (":", "Go to: "))
"""What opens over the viewer, and what is then seen."""
SAFE = frozenset(["0", "1", "2", "4", "7", "22", "24", "27", "39", "49"])
"""Attributes, and the terminal's own colours by their name: what tmux says where nobody asked for one."""


def codes(text: str) -> set[str]:
    """What is told of styles."""
    return {code for found in SGR.findall(text) for code in (found or "0").split(";")}


@pytest.fixture
def recording(make, path):
    """Text, a stall and an error: whatever has a colour of its own."""
    with make() as made:
        exchange = made.begin(status=529)
        times = itertools.chain((1.5, 1.6, 3.0), (3.0 + n / 50 for n in range(60)))
        for number, t in enumerate(times):
            exchange.chunk(b"data: event%d\n\n" % number if number % 3 else b": ping\n\n", t)
        exchange.chunk(b'event: error\ndata: {"type":"error","error":{"type":"x"}}\n\n', 5.0)
        exchange.end(EndingKind.SERVER_CLOSED, 5.1)
    return path


@pytest.mark.parametrize(
    ("theme", "size"),
    [
        ("", (120, 40)),
        ("", (80, 24)),
        ("", (60, 20)),
        ("--theme dark", (80, 24)),
        ("--theme light", (80, 24)),
        ("--theme ansi", (80, 24)),
    ],
)
def test_without_colours_no_colour_leaves(recording, terminal, theme, size):
    tmux = terminal(size)
    tmux.run(f"env TERM=xterm-256color COLORTERM=truecolor NO_COLOR=1 {playhead('view', recording)} {theme}")
    tmux.wait("▸    1", "? Help", "✖")
    styled = [tmux.styled()]
    tmux.keys("j", "G")
    tmux.wait("▸   64")
    tmux.keys("C-t", "y", "k")
    tmux.wait("▸   63")
    styled.append(tmux.styled())
    for key, shown in SCREENS:
        tmux.insist(key, shown)
        styled.append(tmux.styled())
        tmux.keys("Escape")
        tmux.gone(shown)
    tmux.insist("q", f"{LEFT} 0")
    assert codes("".join(styled)) <= SAFE
    assert "7" in codes(styled[0])  # an error, and the cursor of a list, are told by something else
    written = tmux.written.read_bytes().decode("utf-8", "replace")
    drawn = written[written.index("\x1b[?1049h") : written.index("\x1b[?1049l")]
    assert codes(drawn) <= SAFE - {"39", "49"}, "the program itself told the terminal a colour"


@pytest.mark.parametrize(
    "environment",
    [
        "TERM=xterm COLORTERM=",
        "TERM=xterm-16color COLORTERM=",
        "TERM=linux COLORTERM=",
        "TERM=xterm-256color COLORTERM=truecolor TEXTUAL_COLOR_SYSTEM=standard",
    ],
)
def test_of_sixteen_colours_only_such_are_used_as_are_read_on_black_and_on_white(
    recording, terminal, environment
):
    tmux = terminal((100, 30))
    tmux.run(f"env -u NO_COLOR {environment} {playhead('view', recording)}")
    tmux.wait("▸    1", "? Help", "✖")
    tmux.keys("G")
    tmux.wait("▸   64")
    styled = tmux.styled()
    tmux.keys("?")
    tmux.wait("─ Help ─")
    styled += tmux.styled()
    tmux.keys("Escape")
    tmux.gone("─ Help ─")
    tmux.insist("q", f"{LEFT} 0")
    told = codes(styled)
    assert told <= SAFE | {"31", "35"}
    assert {"31", "35"} <= told


def test_a_theme_that_was_asked_for_is_taken_on_sixteen_colours_too(recording, terminal):
    tmux = terminal((100, 30))
    tmux.run(f"env -u NO_COLOR TERM=xterm COLORTERM= {playhead('view', '--theme', 'light', recording)}")
    tmux.wait("▸    1", "? Help")
    assert {"47", "107"} & codes(tmux.styled())
    tmux.keys("q")
    tmux.wait(f"{LEFT} 0")


def test_what_has_no_colour_keeps_what_else_it_has():
    from rich.segment import Segment
    from textual.color import Color as Background

    style = Style(color="red", bgcolor="blue", bold=True, reverse=True, meta={"@click": "x"})
    (found,) = Colourless().apply([Segment("text", style)], Background(0, 0, 0))
    assert found.text == "text"
    assert (found.style.color, found.style.bgcolor) == (None, None)
    assert found.style.bold
    assert found.style.reverse
    assert found.style.meta == {"@click": "x"}
    plain = Style(color=Color.default())
    assert Colourless().apply([Segment("x", plain), Segment("y")], Background(0, 0, 0))[0].style.color is None
