"""A command: its name, keys, words and what it does. Knows no key by itself, and no widget."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

import msgspec
from textual.binding import Binding, BindingType

from playhead_viewer.chooser import Place
from playhead_viewer.source.words import nothing_passes

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


class When(msgspec.Struct, frozen=True):
    """When a command can be done, and what is said when it cannot."""

    holds: Callable[[Viewer], bool]
    lacks: Callable[[Viewer], str]

    def __call__(self, app: Viewer) -> bool:
        return self.holds(app)


def _has_exchange(app: Viewer) -> bool:
    return app.viewing is not None and app.viewing.stream is not None


def _no_exchange(app: Viewer) -> str:
    may_come = app.viewing is not None and not app.viewing.loader.is_over
    return f"There is no exchange{' yet' if may_come else ''}."


def _may_have_events(app: Viewer) -> bool:
    viewing = app.viewing
    stream = viewing.stream if viewing is not None else None
    if viewing is None or stream is None:
        return False
    return stream.count > 0 or not stream.is_over


def _no_event(app: Viewer) -> str:
    viewing = app.viewing
    if viewing is None or viewing.stream is None:
        return _no_exchange(app)
    if viewing.filter is not None and viewing.stream.count:
        return nothing_passes(is_filtered=viewing.is_filtered)
    return "There is no event yet." if _may_have_events(app) else "This exchange has no events."


always = When(lambda _app: True, lambda _app: "")
"""Whatever is shown."""
has_exchange = When(_has_exchange, _no_exchange)
has_events = When(lambda app: app.viewing is not None and app.viewing.cursor.rows > 0, _no_event)
"""There is an event to stand on."""
may_have_events = When(_may_have_events, _no_event)
"""There are events, a filter may hide them all, or some may come."""


class Command(msgspec.Struct, frozen=True):
    """`id` is what a config file remaps it by; `keys` are Textual's names, parted by commas."""

    id: str
    keys: str
    help: str
    group: Group
    run: Callable[[Viewer], None]
    when: When = always
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
