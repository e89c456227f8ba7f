"""A test that records: where its cassette goes, and by which policy its secrets go.

Knows the test's settings. PYTEST_DONT_REWRITE
"""

from __future__ import annotations

from pathlib import Path

import pytest

from playhead.errors import UsageError
from playhead.matching import Rules
from playhead.plan import Pace
from playhead.redaction.headers import find_in_header
from playhead.redaction.policy import DEFAULT
from playhead.replay.session import Repeats, Session, lost_hint, refuse_lost_headers
from playhead.replay.shelf import opened
from playhead.sanitise import sanitise
from playhead.testing import places
from playhead.testing.misses import PlayheadMiss
from playhead.testing.policies import policy_of
from playhead.testing.recording.player import Episodes, RecordingPlayer
from playhead.testing.recording.take import Plan, Take
from playhead.testing.recording.verifying import IGNORED
from playhead.testing.recording.written import Written
from playhead.testing.settings import VERIFY_IGNORE, Asked, RecordMode, Verified, verified

_WRITTEN: pytest.StashKey[Written] = pytest.StashKey()


def recording(item: pytest.Item, asked: Asked, mode: RecordMode, path: Path | None) -> RecordingPlayer:
    """What a test records through; `path` is its cassette, where there is one. Raises `PlayheadError`."""
    target = path or places.wanted(item, asked.name)
    rules = Rules.of(asked.match_on, asked.ignore)
    written = item.config.stash.setdefault(_WRITTEN, Written())
    plan = Plan(
        mode=mode,
        path=target,
        shown=places.shown(target, item),
        test=item.nodeid,
        policy=policy_of(item.config) or DEFAULT,
        rules=rules,
        ignored=tuple(item.config.getini(VERIFY_IGNORE)) or IGNORED,
        is_shape=verified(item.config) is Verified.SHAPE,
    )
    _refuse_lost_headers(plan, path)
    repeats = Repeats.FAIL if asked.repeats is None else Repeats.of(asked.repeats)
    take = Take(plan, written)
    session = _session(plan, path, repeats, take.known)
    # Without the clock that was asked for, the recorded pace would be that of the wall.
    pace = Pace.of("max" if asked.virtual else asked.speed, None if asked.virtual else asked.max_gap)
    return RecordingPlayer(session, pace, take, asked.upstream, is_virtual=asked.virtual)


def _session(plan: Plan, path: Path | None, repeats: Repeats, known: int | None) -> Session:
    if plan.mode is not RecordMode.NEW_EPISODES:
        return Session((), plan.shown, miss=PlayheadMiss, policy=plan.policy)
    if path is None:
        return Episodes((), plan.shown, miss=PlayheadMiss, policy=plan.policy)
    session = Episodes(
        opened(path).exchanges,
        plan.shown,
        rules=plan.rules,
        repeats=repeats,
        miss=PlayheadMiss,
        policy=plan.policy,
    )
    session.known = known
    return session


def _refuse_lost_headers(plan: Plan, path: Path | None) -> None:
    """Before a request is paid for: what is recorded now must be what a replay can match."""
    if plan.mode is RecordMode.VERIFY and path is not None:
        refuse_lost_headers(plan.rules, opened(path).exchanges, plan.shown)
    for name in plan.rules.named_headers:
        if find_in_header(name, "a value", plan.policy, is_request=True):
            raise UsageError(
                f"requests cannot be matched on headers.{sanitise(name)}: redaction takes it, "
                "and any value would fit what is recorded",
                hint=lost_hint(name),
            )
