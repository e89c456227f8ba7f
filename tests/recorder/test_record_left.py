"""What a run leaves unfinished: which, why and what to do is said, and the exit code tells."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import playhead
from playhead.capture.finishing.finisher import Done
from playhead_recorder.output.left import Left

from .conftest import EVENT

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="recorders run on Linux and macOS")


def test_a_cassette_that_cannot_get_its_name_is_said_and_the_code_is_4(begun, tmp_path, until):
    """A file stands where the day's folder would be made."""
    proxy, client, served = begun("--dated", "--log", "json")
    partial = until(lambda: next((tmp_path / "out" / "unfinished").glob("*.partial"), None))
    day = partial.name[:8]
    (tmp_path / "out" / f"{day[:4]}-{day[4:6]}-{day[6:]}").write_text("in the way")
    served.send(b"0\r\n\r\n")
    assert client.read_chunk() == b""
    proxy.wait_for("is not finished")
    assert proxy.stop(signal.SIGINT) == 4
    said = json.loads(proxy.lines[-1])
    name = partial.name.removesuffix(".partial")
    assert (said["event"], said["level"], said["cassettes"]) == ("unfinished", "error", [name])
    assert said["message"].startswith(f"Not finished: 1 cassette: {name} (")
    assert f"`playhead recover {tmp_path / 'out'}`" in said["message"]
    assert partial.exists()

    (tmp_path / "out" / f"{day[:4]}-{day[4:6]}-{day[6:]}").unlink()
    command = [sys.executable, "-m", "playhead", "recover", str(tmp_path / "out")]
    assert subprocess.run(command, capture_output=True).returncode == 0
    assert playhead.load(tmp_path / "out" / name)[1].body == EVENT


def test_a_run_that_leaves_nothing_exits_with_0(begun):
    proxy, client, served = begun()
    served.send(b"0\r\n\r\n")
    assert client.read_chunk() == b""
    proxy.wait_for("wrote ")
    assert proxy.stop(signal.SIGINT) == 0
    assert "Not finished" not in "".join(proxy.lines)


def test_one_file_that_cannot_get_its_name(start_proxy, origin, tmp_path):
    target = tmp_path / "run.cassette.jsonl"
    proxy = start_proxy("record", origin.url, target)
    client = proxy.get("/")
    served = origin.accept()
    served.send_head(b"content-length: 2\r\n")
    served.send(b"{}")
    client.read_until(b"{}")
    target.mkdir()
    assert proxy.stop() == 4
    assert f"`playhead recover {target}.partial`" in proxy.lines[-1]
    assert (tmp_path / "run.cassette.jsonl.partial").exists()


def test_what_is_finished_after_all_is_left_no_more():
    left = Left()
    assert not left
    assert left.line(Path("out")) is None
    for number in range(7):
        left.unfinished(Path(f"out/{number}.cassette.jsonl"), "No space left on device.")
    line = left.line(Path("out"))
    assert line is not None
    assert line.startswith("Not finished: 7 cassettes: 0.cassette.jsonl (No space left on device); ")
    assert "; 2 more. Mend that" in line
    for number in range(7):
        left.done(Path(f"out/{number}.cassette.jsonl"))
    assert not left


def test_very_many_are_counted_and_few_are_kept():
    left = Left()
    for number in range(3000):
        left.unfinished(Path(f"{number}.cassette.jsonl"), "why")
    assert len(left.names) == 1000
    assert "3,000 cassettes" in (left.line(Path("out")) or "")


def test_an_end_that_was_not_waited_for_is_left(tmp_path):
    left = Left()
    left.late("not every cassette was finished within 30 s")
    line = left.line(tmp_path / "a folder")
    assert bool(left)
    assert line is not None
    assert line.startswith("Not waited for: not every cassette was finished within 30 s. Mend that; then")
    assert f"`playhead recover '{tmp_path}/a folder'`" in line


def test_a_recovered_one_that_fails_is_no_matter_of_this_run():
    from playhead_recorder.output.told import Told

    told = Told(line=lambda *_, **__: None)
    told.done(Done(target=Path("old.cassette.jsonl"), failure="no line of it is a record", recovered=True))
    assert not told.left
    told.done(Done(target=Path("own.cassette.jsonl"), failure="a disk that is full"))
    assert told.left.names == ("own.cassette.jsonl",)
    told.done(Done(target=Path("own.cassette.jsonl"), recovered=True, exchanges=1, size=1))
    assert not told.left
