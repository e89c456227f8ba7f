"""Folders in the temporary folder that a killed recorder leaves: gone with the next, named by the doctor."""

from __future__ import annotations

import os
import signal
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest

from playhead.doctor import Level, Surroundings
from playhead_recorder import private
from playhead_recorder.doctor.scratch import scratch

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="recorders run on Linux and macOS")
BUNDLE = "servers.pem"


@contextmanager
def locked(path):
    import fcntl

    found = os.open(path, os.O_RDONLY)
    fcntl.flock(found, fcntl.LOCK_EX)
    try:
        yield
    finally:
        os.close(found)


def make(folder, name, *, old=False):
    path = folder / name
    path.mkdir(mode=0o700)
    (path / BUNDLE).write_text("")
    if old:
        os.utime(path, (0, 0))
    return path


def examined(tmp_path):
    return scratch(
        Surroundings(
            environ={"TMPDIR": str(tmp_path)}, folder=tmp_path, host="127.0.0.1", port=0, confdir=tmp_path
        )
    )


def test_only_what_nobody_holds_goes(tmp_path):
    dead, live = make(tmp_path, "playhead-run-dead"), make(tmp_path, "playhead-run-live")
    young, old = make(tmp_path, "playhead-new-young"), make(tmp_path, "playhead-new-old", old=True)
    held, other = make(tmp_path, "playhead-new-held", old=True), make(tmp_path, "another", old=True)
    (tmp_path / "playhead-run-file").write_text("")
    (tmp_path / "playhead-run-link").symlink_to(other)
    with locked(live), locked(held):
        assert private.leftovers(tmp_path) == (old, dead)
        private.remove_leftovers(tmp_path)
    assert not dead.exists()
    assert not old.exists()
    assert all((path / BUNDLE).exists() for path in (live, young, held, other))
    assert (tmp_path / "playhead-run-link").is_symlink()


def test_one_that_was_taken_for_a_leftover_is_made_again(tmp_path, monkeypatch):
    """A process that stands still between making its folder and locking it."""
    monkeypatch.setattr(private.tempfile, "tempdir", str(tmp_path))
    take, removed = private.lock.take, []

    def late(fd):
        if not removed:
            removed.extend(tmp_path.glob("playhead-new-*"))
            removed[0].rmdir()
        return take(fd)

    monkeypatch.setattr(private.lock, "take", late)
    with private.folder() as own:
        assert own.name.startswith("playhead-run-")
        assert own.name.removeprefix("playhead-run-") not in removed[0].name
        assert list(tmp_path.iterdir()) == [own]
    assert list(tmp_path.iterdir()) == []


def test_where_nothing_can_be_locked_nothing_is_taken_for_dead(tmp_path, monkeypatch):
    monkeypatch.setattr(private.tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(private.lock, "take", lambda _: False)
    monkeypatch.setattr(private.lock, "is_held", lambda _: True)
    with private.folder() as own:
        os.utime(own, (0, 0))
        assert private.leftovers(tmp_path) == ()
        private.remove_leftovers(tmp_path)
        assert own.exists()


def test_the_doctor_names_them_and_lets_them_be(tmp_path):
    assert examined(tmp_path).level is Level.OK
    dead = [make(tmp_path, f"playhead-run-{number}") for number in range(4)]
    found = examined(tmp_path)
    assert found.level is Level.NOTE
    assert found.what.startswith("4 folders of killed recorders")
    assert all(str(path) in found.what for path in dead[:3])
    assert all(path.exists() for path in dead)


def test_a_killed_recorder_before_a_server_leaves_one_that_goes_at_the_next_start(
    proxy_env, start_in_module, origin, tmp_path, until
):
    certificate = tmp_path / "home.pem"
    certificate.write_bytes(_certificate(proxy_env))
    scratch_folder = tmp_path / "scratch"
    scratch_folder.mkdir()
    env = {**proxy_env, "TMPDIR": str(scratch_folder)}
    killed = start_in_module(env, "record", origin.url, tmp_path / "out", "--upstream-ca", str(certificate))
    (left,) = scratch_folder.glob("playhead-run-*")
    assert (left / BUNDLE).exists()
    assert private.leftovers(scratch_folder) == ()
    killed.stop(signal.SIGKILL)
    # A child that it was about to start has its files open until that is another program.
    until(lambda: private.leftovers(scratch_folder) == (left,))
    again = start_in_module(env, "record", origin.url, tmp_path / "out")
    assert not left.exists()
    assert again.stop() == 0
    assert list(scratch_folder.iterdir()) == []


def _certificate(env):
    pytest.importorskip("mitmproxy")
    return (Path(env["HOME"]) / ".mitmproxy" / "mitmproxy-ca-cert.pem").read_bytes()
