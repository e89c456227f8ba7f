"""Every command: the bindings, the help, the palette and the footer are made of this table."""

from __future__ import annotations

from typing import NamedTuple

from playhead_viewer.actions import doing, finding, moving, playing, showing
from playhead_viewer.command import Command

COMMANDS: tuple[Command, ...] = (
    *moving.COMMANDS,
    *finding.COMMANDS,
    *playing.COMMANDS,
    *showing.COMMANDS,
    *doing.COMMANDS,
)
BY_ID = {command.id: command for command in COMMANDS}


class FooterHint(NamedTuple):
    """A word in the footer, and the commands whose keys stand before it."""

    word: str
    ids: tuple[str, ...]


FOOTER = (
    FooterHint("Help", ("help",)),
    FooterHint("Quit", ("quit",)),
    FooterHint("Step", ("step", "step_back")),
    FooterHint("Play", ("play",)),
    FooterHint("Block", ("block_back", "block")),
    FooterHint("Find", ("find",)),
    FooterHint("Exchange", ("exchange_back", "exchange")),
    FooterHint("Stall", ("stall",)),
    FooterHint("Issue", ("finding",)),
    FooterHint("Filter", ("filter",)),
    FooterHint("Pane", ("pane",)),
)
"""In the order in which they give way where the row is short: the last goes first. The first two never do."""
