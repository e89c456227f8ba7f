"""Hostile text in every field of a recording: shown, visible, harmless."""

from __future__ import annotations

import asyncio
import json
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from textual.geometry import Size

import playhead
from playhead import EndingKind, Request, Response
from playhead_viewer import layout
from playhead_viewer.app import PlayheadApp
from playhead_viewer.panes.table import PANES
from playhead_viewer.panes.waterfall import bar_of
from playhead_viewer.plain import print_file
from playhead_viewer.source.analysing import analyse
from playhead_viewer.source.loader import open_path
from playhead_viewer.source.moment import Moment
from playhead_viewer.source.stream import Stream
from playhead_viewer.source.words import notices, verdict

HOSTILE = "\x1b[2J\x1b]52;c;aGFja2Vk\x07\x9b31m\x7f‮evil​\U000e0041[/][@click=app.quit]x[/] [bold]"
SHOWN = "␛[2J␛]52;c;aGFja2Vk␇⟨U+009B⟩31m␡⟨U+202E⟩evil⟨U+200B⟩⟨U+E0041⟩[/][@click=app.quit]x[/] [bold]"
HIDDEN = {"Cc", "Cf", "Cs", "Cn", "Zl", "Zp"}
SIZES = pytest.mark.parametrize("size", [(240, 40), (80, 24)], ids=["wide", "narrow"])


def harmless(seen) -> bool:
    """Nothing on the screen is a control, a format or a surrogate character."""
    found = {unicodedata.category(character) for line in seen.lines for character in line}
    return found.isdisjoint(HIDDEN)


@pytest.fixture
def hostile(make):
    """An exchange with hostile text wherever a recording can hold text."""
    with make() as made:
        exchange = made.writer.exchange()
        exchange.request(
            Request(method=f"P{HOSTILE}", url=f"https://h/{HOSTILE}", t=1.0, headers=((HOSTILE, HOSTILE),))
        )
        exchange.response(
            Response(status=200, reason=HOSTILE, t=1.1, headers=(("content-type", "text/event-stream"),))
        )
        for data in (HOSTILE, json.dumps({"delta": {"text": HOSTILE}}, ensure_ascii=False)):
            exchange.chunk(f"event: {HOSTILE}\ndata: {data}\n\n".encode(), 1.2)
        exchange.chunk(json_delta("\ud83d"), 1.3)
        exchange.chunk(f": {HOSTILE}\n\nid: {HOSTILE}\n\n{HOSTILE}\n\n".encode() + b"data: \xff\xc3", 1.4)
        exchange.end(EndingKind.SERVER_CLOSED, 2.0, detail=HOSTILE, facts={"how": "reset"})


def json_delta(text: str) -> bytes:
    return f"data: {json.dumps({'delta': {'text': text}})}\n\n".encode()


@SIZES
@pytest.mark.usefixtures("hostile")
def test_every_pane_shows_it_harmlessly(view, size):
    async def scenario(seen):
        for _ in layout.tabs(seen.app.screen.classes):
            await seen.press("g")
            for _ in range(8):
                assert harmless(seen), seen.app.arranging.tab
                await seen.press("j")
            await seen.press("l")
        for key in ("w", "Y", "question_mark", "ctrl+p"):
            await seen.press(key)
            assert harmless(seen), key
            await seen.press("escape")
        await seen.press("slash", *"evil", "enter", "f", *"evil", "enter", "m", "r", "z")
        assert harmless(seen)
        assert seen.app.is_running

    view(scenario, size=size)


@pytest.mark.usefixtures("hostile")
def test_it_is_seen_for_what_it_is(view):
    async def scenario(seen):
        assert f"(reset): {SHOWN}" in seen.lines[1]
        assert f" {SHOWN[:30]}" in seen.line("▸")
        await seen.press("j")
        assert SHOWN[:30] in seen.line("▸")
        await seen.press("G")
        assert "data: ⟨FF C3⟩" in seen.line("▸")
        assert "tail" in seen.line("▸")

    view(scenario, size=(240, 40))


@pytest.mark.parametrize("path", [Path("\x1b]0;title\x07.cassette.jsonl")])
def test_a_file_with_a_hostile_name(make, view, path, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with make() as made:
        made.texts(["x"])
    assert path.exists()

    async def scenario(seen):
        assert seen.lines[0].startswith(" ␛]0;title␇ 1/1 ")
        assert harmless(seen)

    view(scenario)


@pytest.mark.parametrize("path", [Path("a[/x].cassette.jsonl")])
def test_names_that_look_like_markup_are_names(make, view, path, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("a[").mkdir()
    Path("b[").mkdir()
    with make() as made:
        made.texts(["x"])
    Path("b[/x].cassette.jsonl").write_bytes(path.read_bytes())

    async def scenario(seen):
        assert seen.lines[0].startswith(" x] 1/1 ")
        await seen.press("d", *"b[/x].cassette.jsonl", "enter")
        await seen.until(lambda: "b[/x].cassette.jsonl: no differences" in seen.text)
        assert seen.app.is_running

    view(scenario)


@pytest.mark.parametrize("path", [Path("b[/x].cassette.jsonl")])
def test_sessions_of_files_that_look_like_markup_are_listed(make, path, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("b[").mkdir()
    with make() as made:
        made.texts(["x"])

    async def play():
        app = PlayheadApp(None, paths=[str(path)])
        async with asyncio.timeout(60), app.run_test(size=(120, 40)) as pilot:
            found = ()
            while "Sessions 1 · 1 file" not in "".join(found):
                await pilot.pause(0.01)
                strips = app.screen._compositor.render_strips(Size(*app.size))
                found = ["".join(segment.text for segment in strip) for strip in strips]
            await pilot.press("enter")
            while app.viewing is None:
                await pilot.pause(0.01)

    asyncio.run(play())


@SIZES
def test_a_line_of_two_megabytes_is_cut_and_the_rest_counted(make, view, size):
    with make() as made:
        exchange = made.begin()
        exchange.chunk(b"data: " + b"x" * 2_000_000 + b"\n\n", 2.0)
        exchange.chunk(json_delta("y" * 100_000), 2.1)
        exchange.chunk(json_delta("z" * 2_000_000), 2.2)
        exchange.end(EndingKind.COMPLETE, 3.0)

    async def scenario(seen):
        assert "data" not in seen.line("▸")
        assert "xxxx…" in seen.line("▸")
        await seen.press("tab", "tab") if size[0] > 100 else await seen.press("tab", "l")
        await seen.press("end")
        assert "… 1,983,624 more bytes" in seen.text
        await seen.press("j", "j")
        assert seen.cursor == 3

    view(scenario, size=size)


CHARACTERS = st.sampled_from(
    [
        *("\x1b[2J", "\x1b]52;c;aGk=\x07", "\x9b31m", "\x7f", "\u202e", "\u200b", "\ufeff", "\ud83d"),
        *("\U000e0041", "[/]", "[@click=app.quit]x[/]", "[bold]", "e" + "\u0301" * 40, "日本"),
        *("\n", "\r", "\t", "\0", "a", '"', "\\"),
    ]
)
TEXT = st.lists(CHARACTERS, max_size=8).map("".join)


def plain(text):
    """As a header can hold it: the format keeps no surrogates there."""
    return text.encode("utf-8", "replace").decode()


@given(TEXT, TEXT, TEXT, st.sampled_from(["anthropic", "openai", "plain"]), st.integers(9, 90))
@settings(max_examples=60, deadline=None)
def test_no_pane_lets_anything_through(tmp_path_factory, one, two, three, protocol, width):
    path = tmp_path_factory.mktemp("hostile") / "a.cassette.jsonl"
    with playhead.open_writer(path, clock="monotonic") as writer:
        exchange = writer.exchange()
        head = ((plain(one) or "x", plain(two)), ("x", plain(three)))
        url = {
            "anthropic": "https://h/v1/messages",
            "openai": "https://h/v1/chat/completions",
            "plain": "https://h/x",
        }
        body = json.dumps({"model": one, two: three}).encode()
        exchange.request(
            Request(method="P", url=f"{url[protocol]}?{plain(one)}", t=1.0, headers=head, body=body)
        )
        exchange.response(Response(status=200, reason=plain(two), t=1.1, headers=(SSE_HEADER, *head)))
        for t, event in enumerate(_events(protocol, one, two, three)):
            data = json.dumps(event, ensure_ascii=t % 2 == 0).encode("utf-8", "surrogatepass")
            exchange.chunk(b"event: " + plain(two).encode() + b"\ndata: " + data + b"\n\n", 2.0 + t)
        exchange.chunk(b": " + one.encode("utf-8", "surrogatepass") + b"\n\nid: \xff\n\ndata: \xc3", 9.0)
        exchange.end(EndingKind.SERVER_CLOSED, 10.0, detail=plain(three))
    _look_at_everything(path, width)


SSE_HEADER = ("content-type", "text/event-stream")


def _events(protocol, one, two, three):
    if protocol == "openai":
        call = {"index": 0, "id": two, "function": {"name": one, "arguments": three}}
        return [
            {"id": one, "model": two, "choices": [{"index": 0, "delta": {"content": one}}]},
            {"choices": [{"index": 0, "delta": {"tool_calls": [call]}, "finish_reason": three}]},
            {"error": {"message": two, "type": three}},
        ]
    if protocol == "plain":
        return [{one: two}, [three], two]
    message = {"id": one, "model": two, "role": "assistant", "content": [], "usage": {"input_tokens": 1}}
    return [
        {"type": "message_start", "message": message},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": one}},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": two}},
        {"type": "content_block_start", "index": 1, "content_block": {"type": three, "name": two, "id": one}},
        {
            "type": "content_block_start",
            "index": 2,
            "content_block": {"type": "tool_use", "name": two, "id": one},
        },
        {
            "type": "content_block_delta",
            "index": 2,
            "delta": {"type": "input_json_delta", "partial_json": one},
        },
        {"type": one, two: three},
        {"type": "error", "error": {"type": two, "message": three}},
    ]


def _look_at_everything(path, width):
    loader = open_path(str(path))
    try:
        while loader.advance():
            pass
        stream = Stream(loader, 0)
        analysis = analyse(stream)
        for number in range(stream.count + 1):
            moment = Moment(stream, number, analysis)
            for pane in PANES:
                document = pane.make(moment, width)
                _is_safe(document.title)
                for text, _ in (span for line in document.lines for span in line):
                    _is_safe(text)
            if number:
                _is_safe(stream.row(number).preview)
        told = verdict("file", 1, stream, analysis)
        for text in (told.request, told.model, *(notice.text for notice in notices(stream, loader))):
            _is_safe(text)
        _is_safe(bar_of(stream.exchange).request)
        written = []
        print_file(loader, None, written.append)
        _is_safe("".join(written).replace("\n", ""))
    finally:
        loader.close()


def _is_safe(text):
    assert HIDDEN.isdisjoint(map(unicodedata.category, text)), repr(text)
