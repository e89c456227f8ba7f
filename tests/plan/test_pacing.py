"""Pace: validation, and the waits it makes."""

from __future__ import annotations

import math

import pytest

from playhead import EndingKind, UsageError
from playhead.plan import Act, End, Finish, Head, Pace, Send, Wait, check_speed, paced, parse_speed

END = End(finish=Finish.CLEAN, kind=EndingKind.COMPLETE, at=4.0)
ACTS: list[Act] = [Head(status=200, at=1.0), Send(1, b"a", 2.0), Send(2, b"b"), Send(3, b"c", 2.0), END]


@pytest.mark.parametrize(("speed", "factor"), [(1.0, 1.0), (2, 2.0), (0.25, 0.25)])
def test_waits_are_absolute_and_scaled(speed: float, factor: float) -> None:
    waits = [step.until for step in paced(ACTS, Pace.of(speed)) if isinstance(step, Wait)]
    assert waits == [1.0 / factor, 2.0 / factor, 4.0 / factor]


def test_waits_stand_before_their_acts() -> None:
    assert [type(step).__name__ for step in paced(ACTS, Pace(1.0))] == [
        "Wait", "Head", "Wait", "Send", "Send", "Send", "Wait", "End",
    ]  # fmt: skip


def test_max_waits_for_nothing() -> None:
    assert list(paced(ACTS, Pace())) == ACTS


def test_a_time_that_goes_back_is_not_waited_for() -> None:
    acts: list[Act] = [Head(status=200, at=3.0), Send(1, b"a", 2.0), END]
    assert [step.until for step in paced(acts, Pace(1.0)) if isinstance(step, Wait)] == [3.0, 4.0]


@pytest.mark.parametrize(("at", "speed"), [(1e300, 1.0), (math.inf, 1.0), (2.0, 5e-324)])
def test_no_wait_is_longer_than_a_clock_can_hold(at: float, speed: float) -> None:
    acts: list[Act] = [Head(status=200), Send(1, b"a", at), Send(2, b"b", at), END]
    assert [step.until for step in paced(acts, Pace(speed)) if isinstance(step, Wait)] == [1e9]


@pytest.mark.parametrize(
    ("speed", "max_gap", "waits"),
    [
        (1.0, 0.75, [0.75, 1.5, 2.25]),
        (1.0, 1, [1.0, 2.0, 3.0]),
        (1.0, 1.5, [1.0, 2.0, 3.5]),
        (1.0, math.inf, [1.0, 2.0, 4.0]),
        (2.0, 0.75, [0.5, 1.0, 1.75]),
        (1.0, 0, []),
    ],
)
def test_no_wait_is_longer_than_the_longest(speed: float, max_gap: float, waits: list[float]) -> None:
    pace = Pace.of(speed, max_gap)
    assert [step.until for step in paced(ACTS, pace) if isinstance(step, Wait)] == waits


@pytest.mark.parametrize("max_gap", [-1, math.nan, True, "2", [1.0]])
def test_what_is_no_longest_wait_is_refused(max_gap: object) -> None:
    with pytest.raises(UsageError, match="no such max_gap"):
        Pace.of(1.0, max_gap)


def test_a_longest_wait_needs_waits() -> None:
    with pytest.raises(UsageError, match="there are none with speed"):
        Pace.of("max", 2)
    assert Pace.of("max", None) == Pace.of("max", math.inf) == Pace()


@pytest.mark.parametrize("speed", [0, -1.0, math.inf, math.nan, True, "2", "fast", None, [1.0]])
def test_what_is_no_speed_is_refused(speed: object) -> None:
    with pytest.raises(UsageError, match="no such speed"):
        check_speed(speed)


@pytest.mark.parametrize("text", ["", "0", "-1", "nan", "inf", "fast", "MAX"])
def test_text_that_is_no_speed_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="no such speed"):
        parse_speed(text)


def test_text_that_is_a_speed() -> None:
    assert (parse_speed("max"), parse_speed("1.5"), parse_speed("2")) == ("max", 1.5, 2.0)


HUGE = 10**400
"""More than any float."""


@pytest.mark.parametrize("speed", [HUGE, -HUGE, 10**5000], ids=["huge", "negative", "long"])
def test_a_speed_beyond_all_floats_is_none(speed: int) -> None:
    with pytest.raises(UsageError, match=r"no such speed: -?inf"):
        check_speed(speed)


def test_a_longest_gap_beyond_all_floats_shortens_nothing() -> None:
    assert list(paced(ACTS, Pace.of(1.0, HUGE))) == list(paced(ACTS, Pace.of(1.0)))
