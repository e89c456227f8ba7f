"""What is recorded now: followed, left, searched, and followed again."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import playhead
from playhead import EndingKind
from playhead_viewer.source.notes import Notes
from playhead_viewer.viewing import Viewing
from playhead_viewer.widgets.event_list import EventList
from playhead_viewer.widgets.lines import LinePane

SIZES = pytest.mark.parametrize("size", [(120, 40), (80, 24)], ids=["wide", "narrow"])


class Growing:
    """An exchange that grows, event by event; its times go on."""

    def __init__(self, exchange: playhead.ExchangeWriter) -> None:
        self._exchange = exchange
        self.count = 0

    def add(self, count: int) -> None:
        for _ in range(count):
            self.count += 1
            self._exchange.chunk(b"data: event%d\n\n" % self.count, 1.5 + self.count / 100)

    def end(self) -> None:
        self._exchange.end(EndingKind.COMPLETE, 99.0)


@pytest.fixture
def growing(make, path) -> Iterator[Growing]:
    """A recorder at work on the cassette at `path`."""
    with make() as made:
        grows = Growing(made.begin())
        path.symlink_to(next(path.parent.glob("*.partial")))
        yield grows
        grows.end()
        path.unlink()


def here(seen, text: str) -> bool:
    """Whether the row at the cursor is on the screen and says so."""
    return any("▸" in line and text in line for line in seen.lines)


@SIZES
def test_what_comes_while_the_reader_is_elsewhere_is_counted_until_it_was_seen(view, growing, size):
    growing.add(100)

    async def scenario(seen):
        await seen.until(lambda: seen.cursor == 100 and here(seen, "event100"))
        assert "new below" not in seen.text
        await seen.press("g")
        assert "new below" not in seen.text  # all of it was there
        growing.add(12)
        await seen.until(lambda: "↓ 12 new below" in seen.lines[-1])
        assert seen.cursor == 1
        assert "⏸" in seen.lines[-1]
        growing.add(3)
        await seen.until(lambda: "↓ 15 new below" in seen.lines[-1])
        at = seen.lines[-1].index("new below")
        assert await seen.pilot.click("#footer", offset=(at, 0))
        await seen.until(lambda: seen.cursor == 115 and "●" in seen.lines[-1])
        assert "new below" not in seen.lines[-1]
        growing.add(1)
        await seen.until(lambda: seen.cursor == 116 and here(seen, "event116"))
        await seen.press("F", "g")
        growing.add(2)
        await seen.until(lambda: "↓ 2 new below" in seen.lines[-1])
        await seen.press("F")
        await seen.until(lambda: seen.cursor == 118)

    view(scenario, size=size, follow=True)


@SIZES
def test_no_pane_is_blank_while_the_first_events_come(view, growing, size):
    async def scenario(seen):
        await seen.until(lambda: "Status 200; no event has come yet." in seen.text)
        growing.add(1)
        await seen.until(lambda: seen.app.viewing.stream.count == 1)
        for pane in seen.app.query(LinePane):
            await seen.until(
                lambda pane=pane: not pane.region or any(strip.text.strip() for strip in drawn(pane))
            )
        await seen.until(lambda: here(seen, "event1"))
        growing.add(1)
        await seen.until(lambda: here(seen, "event2"))

    view(scenario, size=size, follow=True)


def drawn(pane: LinePane) -> list:
    return [pane.render_line(y) for y in range(pane.scrollable_content_region.height)]


def test_a_search_stops_following_where_it_leads(view, growing):
    growing.add(50)

    async def scenario(seen):
        await seen.until(lambda: seen.cursor == 50)
        await seen.press("/", *"event7", "enter")
        await seen.until(lambda: seen.cursor == 7)
        growing.add(1)
        await seen.until(lambda: seen.app.viewing.stream.count == 51)
        await seen.settle()
        assert seen.cursor == 7

    view(scenario, follow=True)


def test_what_is_not_known_yet_says_why(view, growing):
    growing.add(3)

    async def scenario(seen):
        await seen.until(lambda: seen.cursor == 3 and seen.app.viewing.analysis is not None)
        await seen.press("e")
        await seen.until(lambda: "Findings are not known yet: a stream is" in seen.text)
        await seen.press("L")
        await seen.until(lambda: "It is checked when all of it has been read." in seen.text)
        await seen.press("n")
        await seen.until(lambda: "Nothing is searched for." in seen.text)

    view(scenario, follow=True)


def test_a_filter_that_comes_while_it_plays_goes_to_what_it_lets_through_and_plays_on(make, view):
    with make() as made:
        made.texts([f"w{n}" for n in range(50)], gap=2.0)  # it is not to end before the filter comes

    async def scenario(seen):
        await seen.press("space")
        await seen.until(lambda: seen.app.viewing.player.is_playing)
        await seen.press("f", *"n>10", "enter")
        await seen.until(lambda: seen.cursor > 10 and here(seen, f"w{seen.cursor - 1}"))
        assert seen.app.viewing.player.is_playing
        assert seen.app.query_one(EventList).page > 0

    view(scenario)


def test_what_was_there_when_it_was_opened_is_not_new(make, path, read):
    with make() as made:
        made.texts(["word"] * 50)
    stream = read(path)
    viewing = Viewing(stream.loader, Notes(stream.loader.name, is_file=False))
    viewing.open(stream)
    assert (viewing.number, viewing.cursor.rows) == (1, 50)
    assert viewing.unseen(30) == 0  # before anything was told to have come
    viewing.refresh()
    assert viewing.unseen(30) == 0
