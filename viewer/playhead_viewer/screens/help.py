"""Help and palette: every command with its keys as they are bound now; choosing one runs it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from playhead_viewer.chooser import Place
from playhead_viewer.command import Command, Group
from playhead_viewer.panes.document import Line, Style, line
from playhead_viewer.screens.choices import Choice, ChoiceScreen, cells
from playhead_viewer.text.safe import Safe

if TYPE_CHECKING:
    from playhead_viewer.viewer import Viewer

_KEYS = 16


class HelpScreen(ChoiceScreen):
    """Closes with the id of a command."""

    PLACE = Place.HELP
    ENTER = "Do"


def open_help(
    app: Viewer,
    place: Place,
    commands: Sequence[Command],
    keys_of: Callable[[str], str],
    names_of: Callable[[str], str],
    run: Callable[[Command], None],
    *,
    by_group: bool,
) -> None:
    """All commands, those of this place first, under headings; or those of this place as one list to type in.

    The one that is chosen is run. `keys_of` tells the keys of a command as they are shown, `names_of` as a
    config file names them.
    """
    rows: list[Choice] = []
    here = {command.id for command in commands if place in command.places and command.when(app)}
    commands = [command for command in commands if not command.id.startswith("percent_")]
    groups = [
        (group, list(members)) for group, members in groupby(commands, key=lambda command: command.group)
    ]
    if place not in (Place.EVENTS, Place.LINE):
        groups.sort(key=lambda group: group[0] is not Group.LIST)
    for group, members in groups:
        if by_group:
            rows.append(_heading(group.value))
        rows.extend(
            _row(command, keys_of(command.id), names_of(command.id), is_here=command.id in here)
            for command in members
            if by_group or place in command.places
        )
    if by_group:
        rows.append(_note("0 to 9 go to a share of the events: 5 is half way. " + _HEADINGS))

    def chosen(id_: str | None) -> None:
        if id_ is not None:
            run(next(command for command in commands if command.id == id_))

    app.push_screen(HelpScreen(Safe("Help" if by_group else "Commands"), rows), chosen)


_HEADINGS = "Mouse: click rows, tabs, the scrubber; drag it; wheel scrolls."


def _heading(text: str) -> Choice:
    return Choice(None, "", lambda _width: line(text, Style.BOLD))


def _note(text: str) -> Choice:
    return Choice(None, "", lambda width: cells(width, (text, 0, Style.FAINT)))


def _row(command: Command, keys: str, names: str, *, is_here: bool) -> Choice:
    """`is_here`: whether it can be done where help was asked for."""

    def draw(width: int) -> Line:
        style = Style.PLAIN if is_here else Style.FAINT
        return cells(width, (f"  {keys}", _KEYS, Style.KEY), (command.help, 0, style))

    words = f"{command.id} {command.help} {keys} {names} {command.group.value}"
    return Choice(command.id, words, draw, command.id)
