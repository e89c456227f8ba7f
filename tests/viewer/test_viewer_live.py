"""What comes while it is looked at: a recording that another writes."""

from __future__ import annotations

import threading

import pytest

import playhead
from playhead import EndingKind
from playhead_viewer.source import analysing
from playhead_viewer.source.loader import FIRST, PORTION, Loader, open_path
from playhead_viewer.source.stream import Stream

from .conftest import delta


@pytest.fixture
def path(tmp_path):
    """Where a recording stands while it is made."""
    return tmp_path / "made.cassette.jsonl.partial"


def test_events_that_come_while_another_screen_is_open_are_seen_behind_it(tmp_path, view):
    with playhead.open_writer(tmp_path / "made.cassette.jsonl", clock="monotonic") as writer:
        exchange = writer.exchange()
        exchange.request(playhead.Request(method="POST", url="https://h/v1/x", t=1.0))
        exchange.response(
            playhead.Response(status=200, headers=(("content-type", "text/event-stream"),), t=1.1)
        )

        async def scenario(seen):
            main = seen.app.screen
            await seen.until(lambda: "no event has come yet" in " ".join(seen.text.split()).lower())
            await seen.press("question_mark")
            await seen.until(lambda: seen.app.screen is not main)
            exchange.chunk(b"data: first\n\ndata: second\n\n", 2.0)
            await seen.until(lambda: not main.has_class("-empty"))
            assert not main.has_class("-bare")
            await seen.press("escape")
            await seen.until(lambda: "first" in seen.text and "Events" in seen.text)
            exchange.end(EndingKind.COMPLETE, 3.0)

        view(scenario)


@pytest.mark.parametrize("size", [(120, 40), (60, 20)], ids=["wide", "narrow"])
def test_the_waterfall_grows_with_what_is_recorded(tmp_path, view, size):
    with playhead.open_writer(tmp_path / "made.cassette.jsonl", clock="monotonic") as writer:
        first = begun(writer, 1.0)
        first.chunk(b"data: one\n\n", 2.0)

        async def scenario(seen):
            await seen.press("w")
            await seen.until(lambda: "1 exchange in 1.00 s" in seen.text and "200 ●" in seen.text)
            second = begun(writer, 3.0)
            await seen.until(lambda: "2 exchanges in 2.00 s" in seen.text and seen.text.count("200 ●") == 2)
            first.end(EndingKind.COMPLETE, 4.0)
            await seen.until(lambda: "200 ✓" in seen.text and "2" in seen.line("at once"))
            await seen.press("down")
            second.chunk(b"data: two\n\n", 5.0)
            await seen.until(lambda: "2 exchanges in 4.00 s" in seen.text)
            second.end(EndingKind.TIMEOUT, 6.0)
            writer.close()
            await seen.until(lambda: "200 ✖" in seen.text and "●" not in seen.text)
            await seen.press("enter")
            await seen.until(lambda: "2/2" in seen.lines[0])

        view(scenario, size=size)


def begun(writer, t: float):
    exchange = writer.exchange()
    exchange.request(playhead.Request(method="POST", url="https://h/v1/x", t=t))
    headers = (("content-type", "text/event-stream"),)
    exchange.response(playhead.Response(status=200, headers=headers, t=t + 0.1))
    return exchange


def test_an_exchange_that_has_ended_is_final_while_others_are_recorded(tmp_path, view):
    with playhead.open_writer(tmp_path / "made.cassette.jsonl", clock="monotonic") as writer:
        first, second = begun(writer, 1.0), begun(writer, 1.5)
        first.chunk(b"data: one\n\ndata: two\n\n", 2.0)

        async def scenario(seen):
            await seen.until(lambda: "Events ≥ 2" in seen.text and "✓ recording" in seen.lines[0])
            first.chunk(b"data: last\n\n", 3.0)
            first.end(EndingKind.SERVER_CLOSED, 4.0)
            await seen.until(lambda: "✖ The server stopped before the end." in seen.text)
            assert "Events 3" in seen.text
            await seen.until(lambda: seen.app.viewing.analysis and seen.app.viewing.analysis.is_whole)
            assert seen.app.viewing.analysis.findings is not None
            await seen.press("slash", *"last", "enter")
            await seen.until(lambda: "/last 1/1 " in seen.text and seen.cursor == 3)
            await seen.press("f", *"last", "enter")
            await seen.until(lambda: "Events 1 of 3" in seen.text and "▽ 1 of 3 " in seen.text)
            assert not seen.app.viewing.loader.is_over
            second.chunk(b"data: other\n\n", 5.0)
            await seen.press("escape", "escape", "}")
            await seen.until(lambda: "Events ≥ 1" in seen.text and "✓ recording" in seen.lines[0])
            second.end(EndingKind.COMPLETE, 6.0)
            await seen.until(lambda: "✓ complete" in seen.lines[0] and "Events 1" in seen.text)

        view(scenario)


def test_rows_say_what_was_read_though_nothing_more_comes_and_nothing_is_timed(tmp_path, view, monkeypatch):
    monkeypatch.setattr(analysing, "_TIMED_WHILE_GROWING", 0)
    may_read, read = threading.Event(), Stream.read
    monkeypatch.setattr(Stream, "read", lambda stream: may_read.wait() and read(stream))
    with playhead.open_writer(tmp_path / "made.cassette.jsonl", clock="monotonic") as writer:
        exchange = begun(writer, 1.0)
        for at in range(3):
            exchange.chunk(delta(f"a{at} "), 2.0 + at)

        async def scenario(seen):
            assert " event       content_block_delta" in seen.line("▸")
            may_read.set()
            await seen.until(lambda: ' text      1 "a0 "' in seen.line("▸") and "● 1 text" in seen.text)
            assert seen.app.viewing.analysis is None

        view(scenario)
        exchange.end(EndingKind.COMPLETE, 9.0)


def test_nothing_is_taken_in_while_what_is_over_is_read_at_length(tmp_path):
    with playhead.open_writer(tmp_path / "made.cassette.jsonl", clock="monotonic") as writer:
        exchange = begun(writer, 1.0)
        loader = open_path(str(writer.partial))
        exchange.chunk(b"data: one\n\n", 2.0)
        with loader.still():
            assert not loader.advance()
            assert loader.lock.acquire(blocking=False)  # others read on
            loader.lock.release()
        assert loader.advance()
        exchange.end(EndingKind.COMPLETE, 3.0)
        loader.close()


def test_the_waterfall_of_a_file_that_is_still_read_is_not_final(tmp_path, view, monkeypatch):
    may_read, advance = threading.Event(), Loader.advance

    def held(loader, size=PORTION):
        return (size == FIRST or may_read.is_set()) and advance(loader, size)

    monkeypatch.setattr(Loader, "advance", held)
    with playhead.open_writer(tmp_path / "made.cassette.jsonl", clock="monotonic") as writer:
        first, second = begun(writer, 1.0), begun(writer, 2.0)
        first.chunk(b"data: %s\n\n" % (b"x" * FIRST), 3.0)
        first.end(EndingKind.COMPLETE, 4.0)
        third = begun(writer, 5.0)
        second.end(EndingKind.COMPLETE, 6.0)

        async def scenario(seen):
            await seen.press("w")
            await seen.until(lambda: "≥ 2 exchanges in ≥ 2.00 s" in seen.text)
            assert seen.text.count("200 …") == 2
            may_read.set()
            await seen.until(lambda: "3 exchanges in 5.00 s" in seen.text and "≥" not in seen.text)
            assert (seen.text.count("200 ✓"), seen.text.count("200 ●")) == (2, 1)

        view(scenario)
        third.end(EndingKind.COMPLETE, 7.0)
