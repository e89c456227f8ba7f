"""Where keys are pressed, and what a list to choose from can be told to do. Knows no key, and no list."""

from __future__ import annotations

import enum
from typing import ClassVar

from textual.screen import ModalScreen


class Place(enum.Enum):
    """Where keys are pressed."""

    EVENTS = "events"
    LINE = "line"
    """A line is typed in, below the events."""
    LIST = "list"
    """A list to choose from, which has a line to type in."""
    SESSIONS = "sessions"
    HELP = "help"


class Chooser(ModalScreen[str | None]):
    """A list, as its commands know it. What only some lists can do, others need not fill in."""

    PLACE: ClassVar[Place] = Place.LIST
    ENTER: ClassVar[str] = "Choose"
    """What Enter does, in a word."""

    def leave(self) -> None:
        """Close it; out of what is typed first, where leaving is a step too far."""
        raise NotImplementedError

    def choose_chosen(self) -> None:
        """Do what the row at the cursor says."""
        raise NotImplementedError

    def move(self, by: int) -> None:
        """So many rows on."""
        raise NotImplementedError

    def page(self, by: int) -> None:
        """So many pages on."""
        raise NotImplementedError

    def sort(self, by: int) -> None:
        """By the column that is so many on."""
        raise NotImplementedError

    def turn(self) -> None:
        """The other way round."""
        raise NotImplementedError
