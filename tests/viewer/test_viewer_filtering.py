"""The list of sessions: every column sorts and filters, and what is no filter says so at its place."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from datetime import datetime

import pytest
from textual.widgets import Input

import playhead
from playhead import EndingKind
from playhead_viewer.app import PlayheadApp
from playhead_viewer.core.filter import FilterError
from playhead_viewer.core.session import Session
from playhead_viewer.core.sessions import COLUMNS, FIELDS, Sessions
from playhead_viewer.panes.sessions import column_at
from playhead_viewer.screens.choices import ChoiceList
from playhead_viewer.screens.sessions import SessionsScreen

NOON = datetime(2026, 11, 20, 12, 0, 30).timestamp()


def rows() -> Sessions:
    made = Sessions()
    fine = {"host": "api.x.example", "model": "opus-4", "status": 200, "ending": "✓ complete"}
    made.add(
        [
            Session("a", 1, t=NOON, ttft=0.2, stalls=0, tokens=90, events=12, **fine),
            Session("b", 1, t=NOON + 3600, ttft=1.5, stalls=2, tokens=900, events=100, **fine),
            Session("c", 1, t=NOON + 86400, host="api.y.example", status=529, ending="✖ server_closed"),
            Session("d", error="damaged: line 3"),
        ]
    )
    return made


def test_every_column_can_be_filtered_by():
    assert set(FIELDS.by_name) == {column.name for column in COLUMNS}


@pytest.mark.parametrize(
    ("text", "paths"),
    [
        ("", "abcd"),
        ("status>=400", "c"),
        ("status=200 and ttft>1s", "b"),
        ("ttft<500", "a"),
        ("stalls>0", "b"),
        ("tokens>=90", "ab"),
        ("events!=12", "b"),
        ("host~.y.", "c"),
        ("model=OPUS-4", "ab"),
        ("ending=complete", "ab"),
        ("not ending=complete", "cd"),
        ("ending~damaged", "d"),
        ("file=c or tokens=900", "bc"),
        ("time=12:00", "ac"),
        ("time>12:30", "b"),
        ("time>=12:00:30 time<12:00:31", "ac"),
        ("time=2026-11-20", "ab"),
        ("time>2026-11-20", "c"),
        ("time<2026-11-20T12:30", "a"),
        ("opus x.example", "ab"),
        ("529", "c"),
        ("nothing at all", ""),
    ],
)
def test_what_a_filter_lets_through(text, paths):
    made = rows()
    made.filter(text)
    assert "".join(row.path for row in made.rows) == paths


@pytest.mark.parametrize(
    ("text", "fault", "said"),
    [
        ("stauts=200", "stauts", "did you mean status?"),
        ("a status>x", "x", "status>=400"),
        ("time>soon", "soon", "12:30"),
        ("time>25:00", "25:00", "12:30"),
        ("host>3", ">", "host takes"),
        ("ttft>3h", "3h", "which unit?"),
        ("(status=200", "(", "not closed"),
        ("status>", "", "something is missing here: status>=400"),
    ],
)
def test_what_is_no_filter_is_told_at_its_place_and_changes_nothing(text, fault, said):
    made = rows()
    made.filter("status=200")
    with pytest.raises(FilterError) as told:
        made.filter(text)
    assert text[told.value.start : told.value.end] == fault
    assert said in told.value.message
    assert len(made.rows) == 2
    assert made.text == "status=200"


@pytest.mark.parametrize("place", range(len(COLUMNS)))
@pytest.mark.parametrize("width", [30, 76, 116, 196])
def test_the_column_that_is_sorted_by_is_on_the_screen(width, place):
    found = [column_at(x, width, place) for x in range(width)]
    assert place in found
    assert COLUMNS.index(next(column for column in COLUMNS if column.name == "file")) in found
    assert [at for at in dict.fromkeys(found) if at is not None] == sorted({*found} - {None})


@pytest.fixture
def folder(make, path, tmp_path):
    """Three cassettes: a fine one, one that stalled and was cut, one that cannot be read."""
    with make() as made:
        made.texts(["one", "two"])
    path.rename(tmp_path / "a.cassette.jsonl")
    with make() as made:
        exchange = made.begin(url="https://other.example/v1/messages", status=529)
        for n in range(4):
            exchange.chunk(b"data: %d\n\n" % n, 1.5 + n * 2)
        exchange.end(EndingKind.SERVER_CLOSED, 9.0)
    path.rename(tmp_path / "b.cassette.jsonl")
    (tmp_path / "c.cassette.jsonl").write_text("nothing\n")
    return tmp_path


def shown(folder, size: tuple[int, int], scenario: Callable[..., Awaitable[None]]) -> None:
    async def play() -> None:
        app = PlayheadApp(None, paths=sorted(str(each) for each in folder.glob("*.cassette.jsonl")))
        async with app.run_test(size=size) as pilot, asyncio.timeout(60):
            while len(app.sessions) < 3:
                await pilot.pause(0.01)
            await scenario(app, pilot)

    asyncio.run(play())


def lines(app) -> list[str]:
    return ["".join(part.text for part in strip) for strip in app.screen._compositor.render_strips(app.size)]


@pytest.mark.parametrize("size", [(120, 40), (80, 24)], ids=["wide", "narrow"])
def test_a_filter_is_typed_corrected_and_kept(folder, size):
    async def scenario(app, pilot):
        await pilot.press(*"status>=4x")
        while not any("^^" in line for line in lines(app)):
            await pilot.pause(0.01)
        above, below = next(pair for pair in zip(lines(app), lines(app)[1:], strict=False) if "^^" in pair[1])
        assert below.index("^^") == above.index("4x")
        assert len(app.sessions.rows) == 2  # by what could be read last
        await pilot.press("backspace", *"00 stalls>0")
        while not any("Sessions 1 of 2" in line for line in lines(app)):
            await pilot.pause(0.01)
        assert not any("^^" in line for line in lines(app))
        await pilot.press("enter")
        while app.viewing is None or app.viewing.stream is None:
            await pilot.pause(0.01)
        assert app.viewing.loader.name.endswith("b.cassette.jsonl")
        await pilot.press("b")
        while not isinstance(app.screen, SessionsScreen) or not app.screen.query(Input):
            await pilot.pause(0.01)
        assert app.screen.query_one(Input).value == "status>=400 stalls>0"
        await pilot.pause()
        assert app.screen.query_one(ChoiceList).chosen == f"{app.viewing.loader.name}\n1"

    shown(folder, size, scenario)


@pytest.mark.parametrize("size", [(120, 40), (80, 24)], ids=["wide", "narrow"])
def test_every_column_is_sorted_by_and_turned(folder, size):
    async def scenario(app, pilot):
        for column in (*COLUMNS[1:], COLUMNS[0]):
            await pilot.press("right")
            while not any(f"{column.name}▲" in line for line in lines(app)):
                await pilot.pause(0.01)
            known = [row.key for row in app.sessions.rows if column.tell(row) is not None]
            await pilot.press("ctrl+r")
            while not any(f"{column.name}▼" in line for line in lines(app)):
                await pilot.pause(0.01)
            turned = [row.key for row in app.sessions.rows if column.tell(row) is not None]
            values = {column.tell(row) for row in app.sessions.rows} - {None}
            assert turned == (known[::-1] if len(values) == len(known) else turned)
        await pilot.press("left")
        assert COLUMNS[app.sessions.column].name == "file"

    shown(folder, size, scenario)


def test_what_is_no_cassette_is_a_row_that_says_so_and_opens_nothing(folder):
    async def scenario(app, pilot):
        await pilot.press(*"c.cassette", "enter")
        while not isinstance(app.screen, SessionsScreen):
            await pilot.pause(0.01)
        assert app.viewing is None
        assert app.is_running

    shown(folder, (120, 40), scenario)


@pytest.fixture
def in_utc(monkeypatch):
    with monkeypatch.context() as patched:
        patched.setenv("TZ", "UTC")
        time.tzset()
        yield
    time.tzset()


@pytest.mark.usefixtures("in_utc")
def test_times_of_other_days_show_the_day(path, tmp_path):
    for place, created in enumerate(("2026-11-19T10:00:00Z", "2026-11-20T23:00:00Z", "2025-01-02T00:00:00Z")):
        with playhead.open_writer(path) as writer:
            exchange = writer.exchange()
            exchange.end(EndingKind.UNKNOWN, 0.0)
        first, rest = path.read_text().split("\n", 1)
        header = json.dumps(json.loads(first) | {"created": created})
        (tmp_path / f"{place}.cassette.jsonl").write_text(f"{header}\n{rest}")
        path.unlink()

    async def scenario(app, pilot):
        wanted = ("25-01-02", "11-19", "23:00:00")
        while not all(any(text in line for line in lines(app)) for text in wanted):
            await pilot.pause(0.01)

    shown(tmp_path, (120, 30), scenario)
