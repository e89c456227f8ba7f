"""What is typed below: nothing takes the keyboard from it, Esc always closes it, Tab completes a path."""

from __future__ import annotations

import pytest
from textual.widgets import Input

from playhead_viewer.actions.table import COMMANDS
from playhead_viewer.core.filter.fields import KINDS
from playhead_viewer.source.comparing import completed
from playhead_viewer.widgets.prompt import Prompt


@pytest.fixture(autouse=True)
def three(make):
    with make() as made:
        made.texts(["one", "two", "three"])


def is_typing(seen) -> bool:
    focused = seen.app.focused
    return isinstance(focused, Input)


def test_keys_behind_the_one_that_quits_do_nothing(view):
    async def scenario(seen):
        # Without waiting in between, as keys come that were typed ahead.
        for key in ("q", "slash", "f", "d", "M", "colon", "question_mark", "w", "Y"):
            seen.app.simulate_key(key)
        await seen.ended()
        for command in COMMANDS:
            seen.app.run_command(command)

    app = view(scenario)
    assert app.return_code == 0
    assert app.failure is None


@pytest.mark.parametrize("key", ["slash", "f", "colon", "M", "d"])
def test_no_key_and_no_click_takes_the_keyboard_from_a_prompt(view, key):
    async def scenario(seen):
        await seen.press(key)
        await seen.until(lambda: is_typing(seen))
        for other in ("tab", "shift+tab"):
            await seen.press(other)
            await seen.until(lambda: is_typing(seen))
        for pane in ("#events", "#state", "#tab-pane"):
            await seen.pilot.click(pane, offset=(3, 1))
            await seen.until(lambda: is_typing(seen))
        await seen.press("escape")
        await seen.until(lambda: not seen.app.query(Prompt) and not seen.app.is_prompted)
        before = seen.cursor
        await seen.press("k" if before > 1 else "j")
        await seen.until(lambda: seen.cursor != before)

    view(scenario)


def test_tab_completes_a_path(tmp_path, view):
    for name in ("alpha-1.cassette.jsonl", "alpha-2.cassette.jsonl", "alp\x1b[31m", ".alpha"):
        (tmp_path / name).touch()
    (tmp_path / "beta").mkdir()
    (tmp_path / "beta" / "only.cassette.jsonl").touch()

    async def scenario(seen):
        await seen.press("d")
        await seen.until(lambda: is_typing(seen))
        typed = seen.app.query_one(Input)
        typed.value = f"{tmp_path}/alp"
        await seen.press("tab")
        await seen.until(lambda: typed.value == f"{tmp_path}/alpha-")
        await seen.until(lambda: "alpha-1.cassette.jsonl  alpha-2.cassette.jsonl" in seen.text)
        await seen.press("2", "tab")
        await seen.until(lambda: typed.value == f"{tmp_path}/alpha-2.cassette.jsonl")
        typed.value = f"{tmp_path}/b"
        await seen.press("tab", "tab")
        await seen.until(lambda: typed.value == f"{tmp_path}/beta/only.cassette.jsonl")

    view(scenario)


def test_what_does_not_exist_is_completed_to_nothing(tmp_path):
    assert completed(f"{tmp_path}/none/x") == (f"{tmp_path}/none/x", ())
    assert completed("#2") == ("#2", ())
    assert completed("~nobody-has-this-name/x") == ("~nobody-has-this-name/x", ())


def test_the_home_folder_may_be_written_short(path, tmp_path, view, monkeypatch):
    home = tmp_path / "home"
    home.mkdir()
    (home / "other.cassette.jsonl").write_bytes(path.read_bytes())
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("USERPROFILE", str(home))
    assert completed("~/o") == ("~/other.cassette.jsonl", ("other.cassette.jsonl",))

    async def scenario(seen):
        await seen.press("d")
        await seen.until(lambda: is_typing(seen))
        seen.app.query_one(Input).value = "~/other.cassette.jsonl"
        await seen.press("enter")
        await seen.until(lambda: "no differences" in seen.text)

    view(scenario)


@pytest.mark.parametrize("size", [(120, 40), (80, 24), (60, 20), (40, 10)], ids=lambda size: f"{size[0]}")
def test_what_is_wrong_is_said_whole_at_its_place(view, size):
    async def scenario(seen):
        await seen.press("f")
        await seen.until(lambda: is_typing(seen))
        seen.app.query_one(Input).value = "kind=foo"
        await seen.until(lambda: "no such value" in seen.text)
        told = " ".join(seen.text.split())
        assert all(f" {kind}" in told for kind in KINDS)
        assert told.index("no such value: one of text thinking json") < told.index("kind=foo")
        assert seen.lines[-1].startswith("kind=foo")
        assert seen.lines[-2].startswith("     ^^^")
        seen.app.query_one(Input).value = "kind=text"
        await seen.until(lambda: "no such value" not in seen.text)

    view(scenario, size=size)


@pytest.mark.parametrize("size", [(80, 24), (60, 20)], ids=["80", "60"])
def test_a_hint_is_said_whole(view, size):
    async def scenario(seen):
        await seen.press("f")
        await seen.until(lambda: is_typing(seen))
        await seen.until(lambda: "Filter: kind=text and gap>500ms" in seen.text)
        assert "not ( ) or" in " ".join(seen.text.split())

    view(scenario, size=size)
