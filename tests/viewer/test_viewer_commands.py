"""Every command by its key: where it leads, what is shown of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from textual.widgets import Input

import playhead
from playhead import EndingKind
from playhead_viewer.actions.table import COMMANDS
from playhead_viewer.chooser import Place
from playhead_viewer.widgets.event_list import EventList

SAMPLE = Path(playhead.sample("anthropic-tools"))


@pytest.fixture
def sample(path):
    """A message of three blocks: thinking, text, a tool call; 136 events."""
    path.write_bytes(SAMPLE.read_bytes())


@pytest.mark.usefixtures("sample")
def test_what_is_copied(view, monkeypatch, tmp_path):
    monkeypatch.setenv("TERM", "xterm")

    async def scenario(seen):
        app = seen.app
        await seen.press("j", "j", "j", "y")
        assert json.loads(app.clipboard)["type"] == "content_block_delta"
        assert "Copied the event" in seen.text
        for word, holds in [
            ("curl command", "curl -gN -X POST https://api.anthropic.com/v1/messages"),
            ("message as JSON", '"role": "assistant"'),
            ("test that replays", "ReplayTransport"),
            ("bytes as text", "event: content_block_delta\n"),
        ]:
            await seen.press("Y")
            app.screen.query_one(Input).value = word
            await seen.press("enter")
            assert holds in app.clipboard, word
        monkeypatch.setenv("TERM", "linux")
        monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
        await seen.press("y")
        written = list(tmp_path.glob("playhead-*.txt"))
        assert len(written) == 1
        assert json.loads(written[0].read_text())["type"] == "content_block_delta"

    view(scenario)


@pytest.mark.parametrize("name", ["anthropic-tools", "cut"])
def test_the_copied_test_passes(path, name):
    pytest.importorskip("httpx")
    path.write_bytes(Path(playhead.sample(name)).read_bytes())
    from playhead_viewer import snippets

    text = snippets.test(playhead.load(path)[1], str(path))
    found: dict[str, object] = {}
    exec(compile(text, "copied", "exec"), found)
    found["test_exchange_1"]()


@pytest.mark.usefixtures("sample")
def test_zoom_and_layouts(view):
    async def scenario(seen):
        await seen.press("z")
        assert "State at the cursor" not in seen.text
        await seen.press("z", "tab", "z")
        assert "State at the cursor" in seen.text
        assert "Events 136" not in seen.text
        await seen.press("escape")
        assert "Events 136" in seen.text
        texts = set()
        for _ in range(4):
            texts.add(seen.text)
            await seen.press("|")
            assert "▸    1 " in seen.text
        assert len(texts) == 4

    view(scenario)


@pytest.mark.parametrize("size", [(120, 40), (80, 24), (40, 10)])
@pytest.mark.usefixtures("sample")
def test_help_lists_every_command_and_does_what_is_chosen(view, size):
    async def scenario(seen):
        await seen.press("?")
        assert "Help" in seen.text
        seen.app.screen.query_one(Input).value = "last event"
        await seen.press("enter")
        assert seen.cursor == 136
        await seen.press("ctrl+p")
        for command in COMMANDS:
            if Place.EVENTS in command.places and not command.id.startswith("percent_"):
                seen.app.screen.query_one(Input).value = command.help
                await seen.pilot.pause()
                assert command.help[:7] in seen.text
        await seen.press("escape")
        assert len(seen.app.screen_stack) == 1

    view(scenario, size=size)


def test_the_waterfall_shows_what_ran_at_once(make, view):
    with make() as made:
        first, second = made.begin(t=0.0), made.begin(t=2.0)
        for n in range(4):
            first.chunk(b"data: a\n\n", 3.0 + n)
            second.chunk(b"data: b\n\n", 3.5 + n)
        first.end(EndingKind.COMPLETE, 7.0)
        second.end(EndingKind.SERVER_CLOSED, 8.0)

    async def scenario(seen):
        await seen.press("w")
        one, two = (line for line in seen.lines if "/v1/messages" in line and "░" in line)
        assert one.index("░") < two.index("░")
        assert two.index("█") < one.rindex("█")
        assert "✖" in two
        await seen.press("down", "enter")
        assert " 2/2 " in seen.lines[0]

    view(scenario)


def test_an_exchange_answers_on_a_local_port(make, view):
    pytest.importorskip("h11")
    import urllib.request

    with make() as made:
        exchange = made.begin()
        exchange.chunk(b"data: hello\n\n", 1.3)
        exchange.end(EndingKind.COMPLETE, 1.4)

    async def scenario(seen):
        await seen.press("P")
        url = seen.app.replays.running.url
        assert url in seen.text
        request = urllib.request.Request(f"{url}/v1/messages", data=b"{}", method="POST")
        with urllib.request.urlopen(request, timeout=30) as response:
            assert response.read() == b"data: hello\n\n"
        await seen.press("P")
        assert seen.app.replays.running is None

    view(scenario)


def test_another_exchange_is_replayed_in_place_of_the_one_before(make, view):
    pytest.importorskip("h11")
    with make() as made:
        made.texts(["one"])
        made.texts(["two"])

    async def scenario(seen):
        await seen.press("P")
        first = seen.app.replays.running
        assert first.number == 1
        await seen.press("}")
        await seen.until(lambda: seen.app.viewing.exchange_number == 2)
        await seen.press("P")
        assert seen.app.replays.running.number == 2
        assert seen.app.replays.running.url != first.url
        await seen.press("P")
        assert seen.app.replays.running is None

    view(scenario)


@pytest.mark.parametrize(("keymap", "key"), [({}, "L"), ({"check": "Q"}, "Q")], ids=["table", "config"])
def test_a_long_stream_is_checked_when_it_is_asked_for(make, view, monkeypatch, keymap, key):
    monkeypatch.setattr("playhead_viewer.source.analysing.CHECKED_UNASKED", 3)
    with make() as made:
        made.texts(["a"] * 5)

    async def scenario(seen):
        assert seen.app.viewing.analysis.findings is None
        seen.app.set_keymap(keymap)
        await seen.until(lambda: "not checked" in seen.lines[0])
        assert "Lint?" in seen.text
        await seen.press("e")
        await seen.until(lambda: f"Findings are not known: {key} checks a long stream." in seen.text)
        seen.app.arranging.show_tab("lint")
        await seen.until(lambda: "Not checked: it has 5 events" in seen.text)
        await seen.until(lambda: f"when you ask only: {key}, or `check`" in " ".join(told(seen)))
        await seen.press(key)
        await seen.until(lambda: "⚠" in seen.lines[0] and "not checked" not in seen.lines[0])
        await seen.until(lambda: "Lint?" not in seen.text)
        assert seen.app.viewing.analysis.findings is not None
        await seen.press("e")
        assert seen.cursor == 5

    view(scenario)


def told(seen) -> list[str]:
    """The words in the pane of the tabs."""
    return " ".join(strip.text for strip in seen.pane("#tab-pane")).split()


@pytest.mark.usefixtures("sample")
def test_no_command_fails_in_any_state(view, path, tmp_path):
    async def scenario(seen):
        for command in COMMANDS:
            if command.id in ("quit", "interrupt", "edit", "sessions"):
                continue
            seen.app.run_command(command)
            await seen.pilot.pause()
            while len(seen.app.screen_stack) > 1:
                await seen.press("escape")
            if seen.app.is_prompted:
                await seen.press("escape")
            assert seen.app.is_running

    view(scenario)
    with playhead.open_writer(tmp_path / "empty.cassette.jsonl"):
        pass
    path.write_bytes((tmp_path / "empty.cassette.jsonl").read_bytes())
    view(scenario)


@pytest.mark.usefixtures("sample")
def test_a_click_on_a_tab_brings_it_to_the_front(view):
    async def scenario(seen):
        await seen.pilot.click("#tabs", offset=(9, 0))
        await seen.settle()
        assert seen.app.arranging.tab == "json"
        assert '"type": "message_start"' in seen.text
        await seen.pilot.click(EventList, offset=(5, 4))
        await seen.settle()
        assert seen.cursor == 5

    view(scenario)
