"""What is typed behind `:` leads there, or says where the end is."""

from __future__ import annotations

import pytest
from textual.widgets import Input

from playhead_viewer.core.places import EventPlace, PlaceError, TimePlace, parse_place


@pytest.fixture(autouse=True)
def ten(make):
    """Ten events, from 0.500 to 0.590 s."""
    with make() as made:
        made.texts([f"w{number}" for number in range(1, 11)])


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("0.278", TimePlace(0.278)),
        (".5", TimePlace(0.5)),
        ("3.", TimePlace(3.0)),
        ("+0.5", TimePlace(0.5, is_relative=True)),
        ("-.25", TimePlace(-0.25, is_relative=True)),
        ("3", EventPlace(3)),
        ("+3", EventPlace(3, is_relative=True)),
        ("1,204", EventPlace(1204)),
    ],
)
def test_a_number_with_a_point_is_seconds_and_one_without_an_event(text, place):
    assert parse_place(text) == place


@pytest.mark.parametrize("text", [".", "0.2.7", "1.5e3", "#0.5", "-.", "٣.٤x"])
def test_what_is_no_place_is_refused(text):
    with pytest.raises(PlaceError):
        parse_place(text)


@pytest.mark.parametrize(
    ("typed", "number", "said"),
    [
        ("0.538", 5, None),
        ("590ms", 10, None),
        ("0.59", 10, None),
        ("#10", 10, None),
        ("+9", 10, None),
        ("99s", 10, "The last event is #10, at 0.590 s."),
        ("1:30", 10, "The last event is #10, at 0.590 s."),
        ("+0.5", 10, "The last event is #10, at 0.590 s."),
        ("#11", 10, "The last event is #10."),
        ("+10", 10, "The last event is #10."),
        ("-1", 1, "The first event is #1."),
        ("0", 1, "The first event is #1."),
    ],
)
@pytest.mark.parametrize("size", [(120, 40), (80, 24), (40, 10)], ids=["wide", "narrow", "tiny"])
def test_a_place_is_gone_to_and_one_beyond_the_ends_is_said(view, typed, number, said, size):
    async def scenario(seen):
        await seen.press("colon")
        await seen.until(lambda: seen.app.query(Input))
        seen.app.query_one(Input).value = typed
        await seen.press("enter")
        await seen.until(lambda: seen.cursor == number and not seen.app.is_prompted)
        if said is not None:
            await seen.until(lambda: said in " ".join(seen.text.split()))
        else:
            assert "event is #" not in seen.text

    view(scenario, size=size)


def test_the_end_is_told_as_times_are_shown(view):
    async def scenario(seen):
        await seen.press("r", "colon")
        await seen.until(lambda: seen.app.query(Input))
        seen.app.query_one(Input).value = "5s"
        await seen.press("enter")
        await seen.until(lambda: "The last event is #10, at 0.090 s." in " ".join(seen.text.split()))

    view(scenario)
