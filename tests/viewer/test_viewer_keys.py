"""Every command by its keys. The table of commands is the source: one without a scenario here is a failure.

A scenario is a coroutine that presses the keys of the commands it is for, and asserts what came of it. That
it pressed them is counted by the app, not believed.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.widgets import Input

from playhead import EndingKind
from playhead_viewer.actions.table import BY_ID, COMMANDS
from playhead_viewer.app import PlayheadApp
from playhead_viewer.chooser import Place
from playhead_viewer.command import Command
from playhead_viewer.keys import config_path, load_keymap
from playhead_viewer.screens.choices import ChoiceList, ChoiceScreen

from . import keys_choosing  # noqa: F401 - its scenarios
from .keys_moving import back, filtering, paging, stepping
from .keys_showing import layouts, panes, tabs, zoom
from .pressing import (
    SCENARIOS,
    Pressed,
    press,
    stream,
    type_in,
)


@pytest.fixture
def cassette(make, path: Path) -> Path:
    with make() as made:
        exchange = made.begin()
        t = 1.0
        for data, gap in stream():
            t += gap
            exchange.chunk(data, t)
        exchange.end(EndingKind.COMPLETE, t + 0.1)
        made.texts(["other"])
    return path


@pytest.fixture
def app_class() -> type[PlayheadApp]:
    return Pressed


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


def at(place: Place) -> list[Command]:
    return [command for command in COMMANDS if place in command.places]


OPENED_BY = {Place.SESSIONS: "b", Place.LIST: "w", Place.LINE: "slash", Place.HELP: "question_mark"}


@pytest.mark.parametrize("place", OPENED_BY)
@pytest.mark.usefixtures("cassette")
def test_every_key_of_a_list_runs_its_command_and_no_other(view, path, monkeypatch, place):
    async def scenario(seen):
        await seen.press(OPENED_BY[place])
        assert seen.app.place is place
        monkeypatch.setattr(Pressed, "run_command", lambda self, command: self.ran.append(command.id))
        for command in at(place):
            for key in command.keys.split(","):
                typed = [] if key == "question_mark" else [command.id]
                assert await dispatched(seen, key) == typed, key
        assert seen.app.screen.query_one(Input).value.endswith("?") == (place is not Place.HELP)

    view(scenario, paths=[str(path)])


@pytest.mark.usefixtures("cassette", "only_counted")
def test_every_key_of_the_table_runs_its_command_and_no_other(view, path):
    async def scenario(seen):
        for command in at(Place.EVENTS):
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
        for command in at(Place.EVENTS):
            assert await dispatched(seen, others[command.id]) == [command.id]
            for key in command.keys.split(","):
                assert await dispatched(seen, key) == [], key

    view(scenario, paths=[str(path)])


@pytest.mark.usefixtures("cassette")
def test_the_keys_of_a_list_can_be_others_by_the_config_file(view, path, monkeypatch):
    file = path.with_name("keys.toml")
    monkeypatch.setenv("PLAYHEAD_KEYS", str(file))
    file.write_text('[keys]\nleave = "f3"\nsort = "f4"\nhelp = "h,f2"\ntab_back = "left"\n')

    async def scenario(seen):
        seen.app.set_keymap(load_keymap(config_path(), COMMANDS))
        await seen.press("b", "f4")
        await seen.until(lambda: "host▲" in seen.text)
        assert seen.line("Turn").rstrip("│ ").endswith("←/f4 Sort  ^r Turn  f3 Back  f2 Help")
        await seen.press("f2", *"out of the list")
        assert "f3 " in seen.line("Out of the list")
        await seen.press("f3")
        await seen.press("h")
        assert seen.app.screen.query_one(Input).value == "h"
        await seen.press("f3", "f3")
        assert len(seen.app.screen_stack) == 1

    view(scenario, paths=[str(path)])


@pytest.mark.parametrize("size", [(120, 40), (80, 24)])
@pytest.mark.parametrize(
    ("key", "hints"),
    [
        ("b", "⏎ Open  ↓/↑ Row  ←/→ Sort  ^r Turn  esc Back  f1 Help"),
        ("w", "⏎ Show  ↓/↑ Row  pgdn/pgup Page  esc Back  f1 Help"),
        ("Y", "⏎ Copy  ↓/↑ Row  pgdn/pgup Page  esc Back  f1 Help"),
        ("d", "⏎ Close  ↓/↑ Row  pgdn/pgup Page  esc Back  f1 Help"),
        ("ctrl+p", "↓/↑ Row  pgdn/pgup Page  ⏎ Do  esc Back"),
    ],
)
@pytest.mark.usefixtures("cassette")
def test_every_list_says_how_to_leave_and_has_help(view, path, key, hints, size):
    async def scenario(seen):
        await seen.press(key)
        if key == "d":
            await type_in(seen, "#2")
        await seen.until(lambda: hints in seen.text)
        if "Help" in hints:
            await seen.press("question_mark")
            assert seen.app.screen.query_one(Input).value == "?"
            await seen.press("f1")
            assert seen.app.place is Place.HELP
            assert seen.lines.index(seen.line("In lists")) < seen.lines.index(seen.line("Moving"))
            await seen.press("f1", "escape")
            assert seen.app.place is not Place.EVENTS
        (y,) = (y for y, line in enumerate(seen.lines) if "esc Back" in line)
        await seen.pilot.click(offset=(seen.lines[y].index("Back"), y))
        await seen.settle()
        if key == "b":  # out of what was typed, first
            await seen.press("escape")
        await seen.until(lambda: seen.app.place is Place.EVENTS)

    view(scenario, paths=[str(path)], size=size)


@pytest.mark.usefixtures("cassette")
def test_help_is_there_while_a_line_is_typed(view):
    async def scenario(seen):
        for key in (":", "/", "f", "M"):
            await seen.press(key, *"1?")
            footer = next(y for y, line in enumerate(seen.lines) if line.rstrip().endswith("f1 Help"))
            assert "? Help" not in seen.text
            assert "q Quit" not in seen.text
            await seen.pilot.click(offset=(seen.lines[footer].index("Help"), footer))
            await seen.until(lambda: seen.app.place is Place.HELP)
            await seen.press("escape", "f1")
            assert seen.app.place is Place.HELP
            before = seen.cursor
            await seen.press("enter")  # what is for events is not done now
            assert seen.cursor == before
            assert seen.app.place is Place.LINE
            assert seen.app.query_one(Input).value == "1?"
            await seen.press("2")
            assert seen.app.query_one(Input).value == "1?2"
            await seen.press("escape")
            await seen.until(lambda: "q Quit  ? Help" in seen.lines[-1])

    view(scenario)


@pytest.mark.usefixtures("cassette")
def test_every_command_is_found_in_the_palette_and_run_by_enter(view, path, monkeypatch):
    real = Pressed.run_command

    def run(self: Pressed, command: Command) -> None:
        if command.id in ("palette", "choose", "row"):
            real(self, command)
        else:
            self.ran.append(command.id)

    monkeypatch.setattr(Pressed, "run_command", run)

    async def scenario(seen):
        for command in at(Place.EVENTS):
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
            assert seen.app.ran[-2:] == ["choose", command.id]

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


@pytest.mark.parametrize("is_filtered", [False, True], ids=["all", "filtered"])
@pytest.mark.usefixtures("cassette")
def test_the_footer_has_the_count_of_a_search_at_every_width(view, path, is_filtered):
    async def scenario(seen):
        if is_filtered:
            await press(seen, "filter")
            await type_in(seen, "kind=text or kind=json")
        await press(seen, "find")
        await type_in(seen, "content_block_delta")
        count = " 1/18"
        for width in range(40, 201):
            await seen.pilot.resize_terminal(width, 24)
            await seen.until(lambda width=width: len(seen.lines[-1]) == width)
            await seen.until(lambda: count in seen.lines[-1])
            assert "  ▽ 18" in seen.lines[-1] or not is_filtered
        assert f"/content_block_d…{count}" in seen.lines[-1]

    view(scenario, paths=[str(path)])


@pytest.mark.parametrize("opened", ["question_mark", "ctrl+p"])
@pytest.mark.parametrize(
    ("typed", "first"), [("zoom", "zoom"), ("find", "find"), ("stall ba", "stall_back"), ("mark", "mark")]
)
@pytest.mark.usefixtures("cassette")
def test_a_command_is_found_by_its_name_before_others_that_speak_of_it(view, opened, typed, first):
    async def scenario(seen):
        await seen.press(opened, *typed)
        assert seen.app.screen.query_one(ChoiceList).chosen == first
        await seen.press("enter")
        assert seen.app.ran[-2:] == ["choose", first]

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
