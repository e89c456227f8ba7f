"""Hostile text in every field of a recording: shown, visible, harmless."""

from __future__ import annotations

import json
import unicodedata
from pathlib import Path

import pytest

from playhead import EndingKind, Request, Response
from playhead_viewer.widgets.text import TextPane

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
        for _ in range(2):
            for _ in range(8):
                assert harmless(seen)
                await seen.press("j")
            await seen.press("tab", "tab", "g")
        assert harmless(seen)
        assert seen.app.is_running

    view(scenario, size=size)


@pytest.mark.usefixtures("hostile")
def test_it_is_seen_for_what_it_is(view):
    async def scenario(seen):
        assert f"(reset): {SHOWN}" in seen.lines[1]
        assert f" event    {SHOWN[:80]}" in seen.line("▸")
        await seen.press("j")
        assert f'"{SHOWN[:80]}' in seen.line("▸")
        assert seen.reversed.replace("\n", "") == SHOWN
        await seen.press("j")
        assert "⟨U+D83D⟩" in seen.reversed
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
        await seen.press("tab", "tab", "end")
        assert "… 1,983,624 more bytes" in seen.text
        await seen.press("shift+tab", "shift+tab", "j", "tab", "end")
        shown = "".join(strip.text.strip() for strip in seen.pane(TextPane))
        assert shown.endswith("y… 83,616 more")
        await seen.press("j")
        assert "⟨event 3: 2,000,031 bytes, too long to read for text⟩" in " ".join(seen.reversed.split("\n"))

    view(scenario, size=size)
