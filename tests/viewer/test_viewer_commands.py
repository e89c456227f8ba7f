"""Every command by its key: where it leads, what is shown of it."""

from __future__ import annotations

import json
import math
import os
import time
from pathlib import Path

import pytest
from textual.widgets import Input

import playhead
from playhead import EndingKind
from playhead.errors import UsageError
from playhead_viewer.actions.table import BY_ID, COMMANDS
from playhead_viewer.key_names import named
from playhead_viewer.keys import config_path, load_keymap
from playhead_viewer.widgets.event_list import EventList
from playhead_viewer.widgets.scrubber import Scrubber

SAMPLE = Path(playhead.sample("anthropic-tools"))
STALLED = Path(playhead.sample("stalled-keepalives"))


@pytest.fixture
def sample(path):
    """A message of three blocks: thinking, text, a tool call; 136 events."""
    path.write_bytes(SAMPLE.read_bytes())


@pytest.fixture
def stalled(path):
    path.write_bytes(STALLED.read_bytes())


@pytest.mark.usefixtures("sample")
def test_blocks_and_tool_calls_are_leapt_to(view):
    async def scenario(seen):
        await seen.press("]")
        first = seen.cursor
        await seen.press("]", "]")
        third = seen.cursor
        assert first < third
        assert "block+" in seen.line("▸")
        await seen.press("[")
        assert first < seen.cursor < third
        await seen.press("g", "t")
        assert seen.cursor == third
        await seen.press("t")
        assert "No tool call behind this event." in seen.text

    view(scenario)


@pytest.mark.usefixtures("stalled")
def test_stalls_and_findings_are_leapt_to(view):
    async def scenario(seen):
        await seen.press("s")
        assert seen.cursor == 26
        assert "▸‼ stall 6.19 s before #26" in seen.text
        await seen.press("g", "e")
        assert seen.cursor == 26
        assert "⚠" in seen.line("▸")
        await seen.press("S")
        assert "No stall before this event." in seen.text
        await seen.press("x")
        assert "No error behind this event." in seen.text

    view(scenario)


@pytest.mark.parametrize(
    ("typed", "number"), [("#84", 84), ("84", 84), ("100%", 136), ("1.5s", 64), ("+10", 11), ("0%", 1)]
)
@pytest.mark.usefixtures("sample")
def test_a_typed_place_is_gone_to(view, typed, number):
    async def scenario(seen):
        await seen.press(":")
        seen.app.query_one(Input).value = typed
        await seen.press("enter")
        assert seen.cursor == number
        assert seen.app.focused.id == "events"

    view(scenario)


@pytest.mark.usefixtures("sample")
def test_what_is_no_place_says_so_and_escape_leaves(view):
    async def scenario(seen):
        await seen.press(":", "x", "enter")
        assert "^ no place: try #84" in seen.text
        await seen.press("escape")
        assert "no place" not in seen.text
        await seen.press("5")
        assert seen.cursor == 68 or seen.cursor == 69
        await seen.press(":")
        seen.app.query_one(Input).value = "999"
        await seen.press("enter")
        assert seen.cursor == 136
        await seen.until(lambda: "The last event is #136." in seen.text)

    view(scenario)


@pytest.mark.usefixtures("sample")
def test_search_goes_on_while_it_is_typed_and_finds_words_across_events(view):
    async def scenario(seen):
        await seen.press("/", *"lisbon")
        await seen.press("enter")
        first = seen.cursor
        assert first > 1
        count = len(seen.app.viewing.search.search.hits)
        assert f"/lisbon 1/{count}" in seen.lines[-1]
        await seen.press("n")
        assert seen.cursor > first
        await seen.press("N")
        assert seen.cursor == first
        # `"L` and `isbon"` come in two events: the hit is where the word ends.
        assert any(
            "isbon" in (seen.app.viewing.stream.added(hit) or "")
            for hit in seen.app.viewing.search.search.hits
        )
        await seen.press("escape")
        assert seen.app.viewing.search is None
        assert "/lisbon" not in seen.lines[-1]

    view(scenario)


@pytest.mark.usefixtures("sample")
def test_a_filter_is_validated_with_the_error_at_its_place_and_undone(view):
    async def scenario(seen):
        await seen.press("f", *"knd")
        seen.app.query_one(Input).value = "gap>1ms and knd=x"
        await seen.settle()
        wrong = next(line for line in seen.lines if "did you mean kind?" in line)
        assert wrong.startswith(" " * 12 + "^^^ ")
        await seen.press("enter")
        assert seen.app.viewing.filter is None
        seen.app.query_one(Input).value = "kind=json"
        await seen.press("enter")
        await seen.settle()
        rows = seen.app.viewing.cursor.rows
        assert 20 < rows < 136
        assert f"Events {rows} of 136" in seen.text
        assert " json " in seen.line("▸")
        before = seen.cursor
        await seen.press("j")
        assert " json " in seen.line("▸")
        assert seen.cursor > before
        await seen.press("escape")
        assert "Events 136" in seen.text

    view(scenario)


@pytest.mark.usefixtures("sample")
def test_marks_are_kept_beside_the_cassette(view, path):
    async def scenario(seen):
        await seen.press("j", "j", "m", "j", "M", *"odd", "enter")
        assert "← odd" in seen.line("▸")
        await seen.press("g", "'")
        assert seen.cursor == 3
        assert "▸♦" in seen.line("▸")
        await seen.press("'")
        assert seen.cursor == 4
        await seen.press('"', "m")
        assert "♦" not in seen.line("▸")

    view(scenario)
    notes = path.with_name("made.notes.jsonl")
    assert [json.loads(line) for line in notes.read_text().splitlines()] == [
        {"type": "mark", "exchange": 1, "frame": 4, "note": "odd"}
    ]

    async def again(seen):
        await seen.press("'")
        assert seen.cursor == 4

    view(again)


@pytest.mark.usefixtures("sample")
def test_times_count_from_a_reference(view):
    async def scenario(seen):
        await seen.press("j", "j", "r")
        assert "+0.000" in seen.line("▸")
        assert "t from #3" in seen.text
        await seen.press("k", "k")
        assert "-0.003" in seen.line("▸")
        await seen.press("escape")
        assert "t from the request" in seen.text

    view(scenario)


@pytest.mark.usefixtures("sample")
def test_playing_moves_the_cursor_to_the_end_and_stops(view):
    async def scenario(seen):
        await seen.press(">", ">", ">", ">")
        assert "max" in seen.lines[-1]
        await seen.press("space")
        await seen.until(lambda: seen.cursor == 136 and not seen.app.viewing.player.is_playing)
        await seen.press("space")
        await seen.until(lambda: seen.cursor > 3)
        await seen.press("k")
        stopped = seen.cursor
        assert not seen.app.viewing.player.is_playing
        await seen.press("i", "<")
        assert seen.cursor == stopped

    view(scenario)


@pytest.mark.usefixtures("sample")
def test_a_move_that_is_due_already_is_made(view):
    async def scenario(seen):
        player = seen.app.viewing.player
        while player.speed != math.inf:
            await seen.press(">")
        player.play(time.monotonic() - 3600, seen.cursor)
        seen.app.playing.changed()
        await seen.until(lambda: seen.cursor == 136 and not player.is_playing)

    view(scenario)


@pytest.mark.usefixtures("sample")
def test_the_scrubber_is_in_step_with_the_list_both_ways(view):
    async def scenario(seen):
        scrubber = seen.app.query_one(Scrubber)
        assert scrubber.timeline is not None
        await seen.press("G")
        end = scrubber._column()
        await seen.press("g")
        assert scrubber._column() < end
        await seen.pilot.click(Scrubber, offset=(90, 0))
        await seen.settle()
        assert 60 < seen.cursor < 136
        assert abs(scrubber._column() - 90) <= 1
        assert f"#{seen.cursor}" in seen.text
        await seen.pilot.mouse_down(Scrubber, offset=(60, 1))
        await seen.pilot.hover(Scrubber, offset=(30, 1))
        await seen.pilot.mouse_up(Scrubber, offset=(30, 1))
        await seen.settle()
        assert abs(scrubber._column() - 30) <= 1

    view(scenario)


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
            if not command.id.startswith("percent_"):
                seen.app.screen.query_one(Input).value = command.help
                await seen.pilot.pause()
                assert command.help[:7] in seen.text
        await seen.press("escape")
        assert len(seen.app.screen_stack) == 1

    view(scenario, size=size)


def test_every_key_is_for_one_command():
    keys = [key for command in COMMANDS for key in command.keys.split(",")]
    assert len(keys) == len(set(keys))
    assert len(BY_ID) == len(COMMANDS)


def test_keys_of_a_config_file_are_used(make, view):
    with make() as made:
        made.texts(["a", "b", "c"])

    async def scenario(seen):
        seen.app.set_keymap({"step": "w", "waterfall": "ctrl+w"})
        await seen.press("w")
        assert seen.cursor == 2
        await seen.press("j")
        assert seen.cursor == 2
        await seen.press("?")
        seen.app.screen.query_one(Input).value = "Next event"
        await seen.settle()
        assert "  w     " in seen.text

    view(scenario)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[keys]\nstpe = 'j'", "Did you mean step?"),
        ("[keys]\nstep = 3", "must be a text"),
        ("[keys]\nstep = 'q'", "for both"),
        ("keys = 3", "must be a table"),
        ("[keys", "keys.toml"),
        ("[kyes]\nstep = 'n'", r"no table 'kyes'[\s\S]*\[keys\]"),
        ("colour = 'dark'", "no setting 'colour'"),
        ("step = 'n'", r"step stands in no table[\s\S]*\[keys\] above"),
        ("[keys]\nstep = 'pgdn'", r"step: no key is named 'pgdn'[\s\S]*mean pagedown"),
        ("[keys]\nstep = 'ctr+n'", r"mean ctrl\+n"),
        ("[keys]\nstep = 'ctrl-n'", r"mean ctrl\+n"),
        ("[keys]\nstep = 'Down'", "mean down"),
        ("[keys]\nstep = 'return'", "mean enter"),
        ("[keys]\nstep = 'dwon'", "mean down"),
        ("[keys]\nstep = 'nothing at all'", "A character, or a name"),
        ("[keys]\nstep = '?'", "key question_mark is for both"),
        ("[keys]\nstep = 'ctrl+i'", "key tab is for both"),
        ("[keys]\nstep = 'ctrl+ctrl+n'", "no key is named"),
    ],
)
def test_a_wrong_config_file_is_an_error(tmp_path, text, said):
    file = tmp_path / "keys.toml"
    file.write_text(text)
    with pytest.raises(UsageError, match=said):
        load_keymap(file, COMMANDS)


def test_a_right_config_file_and_none(tmp_path):
    file = tmp_path / "keys.toml"
    assert load_keymap(file, COMMANDS) == {}
    file.write_text('[keys]\nstep = "w, down"\nwaterfall = "ctrl+w"\n')
    assert load_keymap(file, COMMANDS) == {"step": "w,down", "waterfall": "ctrl+w"}


def test_keys_by_their_characters_and_in_any_order_of_modifiers(tmp_path):
    file = tmp_path / "keys.toml"
    file.write_text('[keys]\nstep = "%, shift+ctrl+left,ü"\nhelp = "+"\n')
    assert load_keymap(file, COMMANDS) == {"step": "percent_sign,ctrl+shift+left,ü", "help": "plus"}


def test_every_key_of_a_command_has_a_name():
    for command in COMMANDS:
        assert [named(key) for key in command.keys.split(",")] == command.keys.split(",")


def test_a_key_by_its_character_works(make, path, view):
    with make() as made:
        made.texts(["one", "two", "three"])

    async def scenario(seen):
        seen.app.set_keymap(keymap)
        await seen.press("percent_sign", "%")
        assert seen.cursor == 3

    file = path.with_name("keys.toml")
    file.write_text('[keys]\nstep = "%"\n')
    keymap = load_keymap(file, COMMANDS)
    view(scenario)


@pytest.mark.parametrize("name", ["missing/keys.toml", "file/keys.toml", "nul\0"])
def test_a_file_that_the_environment_names_must_be_there(tmp_path, monkeypatch, name):
    (tmp_path / "file").write_text("")
    monkeypatch.setattr(os, "environ", os.environ | {"PLAYHEAD_KEYS": str(tmp_path / name)})
    with pytest.raises(UsageError, match=r"PLAYHEAD_KEYS names .*\n?[\s\S]*Name a file that there is"):
        config_path()


def test_a_home_that_is_no_folder_holds_no_config_file(tmp_path, monkeypatch):
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    monkeypatch.delenv("PLAYHEAD_KEYS", raising=False)
    (tmp_path / "null").write_text("")
    monkeypatch.setenv("HOME", str(tmp_path / "null"))
    assert load_keymap(config_path(), COMMANDS) == {}

    def no_home():
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "home", no_home)
    assert config_path() is None
    assert load_keymap(config_path(), COMMANDS) == {}


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
