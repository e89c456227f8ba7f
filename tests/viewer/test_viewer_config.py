"""Keys by the config file: what it may hold, where it is looked for, what is wrong with one."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from textual.widgets import Input

from playhead.errors import UsageError
from playhead_viewer.actions.table import BY_ID, COMMANDS
from playhead_viewer.chooser import Place
from playhead_viewer.key_names import named
from playhead_viewer.keys import config_path, load_keymap


def test_every_key_is_for_one_command():
    for place in Place:
        keys = [key for each in COMMANDS if place in each.places for key in each.keys.split(",")]
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
        ("[keys]\nrow = 'j,down'", r"row: j is typed where this holds[\s\S]*types nothing"),
        ("[keys]\nhelp = 'h'", r"help has no key where a line is typed in[\s\S]*types nothing"),
        ("[keys]\nsort = 'enter'", "key enter is for both choose and sort"),
        ("[keys]\nwaterfall = 'f1'", "key f1 is for both"),
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
    file.write_text('[keys]\nstep = "%, shift+ctrl+left,ü"\nhelp = "+,f1"\n')
    assert load_keymap(file, COMMANDS) == {"step": "percent_sign,ctrl+shift+left,ü", "help": "plus,f1"}


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
