"""Names that were taken from `time`: which modules' are replaced, by where their files are."""

from __future__ import annotations

import sys
import time
from time import sleep as sleep_taken_at_import
from types import ModuleType
from typing import Any

import pytest

from playhead.virtual import virtual_time

SLEEP = time.sleep


def test_names_of_other_folders_are_left_alone(tmp_path: Any) -> None:
    with virtual_time(roots=[tmp_path]) as clock:
        sleep_taken_at_import(0)
        assert sleep_taken_at_import is SLEEP
        assert clock.elapsed == 0


def test_a_module_that_was_loaded_anew_is_found(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    name = "loaded_anew_for_virtual_time"
    for _ in range(2):
        module = ModuleType(name)
        module.__file__ = str(tmp_path / "loaded.py")
        module.__dict__["sleep"] = time.sleep
        monkeypatch.setitem(sys.modules, name, module)
        with virtual_time(roots=[tmp_path]) as clock:
            module.sleep(3)
            assert clock.elapsed == 3.0
        assert module.sleep is time.sleep


def _module(monkeypatch: pytest.MonkeyPatch, path: Any) -> Any:
    """A module that has taken `sleep` at import."""
    module = ModuleType(f"module_of_{path.parent.name}_{path.stem}")
    module.__file__ = str(path)
    module.__dict__["sleep"] = time.sleep
    monkeypatch.setitem(sys.modules, module.__name__, module)
    return module


def test_a_folder_whose_name_begins_alike_is_another(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    own, other = tmp_path / "proj", tmp_path / "proj2"
    mine, theirs = (_module(monkeypatch, folder / "a.py") for folder in (own, other))
    with virtual_time(roots=[own]):
        assert mine.sleep is not SLEEP
        assert theirs.sleep is SLEEP


@pytest.mark.parametrize("root", ["real", "link"])
@pytest.mark.parametrize("name", ["real", "link"])
def test_a_folder_is_the_same_through_a_link(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch, root: str, name: str
) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    module = _module(monkeypatch, tmp_path / name / "a.py")
    with virtual_time(roots=[tmp_path / root]) as clock:
        module.sleep(3)
        assert clock.elapsed == 3.0


def test_a_file_that_is_a_link_is_where_the_link_is(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "here").mkdir()
    (tmp_path / "elsewhere.py").touch()
    (tmp_path / "here" / "a.py").symlink_to(tmp_path / "elsewhere.py")
    module = _module(monkeypatch, tmp_path / "here" / "a.py")
    with virtual_time(roots=[tmp_path / "here"]):
        assert module.sleep is not SLEEP
