"""The list of sessions stays true: what is finished, renamed, removed or new is seen in it."""

from __future__ import annotations

import asyncio

import pytest
from textual.geometry import Size

import playhead
from playhead import EndingKind, Request, Response
from playhead_viewer.app import PlayheadApp
from playhead_viewer.core.session import Session
from playhead_viewer.core.sessions import Sessions
from playhead_viewer.screens import sessions
from playhead_viewer.screens.sessions import SessionsScreen
from playhead_viewer.source.scanning import find_all, scan

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
            assert "recording" not in shown(app)
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
    monkeypatch.setattr(sessions, "scan", lambda path, _go_on: iter([Session(path, 1, t=1.0)]))
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
