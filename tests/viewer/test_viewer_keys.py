"""Every command by its keys. The table of commands is the source: one without a scenario here is a failure.

A scenario is a coroutine that presses the keys of the commands it is for, and asserts what came of it. That
it pressed them is counted by the app, not believed.
"""

from __future__ import annotations

import json
import math
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from textual.widgets import Input

import playhead_viewer
from playhead import EndingKind
from playhead_viewer.actions.copying import WORDS
from playhead_viewer.actions.table import BY_ID, COMMANDS
from playhead_viewer.app import PlayheadApp
from playhead_viewer.command import Command
from playhead_viewer.keys import config_path, load_keymap
from playhead_viewer.screens.choices import ChoiceList, ChoiceScreen
from playhead_viewer.screens.sessions import SessionsScreen
from playhead_viewer.widgets.event_list import EventList
from playhead_viewer.widgets.said import Said

SCENARIOS: dict[str, Callable[..., Awaitable[None]]] = {}
EVENTS = 30
OPENED, TOOLS, STALLED, ERRORS = [2, 14, 20], [14, 20], [21, 27], [27, 28]


def of(*ids: str) -> Callable[[Callable[..., Awaitable[None]]], Callable[..., Awaitable[None]]]:
    """The scenario of these commands."""

    def add(scenario: Callable[..., Awaitable[None]]) -> Callable[..., Awaitable[None]]:
        for id_ in ids:
            assert id_ not in SCENARIOS, f"{id_} has two scenarios"
            SCENARIOS[id_] = scenario
        return scenario

    return add


def _data(name: str, **fields: object) -> bytes:
    return f"event: {name}\ndata: {json.dumps({'type': name, **fields})}\n\n".encode()


def _block(index: int, **block: object) -> bytes:
    return _data("content_block_start", index=index, content_block=block)


def _delta(index: int, **delta: object) -> bytes:
    return _data("content_block_delta", index=index, delta=delta)


def _stream() -> list[tuple[bytes, float]]:
    """Thirty events with the seconds before each: a text, two tool calls, two stalls, two errors."""
    message = {"id": "m", "type": "message", "role": "assistant", "model": "claude-x", "content": []}
    found = [(_data("message_start", message=message), 0.5), (_block(0, type="text", text=""), 0.01)]
    found += [(_delta(0, type="text_delta", text=f" word{n}"), 0.01) for n in range(10)]
    found += [(_data("content_block_stop", index=0), 0.01)]
    for index, gap in ((1, 0.01), (2, 2.0)):
        tool = {"type": "tool_use", "id": f"t{index}", "name": "find", "input": {}}
        found += [(_block(index, **tool), gap)]
        parts = ('{"a"', ":", "[1,", "2]}")
        found += [(_delta(index, type="input_json_delta", partial_json=part), 0.01) for part in parts]
        found += [(_data("content_block_stop", index=index), 0.01)]
    found += [(_data("ping"), 3.0)]
    error = {"type": "overloaded_error", "message": "Overloaded"}
    found += [(_data("error", error=error), 0.01), (_data("error", error=error | {"message": "Again"}), 0.01)]
    return [*found, (_data("ping"), 0.01), (b": bye\n\n", 0.01)]


@pytest.fixture
def cassette(make, path: Path) -> Path:
    with make() as made:
        exchange = made.begin()
        t = 1.0
        for data, gap in _stream():
            t += gap
            exchange.chunk(data, t)
        exchange.end(EndingKind.COMPLETE, t + 0.1)
        made.texts(["other"])
    return path


class Pressed(PlayheadApp):
    """Counts the commands that keys have run."""

    CSS_PATH = Path(playhead_viewer.__file__).with_name("viewer.tcss")

    def __init__(self, *args: object, **options: object) -> None:
        self.ran: list[str] = []
        super().__init__(*args, **options)

    def run_command(self, command: Command) -> None:
        self.ran.append(command.id)
        super().run_command(command)


@pytest.fixture
def app_class() -> type[PlayheadApp]:
    return Pressed


def first_key(id_: str) -> str:
    return BY_ID[id_].keys.split(",")[0]


async def press(seen, *ids: str) -> None:
    """Press the first key of each command."""
    for id_ in ids:
        await seen.press(first_key(id_))


async def type_in(seen, text: str) -> None:
    """Type a text into the line that is open, and enter it."""
    seen.app.screen.query_one(Input).value = text
    await seen.press("enter")


def rows(seen) -> int:
    return seen.app.viewing.cursor.rows


@of("step", "step_back")
async def stepping(seen):
    await press(seen, "step", "step")
    assert seen.cursor == 3
    assert '"' in seen.line("▸")
    await press(seen, "step_back")
    assert seen.cursor == 2
    assert "block+" in seen.line("▸")


@of("page", "page_back")
async def paging(seen):
    page = seen.app.query_one(EventList).page
    await press(seen, "page")
    assert seen.cursor == min(1 + page, EVENTS)
    assert f" {seen.cursor} " in seen.line("▸")
    await press(seen, "page_back")
    assert seen.cursor == max(min(1 + page, EVENTS) - page, 1)


@of("first", "last")
async def ends(seen):
    await press(seen, "last")
    assert seen.cursor == EVENTS
    assert ": bye" in seen.line("▸")
    await press(seen, "first")
    assert seen.cursor == 1
    assert "message_start" in seen.line("▸")


async def leaping(seen, id_: str, places: list[int]) -> None:
    """There and back over every one, and words for what there is not."""
    for place in places:
        await press(seen, id_)
        assert seen.cursor == place
    await press(seen, id_)
    assert seen.cursor == places[-1]
    await seen.until(lambda: "behind this event." in seen.text)
    for place in reversed(places[:-1]):
        await press(seen, f"{id_}_back")
        assert seen.cursor == place
    await press(seen, f"{id_}_back")
    assert seen.cursor == places[0]
    assert f" {places[0]} " in seen.line("▸")


@of("block", "block_back")
async def blocks(seen):
    await leaping(seen, "block", OPENED)


@of("tool", "tool_back")
async def tools(seen):
    await leaping(seen, "tool", TOOLS)


@of("stall", "stall_back")
async def stalls(seen):
    await leaping(seen, "stall", STALLED)
    assert "▸‼ " in seen.text  # the stall's line in the times


@of("error", "error_back")
async def errors(seen):
    await leaping(seen, "error", ERRORS)
    assert " error " in seen.line("▸")


@of("finding", "finding_back")
async def findings(seen):
    places = sorted({each.frame for each in seen.app.viewing.analysis.findings if each.frame})
    assert len(places) > 1
    await leaping(seen, "finding", places)
    assert any(sign in seen.line("▸") for sign in "✖⚠·")


@of("hit", "hit_back")
async def hits(seen):
    await press(seen, "find")
    await type_in(seen, "word1")
    assert seen.cursor == 4
    await press(seen, "first", "find")
    await type_in(seen, "input_json_delta")
    assert seen.cursor == 15
    await press(seen, "first")
    await leaping(seen, "hit", [15, 16, 17, 18, 21, 22, 23, 24])
    assert "/input_json_de" in seen.lines[-1]


@of("mark", "mark_back", "mark_here")
async def marks(seen):
    await press(seen, "step", "mark_here", "step", "step", "mark_here", "first")
    await leaping(seen, "mark", [2, 4])
    assert seen.line("▸").lstrip("│").startswith("▸♦")
    await press(seen, "mark_here")
    assert "♦" not in seen.line("▸")


@of("note")
async def note(seen):
    await press(seen, "note")
    await type_in(seen, "look here")
    assert "← look here" in seen.line("▸")
    kept = Path(seen.app.viewing.loader.name).with_name("made.notes.jsonl")
    assert json.loads(kept.read_text())["note"] == "look here"


@of("go")
async def go(seen):
    for typed, number in (("#20", 20), ("+2", 22), ("0.55s", 6), ("+1s", 20), ("50%", 15), ("1:00", EVENTS)):
        await press(seen, "go")
        await type_in(seen, typed)
        assert seen.cursor == number, typed


@of(*(f"percent_{tens}" for tens in range(10)))
async def percents(seen):
    for tens in range(10):
        await press(seen, f"percent_{tens}")
        assert seen.cursor == 1 + round((EVENTS - 1) * tens / 10)
        assert f" {seen.cursor} " in seen.line("▸")


@of("exchange", "exchange_back")
async def exchanges(seen):
    await press(seen, "exchange")
    assert "2/2" in seen.lines[0]
    assert '"other"' in seen.text
    await press(seen, "exchange")
    await seen.until(lambda: "This is the last exchange." in seen.text)
    await press(seen, "exchange_back")
    assert "1/2" in seen.lines[0]
    await press(seen, "exchange_back")
    await seen.until(lambda: "This is the first exchange." in seen.text)


@of("find")
async def find(seen):
    await press(seen, "find")
    await seen.press(*"word7")
    assert "/word7 1/1" in seen.text  # while it is typed
    await seen.press("enter")
    assert seen.cursor == 10
    assert "/word7 1/1" in seen.lines[-1]


@of("filter")
async def filtering(seen):
    await press(seen, "filter")
    seen.app.screen.query_one(Input).value = "kind=text and gpa>5ms"
    await seen.until(lambda: " " * 14 + "^^^ no field: did you mean gap?" in seen.text)
    await type_in(seen, "kind=json or block=1")
    assert rows(seen) == 20
    assert "▽ 20 of 30" in seen.lines[-1]
    await press(seen, "last")
    assert seen.cursor == 24


@of("back")
async def back(seen):
    await press(seen, "reference", "filter")
    await type_in(seen, "kind=json")
    await press(seen, "find")
    await type_in(seen, "partial")
    await press(seen, "zoom")
    zoomed = seen.app.screen.has_class("-zoomed")
    assert zoomed
    await press(seen, "back")
    assert not seen.app.screen.has_class("-zoomed")
    assert "/partial" in seen.lines[-1]
    await press(seen, "back")
    assert "/partial" not in seen.lines[-1]
    assert "▽ 8 of 30" in seen.lines[-1]
    await press(seen, "back")
    assert "▽" not in seen.lines[-1]
    assert "t0 #1" in seen.lines[-1]
    await press(seen, "back")
    assert "t0 #" not in seen.lines[-1]


@of("play")
async def play(seen):
    await press(seen, "play")
    await seen.until(lambda: seen.cursor > 5)
    await press(seen, "play")
    stopped = seen.cursor
    assert not seen.app.viewing.player.is_playing
    assert "⏸" in seen.lines[-1]
    assert f" {stopped} " in seen.line("▸")


@of("slower", "faster")
async def speeds(seen):
    await press(seen, "slower", "slower", "slower")
    for told in ("0.25×", "0.5×", "", "2×", "4×", "8×", "max", "max"):
        assert f"s  {told}" in seen.lines[-1]
        await press(seen, "faster")
    assert seen.app.viewing.player.speed == math.inf


@of("idle")
async def idle(seen):
    await press(seen, "idle")
    assert seen.app.viewing.player.idle_cap is None
    await seen.until(lambda: "Waits are as long as they were." in seen.text)
    await press(seen, "idle", "faster")
    assert "idle≤2s" in seen.lines[-1]


@of("follow")
async def follow(seen):
    await press(seen, "follow")
    await seen.until(lambda: "The recording is over: there is nothing to follow." in seen.text)


@of("pane", "pane_back")
async def panes(seen):
    assert seen.app.focused.id == "events"
    await press(seen, "pane")
    second = seen.app.focused.id
    assert second != "events"
    await press(seen, "pane_back")
    assert seen.app.focused.id == "events"
    await press(seen, "pane_back", "pane", "pane")
    assert seen.app.focused.id == second


@of("tab", "tab_back")
async def tabs(seen):
    before, text = seen.app.arranging.tab, seen.text
    await press(seen, "tab")
    assert seen.app.arranging.tab != before
    assert seen.text != text
    await press(seen, "tab_back")
    assert seen.app.arranging.tab == before
    assert seen.text == text


@of("zoom")
async def zoom(seen):
    assert "chunk 1 ·" in seen.text or "No block" in seen.text
    await press(seen, "zoom")
    assert "chunk 1 ·" not in seen.text
    assert "No block" not in seen.text
    await press(seen, "pane", "zoom", "zoom")
    assert "message_start" not in "".join(line for line in seen.lines if "▸" in line)
    await press(seen, "zoom")
    assert "message_start" in seen.line("▸")


@of("layout")
async def layouts(seen):
    found = []
    for _ in range(4):
        await press(seen, "layout")
        list_ = seen.app.query_one(EventList).region
        found.append((list_.width, list_.height))
        assert " 1 " in seen.line("▸")
    assert len(set(found)) >= 3
    await seen.until(lambda: "Layout: fits the size." in seen.text)


@of("reference")
async def reference(seen):
    await press(seen, "step", "step", "reference")
    assert "+0.000" in seen.line("▸")
    await press(seen, "step")
    assert "+0.010" in seen.line("▸")
    await press(seen, "step_back", "reference")
    assert "+0.000" not in seen.line("▸")


@of("waterfall")
async def waterfall(seen):
    await press(seen, "waterfall")
    assert "2 exchanges in" in seen.text
    await seen.press("down", "enter")
    assert "2/2" in seen.lines[0]


@of("compare")
async def compare(seen):
    await press(seen, "compare")
    await type_in(seen, "#2")
    await seen.until(lambda: "#1 and #2: " in seen.text)
    await seen.press("escape")
    assert len(seen.app.screen_stack) == 1


@of("sessions")
async def sessions(seen):
    await press(seen, "sessions")
    assert isinstance(seen.app.screen, SessionsScreen)
    await seen.until(lambda: len(seen.app.sessions) == 2)
    await seen.until(lambda: "Sessions 2" in seen.text)
    await seen.press("escape")
    assert len(seen.app.screen_stack) == 1


@of("reload")
async def reload(seen):
    loader = seen.app.viewing.loader
    await seen.press("j", "j")
    await press(seen, "reload")
    await seen.until(lambda: "The file was read again." in seen.text)
    assert seen.app.viewing.loader is not loader
    await seen.until(lambda: seen.cursor == 3)


@of("theme")
async def theme(seen):
    before, style = seen.app.theme, seen.segments[0][0].style
    await press(seen, "theme")
    assert seen.app.theme != before
    assert seen.segments[0][0].style != style


@of("help")
async def help_(seen):
    await press(seen, "help")
    assert "Help: enter does it" in seen.text
    assert "Moving" in seen.text
    await type_in(seen, "last event")
    assert seen.cursor == EVENTS


@of("palette")
async def palette(seen):
    await press(seen, "palette")
    assert "Commands" in seen.text
    await type_in(seen, "next tool")
    assert seen.cursor == TOOLS[0]


@of("copy")
async def copy(seen):
    await press(seen, "step", "copy")
    assert json.loads(seen.app.clipboard)["type"] == "content_block_start"
    await seen.until(lambda: "Copied the event" in seen.text)


@of("copy_menu")
async def copy_menu(seen):
    await press(seen, "percent_5", "copy_menu")
    assert "curl" in seen.text
    await type_in(seen, "the block, as far")
    assert seen.app.clipboard == '{"a"'
    seen.app.unsay()
    await press(seen, "copy_menu")
    for what in WORDS:
        assert sum(line.lstrip("│ ").startswith(f"{what} ") for line in seen.lines) == 1, what
    await type_in(seen, "choose this")
    await seen.until(lambda: "Copy to a file" in seen.text)
    seen.app.screen.query_one(Input).value = "event data"
    await seen.press("enter")
    await seen.until(lambda: "Written to " in seen.text)
    written = "".join(seen.app.query_one(Said).visual.plain.split())
    path = Path(written.removeprefix("·Writtento").partition(".txt:")[0] + ".txt")
    assert json.loads(path.read_text())["type"] == "content_block_delta"
    path.unlink()


@of("edit")
async def edit(seen):
    await press(seen, "edit")
    await seen.until(lambda: "This terminal cannot be lent to an editor." in seen.text)


@of("replay")
async def replay(seen):
    pytest.importorskip("h11")
    httpx = pytest.importorskip("httpx")
    await press(seen, "first", "exchange", "replay")
    await seen.until(lambda: "Exchange 2 answers at http://127.0.0.1:" in seen.text)
    async with httpx.AsyncClient(timeout=60) as client:
        url = f"{seen.app.replays.running.url}/v1/messages"
        async with client.stream("POST", url, content=b"{}") as response:
            read = await response.aread()
    assert read == seen.app.viewing.stream.exchange.body
    await press(seen, "replay")
    await seen.until(lambda: "is not replayed any more" in seen.text)

    def refuses() -> bool:
        try:
            httpx.get(url, timeout=60)
        except httpx.HTTPError:
            return True
        return False

    await seen.until(refuses)


@of("check")
async def check(seen):
    await press(seen, "check")
    await seen.until(lambda: "It is checked: see Lint." in seen.text)


@of("quit")
async def quit_(seen):
    await press(seen, "quit")
    await seen.ended()
    assert seen.app.return_code == 0


@of("interrupt")
async def interrupt(seen):
    await press(seen, "interrupt")
    await seen.until(lambda: "Press ^c again to quit." in seen.text)
    assert seen.app.return_code is None
    await press(seen, "interrupt")
    await seen.ended()


def test_there_is_a_scenario_for_every_command_and_none_for_another():
    assert set(SCENARIOS) == set(BY_ID)


DISTINCT = list(dict.fromkeys(SCENARIOS.values()))
LAID_OUT = [stepping, paging, panes, tabs, zoom, layouts, back, filtering]


@pytest.mark.parametrize(
    ("scenario", "size"),
    [*((each, (120, 40)) for each in DISTINCT), *((each, (80, 24)) for each in LAID_OUT)],
    ids=lambda each: getattr(each, "__name__", None) or str(each[0]),
)
@pytest.mark.usefixtures("cassette")
def test_keys_do_what_they_say(view, path, scenario, size, monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("EDITOR", "true")

    async def run(seen):
        await scenario(seen)
        wanted = {id_ for id_, each in SCENARIOS.items() if each is scenario}
        assert wanted <= set(seen.app.ran), f"never pressed: {wanted - set(seen.app.ran)}"

    view(run, size=size, paths=[str(path)])


async def dispatched(seen, key: str) -> list[str]:
    """The commands that a key runs, which do nothing meanwhile."""
    seen.app.ran.clear()
    await seen.pilot.press(key)
    await seen.pilot.pause()
    return list(seen.app.ran)


@pytest.fixture
def only_counted(monkeypatch) -> None:
    """Commands are counted and not run: each key finds the screen as it was."""
    monkeypatch.setattr(Pressed, "run_command", lambda self, command: self.ran.append(command.id))


@pytest.mark.usefixtures("cassette", "only_counted")
def test_every_key_of_the_table_runs_its_command_and_no_other(view, path):
    async def scenario(seen):
        for command in COMMANDS:
            for key in command.keys.split(","):
                assert await dispatched(seen, key) == [command.id], key

    view(scenario, paths=[str(path)])


@pytest.mark.usefixtures("cassette", "only_counted")
def test_every_command_can_have_another_key_by_the_config_file(view, path, monkeypatch):
    others = {command.id: f"alt+ctrl+{chr(0x4E00 + place)}" for place, command in enumerate(COMMANDS)}
    file = path.with_name("keys.toml")
    monkeypatch.setenv("PLAYHEAD_KEYS", str(file))
    file.write_text("[keys]\n" + "".join(f'{id_} = "{key}"\n' for id_, key in others.items()))

    async def scenario(seen):
        seen.app.set_keymap(load_keymap(config_path(), COMMANDS))
        for command in COMMANDS:
            assert await dispatched(seen, others[command.id]) == [command.id]
            for key in command.keys.split(","):
                assert await dispatched(seen, key) == [], key

    view(scenario, paths=[str(path)])


@pytest.mark.usefixtures("cassette")
def test_every_command_is_found_in_the_palette_and_run_by_enter(view, path, monkeypatch):
    real = Pressed.run_command

    def run(self: Pressed, command: Command) -> None:
        if command.id == "palette":
            real(self, command)
        else:
            self.ran.append(command.id)

    monkeypatch.setattr(Pressed, "run_command", run)

    async def scenario(seen):
        for command in COMMANDS:
            if command.id.startswith("percent_") or command.id == "palette":
                continue
            await seen.pilot.press("ctrl+p")
            assert isinstance(seen.app.screen, ChoiceScreen)
            seen.app.screen.query_one(Input).value = f"{command.id} {command.help}"
            await seen.pilot.pause()
            seen.app.ran.clear()
            while seen.app.screen.query_one(ChoiceList).chosen != command.id:
                await seen.pilot.press("down")  # the name of one is a key of another
            await seen.pilot.press("enter")
            await seen.pilot.pause()
            assert seen.app.ran == [command.id]

    view(scenario, paths=[str(path)])


@pytest.mark.usefixtures("cassette")
def test_the_help_is_searched_by_words_keys_and_groups(view):
    async def scenario(seen):
        await seen.press("?", *"stall prev")
        assert "Previous stall" in seen.text
        assert "Next stall" not in seen.text
        assert "Next event" not in seen.text
        seen.app.screen.query_one(Input).value = "ctrl+t"
        await seen.until(lambda: "Dark, light, the terminal's own colours" in seen.text)
        seen.app.screen.query_one(Input).value = "no such thing"
        await seen.until(lambda: "Nothing fits what was typed." in seen.text)
        await seen.press("enter")
        assert isinstance(seen.app.screen, ChoiceScreen)
        await seen.press("escape")
        assert seen.cursor == 1

    view(scenario)


@pytest.mark.parametrize("state", ["plain", "full"])
@pytest.mark.usefixtures("cassette")
def test_the_footer_has_help_and_quit_at_every_width(view, path, state):
    async def scenario(seen):
        if state == "full":
            await press(seen, "reference", "filter")
            await type_in(seen, "kind=json or kind=text")
            await press(seen, "find")
            await type_in(seen, "a needle that is not there")
            await press(seen, "slower")
        for width in range(40, 201):
            await seen.pilot.resize_terminal(width, 24)
            await seen.until(lambda width=width: len(seen.lines[-1]) == width)
            await seen.until(lambda: seen.lines[-1].rstrip().endswith("q Quit  ? Help"))

    view(scenario, paths=[str(path)])
