"""The addon's script in a mitmproxy that lives in another environment, as pipx and uv make them."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

NOT_THERE = ("playhead", "_editable", "msgspec", "__pycache__")


@pytest.fixture
def mitmproxy_alone(tmp_path):
    """A Python with mitmproxy and what it needs, and nothing of Playhead, where pipx would put it."""
    pytest.importorskip("mitmproxy")
    folder = tmp_path / "pipx" / "venvs" / "mitmproxy"
    venv.create(folder, with_pip=False, symlinks=True)
    [site] = folder.glob("lib/python*/site-packages")
    for entry in Path(sysconfig.get_paths()["purelib"]).iterdir():
        if not entry.name.startswith(NOT_THERE) and entry.suffix != ".pth":
            (site / entry.name).symlink_to(entry)
    return folder / "bin" / "python"


def mitmdump(python: Path, script: str, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    start = "from mitmproxy.tools.main import mitmdump; mitmdump()"
    return subprocess.run(
        [python, "-c", start, "--listen-host", "127.0.0.1", "-p", "0", "-s", script],
        env=env,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_the_shim_names_the_command_that_fixes_it(mitmproxy_alone, addon_path, proxy_env):
    done = mitmdump(mitmproxy_alone, addon_path, proxy_env)
    assert done.returncode == 1
    assert "No module named 'playhead_recorder'" in done.stdout
    assert str(mitmproxy_alone) in done.stdout
    assert "pipx inject mitmproxy playhead" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr


@pytest.fixture
def advice(addon_path):
    spec = importlib.util.spec_from_file_location("advice", Path(addon_path).with_name("advice.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_stand_alone_binary_is_told_so(advice, monkeypatch):
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    assert "stand-alone binary" in advice.how_to_fix(ImportError("no"))


@pytest.mark.parametrize(
    ("prefix", "has_pip", "fix"),
    [
        ("/home/me/.local/share/pipx/venvs/mitmproxy", True, "pipx inject mitmproxy playhead"),
        ("/home/me/.local/share/uv/tools/mitmproxy", False, "uv tool install mitmproxy --with playhead"),
        ("/opt/some where", True, "'/opt/some where/bin/python' -m pip install playhead"),
        ("/opt/other", False, "uv pip install --python /opt/other/bin/python playhead"),
    ],
)
def test_every_way_of_installing_has_its_command(advice, monkeypatch, prefix, has_pip, fix):
    monkeypatch.setattr(sys, "prefix", prefix)
    monkeypatch.setattr(sys, "executable", f"{prefix}/bin/python")
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: object() if has_pip else None)
    said = advice.how_to_fix(ImportError("no"))
    assert f"Install Playhead there: {fix}\n" in said
