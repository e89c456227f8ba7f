"""A command: its name, keys, words and what it does. Knows no key by itself, and no widget."""

from __future__ import annotations

import enum
from collections.abc import Callable
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from playhead_viewer.viewer import Viewer


class Group(enum.StrEnum):
    """How the help is divided."""

    MOVE = "Moving"
    FIND = "Finding"
    PLAY = "Playing"
    SHOW = "Showing"
    DO = "Doing"


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
