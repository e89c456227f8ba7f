"""Nothing to show, something lost, something broken: each says what it is and why."""

from __future__ import annotations

import json
import os

import pytest
from textual.widgets import Input

from playhead import EndingKind, InputError, Request

SIZES = pytest.mark.parametrize("size", [(120, 40), (80, 24)], ids=["wide", "narrow"])


def words_of(seen) -> str:
    """The left column as running text, without borders."""
    left = " ".join(line.split("││")[0] for line in seen.lines)
    return " ".join(left.replace("│", " ").split())


@SIZES
def test_an_empty_cassette(make, view, size):
    with make():
        pass

    async def scenario(seen):
        assert "made.cassette.jsonl holds no exchange." in words_of(seen)
        assert "playhead record --upstream URL" in words_of(seen)
        await seen.press("j", "G", "tab", "}")
        assert seen.lines[-1].split() == ["q", "Quit", "?", "Help"]

    view(scenario, size=size)


@SIZES
def test_a_response_that_is_no_event_stream_shows_its_body(make, view, size):
    with make() as made:
        exchange = made.begin(status=429, headers=[("Content-Type", "application/json")])
        exchange.chunk(b'{"error": "slow ', 1.5)
        exchange.chunk(b'down"}\n', 1.6)
        exchange.end(EndingKind.COMPLETE, 1.7)

    async def scenario(seen):
        assert "▏✖ 429 ▏✓ complete" in seen.lines[0]
        words = words_of(seen)
        assert "no stream of events: its content-type is application/json. Its 23 bytes are shown." in words
        assert "The response was delivered whole." in words
        assert "┄┄ chunk 2 · 7 B · t 0.600 ┄┄" in seen.text
        assert 'down"}␊' in seen.text
        assert "Text after" not in seen.text
        await seen.press("l")
        assert '"error": "slow down"' in seen.text

    view(scenario, size=size)


def test_the_body_of_what_is_no_stream_can_be_scrolled_by_keys(make, view):
    with make() as made:
        made.texts(["one"])
        exchange = made.begin(status=500, headers=[("content-type", "text/plain")])
        exchange.chunk("".join(f"line {number}\n" for number in range(100)).encode(), 1.5)
        exchange.end(EndingKind.COMPLETE, 1.7)

    async def scenario(seen):
        await seen.press("}", "end")
        assert "line 99␊" in seen.text
        assert "chunk 1" not in seen.text
        await seen.press("{", "j")
        assert seen.app.focused.id == "events"

    view(scenario)


@SIZES
def test_no_response_says_why(make, view, size):
    with make() as made:
        exchange = made.writer.exchange()
        exchange.request(Request(method="POST", url="https://h/v1/x", t=1.0))
        exchange.end(EndingKind.TIMEOUT, 31.0, detail="nothing in 30 s", facts={"how": "timeout"})

    async def scenario(seen):
        assert "no response ▏✖ timeout" in seen.lines[0]
        assert "✖ The stream timed out: nothing in 30 s" in seen.lines[1]
        assert "No response arrived. The stream timed out: nothing in 30 s" in words_of(seen)
        await seen.until(lambda: "POST https://h/v1/x" in seen.text)

    view(scenario, size=size)


def test_without_times_nothing_is_claimed_about_time(make, view):
    with make() as made:
        exchange = made.begin(t=None)
        for text in (b"one", b"two"):
            exchange.chunk(b"data: %s\n\n" % text, None)
        exchange.end(EndingKind.COMPLETE, None)

    async def scenario(seen):
        assert "No time is known." in seen.text
        assert "stall over" not in seen.text
        await seen.press("j", "s", "space", "r", "colon", *"1s", "enter")
        assert seen.app.is_running
        await seen.pilot.click("#scrubber", offset=(2, 0))
        await seen.until(lambda: seen.cursor == 1)

    view(scenario)


def test_a_stream_with_no_frames_yet(make, view):
    with make() as made:
        made.begin()

    async def scenario(seen):
        words = words_of(seen)
        assert "⚠ truncated" in seen.lines[0]
        assert "The response has no body." in words
        assert "open it again later" in words

    view(scenario)


def test_blank_lines_only(make, view):
    with make() as made:
        exchange = made.begin()
        exchange.chunk(b"\n\n", 1.5)
        exchange.end(EndingKind.COMPLETE, 1.7)

    async def scenario(seen):
        assert "No event in the 2 bytes of the body" in words_of(seen)
        assert "│ ␊ " in seen.text

    view(scenario)


def test_moving_from_an_empty_exchange_to_a_full_one_and_back(make, view):
    with make() as made:
        made.texts(["one"])
        made.begin().end(EndingKind.SERVER_CLOSED, 3.0, facts={"how": "reset"})
        made.texts(["two"])

    async def scenario(seen):
        await seen.press("}")
        assert "The server stopped before the end (reset)." in words_of(seen)
        await seen.press("}")
        assert seen.reversed == "two"
        assert "No frames" not in seen.text
        await seen.press("{")
        assert "No frames in this exchange." in seen.text
        await seen.press("{")
        assert seen.reversed == "one"

    view(scenario, size=(80, 24))


def test_losses_and_a_torn_tail_are_said(make, view, path):
    with make() as made:
        exchange = made.begin()
        exchange.chunk(b"data: 1\n\n", 2.0)
        exchange.loss("queue_full", 2.5, 2.1, 3, 402)
        exchange.end(EndingKind.CLIENT_CLOSED, 3.0)
    with path.open("ab") as file:
        file.write(b'{"type":"chu')

    async def scenario(seen):
        notice = seen.lines[1]
        assert "⚠ The client closed before the end." in notice
        assert "⚠ Not recorded: 3 chunks, 402 bytes (queue_full)." in notice
        assert "⚠ At the end of the file line 8 (byte " in notice

    view(scenario, size=(200, 40))


def test_bytes_that_could_not_be_decoded_end_the_list_and_are_said(make, view):
    with make() as made:
        exchange = made.begin(headers=[("content-type", "text/event-stream"), ("content-encoding", "br")])
        exchange.chunk(b"data: 1\n\n", 2.0)
        exchange.chunk(b"\x8b\x00\xff", 2.5, undecoded=True)
        exchange.end(EndingKind.COMPLETE, 3.0)

    async def scenario(seen):
        assert "Events 1 " in seen.text
        assert "⚠ From chunk 2 on the body is still content-encoded" in seen.lines[1]

    view(scenario)


def broken(path, kind, which=0):
    """Damage the payload of a record of some kind; the number of its line."""
    lines = path.read_bytes().splitlines(keepends=True)
    at = [n for n, line in enumerate(lines) if json.loads(line)["type"] == kind][which]
    record = json.loads(lines[at])
    record.pop("text", None)
    lines[at] = json.dumps(record | {"base64": "?"}).encode() + b"\n"
    path.write_bytes(b"".join(lines))
    return at + 1


@SIZES
def test_a_damaged_chunk_ends_the_events_and_is_explained(make, view, path, size):
    with make() as made:
        made.texts(["one", "two", "three"])
    line = broken(path, "chunk", 1)

    async def scenario(seen):
        assert f"✖ Damaged: line {line} (byte " in seen.lines[1]
        assert '"one"' in seen.line("▸")
        assert seen.reversed == "one"
        await seen.press("j", "G")
        assert seen.cursor == 1

    assert view(scenario, size=size).failure is None


def test_a_damaged_request_leaves_the_rest_to_be_seen(make, view, path):
    with make() as made:
        made.texts(["one", "two"])
    line = broken(path, "request")

    async def scenario(seen):
        assert f"✖ Damaged: line {line} (byte " in seen.lines[1]
        assert "request unknown" in seen.lines[0]
        await seen.press("j")
        assert seen.reversed == "two"

    assert view(scenario).failure is None


def test_lines_that_are_no_records_are_passed_over(make, view, path):
    with make() as made:
        made.texts(["one", "two"])
        made.texts(["three"])
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([*lines[:4], b"garbage\n", b"[1]\n", *lines[4:]]))

    async def scenario(seen):
        assert "✖ Damaged: line 5 (byte " in seen.lines[1]
        assert "and 1 more" in seen.lines[1]
        assert "playhead recover" in seen.text
        await seen.press("G")
        assert seen.reversed == "two"
        await seen.press("}")
        assert seen.reversed == "three"

    view(scenario, size=(240, 40))


def test_an_exchange_that_is_not_there_ends_the_app_with_the_error(make, view):
    with make() as made:
        made.texts(["one"])

    async def scenario(seen):
        await seen.ended()

    assert isinstance(view(scenario, exchange=7).failure, InputError)


@SIZES
def test_a_file_that_is_cut_under_the_viewer_is_told_and_kills_nothing(make, view, path, size):
    with make() as made:
        made.texts([f"word{number}" for number in range(4000)])

    async def scenario(seen):
        os.truncate(path, 100_000)
        await seen.press("G", *(["l"] if size[0] < 100 else []))
        assert seen.app.is_running
        await seen.until(lambda: "The file was cut while it was shown" in seen.text)
        await seen.until(lambda: "✖ " in seen.text)
        await seen.press(*(["h"] if size[0] < 100 else []))
        await seen.press("g", "j")
        assert seen.reversed == "word1"

    assert view(scenario, size=size).failure is None


@pytest.mark.parametrize("what", ["removed", "replaced"])
def test_a_file_that_goes_away_is_still_shown_and_that_is_said(make, view, path, what):
    with make() as made:
        made.texts(["one", "two"])

    async def scenario(seen):
        path.unlink()
        if what == "replaced":
            path.write_bytes(b"other")
        await seen.until(lambda: f"The file was {what}" in seen.text)
        await seen.press("j")
        assert seen.reversed == "two"

    view(scenario)


@SIZES
def test_keys_that_can_do_nothing_say_why(make, view, size):
    with make() as made:
        exchange = made.begin(status=429, headers=[("Content-Type", "application/json")])
        exchange.chunk(b'{"error": "slow down"}', 1.5)
        exchange.end(EndingKind.COMPLETE, 1.7)

    async def scenario(seen):
        for key, told in [
            *(
                (key, "This exchange has no events.")
                for key in ("slash", "f", "y", "j", "colon", "space", "n")
            ),
            ("right_curly_bracket", "This is the only exchange."),
            ("b", "There is no list of sessions: one file was opened."),
        ]:
            assert told not in seen.text
            await seen.press(key)
            assert told in seen.text, key
            assert not seen.app.is_prompted
            seen.app.unsay()
            await seen.settle()

    view(scenario, size=size)


@SIZES
def test_a_filter_that_nothing_passes_and_one_that_hides_what_is_gone_to(make, view, size):
    with make() as made:
        made.texts([f"w{number}" for number in range(20)])

    async def scenario(seen):
        await seen.press("f", *"text~zzz", "enter")
        assert "No event passes the filter." in words_of(seen)
        assert seen.lines[-1].startswith(" ⏸ -/0.690s ")
        await seen.press("colon")
        assert sum("No event passes the filter." in line for line in seen.lines) == 2
        await seen.press("f")
        seen.app.query_one(Input).value = "n>10"
        await seen.press("enter", "colon", *"#7", "enter")
        assert "The filter hides #7." in seen.text
        assert seen.cursor == 11
        assert "No event passes the filter." not in words_of(seen).split("╌")[0]
        await seen.press("escape")
        assert seen.cursor == 7

    view(scenario, size=size)
