"""The commands of lists, and help, which holds in lists, too. Knows what lists can do; no list.

Apart from `actions`, since the lists have their bindings from here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from playhead_viewer.chooser import Chooser, Place
from playhead_viewer.command import EVERYWHERE, Command, Group

if TYPE_CHECKING:
    from playhead_viewer.viewer import Viewer

_NOT_HELP = EVERYWHERE - {Place.HELP}


def _does(do: Callable[[Chooser], None]) -> Callable[[Viewer], None]:
    def run(app: Viewer) -> None:
        if isinstance(app.screen, Chooser):
            do(app.screen)

    return run


def _of_list(
    id_: str, keys: str, told: str, do: Callable[[Chooser], None], place: Place | None = None
) -> Command:
    places = frozenset({place} if place else {Place.LIST, Place.SESSIONS, Place.HELP})
    return Command(id_, keys, told, Group.LIST, _does(do), is_priority=True, places=places)


HELP = (
    Command(
        "help",
        "question_mark,f1",
        "Help: every key",
        Group.SHOW,
        lambda app: app.show_help(by_group=True),
        places=_NOT_HELP,
    ),
    Command(
        "palette",
        "ctrl+p",
        "Find a command by its name",
        Group.SHOW,
        lambda app: app.show_help(by_group=False),
        places=_NOT_HELP - {Place.LINE},
    ),
)
LISTS = (
    _of_list("choose", "enter", "Do what the chosen row says", lambda screen: screen.choose_chosen()),
    _of_list("leave", "escape", "Out of the list", lambda screen: screen.leave()),
    _of_list("row", "down,ctrl+n", "Next row", lambda screen: screen.move(1)),
    _of_list("row_back", "up", "Previous row", lambda screen: screen.move(-1)),
    _of_list("rows", "pagedown", "Next page of rows", lambda screen: screen.page(1)),
    _of_list("rows_back", "pageup", "Previous page of rows", lambda screen: screen.page(-1)),
)
SESSIONS = (
    _of_list(
        "sort", "right", "Sort sessions by the next column", lambda screen: screen.sort(1), Place.SESSIONS
    ),
    _of_list(
        "sort_back",
        "left",
        "Sort sessions by the column before",
        lambda screen: screen.sort(-1),
        Place.SESSIONS,
    ),
    _of_list(
        "turn", "ctrl+r", "Turn the order of sessions round", lambda screen: screen.turn(), Place.SESSIONS
    ),
)
