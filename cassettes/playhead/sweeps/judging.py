"""What came of a point, held against the intact run. Pure: knows outcomes; not how a point was run."""

from __future__ import annotations

import copy
import enum
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final


class Kind(enum.StrEnum):
    """What a sweep does at each of its points."""

    CUT = "cut"
    STALL = "stall"
    RECHUNK = "rechunk"


class Outcome(enum.StrEnum):
    """What came of a point."""

    LOUD = "loud"
    """The code raised an exception, or gave no result: it knows that something went wrong."""
    RECOVERED = "recovered"
    """The result is that of the intact stream, by more requests."""
    UNAFFECTED = "unaffected"
    """The result is that of the intact stream, by the same requests."""
    SILENT = "silent"
    """Another result, without a word: a broken stream was taken for a success."""
    UNPLAYED = "unplayed"
    """The code did not ask for what was altered: the point says nothing of it, whatever it came to."""


FAILING: Final[Mapping[Kind, frozenset[Outcome]]] = {
    Kind.CUT: frozenset({Outcome.SILENT, Outcome.UNPLAYED}),
    Kind.STALL: frozenset({Outcome.SILENT, Outcome.UNPLAYED}),
    # Other chunks are the same stream: whatever they change is a fault.
    Kind.RECHUNK: frozenset(Outcome) - {Outcome.UNAFFECTED},
}
"""What must not come of a point."""


class _Nothing:
    """No result was assigned."""

    def __repr__(self) -> str:
        return "no result"


NOTHING: Final = _Nothing()


@dataclass(frozen=True, slots=True)
class Met:
    """What one run came to. `noticed`: the exception is the test's own, not the code's."""

    result: Any = NOTHING
    requests: int = 0
    error: BaseException | None = None
    noticed: bool = False
    missed: BaseException | None = None
    """A request that the cassette does not hold, or a wait that nothing would have ended."""
    was_played: bool = True
    """Whether a request met what the run is about."""
    is_comparable: bool = True
    """Whether a result like this one, made anew, would equal it."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """An outcome and, in a few words, why."""

    outcome: Outcome
    why: str


def judge(intact: Met, met: Met) -> Verdict:
    """What came of a point, by what came of the intact stream.

    Points are played intact up to what they alter. Code that does not ask for that does otherwise than it
    did with the intact stream for a reason of its own, so that an exception is no answer to the break either.
    """
    if not met.was_played:
        return Verdict(Outcome.UNPLAYED, _told_unplayed(met))
    if met.noticed:
        return Verdict(Outcome.SILENT, f"the test noticed: {told(met.error)}")
    if met.missed is not None:
        return Verdict(Outcome.SILENT, f"it went on: {told(met.missed)}")
    if met.error is not None:
        return Verdict(Outcome.LOUD, told(met.error))
    if met.result is NOTHING:
        return Verdict(Outcome.LOUD, "it gave no result")
    try:
        is_same = bool(intact.result == met.result)
    except Exception as error:  # noqa: BLE001 - whatever the results of the code do when they are compared
        return Verdict(Outcome.SILENT, f"the results cannot be compared: {told(error)}")
    if not is_same and not intact.is_comparable:
        return Verdict(Outcome.SILENT, _told_incomparable(intact.result))
    if not is_same:
        return Verdict(Outcome.SILENT, "another result")
    if met.requests > intact.requests:
        return Verdict(Outcome.RECOVERED, f"{met.requests} requests instead of {intact.requests}")
    if met.requests < intact.requests:
        return Verdict(Outcome.SILENT, f"it left out requests: {met.requests} instead of {intact.requests}")
    return Verdict(Outcome.UNAFFECTED, "the same result")


_BY_IDENTITY: Final[Any] = object.__eq__


def kept(result: Any) -> tuple[Any, bool]:
    """A result as it is now: a copy, which later changes of the original do not reach.

    The original itself where no copy equals it: what is compared by identity, or cannot be copied. And
    whether one that is made anew can equal it.
    """
    if type(result).__eq__ is _BY_IDENTITY:
        return result, False  # copying would run the code of a client, say, for nothing
    is_comparable = True
    for make in (copy.deepcopy, copy.copy):
        try:
            made = make(result)
            if bool(made == result):
                return made, is_comparable
        except Exception:  # noqa: BLE001 - whatever the results of the code do when they are copied
            continue
        is_comparable = False
    return result, is_comparable


def _told_incomparable(result: Any) -> str:
    what = f"not even a copy of the {type(result).__name__} equals it"
    return f"the results cannot be compared: {what}; assign its text or its fields"


def _told_unplayed(met: Met) -> str:
    if met.requests:
        what = "the code did not ask for this exchange, but for others"
    else:
        what = "the code asked for nothing: is its result cached, or its client closed?"
    error = met.missed or met.error
    return what if error is None else f"{what} ({told(error)})"


def told(error: BaseException | None) -> str:
    """The class of an exception and the first line of its message."""
    if error is None:
        return "nothing was raised"
    try:
        lines = str(error).strip().splitlines()
    except Exception:  # noqa: BLE001 - the exception is the code's own
        lines = []
    return f"{type(error).__name__}: {lines[0][:100]}" if lines else type(error).__name__
