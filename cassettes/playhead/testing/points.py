"""Parameters that a marker makes: `matrix="split"` is a test for each way in which its cassette is played.

Knows alterations and where a cassette lies; nothing of how a test is judged. PYTEST_DONT_REWRITE
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final

import pytest

from playhead.errors import CassetteError, UsageError
from playhead.exchange import Exchange
from playhead.plan.alterations import Alteration
from playhead.replay.altered import altered
from playhead.replay.session import Repeats, Session
from playhead.replay.shelf import opened
from playhead.sweeps import Kind, matrix
from playhead.sweeps.points import spots
from playhead.testing import places
from playhead.testing.settings import POINT, SPLIT, Asked, RecordMode, record_mode

_ODD: Final = re.compile(r"[^A-Za-z0-9.]+")


@dataclass(frozen=True, slots=True)
class Played:
    """One way to play a cassette. `number` is the exchange that is played so, `None` all of them."""

    id: str
    alteration: Alteration
    number: int | None = None
    is_split: bool = False
    """Whether the bytes are the same, in other chunks: whatever comes of that is a fault."""
    is_stall: bool = False

    def __str__(self) -> str:
        one = "" if self.number is None else f"exchange {self.number}, "
        return f"{one}{self.alteration}"

    def stage(self, session: Session, repeats: str | None) -> None:
        """Have `session` play it so, each exchange the first time that it is asked for."""
        chosen = [each for each in session.exchanges if self._is_of(each)]
        if not chosen:
            raise UsageError(f"{session.name} has no stream of events to divide anew")
        default = Repeats.FAIL if self.is_split else Repeats.REPEAT
        staged = {each.number: altered(each, self.alteration) for each in chosen}
        session.restage(staged, default if repeats is None else Repeats.of(repeats))

    def is_unplayed(self, session: Session) -> bool:
        """Whether nobody has asked for any exchange that is played so."""
        left = {each.number for each in session.unplayed}
        return all(each.number in left for each in session.exchanges if self._is_of(each))

    def _is_of(self, exchange: Exchange) -> bool:
        return exchange.is_stream if self.is_split else self.number in (None, exchange.number)


def parametrise(metafunc: pytest.Metafunc, asked: Asked) -> None:
    """Make a test of each point.

    The test stays one where it records, and where none are to be had: it is told of that when it runs.
    """
    if not _is_replayed(metafunc.definition, asked):
        return
    try:
        found = list(_named_apart(points(metafunc.definition, asked)))
    except (UsageError, CassetteError, OSError):
        return
    metafunc.fixturenames.append(POINT)
    metafunc.parametrize(POINT, found, ids=[each.id for each in found], indirect=True, scope="function")


def _is_replayed(item: pytest.Item, asked: Asked) -> bool:
    mode = record_mode(item.config, asked)
    return mode is RecordMode.NONE or (mode is RecordMode.ONCE and places.found(item, asked.name) is not None)


def _named_apart(found: Iterable[Played]) -> Iterator[Played]:
    """The points, each once, and each with a name of its own: pytest would change the second."""
    taken: dict[str, int] = {}
    for each in dict.fromkeys(found):
        count = taken[each.id] = taken.get(each.id, 0) + 1
        yield each if count == 1 else replace(each, id=f"{each.id}-again-{count}")


def point_of(item: pytest.Item) -> Played | None:
    """The point that a test is."""
    callspec = getattr(item, "callspec", None)
    return None if callspec is None else callspec.params.get(POINT)


def points(item: pytest.Item, asked: Asked) -> Iterator[Played]:
    """The points that the marker of a test asks for.

    Raises `UsageError` where there is no cassette to find them in, and what `load` raises.
    """
    for each in asked.matrix or ():
        if isinstance(each, Alteration):
            yield Played(_slug(str(each)), each)
        elif each == SPLIT:
            for case in matrix(SPLIT):
                yield Played(f"{SPLIT}-{case}", case.alteration, is_split=True)
        else:
            yield from _found(item, asked, Kind(str(each)))


def _found(item: pytest.Item, asked: Asked, kind: Kind) -> Iterator[Played]:
    path = places.found(item, asked.name)
    if path is None:
        raise UsageError(
            f'there is no cassette to find the points of matrix="{kind.value}" in',
            hint="They are read from it when tests are collected.",
        )
    for spot in spots(kind, opened(path).exchanges):
        number = spot.exchange.number
        yield Played(_slug(str(spot)), spot.alteration, number, is_stall=kind is Kind.STALL)


def _slug(text: str) -> str:
    return _ODD.sub("-", text).strip("-")
