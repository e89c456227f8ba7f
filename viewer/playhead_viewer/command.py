"""A command: its name, keys, words and what it does. Knows no key by itself, and no widget."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

import msgspec
from textual.binding import Binding, BindingType

from playhead_viewer.chooser import Place

if TYPE_CHECKING:
    from playhead_viewer.viewer import Viewer


class Group(enum.StrEnum):
    """How the help is divided."""

    MOVE = "Moving"
    FIND = "Finding"
    PLAY = "Playing"
    SHOW = "Showing"
    DO = "Doing"
    LIST = "In lists"


EVERYWHERE = frozenset(Place)


def always(_app: Viewer) -> bool:
    """Whatever is shown."""
    return True


def has_events(app: Viewer) -> bool:
    """Whether there is an event to stand on."""
    return app.viewing is not None and app.viewing.cursor.rows > 0


def has_exchange(app: Viewer) -> bool:
    return app.viewing is not None and app.viewing.stream is not None


class Command(msgspec.Struct, frozen=True):
    """`id` is what a config file remaps it by; `keys` are Textual's names, parted by commas."""

    id: str
    keys: str
    help: str
    group: Group
    run: Callable[[Viewer], None]
    when: Callable[[Viewer], bool] = always
    is_priority: bool = False
    """Whether it comes before what the widget in focus does with the key."""
    places: frozenset[Place] = frozenset({Place.EVENTS})
    """Where its keys hold. Beside a line to type in, those do that type nothing."""


def bindings(commands: Iterable[Command]) -> list[BindingType]:
    """The bindings of these commands, for the screen on which they hold."""
    return [
        Binding(
            each.keys, f"app.do('{each.id}')", each.help, id=each.id, show=False, priority=each.is_priority
        )
        for each in commands
    ]
