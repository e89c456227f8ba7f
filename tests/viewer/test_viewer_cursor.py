"""The cursor, places and landmarks: where a step, a leap, a typed place leads. No Textual."""

from __future__ import annotations

import subprocess
import sys
from bisect import bisect_left
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playhead_viewer.core.cursor import Cursor
from playhead_viewer.core.landmarks import following, nearest, preceding
from playhead_viewer.core.places import (
    EventPlace,
    PlaceError,
    SharePlace,
    TimePlace,
    at_time,
    parse_place,
)


def cursor(count, shown=None, number=1):
    made = Cursor()
    made.count, made.shown = count, shown
    made.go(number)
    return made


def test_the_core_imports_no_textual():
    names = (
        "cursor",
        "filter",
        "landmarks",
        "marks",
        "places",
        "player",
        "search",
        "sessions",
    )
    imports = ", ".join(f"playhead_viewer.core.{name}" for name in names)
    code = f"import sys, {imports}; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, timeout=60)
    assert not {"textual", "rich", "asyncio"} & set(done.stdout.decode().split())


def test_steps_stop_at_the_ends():
    at = cursor(3)
    at.step(-1)
    assert at.number == 1
    at.step(9)
    assert (at.number, at.row, at.is_last) == (3, 2, True)
    at.first()
    assert (at.number, at.is_last) == (1, False)
    at.share(50)
    assert at.number == 2


def test_nothing_to_stand_on():
    for empty in (cursor(0), cursor(5, [])):
        empty.step(1)
        empty.last()
        empty.share(40)
        assert (empty.number, empty.row, empty.rows, empty.is_last) == (0, 0, 0, True)
        assert not empty.leap([1, 2], back=False)


def test_a_filter_that_goes_gives_the_old_place_back():
    at = cursor(100, number=50)
    at.shown = [3, 47, 90]
    assert (at.number, at.row) == (47, 1)
    at.shown = None
    assert at.number == 50
    at.shown = [3, 47, 90]
    at.step(1)
    at.shown = None
    assert at.number == 90


def test_a_place_asked_for_before_it_came_is_reached_when_it_has():
    at = cursor(5, number=3)
    at.count = 10
    assert at.number == 3


@given(
    st.integers(1, 200), st.lists(st.integers(1, 200), unique=True), st.integers(-5, 300), st.integers(-9, 9)
)
def test_it_stands_on_what_is_shown_and_steps_by_rows(count, shown, number, by):
    shown = sorted(each for each in shown if each <= count) or None
    at = cursor(count, shown, number)
    assert at.is_shown(at.number)
    assert at.number_at(at.row) == at.number
    row = at.row
    at.step(by)
    assert at.row == min(max(row + by, 0), at.rows - 1)


@given(st.lists(st.integers(1, 50), unique=True), st.integers(0, 60))
def test_the_next_the_last_and_the_nearest(numbers, at):
    numbers.sort()
    assert following(numbers, at) == min((each for each in numbers if each > at), default=None)
    assert preceding(numbers, at) == max((each for each in numbers if each < at), default=None)
    closest = min((abs(each - at) for each in numbers), default=None)
    found = nearest(numbers, at)
    assert (None if found is None else abs(found - at)) == closest


def test_a_leap_passes_over_what_is_hidden():
    at = cursor(100, [10, 20, 30], 10)
    assert at.leap([15, 20, 25], back=False)
    assert at.number == 20
    assert not at.leap([15, 20, 25], back=False)
    assert at.number == 20
    assert not at.leap([15, 20, 25], back=True)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("#84", EventPlace(84)),
        ("84", EventPlace(84)),
        (" 1,204 ", EventPlace(1204)),
        ("+10", EventPlace(10, is_relative=True)),
        ("-3", EventPlace(-3, is_relative=True)),
        ("3.1s", TimePlace(3.1)),
        ("250 ms", TimePlace(0.25)),
        ("+500ms", TimePlace(0.5, is_relative=True)),
        ("-2S", TimePlace(-2.0, is_relative=True)),
        ("1m", TimePlace(60.0)),
        ("1:30.5", TimePlace(90.5)),
        ("+1:30", TimePlace(90.0, is_relative=True)),
        (".5", TimePlace(0.5)),
        ("50%", SharePlace(50.0)),
    ],
)
def test_places_as_they_are_typed(text, place):
    assert parse_place(text) == place


@pytest.mark.parametrize("text", ["", "x", "#", "101%", "--3", "1e3", "3.1 h", "1:99", "+-3s", "٣x"])
def test_what_is_no_place_says_so(text):
    with pytest.raises(PlaceError):
        parse_place(text)


@given(st.text(max_size=12))
def test_any_text_is_a_place_or_an_error(text):
    with suppress(PlaceError):
        assert isinstance(parse_place(text), EventPlace | TimePlace | SharePlace)


@given(st.lists(st.none() | st.floats(0, 100, allow_nan=False), min_size=1, max_size=40), st.floats(-5, 105))
def test_a_time_leads_to_the_first_event_there(times, wanted):
    known = iter(sorted(t for t in times if t is not None))
    times = [None if t is None else next(known) for t in times]
    filled, last = [], float("-inf")
    for t in times:
        last = last if t is None else t
        filled.append(last)
    found = at_time(wanted, len(times), lambda number: times[number - 1])
    count = len(times)
    if all(t is None for t in times):
        assert found is None
    else:
        assert found == min(bisect_left(filled, wanted) + 1, count)
    assert at_time(wanted, 0, lambda _number: None) is None


def test_one_known_time_is_found_and_unknown_ones_are_looked_at_once():
    times = [None, None, 1.0, None]
    assert at_time(0.5, len(times), lambda number: times[number - 1]) == 3
    asked = []
    assert at_time(5.0, 1000, lambda number: asked.append(number)) is None
    assert sorted(asked) == list(range(1, 1001))
    asked = []
    assert at_time(5.0, 1000, lambda number: asked.append(number) or (1.0 if number == 1 else None)) == 1000
    assert len(asked) <= 1002
