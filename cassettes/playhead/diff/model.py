"""What a diff consists of: changes, each with its place. Knows no exchange."""

from __future__ import annotations

import enum
from collections.abc import Iterable

import msgspec

from playhead.protocols.ledger import Json


class Section(enum.StrEnum):
    """The parts of an exchange that are compared, in the order in which they are told."""

    REQUEST = "request"
    HEAD = "head"
    MESSAGE = "message"
    EVENTS = "events"
    ENDING = "ending"
    TIMING = "timing"


class Way(enum.StrEnum):
    """What became of something on the way from A to B."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


class Absent(enum.Enum):
    """The side of a change on which there is nothing, which is not the same as a JSON null."""

    ABSENT = "absent"


ABSENT = Absent.ABSENT


class Change(msgspec.Struct, frozen=True):
    """One difference. `a` and `b` are the two values; on one side there may be nothing.

    Texts are cut to where they differ; `offset` is then where in A's text, in characters.
    """

    section: Section
    path: str
    """Where: `headers.content-type`, `body.messages[0].role`, `block 2.text`, `event 17`."""
    a: Json | Absent
    b: Json | Absent
    offset: int | None = None

    @property
    def way(self) -> Way:
        if self.a is ABSENT:
            return Way.ADDED
        return Way.REMOVED if self.b is ABSENT else Way.CHANGED


class Settings(msgspec.Struct, frozen=True):
    """What counts as a difference."""

    sections: frozenset[Section] = frozenset(Section)
    ignore: frozenset[str] = frozenset()
    """Names of headers and of JSON members that do not count, in lower case: `id`, `created`."""
    tolerance: float = 0.05
    """By how many seconds two times may differ."""

    @classmethod
    def of(
        cls, sections: Iterable[Section] = Section, ignore: Iterable[str] = (), tolerance: float = 0.05
    ) -> Settings:
        return cls(frozenset(sections), frozenset(name.lower() for name in ignore), tolerance)

    def ignores(self, name: str) -> bool:
        return name.lower() in self.ignore
