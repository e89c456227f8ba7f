"""Every command: the bindings, the help, the palette and the footer are made of this table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from playhead_viewer.actions import doing, finding, moving, playing, showing
from playhead_viewer.chooser import Place
from playhead_viewer.command import Command
from playhead_viewer.list_commands import LISTS, SESSIONS

COMMANDS: tuple[Command, ...] = (
    *moving.COMMANDS,
    *finding.COMMANDS,
    *playing.COMMANDS,
    *showing.COMMANDS,
    *doing.COMMANDS,
    *LISTS,
    *SESSIONS,
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
_HELP = FOOTER[0]
_BACK, _CHOOSE = FooterHint("Back", ("leave",)), FooterHint("", ("choose",))
_ROW, _PAGE = FooterHint("Row", ("row", "row_back")), FooterHint("Page", ("rows", "rows_back"))
_SORT, _TURN = FooterHint("Sort", ("sort_back", "sort")), FooterHint("Turn", ("turn",))
FOOTERS: Mapping[Place, tuple[FooterHint, ...]] = {
    Place.EVENTS: FOOTER,
    Place.LINE: (_HELP,),
    Place.LIST: (_HELP, _BACK, _CHOOSE, _ROW, _PAGE),
    Place.SESSIONS: (_HELP, _BACK, _CHOOSE, _ROW, _SORT, _TURN),
    Place.HELP: (_BACK, _CHOOSE, _ROW, _PAGE),
}
"""The footer of each place; a hint without a word has that of the list."""
