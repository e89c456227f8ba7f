"""Stepping: keys, the cursor in sight, panes in step with it, at both sizes."""

from __future__ import annotations

import pytest

from playhead import EndingKind, Response
from playhead_viewer.widgets.event_list import EventList

SIZES = pytest.mark.parametrize("size", [(120, 40), (80, 24), (50, 12)], ids=["wide", "narrow", "tiny"])
WORDS = [f" word{number}" for number in range(1, 201)]


@pytest.fixture
def words(make):
    """One exchange of 200 events, a word each."""
    with make() as made:
        made.texts(WORDS)


@SIZES
@pytest.mark.usefixtures("words")
def test_a_step_moves_the_cursor_and_the_marker(view, size):
    async def scenario(seen):
        assert seen.line("▸").strip("│").split()[:3] == ["▸", "1", "0.500"]
        for key, expected in [("j", 2), ("down", 3), (".", 4), ("k", 3), ("up", 2), (",", 1), ("k", 1)]:
            await seen.press(key)
            assert seen.cursor == expected
            marker = seen.line("▸")
            assert marker.strip("│").split()[:2] == ["▸", str(expected)]
            assert f'" word{expected}"' in marker

    view(scenario, size=size)


@SIZES
@pytest.mark.usefixtures("words")
def test_ends_and_pages_keep_the_cursor_in_sight(view, size):
    async def scenario(seen):
        page = seen.app.query_one(EventList).page
        moves = [
            ("G", 200),
            ("g", 1),
            ("end", 200),
            ("j", 200),
            ("home", 1),
            ("pagedown", 1 + page),
            ("pagedown", 1 + 2 * page),
            ("pageup", 1 + page),
        ]
        for key, expected in moves:
            await seen.press(key)
            assert seen.cursor == expected
            assert f'" word{expected}"' in seen.line("▸")

    view(scenario, size=size)


@SIZES
@pytest.mark.usefixtures("words")
def test_header_and_hints_never_scroll(view, size):
    async def scenario(seen):
        for key in ("g", "G", "pageup"):
            await seen.press(key)
            assert "1/1 ▏POST /v1/mes" in seen.lines[0]
            assert "200 ▏✓ complete" in seen.lines[0]
            assert seen.lines[-1].endswith("q Quit  ? Help ")

    view(scenario, size=size)


@pytest.mark.parametrize("size", [(120, 40), (80, 24)], ids=["wide", "narrow"])
@pytest.mark.usefixtures("words")
def test_text_holds_everything_so_far_with_the_new_part_in_reverse(view, size):
    async def scenario(seen):
        await seen.press("G")
        assert seen.reversed == " word200"
        assert "word199 word200" in seen.text
        await seen.press("k", "k")
        assert seen.reversed == " word198"
        assert "word197 word198" in seen.text

    view(scenario, size=size)


def test_a_line_end_that_a_frame_adds_is_seen(make, view):
    with make() as made:
        made.texts(["one", "\n", "two"])

    async def scenario(seen):
        await seen.press("j")
        assert seen.reversed == "␊"
        await seen.press("j")
        assert seen.reversed == "two"
        assert "│ one " in seen.text

    view(scenario)


def test_a_frame_that_adds_no_text_says_so(make, view):
    with make() as made:
        exchange = made.begin()
        exchange.chunk(b'event: ping\ndata: {"type":"ping"}\n\n', 2.0)
        exchange.end(EndingKind.COMPLETE, 2.1)

    async def scenario(seen):
        assert "This event adds nothing." in seen.text
        assert "No block up to here." in seen.text
        assert 'ping {"type":"ping"}' in seen.line("▸")

    view(scenario)


def test_raw_shows_each_chunk_of_a_frame_its_line_ends_and_the_blank_line(make, view):
    with make() as made:
        exchange = made.begin()
        exchange.chunk(b"data: one\r\n\r\nda", 2.0)
        exchange.chunk(b"ta: two\n\n", 2.25)
        exchange.end(EndingKind.COMPLETE, 2.5)

    async def scenario(seen):
        assert "┄┄ chunk 1 · 13 of 15 B · t 1.000 ┄┄" in seen.text
        assert "data: one␍␊ " in seen.text
        assert "│ ␍␊ " in seen.text
        await seen.press("j")
        assert "┄┄ chunk 1 · 2 of 15 B · t 1.000 ┄┄" in seen.text
        assert "┄┄ chunk 2 · 9 B · t 1.250 ┄┄" in seen.text
        assert "│ da " in seen.text
        assert "ta: two␊ " in seen.text

    view(scenario)


def test_gaps_are_aligned_and_long_ones_flagged(make, view):
    with make() as made:
        exchange = made.begin()
        for number, t in enumerate([2.0, 2.03, 2.53, 3.2, 3.2001, 3.2001]):
            exchange.chunk(b"data: %d\n\n" % number, t)
        exchange.chunk(b"data: a\n\ndata: b\n\n", 4.0)
        exchange.end(EndingKind.COMPLETE, 5.0)

    async def scenario(seen):
        rows = [line for line in seen.lines if " event " in line]
        gaps = [row[17:24] for row in rows]
        assert [gap.strip() for gap in gaps] == ["", "+30", "+500", "‼+670", "<1", "<1", "‼+800", "+0"]
        assert len({len(gap.rstrip()) for gap in gaps[1:]}) == 1

    view(scenario)


def test_unknown_times_are_question_marks(make, view):
    with make() as made:
        exchange = made.begin(t=None)
        exchange.chunk(b"data: 1\n\n", None)
        exchange.chunk(b"data: 2\n\n", None)
        exchange.end(EndingKind.UNKNOWN)

    async def scenario(seen):
        assert "? The times of this exchange are not known." in seen.lines[1]
        assert "times unknown" in seen.text
        assert "· t ? ┄┄" in seen.text
        first, second = (line.strip("│▸ ").split() for line in seen.lines if " event " in line)
        assert first[:3] == ["1", "?", "⚠"]
        assert second[:4] == ["2", "?", "?", "✖"]

    view(scenario)


def test_times_count_from_the_response_where_the_request_has_none(make, view):
    with make() as made:
        exchange = made.writer.exchange()
        exchange.response(Response(status=200, t=3.0))
        exchange.chunk(b"data: 1\n\n", 3.5)
        exchange.end(EndingKind.COMPLETE, 4)

    async def scenario(seen):
        assert "t counts from the response head" in seen.lines[1]
        assert "request unknown" in seen.lines[0]
        assert seen.line("▸").strip("│").split()[:3] == ["▸", "1", "0.500"]

    view(scenario)


@pytest.mark.usefixtures("words")
def test_a_click_moves_the_cursor(view):
    async def scenario(seen):
        await seen.pilot.click(EventList, offset=(10, 6))
        await seen.settle()
        assert seen.cursor == 7
        await seen.press("G")
        await seen.pilot.click(EventList, offset=(10, 0))
        await seen.settle()
        assert seen.cursor == 201 - seen.app.query_one(EventList).page

    view(scenario)


@pytest.mark.usefixtures("words")
def test_keys_are_remapped_by_id(view):
    async def scenario(seen):
        seen.app.set_keymap({"step": "x", "step_back": "z"})
        await seen.press("x", "x", "x", "z", "j")
        assert seen.cursor == 3
        seen.app.drawing.footer()
        await seen.settle()
        assert "x/z Step" in seen.lines[-1]

    view(scenario)
