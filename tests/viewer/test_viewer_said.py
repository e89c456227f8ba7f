"""What is said for a while is read whole, and covers nothing: no row, no prompt, no list."""

from __future__ import annotations

import itertools

import pytest
from textual.widgets import Input

from playhead_viewer.screens.choices import ChoiceList
from playhead_viewer.widgets.bars import Footer
from playhead_viewer.widgets.event_list import EventList
from playhead_viewer.widgets.prompt import Prompt
from playhead_viewer.widgets.said import Said
from playhead_viewer.widgets.scrubber import Scrubber

SIZES = pytest.mark.parametrize(
    "size", [(120, 40), (80, 24), (60, 20), (40, 10)], ids=lambda size: f"{size[0]}x{size[1]}"
)
LONG = "Exchange 12 answers at http://127.0.0.1:12345, and this sentence is one of those that are long."


@pytest.fixture(autouse=True)
def hundred(make):
    with make() as made:
        made.texts([f"w{number}" for number in range(1, 101)])


def is_read(seen, text: str) -> bool:
    return text in " ".join(seen.text.split())


def overlapping(seen, *kinds: type) -> list[tuple[str, str]]:
    """Those of the widgets on the screen that cover one another."""
    found = [each for kind in kinds for each in seen.app.screen.query(kind) if each.region]
    pairs = itertools.combinations(found, 2)
    return [(str(one), str(other)) for one, other in pairs if one.region.overlaps(other.region)]


@SIZES
def test_a_message_covers_no_row_and_the_cursor_stays_in_sight(view, size):
    async def scenario(seen):
        await seen.press("G")
        page = seen.app.query_one(EventList).page
        seen.app.say(LONG)
        await seen.until(lambda: is_read(seen, LONG))
        assert not overlapping(seen, EventList, Scrubber, Footer, Said)
        await seen.until(lambda: " 100 " in seen.line("▸") and "w100" in seen.line("▸"))
        assert seen.lines[-1].rstrip().endswith("? Help")
        events = seen.app.query_one(EventList)
        assert events.region.bottom <= seen.app.query_one(Said).region.y
        seen.app.unsay()
        await seen.until(lambda: events.page == page)
        assert not is_read(seen, LONG)

    view(scenario, size=size)


@SIZES
def test_a_message_covers_no_prompt_and_not_what_is_wrong_there(view, size):
    async def scenario(seen):
        seen.app.say("Marked, but not kept: no space", severity="warning")
        await seen.press("f")
        await seen.until(lambda: seen.app.query(Input))
        seen.app.query_one(Input).value = "kind=txet"
        await seen.until(lambda: is_read(seen, "no such value: did you mean text?"))
        await seen.until(lambda: is_read(seen, "⚠ Marked, but not kept: no space"))
        assert not overlapping(seen, EventList, Footer, Said, Prompt)
        assert seen.lines[-1].startswith("kind=txet")

    view(scenario, size=size)


@SIZES
def test_a_message_covers_no_list_to_choose_from_and_goes_on_behind_it(view, size):
    async def scenario(seen):
        await seen.press("question_mark")
        seen.app.say(LONG, severity="error")
        await seen.until(lambda: is_read(seen, f"✖ {LONG}"))
        assert not overlapping(seen, ChoiceList, Said)
        await seen.press("escape")
        await seen.until(lambda: is_read(seen, f"✖ {LONG}"))
        await seen.press("question_mark")
        await seen.until(lambda: is_read(seen, f"✖ {LONG}"))
        seen.app.unsay()
        await seen.until(lambda: not is_read(seen, "answers at"))

    view(scenario, size=size)


def test_two_messages_are_read_and_the_same_one_is_said_once(view):
    async def scenario(seen):
        for text in ("one", "two", "three", "two"):
            seen.app.say(f"Message {text}.")
        await seen.until(lambda: is_read(seen, "· Message three. · Message two."))
        assert seen.text.count("Message") == 2

    view(scenario)


def test_a_message_goes_by_itself(view):
    async def scenario(seen):
        seen.app.say("Message.", seconds=0.05)
        await seen.until(lambda: seen.app.query(Said) and seen.app.query_one(Said).display)
        await seen.until(lambda: not seen.app.query_one(Said).display)
        assert "Message." not in seen.text

    view(scenario)
