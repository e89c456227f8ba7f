"""Doing something with what is shown: copy, open in an editor, replay, check; and leaving."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playhead_viewer.command import EVERYWHERE, Command, Group, has_events, has_exchange

if TYPE_CHECKING:
    from playhead_viewer.viewer import Viewer


def _copy(app: Viewer) -> None:
    from playhead_viewer.actions.copying import copy

    copy(app, "event")


def _copy_menu(app: Viewer) -> None:
    from playhead_viewer.actions.copying import open_menu

    open_menu(app)


def _edit(app: Viewer) -> None:
    from playhead_viewer.actions.editing import edit

    edit(app)


COMMANDS = (
    Command("copy", "y", "Copy the event", Group.DO, _copy, has_events),
    Command(
        "copy_menu", "Y", "Copy …: event, block, message, curl, test", Group.DO, _copy_menu, has_exchange
    ),
    Command("edit", "o", "Open the event in your editor", Group.DO, _edit, has_exchange),
    Command(
        "replay",
        "P",
        "Replay this exchange on a local port, or stop",
        Group.DO,
        lambda app: app.replays.toggle(),
        has_exchange,
    ),
    Command(
        "check",
        "L",
        "Check a long stream by all rules",
        Group.DO,
        lambda app: app.opening.check(),
        has_events,
    ),
    Command("quit", "q", "Quit", Group.DO, lambda app: app.exit()),
    Command(
        "interrupt",
        "ctrl+c",
        "Quit, if pressed twice",
        Group.DO,
        lambda app: app.interrupt(),
        is_priority=True,
        places=EVERYWHERE,
    ),
)
