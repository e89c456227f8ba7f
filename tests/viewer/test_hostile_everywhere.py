"""Hostile text through every door at once: each field of a recording, each screen, each widget.

What is counted here is found by looking at the code: a pane, a widget, a screen or a field that is added and
not driven fails.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import json
import pkgutil
import unicodedata

import msgspec
import pytest
from rich.cells import cell_len
from textual.events import Paste
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Input

import playhead
import playhead_viewer
from playhead import EndingKind, Request, Response
from playhead.format.records import Redaction
from playhead_viewer import layout
from playhead_viewer.app import PlayheadApp
from playhead_viewer.panes.table import PANES
from playhead_viewer.plain import print_file
from playhead_viewer.screens.choices import ChoiceScreen
from playhead_viewer.screens.comparison import open_comparison
from playhead_viewer.source.comparing import parse_side
from playhead_viewer.source.loader import open_path
from playhead_viewer.widgets.said import Said

MARK = "evil"
HOSTILE = (
    f"\x1b]52;c;aGk=\x07\x1b[2J\x9b31m\x7f\u202e{MARK}\u200b\U000e0041[/][@click=app.quit]x[/] [bold]"
    f"e{chr(0x301) * 60}日本👩‍👩‍👧‍👦\u2028ﷺ"
)
NAME = f"\x1b]0;t\x07[bold][@click=x]\u202e{MARK}日本.cassette.jsonl"
HIDDEN = {"Cc", "Cf", "Cs", "Cn", "Zl", "Zp"}
SSE = ("content-type", "text/event-stream")
ALSO_SAFE = {"sha256"}
"""Fields of our own making."""


def write(path) -> None:
    """Two exchanges with hostile text in whatever can hold text, what a client and a server say and more."""
    headers = ((HOSTILE, HOSTILE), ("set-cookie", HOSTILE))
    url = f"https://{HOSTILE}/v1/messages?{HOSTILE}"
    body = json.dumps({"model": HOSTILE, HOSTILE: [HOSTILE]}).encode()
    with playhead.open_writer(path, clock="monotonic") as writer:
        exchange = writer.exchange()
        version, facts = f"HTTP/{HOSTILE}", {f"x_{MARK}": HOSTILE}
        exchange.request(
            Request(
                method=HOSTILE, url=url, http_version=version, headers=headers, body=body, t=1.0, facts=facts
            )
        )
        writer.write(Redaction(exchange=1, name=HOSTILE, detail=HOSTILE))
        exchange.response(
            Response(
                status=200, reason=HOSTILE, http_version=version, headers=(SSE, *headers), t=1.1, facts=facts
            )
        )
        for place, data in enumerate(events()):
            exchange.chunk(data, 1.2 + place * 0.8)
        exchange.loss(HOSTILE, 9.5, 9.4, 3, 402)
        how = {"how": "reset", f"x_{MARK}": HOSTILE}
        exchange.end(EndingKind.SERVER_CLOSED, 10.0, detail=HOSTILE, facts=how, trailers=headers)
        exchange = writer.exchange()
        exchange.request(Request(method="POST", url=url, t=11.0, body=b"\xff" + HOSTILE.encode()))
        exchange.response(Response(status=500, headers=(("content-type", HOSTILE), *headers), t=11.1))
        exchange.chunk(HOSTILE.encode(), 11.2)
        exchange.end(EndingKind.COMPLETE, 12.0)
    with path.open("ab") as file:
        file.write(json.dumps({"type": HOSTILE, "exchange": HOSTILE}).encode() + b"\n")
        file.write(f'{{"type":"chunk","exchange":1,"t":"{HOSTILE}"'.encode())


def events() -> list[bytes]:
    block = {"type": "tool_use", "name": HOSTILE, "id": HOSTILE, "input": {}}
    usage = {"input_tokens": 1, HOSTILE: HOSTILE}
    message = {"id": HOSTILE, "model": HOSTILE, "role": HOSTILE, "content": [], "usage": usage}
    delta = {"type": "input_json_delta", "partial_json": HOSTILE}
    said = [
        {"type": "message_start", "message": message},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": HOSTILE}},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": HOSTILE}},
        {"type": "content_block_start", "index": 1, "content_block": block},
        {"type": "content_block_delta", "index": 1, "delta": delta},
        {"type": "content_block_start", "index": 2, "content_block": {"type": HOSTILE, "name": HOSTILE}},
        {"type": "content_block_delta", "index": 2, "delta": {"type": HOSTILE, "text": HOSTILE + "\ud83d"}},
        {"type": "message_delta", "delta": {"stop_reason": HOSTILE}, "usage": usage},
        {"type": HOSTILE, HOSTILE: HOSTILE},
        {"type": "error", "error": {"type": HOSTILE, "message": HOSTILE}},
    ]
    line = HOSTILE.replace("\n", "").encode()
    raw = [b": " + line, b"id: " + line, b"retry: " + line, b"event: " + line, line + b": x"]
    found = [
        b"event: "
        + line
        + b"\ndata: "
        + json.dumps(each, ensure_ascii=bool(at % 2)).encode("utf-8", "replace")
        for at, each in enumerate(said)
    ]
    return [each + b"\n\n" for each in (*found, *raw, b"data: " + line)] + [b"data: \xff\xc3" + line]


class Watch:
    """Looks at every screen; remembers which widgets and screens there were."""

    def __init__(self, seen) -> None:
        self.seen = seen
        self.widgets: set[type] = set()
        self.tabs: set[str] = set()

    def look(self, seen) -> None:
        app = seen.app
        shown = [each for screen in app.screen_stack for each in (screen, *screen.walk_children())]
        self.widgets |= {type(each) for each in shown}
        self.widgets |= {type(each.vertical_scrollbar) for each in shown if each.show_vertical_scrollbar}
        if app.viewing is not None and app.viewing.stream is not None:
            shown = {"state", "timing"} & {each.id for each in app.screen.walk_children() if each.size.width}
            self.tabs |= {app.arranging.tab, *shown}
        assert len(seen.lines) == app.size.height
        for segments in seen.segments:
            text = "".join(segment.text for segment in segments)
            found = {unicodedata.category(character) for character in text}
            assert found.isdisjoint(HIDDEN), repr(text)
            assert cell_len(text) == app.size.width, repr(text)
            assert not any("\u0301" * 9 in segment.text for segment in segments)
            assert not any(segment.style and "@click" in segment.style.meta for segment in segments)

    async def press(self, seen, *keys: str) -> None:
        for key in keys:
            await seen.press(key)
            self.look(seen)


def classes(of: type) -> set[type]:
    """Every class of the viewer's own that is one, and of which there is no other: what is drawn."""
    for package in ("widgets", "screens", "parts", "actions"):
        folder = importlib.import_module(f"playhead_viewer.{package}")
        for module in pkgutil.iter_modules(folder.__path__):
            importlib.import_module(f"{folder.__name__}.{module.name}")

    def under(one: type) -> set[type]:
        return {one}.union(*map(under, one.__subclasses__()))

    own = {each for each in under(of) if each.__module__.startswith(playhead_viewer.__name__)}
    return {each for each in own if not any(other is not each and issubclass(other, each) for other in own)}


@pytest.fixture
def files(tmp_path, monkeypatch):
    """The cassette, one that cannot be read, and an empty one; all with hostile names."""
    write(tmp_path / NAME)
    notes = {"type": "mark", "exchange": 1, "frame": 2, "note": HOSTILE}
    (tmp_path / NAME.replace(".cassette.jsonl", ".notes.jsonl")).write_text(json.dumps(notes) + "\n")
    (tmp_path / f"b{NAME}").write_bytes(b"garbage " + HOSTILE.encode())
    (tmp_path / f"c{NAME}").write_bytes(b"")
    monkeypatch.setenv("VISUAL", str(tmp_path / "no\x1b]0;editor\x07"))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    return [str(tmp_path / f"{letter}{NAME}") for letter in ("", "b", "c")]


def test_every_field_of_the_recording_is_hostile(files):
    """So that a field which the model gets is filled above, too."""
    with contextlib.suppress(playhead.DamagedCassette):
        playhead.load(files[0])
    loader = open_path(files[0])
    while loader.advance():
        pass
    exchange = loader.cassette[1]
    told = [exchange.request, *exchange.responses, exchange.ending, *exchange.losses, *exchange.redactions]
    assert {type(each).__name__ for each in told} == {"Request", "Response", "Ending", "Loss", "Redaction"}
    for each in told:
        for field in msgspec.structs.fields(each):
            value = getattr(each, field.name)
            if isinstance(value, str) and type(value) is str and field.name not in ALSO_SAFE:
                assert MARK in value, (type(each), field.name)
            if "Headers" in str(field.type) or field.name in ("headers", "trailers", "facts"):
                assert MARK in str(value), (type(each), field.name)
            if value is None:
                assert "str" not in str(field.type), (type(each), field.name)
    loader.close()


@pytest.mark.parametrize("size", [(120, 40), (80, 24)], ids=["wide", "narrow"])
def test_nothing_gets_through_anywhere(files, seen, size):
    watch = Watch(seen)
    asyncio.run(_drive(files, size, watch))
    assert watch.tabs == {pane.name for pane in PANES}
    if size[0] < 100:
        return  # what a small screen has is what a large one has
    drawn = classes(Widget) - classes(Screen)
    assert drawn - watch.widgets == set(), "never on the screen"
    assert classes(Screen) - watch.widgets == set(), "never opened"


async def _drive(files, size, watch) -> None:
    app = PlayheadApp(None, None, paths=files)
    async with app.run_test(size=size, notifications=True) as pilot:
        seen = watch.seen(app, pilot)
        await seen.until(lambda: f"· {len(files)} files ─" in seen.text)
        await seen.settle()
        watch.look(seen)
        assert "␛" in seen.text
        await watch.press(seen, "right", "ctrl+r", "down", "down")
        app.open_cassette(files[0], 1)
        await watch.press(seen, "escape")
        await seen.until(lambda: app.viewing is not None and app.viewing.stream is not None)
        if len(app.screen_stack) > 1:
            await watch.press(seen, "escape")
        await seen.settle()
        await _panes(seen, watch)
        await _screens(seen, watch)
        await _lines(seen, watch)
        await watch.press(seen, "}")
        await seen.until(lambda: app.viewing.place == 1)
        await _panes(seen, watch)
        app.open_cassette(files[1], None)
        await seen.settle()
        watch.look(seen)
        await seen.pilot.resize_terminal(40, 10)
        await seen.settle()
        watch.look(seen)
        assert app.is_running


async def _panes(seen, watch) -> None:
    """Every tab, at every event."""
    for _ in layout.tabs(seen.app.screen.classes):
        await watch.press(seen, "g")
        last = seen.app.viewing.stream.count
        for number in range(1, last + 1, 2):
            seen.app.viewing.cursor.go(number)
            seen.app.moved()
            await seen.pilot.pause()
            watch.look(seen)
        await watch.press(seen, "l")


async def _screens(seen, watch) -> None:
    """Everything that opens over the viewer, with hostile text pasted into it."""
    for key in ("w", "Y", "question_mark", "ctrl+p", "b"):
        await watch.press(seen, key)
        assert len(seen.app.screen_stack) == 2, key
        seen.app.screen.query_one(Input).post_message(Paste(HOSTILE))
        await seen.settle()
        watch.look(seen)
        assert "␛" in seen.text
        await watch.press(seen, "escape")
    for side in ("#2", f"{seen.app.paths[0]}#2", seen.app.paths[1]):
        open_comparison(seen.app, parse_side(side))
        expected = ChoiceScreen if "#" in side else Said
        await seen.until(lambda of=expected: any(isinstance(each, of) for each in _all(seen.app)))
        await seen.settle()
        watch.look(seen)
        await watch.press(seen, "escape")


def _all(app) -> list[object]:
    """What stands over the viewer: a list to choose from, something that is said."""
    return [*app.screen_stack[1:], *app.screen.query(Said)]


async def _lines(seen, watch) -> None:
    """Every line to type in, pasted into and entered; what is said of it, and of what cannot be done."""
    for key in ("slash", "f", "colon", "d", "M"):
        await watch.press(seen, key)
        seen.app.query_one("#prompt Input").post_message(Paste(HOSTILE))
        await seen.settle()
        watch.look(seen)
        assert "␛" in seen.text
        await watch.press(seen, "enter", "escape")
        await seen.until(lambda: not seen.app.is_prompted)
    await watch.press(seen, "g", "j", "M")
    assert "␛" in seen.lines[-1]  # the note that the file beside the cassette has
    await watch.press(seen, "escape")
    await seen.until(lambda: not seen.app.is_prompted)
    seen.app.say(HOSTILE, severity="error")
    await watch.press(seen, "y", "o", "m", "r", "z", "z", "g", "ctrl+c")


def test_the_reading_as_text_lets_nothing_through(files):
    written: list[str] = []
    loader = open_path(files[0])
    print_file(loader, None, written.append)
    loader.close()
    text = "".join(written)
    assert text.count(MARK) > 30
    assert {unicodedata.category(character) for character in text.replace("\n", "")}.isdisjoint(HIDDEN)
