"""The public API: what `playhead` promises, how it is loaded, where it can be imported."""

from __future__ import annotations

import ast
import importlib
import importlib.metadata
import importlib.util
import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest

import playhead

SOURCE = Path(playhead.__file__).read_text(encoding="utf-8")


def test_every_promised_name_is_there():
    for name in playhead.__all__:
        assert getattr(playhead, name) is not None
    assert set(dir(playhead)) == set(playhead.__all__)
    assert sorted(playhead.__all__) == playhead.__all__


def test_what_type_checkers_see_is_what_is_loaded():
    block = next(node for node in ast.parse(SOURCE).body if isinstance(node, ast.If))
    seen = {
        (node.module, alias.name)
        for node in block.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert {name for _, name in seen} | {"__version__"} == set(playhead.__all__)
    for module, name in seen:
        assert getattr(importlib.import_module(module), name) is getattr(playhead, name)


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="nosuch"):
        playhead.nosuch  # noqa: B018


def test_the_versions_agree():
    assert importlib.metadata.version("playhead") == playhead.__version__


def test_every_module_says_what_it_is():
    for info in pkgutil.walk_packages(playhead.__path__, "playhead."):
        if info.name in ("playhead.__main__", "playhead.httpx", "playhead.httpx2"):
            continue
        module = importlib.import_module(info.name)
        assert module.__doc__, f"{info.name} has no opening"


def test_core_imports_without_what_only_posix_has():
    code = """
import importlib, pkgutil, sys
for name in ("fcntl", "pwd", "grp", "termios", "tty", "pty", "resource", "syslog", "readline"):
    sys.modules[name] = None
import playhead
for info in pkgutil.walk_packages(playhead.__path__, "playhead."):
    if info.name != "playhead.__main__":
        importlib.import_module(info.name)
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr


def test_the_example_uses_every_name_and_runs(tmp_path):
    path = Path(__file__).with_name("example_api.py")
    spec = importlib.util.spec_from_file_location("example_api", path)
    example = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(example)
    example.main(tmp_path)
    used = {
        node.attr
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == "playhead"
    }
    assert used == set(playhead.__all__)
