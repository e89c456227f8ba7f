"""A test that replays: its clients patched, and in the end judged.

PYTEST_DONT_REWRITE
"""

from __future__ import annotations

import warnings
from collections.abc import Generator, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from playhead.errors import PlayheadError, ReplayMiss
from playhead.testing import places, settings
from playhead.testing.ended import Expected, swallowed
from playhead.testing.fixtures import may_send_later
from playhead.testing.misses import miss_of
from playhead.testing.patching import patched, stack, with_others
from playhead.testing.player import Player
from playhead.testing.settings import Asked, Unplayed
from playhead.testing.starting import player_for

if TYPE_CHECKING:
    from playhead.sweeps import Sweep
    from playhead.testing.points import Played


PROPERTY: Final = "playhead.point"
"""Under this name JUnit XML has the point that a test is."""


class PlayheadWarning(UserWarning):
    """What a test left undone: exchanges not played, responses left open."""


class Run:
    """A replay, of one test or, `is_shared`, of several."""

    def __init__(self, player: Player, asked: Asked, default: Unplayed, *, is_shared: bool) -> None:
        self.player: Player = player
        self._session = player.session
        self._unplayed = asked.unplayed or default
        self._unplayed_point = self._unplayed
        """Of a point that nobody asks for."""
        if asked.unplayed is None and player.point is not None and not player.point.is_split:
            self._unplayed = Unplayed.IGNORE  # who meets an error may well ask for nothing more
        self._is_patched = asked.patch
        is_virtual = asked.virtual or (player.point is not None and player.point.is_stall)
        self._is_virtual = is_virtual and player.take is None  # what is sent takes its real time
        self._is_shared = is_shared
        self._told = len(self._session.misses)
        """Misses that some test has failed for."""
        self._expected = Expected()
        self._has_passed = False
        self._is_put_off = False
        """Whether fixtures may still play what the test has not."""

    @contextmanager
    def active(self) -> Iterator[Player]:
        """While one test runs."""
        try:
            # What is told lists the clients that are not patched: while the others are.
            with patched(self.player) if self._is_patched else ExitStack(), self._expected.watched():
                yield self.player
                self.check_late()
        finally:
            self._has_passed = self._is_put_off = False
            if not self._is_shared:
                self.finish()

    @contextmanager
    def answering(self) -> Iterator[None]:
        """While a fixture of several tests is set up, or ends."""
        if stack.player is self.player:  # in the midst of a test
            yield
            return
        with patched(self.player):
            yield

    def check_late(self) -> None:
        """Fail, or warn, for what fixtures and threads have done, or left, after the test."""
        if misses := self.new_misses():
            raise misses[0]
        if (ended := self.swallowed()) is not None:
            raise ended
        if self._has_passed:
            self._check_open()
            if self._is_put_off and not self._is_shared:
                self.check_unplayed()

    def called(self, error: BaseException | None, *, is_interrupt: bool = False) -> None:
        """A test is over, with `error` or well."""
        if (take := self.player.take) is not None:
            take.was_called = True
            take.was_interrupted = take.was_interrupted or is_interrupt
            take.has_failed = take.has_failed or error is not None

    def finish(self) -> None:
        """Nobody sends anything more: what was recorded goes into its cassette."""
        take = self.player.take
        left = take.finish() if take is not None else 0
        if left and self._unplayed is not Unplayed.IGNORE:
            what = "1 response was" if left == 1 else f"{left} responses were"
            text = f"{self._session.name}: {what} still open at the end; recorded is what had come until then"
            warnings.warn(text, PlayheadWarning, stacklevel=1)
        if take is not None and self._unplayed is Unplayed.FAIL and take.tests > 1:
            text = (
                f"{self._session.name} is recorded by {take.tests} tests so far, and each of them will "
                "have to play all of it.\n"
                'Let them share it (scope="class" or "module"), or say unplayed="ignore".'
            )
            warnings.warn(text, PlayheadWarning, stacklevel=1)
        if take is not None and take.is_empty and self._unplayed is not Unplayed.IGNORE:
            text = (
                f"{self._session.name} is not written: no request was answered, so there is nothing to replay"
            )
            warnings.warn(text, PlayheadWarning, stacklevel=1)

    @contextmanager
    def timed(self, root: Path) -> Iterator[None]:
        """While the test itself runs, by the clock that was asked for. Fails it where none can be had."""
        if not self._is_virtual:
            yield
            return
        from playhead.virtual import virtual_time

        with ExitStack() as entered:
            try:
                clock = entered.enter_context(virtual_time(roots=(root,)))
            except PlayheadError as error:
                raise _failed(str(error)) from None
            clock.failing = _failed
            self.player.clock = clock
            yield

    def refusal(self) -> BaseException | None:
        """The failure that a test is whose loop cannot be moved: the code may have taken it for an error."""
        clock = self.player.clock
        if clock is None or clock.refused is None:
            return None
        return _failed(str(clock.refused))

    def new_misses(self) -> list[ReplayMiss]:
        """The misses nobody was told of; they are told by this."""
        misses = self._session.misses[self._told :]
        self._told = len(self._session.misses)
        return misses

    def swallowed(
        self, item: pytest.Item | None = None, error: BaseException | None = None
    ) -> BaseException | None:
        """The failure that a test is whose code went on behind the end of a recording."""
        return swallowed(self.player.recording_ended(), self._expected, item, error)

    def check(self, item: pytest.Item) -> None:
        """Fail, or warn, for what a test that passed has left undone, if no fixture may yet do it."""
        for sweep in self.player.sweeps:
            if sweep.report is None:
                pytest.fail(_told_unfinished(sweep), pytrace=False)
        self._is_put_off = may_send_later(item, patch=self._is_patched)
        if not self._is_shared and not self._is_put_off:
            self.check_unplayed()
            if self.player.take is not None:
                self.player.take.check()
        self._has_passed = True

    def _check_open(self) -> None:
        """Warn of responses that nobody has read or closed, fixtures among them."""
        if self._unplayed is not Unplayed.IGNORE and (numbers := self._session.left_open):
            which = ", ".join(map(str, numbers))
            text = f"{self._session.name}: the response of exchange {which} was neither read nor closed"
            warnings.warn(f"{text}; it would keep a real connection busy", PlayheadWarning, stacklevel=1)
        self._session.bodies.clear()

    def properties(self) -> Iterator[tuple[str, object]]:
        """What JUnit XML is told of the test."""
        if self.player.point is not None:
            yield PROPERTY, str(self.player.point)
        for sweep in self.player.sweeps:
            if sweep.report is not None:
                yield from sweep.report.properties()

    def check_unplayed(self) -> None:
        """The same for exchanges that nobody asked for."""
        point = self.player.point
        if point is not None and not point.is_split and point.is_unplayed(self._session):
            self._complain(self._unplayed_point, self._told_unplayed_point(point))
        elif left := [each.number for each in self._session.unplayed]:
            self._complain(self._unplayed, self._told_unplayed(left))

    def _complain(self, unplayed: Unplayed, text: str) -> None:
        if unplayed is Unplayed.IGNORE:
            return
        text = with_others(text) if self._is_patched else text
        if unplayed is Unplayed.FAIL:
            pytest.fail(text, pytrace=False)
        warnings.warn(text, PlayheadWarning, stacklevel=1)

    def _told_unplayed_point(self, point: Played) -> str:
        return (
            f"{self._session.name}: nothing asked for what this test is to break: {point}\n"
            "Nothing is known of it, then: look for a mock, a cached result, another transport; "
            'or say unplayed="ignore".'
        )

    def _told_unplayed(self, numbers: list[int]) -> str:
        session = self._session
        some = ", ".join(map(str, numbers[:20])) + (", …" if len(numbers) > 20 else "")
        count = f"{len(numbers)} of {len(session.exchanges)} exchanges"
        return (
            f"{count} of {session.name} were not played: {some}\n"
            'Let the test make those requests, record it again, or say unplayed="ignore".'
        )


def judged(run: Run, item: pytest.Item) -> Generator[None, object, object]:
    """The body of the hook around a test: its outcome, or the failure that it is by what was replayed."""
    error: BaseException | None = None
    result: object = None
    try:
        with run.timed(item.config.rootpath):
            result = yield
    except (KeyboardInterrupt, SystemExit, pytest.exit.Exception) as interrupt:
        run.called(interrupt, is_interrupt=True)
        raise
    except BaseException as raised:  # noqa: BLE001 - a miss may have become anything on its way
        error = raised
    refusal = run.refusal()
    error = refusal or error
    item.user_properties.extend(run.properties())
    ended = run.swallowed(item, error)
    miss = miss_of(error, run.new_misses()) or ended
    if refusal is not None:
        miss = None  # what came of it says nothing
    run.called(miss or error)
    if miss is not None:
        raise miss from (error if error is not miss and not isinstance(error, BaseExceptionGroup) else None)
    if error is not None:
        raise error
    run.check(item)
    return result


def _failed(why: str) -> BaseException:
    return pytest.fail.Exception(why, pytrace=False)


def started(item: pytest.Item, asked: Asked, *, is_shared: bool = False) -> Run:
    """The replay of a test's cassette. Fails the test where that cannot be played."""
    player = player_for(item, asked, is_shared=is_shared)
    return Run(player, asked, settings.default_unplayed(item.config), is_shared=is_shared)


class Shared:
    """The cassettes that the tests of a class or a module replay together, played on from test to test."""

    def __init__(self) -> None:
        self._runs: dict[Asked, Run] = {}

    def joined(self, item: pytest.Item, asked: Asked) -> Run:
        """The replay that a test shares with those that ask for the same."""
        key = asked._replace(name=places.found(item, asked.name) or places.wanted(item, asked.name))
        if key not in self._runs:
            self._runs[key] = started(item, asked, is_shared=True)
        return self._runs[key]

    def check(self) -> None:
        """Fail for what all of the tests have left unplayed, when what they recorded is in its cassette."""
        with ExitStack() as each:
            for run in self._runs.values():
                each.callback(run.check_late)  # the last comes first
                each.callback(run.check_unplayed)
                each.callback(run.finish)


def _told_unfinished(sweep: Sweep) -> str:
    return (
        f"sweep {sweep.kind.value} over {sweep.session.name} was not played to its end: it has {len(sweep)} "
        "points\nLet the loop run through: `for point in playhead.sweep(…): with point: …`."
    )
