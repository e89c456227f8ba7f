"""The player, told the time: absolute deadlines, speeds, the idle cap. No clock, no Textual."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playhead_viewer.core.player import SPEEDS, Ends, Player


def player(gaps, speed=1.0):
    """`gaps[n]` lies before event n + 1."""
    made = Player(lambda number: gaps[number - 1] if number <= len(gaps) else None)
    made.faster(SPEEDS.index(speed) - SPEEDS.index(1.0), 0.0)
    return made


def test_it_plays_in_recorded_time():
    gaps = [None, 1.0, 0.5, 0.25]
    at = player(gaps)
    at.play(10.0, 1)
    assert at.due == 11.0
    assert [at.advance(now, 4) for now in (10.9, 11.0, 11.4, 11.5, 11.75)] == [1, 2, 2, 3, 4]
    assert not at.is_playing


def test_a_late_screen_adds_up_to_nothing():
    at = player([None] + [0.1] * 100)
    at.play(0.0, 1)
    now = 0.0
    while at.is_playing:
        now = at.due + 0.03  # each wake-up is late
        at.advance(now, 101)
    assert now == pytest.approx(100 * 0.1 + 0.03)


def test_of_several_that_are_due_the_last_is_shown():
    at = player([None] + [0.001] * 1000)
    at.play(0.0, 1)
    assert at.advance(0.5005, 1001) == 501
    assert at.due == pytest.approx(0.501)


def test_a_long_wait_is_cut_to_the_cap_unless_it_is_lifted():
    at = player([None, 30.0])
    at.play(0.0, 1)
    assert at.due == 2.0
    at.idle_cap = None
    at.play(0.0, 1)
    assert at.due == 30.0


@pytest.mark.parametrize("speed", [each for each in SPEEDS if each != math.inf])
def test_speeds_are_factors(speed):
    at = player([None, 1.0], speed)
    assert at.speed == speed
    at.play(0.0, 1)
    assert at.due == 1.0 / speed


def test_a_change_of_speed_stretches_what_is_left_of_a_wait():
    at = player([None, 1.0])
    at.play(0.0, 1)
    at.faster(1, 0.5)
    assert at.due == 0.75
    at.faster(-2, 0.5)
    assert at.due == 1.5
    at.faster(-9, 0.5)
    assert at.speed == 0.25
    at.faster(99, 0.5)
    assert at.speed == math.inf
    assert at.due < 0.6


def test_max_goes_through_any_stream_in_a_bounded_number_of_moves():
    for count in (5, 100, 1_000_000):
        at = Player(lambda _number: 60.0)
        at.faster(9, 0.0)
        at.play(0.0, 1)
        moves = 0
        while at.is_playing:
            at.advance(at.due, count)
            moves += 1
        assert moves <= 602
        assert at.advance(1e9, count) == count


def test_unknown_and_descending_times_do_not_wait():
    at = player([None, None, -5.0, 1.0])
    at.play(0.0, 1)
    assert at.advance(0.0, 4) == 3


def test_behind_the_last_event_it_stops_or_waits_for_more():
    at = player([None, 0.0])
    at.play(0.0, 2)
    at.advance(0.0, 2)
    assert not at.is_playing
    at.play(0.0, 2)
    assert at.advance(0.0, 2, Ends.WAIT) == 2
    assert at.is_playing
    assert at.advance(at.due, 3, Ends.WAIT) == 3


@given(
    st.lists(st.floats(0, 5), min_size=1, max_size=50),
    st.lists(st.floats(0.001, 2), min_size=1, max_size=50),
)
def test_at_any_moment_the_event_is_the_one_that_is_due(gaps, waits):
    at = player([None, *gaps])
    count = len(gaps) + 1
    at.play(0.0, 1)
    now = 0.0
    for wait in waits:
        now += wait
        shown = at.advance(now, count)
        due = 0.0
        expected = 1
        for gap in gaps:
            due += min(gap, 2.0)
            if due > now:
                break
            expected += 1
        assert shown == expected or abs(due - now) < 1e-9
