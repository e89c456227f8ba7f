"""The list of sessions stays true: what is finished, renamed, removed or new is seen in it."""

from __future__ import annotations

import asyncio
import os
from pathlib import PurePath

import pytest
from textual.geometry import Size

import playhead
from playhead import EndingKind, Request, Response
from playhead_viewer.app import PlayheadApp
from playhead_viewer.core.session import Session
from playhead_viewer.core.sessions import COLUMNS, Sessions
from playhead_viewer.panes.sessions import row_line
from playhead_viewer.screens import sessions
from playhead_viewer.screens.choices import ChoiceList
from playhead_viewer.screens.sessions import SessionsScreen
from playhead_viewer.source.paths import find, find_all, growing
from playhead_viewer.source.scanning import Scanner, scan, stamp_of

_DEADLINE = 60.0
SSE = (("content-type", "text/event-stream"),)


def begun(writer):
    exchange = writer.exchange()
    exchange.request(Request(method="POST", url="https://h/v1/x", t=1.0))
    exchange.response(Response(status=200, headers=SSE, t=1.1))
    exchange.chunk(b"data: one\n\n", 2.0)
    return exchange


async def until(pilot, holds):
    while not holds():
        await pilot.pause(0.01)


def shown(app):
    strips = app.screen._compositor.render_strips(Size(*app.size))
    return "\n".join("".join(segment.text for segment in strip) for strip in strips)


def test_a_recording_that_was_finished_and_renamed_is_read_again(tmp_path):
    writer = playhead.open_writer(tmp_path / "a.cassette.jsonl", clock="monotonic")
    exchange = begun(writer)

    async def play():
        app = PlayheadApp(None, paths=[str(tmp_path)])
        async with asyncio.timeout(_DEADLINE), app.run_test(size=(140, 30)) as pilot:
            await until(pilot, lambda: "● recording" in shown(app) and "1 file" in shown(app))
            await pilot.press("enter")
            await until(pilot, lambda: app.viewing is not None and app.viewing.stream is not None)
            second = begun(writer)
            await until(pilot, lambda: not isinstance(app.screen, SessionsScreen))
            await pilot.press("b")
            await until(pilot, lambda: "Sessions 2 · 1 file" in shown(app))
            await pilot.press("escape")
            exchange.end(EndingKind.COMPLETE, 3.0)
            second.end(EndingKind.TIMEOUT, 4.0)
            writer.close()
            with playhead.open_writer(tmp_path / "b.cassette.jsonl", clock="monotonic") as other:
                begun(other).end(EndingKind.COMPLETE, 4.0)
            await until(pilot, lambda: not isinstance(app.screen, SessionsScreen))
            await pilot.press("b")
            await until(pilot, lambda: "Sessions 3 · 2 files" in shown(app))
            assert "● recording" not in shown(app)  # that it was finished is said below the list
            assert sorted((row.exchange, row.ending) for row in app.sessions.rows) == [
                (1, "✓ complete"),
                (1, "✓ complete"),
                (2, "✖ timeout"),
            ]
            await pilot.press("escape", "q")

    asyncio.run(play())


def test_only_what_is_over_is_not_read_again(tmp_path):
    with playhead.open_writer(tmp_path / "a.cassette.jsonl", clock="monotonic") as writer:
        exchange = begun(writer)
        (live,) = scan(str(tmp_path / "a.cassette.jsonl.partial"), lambda: True)
        assert (live.ending, live.is_final) == ("● recording", False)
        exchange.end(EndingKind.COMPLETE, 3.0)
    (over,) = scan(str(tmp_path / "a.cassette.jsonl"), lambda: True)
    assert (over.ending, over.is_final) == ("✓ complete", True)
    (gone,) = scan(str(tmp_path / "b.cassette.jsonl"), lambda: True)
    assert not gone.is_final


def test_a_path_that_names_nothing_any_more_hides_no_other(tmp_path):
    (tmp_path / "empty").mkdir()
    with playhead.open_writer(tmp_path / "a.cassette.jsonl") as writer:
        begun(writer)
    given = [str(tmp_path / "empty"), str(tmp_path / "no*.jsonl"), str(tmp_path / "a*.jsonl"), str(tmp_path)]
    assert find_all(given) == [str(tmp_path / "a.cassette.jsonl")]


@pytest.mark.parametrize("every", [0.0, 0.2], ids=["a slow disk", "a fast one"])
def test_many_files_are_not_sorted_one_by_one(monkeypatch, every):
    monkeypatch.setattr(sessions, "_TELL_EVERY", every)
    monkeypatch.setattr(Scanner, "rows", lambda _self, path, _go_on: iter([Session(path, 1, t=1.0)]))
    added = []
    add = Sessions.add
    monkeypatch.setattr(
        Sessions, "add", lambda self, rows, read=(): added.append(len(read)) or add(self, rows, read)
    )

    async def play():
        app = PlayheadApp(None, paths=[f"{number}.cassette.jsonl" for number in range(2000)])
        async with asyncio.timeout(_DEADLINE), app.run_test(size=(140, 30)) as pilot:
            await until(pilot, lambda: "Sessions 2,000 · 2,000 files" in shown(app))

    asyncio.run(play())
    assert sum(added) == 2000
    assert len(added) < 130


def test_a_scan_that_finds_nothing_new_tells_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr(sessions, "_TELL_EVERY", 0.0)
    monkeypatch.setattr(sessions, "_LOOK_EVERY", 0.0)
    for name in "abc":
        with playhead.open_writer(tmp_path / f"{name}.cassette.jsonl", clock="monotonic") as writer:
            begun(writer).end(EndingKind.COMPLETE, 3.0)
    looks, told = [], []
    take = SessionsScreen._take
    monkeypatch.setattr(sessions, "find_all", lambda paths: looks.append(1) or find_all(paths))
    monkeypatch.setattr(
        SessionsScreen,
        "_take",
        lambda screen, rows, stamps: told.append(len(rows)) or take(screen, rows, stamps),
    )

    async def play():
        app = PlayheadApp(None, paths=[str(tmp_path)])
        async with asyncio.timeout(_DEADLINE), app.run_test(size=(140, 30)) as pilot:
            await until(pilot, lambda: "Sessions 3 · 3 files" in shown(app))
            seen = len(looks)
            await until(pilot, lambda: len(looks) > seen + 3)

    asyncio.run(play())
    assert sum(told) == 3
    assert 0 not in told


def chosen(app):
    id_ = app.screen.query_one(ChoiceList).chosen
    return PurePath(id_.partition("\n")[0]).name if id_ else None


def test_the_list_follows_its_folder_while_it_is_open(tmp_path, monkeypatch):
    monkeypatch.setattr(sessions, "_LOOK_EVERY", 0.05)
    monkeypatch.setattr(sessions, "_REST", 0.0)  # on a slow machine these are minutes
    for name in "abc":
        with playhead.open_writer(tmp_path / f"{name}.cassette.jsonl", clock="monotonic") as writer:
            begun(writer).end(EndingKind.COMPLETE, 3.0)

    async def play():
        app = PlayheadApp(None, paths=[str(tmp_path)])
        async with asyncio.timeout(_DEADLINE), app.run_test(size=(140, 30)) as pilot:
            await until(pilot, lambda: "Sessions 3 · 3 files" in shown(app))
            await pilot.press(*["right"] * (len(COLUMNS) - 1), "ctrl+r", *"events<9", "down")
            await until(pilot, lambda: chosen(app) == "b.cassette.jsonl" and "file▼" in shown(app))
            # A new one, which is then recorded on.
            writer = playhead.open_writer(tmp_path / "d.cassette.jsonl", clock="monotonic")
            exchange = begun(writer)
            await until(pilot, lambda: "Sessions 4 of 4 · 4 files" in shown(app))
            await until(pilot, lambda: "● recording" in shown(app))
            await until(
                pilot,
                lambda: [row.events for row in app.sessions.rows if "recording" in row.ending] == [1],
            )
            exchange.chunk(b"data: two\n\ndata: three\n\n", 2.5)
            await until(pilot, lambda: app.sessions.rows[0].events == 3)
            assert chosen(app) == "b.cassette.jsonl"
            # It is finished, and has another name then.
            exchange.end(EndingKind.TIMEOUT, 4.0)
            writer.close()
            await until(pilot, lambda: "✖ timeout" in shown(app) and "● recording" not in shown(app))
            assert [PurePath(row.path).name[0] for row in app.sessions.rows] == [*"dcba"]
            # One goes, and then the one that is chosen.
            (tmp_path / "c.cassette.jsonl").unlink()
            await until(pilot, lambda: "Sessions 3 of 3 · 3 files" in shown(app))
            assert chosen(app) == "b.cassette.jsonl"
            (tmp_path / "b.cassette.jsonl").unlink()
            await until(pilot, lambda: chosen(app) == "a.cassette.jsonl")
            # One is replaced by another.
            with playhead.open_writer(tmp_path / "other.jsonl", clock="monotonic") as other:
                begun(other).end(EndingKind.SERVER_CLOSED, 4.0)
            (tmp_path / "other.jsonl").rename(tmp_path / "a.cassette.jsonl")
            await until(pilot, lambda: "✖ server_closed" in shown(app))
            assert "file▼" in shown(app)
            assert app.sessions.text == "events<9"
            assert app.sessions.descends
            await pilot.press("escape")

    asyncio.run(play())


def test_what_did_not_change_is_not_read_again(tmp_path, monkeypatch):
    monkeypatch.setattr(sessions, "_LOOK_EVERY", 0.01)
    looks, read = [], []
    find, rows = find_all, Scanner.rows
    monkeypatch.setattr(sessions, "find_all", lambda paths: looks.append(1) or find(paths))
    monkeypatch.setattr(Scanner, "rows", lambda self, path, on: read.append(path) or rows(self, path, on))
    with playhead.open_writer(tmp_path / "a.cassette.jsonl", clock="monotonic") as writer:
        begun(writer).end(EndingKind.COMPLETE, 3.0)

    async def play():
        app = PlayheadApp(None, paths=[str(tmp_path)])
        async with asyncio.timeout(_DEADLINE), app.run_test(size=(140, 30)) as pilot:
            await until(pilot, lambda: len(looks) > 20)
            assert len(read) == 1
            await pilot.press("escape")

    asyncio.run(play())


def test_what_is_no_file_is_never_waited_for(tmp_path):
    with playhead.open_writer(tmp_path / "a.cassette.jsonl", clock="monotonic") as writer:
        begun(writer).end(EndingKind.COMPLETE, 3.0)
    (tmp_path / "folder.cassette.jsonl").mkdir()
    os.mkfifo(tmp_path / "pipe.cassette.jsonl")
    os.mkfifo(tmp_path / "pipe.cassette.jsonl.partial")
    (tmp_path / "link.cassette.jsonl").symlink_to("nowhere")
    assert [PurePath(path).name for path in find_all([str(tmp_path)])] == [
        "a.cassette.jsonl",
        "link.cassette.jsonl",
    ]
    assert growing([str(tmp_path)]) is None
    named = str(tmp_path / "pipe.cassette.jsonl")
    assert find([named]) == [named]
    assert stamp_of(named) is None
    assert [row.error for row in scan(named, lambda: True)] == ["no file: open it by itself"]

    async def play():
        app = PlayheadApp(None, paths=[named, str(tmp_path)])
        async with asyncio.timeout(_DEADLINE), app.run_test(size=(80, 24)) as pilot:
            await until(pilot, lambda: "Sessions 1 · 3 files" in shown(app))
            await until(pilot, lambda: "✖ no file: open it by itself" in shown(app))
            await until(pilot, lambda: "✖ No such file or directory" in shown(app))
            await pilot.press("escape")

    asyncio.run(play())


@pytest.mark.parametrize("width", [140, 80, 60])
def test_why_a_file_cannot_be_read_has_the_room_of_what_is_unknown(tmp_path, width):
    (tmp_path / "bad.cassette.jsonl").write_text("[]\n")
    (row,) = scan(str(tmp_path / "bad.cassette.jsonl"), lambda: True)
    line = "".join(text for text, _ in row_line(row, None, 0, width))
    assert len(line) == width
    assert line.startswith("✖ is not a cassette: its first")
    assert line.rstrip().endswith("bad")


def test_escape_takes_back_what_is_typed_before_it_leaves(tmp_path):
    with playhead.open_writer(tmp_path / "a.cassette.jsonl", clock="monotonic") as writer:
        begun(writer).end(EndingKind.COMPLETE, 3.0)

    async def play():
        app = PlayheadApp(None, paths=[str(tmp_path)])
        async with asyncio.timeout(_DEADLINE), app.run_test(size=(120, 30)) as pilot:
            await until(pilot, lambda: "Sessions 1 · 1 file" in shown(app))
            assert "esc Back" in shown(app)
            await pilot.press("z", "z")
            await until(pilot, lambda: "Sessions 0 of 1" in shown(app))
            await pilot.press("escape")
            await until(pilot, lambda: "Sessions 1 · 1 file" in shown(app))
            assert app.return_code is None
            await pilot.press("escape")
            await until(pilot, lambda: app.return_code is not None)

    asyncio.run(play())


@pytest.mark.parametrize(
    ("text", "found"), [('ending="recorded in part"', 1), ("ending=complete", 1), ("ending~exchange", 1)]
)
def test_endings_of_several_words_can_be_filtered_by(text, found):
    known = Sessions()
    endings = ("⚠ recorded in part", "✓ complete", "no exchange")
    known.add(Session(f"{place}", 1, ending=ending) for place, ending in enumerate(endings))
    known.filter(text)
    assert len(known.rows) == found


@pytest.mark.parametrize(
    ("times", "stalls"), [((1.0, 1.2, 1.3), 0), ((None, None, None), None), ((1.0, 1.2, None), None)]
)
def test_whether_it_stalled_is_unknown_without_times(tmp_path, times, stalls):
    path = tmp_path / "a.cassette.jsonl"
    with playhead.open_writer(path, clock="monotonic") as writer:
        exchange = writer.exchange()
        exchange.request(Request(method="POST", url="https://h/v1/x", t=times[0]))
        exchange.response(Response(status=200, headers=SSE, t=times[0]))
        for t in times[1:]:
            exchange.chunk(b"data: one\n\n", t)
        exchange.end(EndingKind.COMPLETE, times[1])
    known = Sessions()
    known.add(scan(str(path), lambda: True))
    assert [row.stalls for row in known.rows] == [stalls]
    known.filter("stalls=0")
    assert len(known.rows) == (stalls == 0)
