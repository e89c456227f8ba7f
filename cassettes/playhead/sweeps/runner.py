"""Runs the code under test once for every point: sets the stage, watches, and judges by `judging`.

Knows sessions and exceptions. Nothing of pytest: whoever wires it hands in a session.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from operator import methodcaller
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from playhead.errors import ReplayMiss, SweepFailed, UsageError
from playhead.replay.altered import altered
from playhead.replay.session import Repeats, Session, Source, session_of
from playhead.sweeps.judging import FAILING, NOTHING, Kind, Met, Outcome, judge, kept
from playhead.sweeps.points import Spot, spots
from playhead.sweeps.report import Finding, Report

__tracebackhide__: methodcaller = methodcaller("errisinstance", UsageError)
"""What is refused is told at the line that asked for it: pytest leaves these frames out."""


class Point:
    """One run of the code under test: `with point: point.result = …`.

    The first point of a sweep is the intact stream, without a `spot`; what it raises goes through. What a
    later one raises is what has come of it, and goes no further.
    """

    def __init__(
        self,
        session: Session,
        spot: Spot | None,
        kind: Kind,
        swept: frozenset[int],
        roots: Iterable[str | Path] | None = None,
    ) -> None:
        self.spot: Spot | None = spot
        self.result: Any = NOTHING
        """What the code under test has come to; to be assigned."""
        self.met: Met | None = None
        """What the run came to, once it is over."""
        self._session = session
        self._kind = kind
        self._wanted = swept if spot is None else frozenset({spot.exchange.number})
        """The numbers of the exchanges of which one must be played."""
        self._roots = roots
        self._stack = ExitStack()

    def __str__(self) -> str:
        return "the intact stream" if self.spot is None else str(self.spot)

    def __repr__(self) -> str:
        return f"<Point: {self}>"

    def __enter__(self) -> Self:
        spot = self.spot
        staged = {} if spot is None else {spot.exchange.number: altered(spot.exchange, spot.alteration)}
        self._session.restage(staged, Repeats.REPEAT)
        if self._kind is Kind.STALL:
            from playhead.virtual import virtual_time

            self._stack.enter_context(virtual_time(roots=self._roots))
        return self

    def settled(self) -> Met:
        """What the run came to, when nothing of it goes on. Raises `UsageError` where there was none."""
        if self.met is None:
            raise UsageError(f"{self} was not run", hint="Write `with point:` in the loop.")
        if self.met.missed is None and self._session.misses:
            self.met = replace(self.met, missed=self._session.misses[0])
        return self.met

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> bool:
        self._stack.close()
        if error is not None and (self.spot is None or not _is_an_outcome(error)):
            return False
        missed: BaseException | None = (
            error if isinstance(error, ReplayMiss) else next(iter(self._session.misses), None)
        )
        if missed is None and error is None:
            # Swallowed. Of a recording that was cut short nobody knows what the code makes of the stream.
            missed = next(iter(self._session.ended), None)
        unplayed = {each.number for each in self._session.unplayed}
        # Of the intact stream, a copy: the code may go on with the same object at the next point.
        result, is_comparable = kept(self.result) if self.spot is None else (self.result, True)
        self.met = Met(
            result=result,
            requests=self._session.asked,
            # The traceback holds everything that the code under test has made.
            error=error and error.with_traceback(None),
            noticed=_is_the_tests_own(error, traceback) and not isinstance(error, ReplayMiss),
            missed=missed,
            was_played=not self._wanted or not self._wanted <= unplayed,
            is_comparable=is_comparable,
        )
        return error is not None


class Sweep:
    """The points of a sweep, to be iterated over once: `for point in sweep: with point: …`.

    At the end of the loop, `report` has the outcomes, and `SweepFailed` is raised where one must not be.
    """

    def __init__(
        self,
        session: Session,
        kind: Kind,
        points: tuple[Spot, ...],
        failing: frozenset[Outcome],
        roots: Iterable[str | Path] | None = None,
    ) -> None:
        self.session: Session = session
        """What is played; a transport or a server takes it as its source."""
        self.kind: Kind = kind
        self.spots: tuple[Spot, ...] = points
        self.report: Report | None = None
        self._failing = failing
        self._roots = None if roots is None else tuple(roots)

    def __repr__(self) -> str:
        state = "" if self.report is None else ", done"
        return f"<Sweep: {self.kind} over {self.session.name}, {len(self)} points{state}>"

    def __len__(self) -> int:
        """How many points there are, the intact stream among them."""
        return len(self.spots) + 1

    def __iter__(self) -> Iterator[Point]:
        __tracebackhide__ = True  # pytest shows the loop that met the verdict
        if self.session.misses:
            raise self.session.misses[0]  # the first point starts over, and it would be forgotten
        repeats = self.session.repeats
        swept = frozenset(spot.exchange.number for spot in self.spots)
        try:
            intact = Point(self.session, None, self.kind, swept, self._roots)
            yield intact
            baseline = _baseline(intact, self.session.name)
            findings = []
            for spot in self.spots:
                point = Point(self.session, spot, self.kind, swept, self._roots)
                yield point
                findings.append(Finding(spot, judge(baseline, point.settled())))
        finally:
            self.session.restage({}, repeats)
            self.session.settle()
        self.report = Report(self.kind, self.session.name, tuple(findings), self._failing)
        if self.report.failures:
            raise SweepFailed(str(self.report))


def sweep(
    kind: Kind | str,
    source: Source,
    *,
    exchange: int | None = None,
    unit: str | None = None,
    by: str | None = None,
    every: int = 1,
    allow: Iterable[Outcome | str] = (),
    roots: Iterable[str | Path] | None = None,
) -> Sweep:
    """Break a recording at every point, one after the other, and see what the code makes of it.

    `kind` is `"cut"`, `"stall"` (in virtual time) or `"rechunk"`; `source` a session that the code's client
    replays (or what one is made of: then give the client `sweep(…).session`). `exchange` is the one to
    break, by default each that has a stream. Cuts and stalls are after every `unit` (`event`, by default,
    `frame`, `chunk`, `byte`); a cut ends `by` `clean`, by default, `fin` or `reset`. Of all points every
    `every`th is run. `allow` names the outcome, or outcomes, that are fine, so that a known weakness can be
    written down. `roots` are those of `virtual_time`. Raises `UsageError` for what there is not, and for an
    option that such a sweep does not have.
    """
    kind, allowed = _checked(kind, allow)
    session = session_of(source)
    found = spots(kind, session.exchanges, number=exchange, unit=unit, by=by, every=every)
    return Sweep(session, kind, found, FAILING[kind] - allowed, roots)


def _checked(kind: Kind | str, allow: Iterable[Outcome | str]) -> tuple[Kind, frozenset[Outcome]]:
    try:
        kind = Kind(kind)
    except ValueError:
        raise UsageError(f"no such sweep: {kind!r}", hint=f"Sweeps are {', '.join(Kind)}.") from None
    return kind, frozenset(map(_outcome, (allow,) if isinstance(allow, str) else allow))


def _outcome(name: Outcome | str) -> Outcome:
    try:
        return Outcome(name)
    except ValueError:
        raise UsageError(f"no such outcome: {name!r}", hint=f"Outcomes are {', '.join(Outcome)}.") from None


def intact_only(kind: Kind | str, name: str) -> Sweep:
    """A sweep without points but the intact stream, for when that is being recorded: nothing fails it.

    `name` is the cassette's. Raises `UsageError` for a kind that there is not.
    """
    _checked(kind, ())
    # Of cuts, whatever is asked for: silence would bring a clock, and what is sent takes its real time.
    return Sweep(Session((), name), Kind.CUT, (), frozenset())


def _baseline(intact: Point, name: str) -> Met:
    met = intact.settled()
    if met.missed is not None:
        raise met.missed
    if met.result is NOTHING:
        raise UsageError(
            "no result was assigned for the intact stream",
            hint="Write `point.result = …`: points are judged by what the code comes to.",
        )
    if isinstance(met.result, Iterator | AsyncIterator | Awaitable):
        raise UsageError(
            f"the result of the intact stream is a {type(met.result).__name__} that nobody has read",
            hint="Read it within `with point:`, and assign what comes of it, such as its text.",
        )
    if not met.was_played:
        raise UsageError(_told_nothing(met, name), hint=_NOTHING_HINT)
    return met


_NOTHING_HINT: Final = (
    "Within `with point:`, the code must ask anew, by a client that replays this session (`points.session`; "
    "in a test a client of the fixture, or patch=True): look for a cached result, a mock, another transport."
)


def _told_nothing(met: Met, name: str) -> str:
    if not met.requests:
        return f"there is nothing to break: for the intact stream, nothing was requested through {name}"
    return f"there is nothing to break: for the intact stream, no exchange of {name} that is swept was played"


def _is_an_outcome(error: BaseException) -> bool:
    """Whether it is about the point, and not about the run as a whole (an interrupt, a skip)."""
    if isinstance(error, BaseExceptionGroup):
        return all(map(_is_an_outcome, error.exceptions))
    # What `pytest.fail` raises is no `Exception`.
    return isinstance(error, Exception | ReplayMiss) or type(error).__name__ == "Failed"


def _is_the_tests_own(error: BaseException | None, traceback: TracebackType | None) -> bool:
    """Whether an assertion of the test failed, not one of the code under test: by where it was raised."""
    if traceback is None or not (isinstance(error, AssertionError) or type(error).__name__ == "Failed"):
        return False
    test = traceback.tb_frame.f_code.co_filename
    last = traceback
    while last.tb_next is not None:
        last = last.tb_next
    return last.tb_frame.f_code.co_filename == test or type(error).__name__ == "Failed"
