"""A test that is about to replay: its cassette found and opened, the point of its matrix set up.

Knows files and markers; nothing of how the test is judged. PYTEST_DONT_REWRITE
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from playhead.errors import PlayheadError, UsageError
from playhead.matching import Rules
from playhead.plan import Pace
from playhead.replay.session import Repeats, Session
from playhead.replay.shelf import opened
from playhead.sanitise import sanitise
from playhead.testing import places, settings
from playhead.testing.misses import PlayheadMiss
from playhead.testing.patching import with_others
from playhead.testing.player import Player
from playhead.testing.policies import policy_of
from playhead.testing.settings import Asked, RecordMode

if TYPE_CHECKING:
    from playhead.testing.points import Played


def player_for(item: pytest.Item, asked: Asked, *, is_shared: bool) -> Player:
    """What a test replays or records through. Fails the test where its cassette cannot be played."""
    path = places.found(item, asked.name)
    mode = settings.record_mode(item.config, asked)
    if path is None and mode in (RecordMode.NONE, RecordMode.VERIFY):
        pytest.fail(_told_missing(item, asked), pytrace=False)
    try:
        if path is None or mode not in (RecordMode.NONE, RecordMode.ONCE):
            from playhead.testing.recording.start import recording

            return recording(item, asked, mode, path)
        session = Session(
            opened(path).exchanges,
            places.shown(path, item),
            rules=Rules.of(asked.match_on, asked.ignore),
            repeats=Repeats.FAIL if asked.repeats is None else Repeats.of(asked.repeats),
            miss=_miss_of_a_patch() if asked.patch else PlayheadMiss,
            policy=policy_of(item.config),
        )
        pace = Pace.of(asked.speed, asked.max_gap)
        point = None if asked.matrix is None else _staged(item, asked, session, mode)
        return Player(session, pace, root=item.config.rootpath, is_shared=is_shared, point=point)
    except PlayheadError as error:
        raise pytest.fail.Exception(str(error), pytrace=False) from None
    except OSError as error:
        where = places.shown(path or places.wanted(item, asked.name), item)
        raise pytest.fail.Exception(f"{where}: {error.strerror}", pytrace=False) from None


def _told_missing(item: pytest.Item, asked: Asked) -> str:
    looked = "\n".join(f"  {places.shown(each, item)}" for each in places.candidates(item, asked.name))
    near = ", ".join(f'"{sanitise(each)}"' for each in places.near(item, asked.name))
    meant = f"Did you mean {near}?\n" if near else ""
    found = "" if asked.matrix is None else "The points of its matrix are found in it.\n"
    return (
        f"There is no cassette for this test. Looked for:\n{looked}\n{meant}{found}"
        "Record it: pytest --playhead-record=once, against the real provider."
    )


def _staged(item: pytest.Item, asked: Asked, session: Session, mode: RecordMode) -> Played | None:
    """The point that the test is, set up. Raises `UsageError` where it is none: it would prove nothing."""
    from playhead.testing.points import point_of, points

    point = point_of(item)
    if point is None:
        list(points(item, asked))  # raises what had kept the test from being several
        if mode is RecordMode.ONCE:
            return None  # another test has just recorded it
        raise UsageError(
            f"{session.name} came after the tests were collected: the points of the matrix are not known",
            hint="Run the test again.",
        )
    point.stage(session, asked.repeats)
    return point


def _miss_of_a_patch() -> Callable[[str], PlayheadMiss]:
    """Makes misses that list the clients that are left alone: the first one, as Hypothesis makes hundreds."""
    first = iter([with_others])

    def miss(text: str) -> PlayheadMiss:
        return PlayheadMiss(next(first, str)(text))

    return miss
