"""What surrounds a command goes wrong: streams, files, folders. Never a traceback, never silence."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

import playhead
from playhead.samples import sample

SAMPLE = str(sample("cut"))


def shell(command: str, **env: str) -> subprocess.CompletedProcess[str]:
    script = command.replace("playhead", f"{sys.executable} -m playhead", 1)
    return subprocess.run(
        ["bash", "-c", script],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env=os.environ | env,
    )


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize("command", ["ls", "events", "check", "export --to sse"])
def test_a_full_device_is_said(command):
    done = shell(f"playhead {command} {SAMPLE} > /dev/full")
    assert done.returncode == 4
    assert "No space left" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("command", ["ls", "events"])
def test_a_closed_output_is_said(command):
    done = shell(f"playhead {command} {SAMPLE} >&-")
    assert done.returncode == 4
    assert done.stderr.startswith("Error: standard output")
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("command", ["ls -", "events -", "check -", "import - --from sse -o x"])
def test_a_closed_input_is_said(command, tmp_path):
    done = shell(f"cd {tmp_path}; playhead {command} <&-")
    assert done.returncode == 3
    assert "closed" in done.stderr


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_a_poor_encoding_is_no_error(encoding, write):
    path = write([(1.0, "data: \x1b €\n\n".encode())])
    done = shell(f"playhead events {path}", PYTHONIOENCODING=encoding)
    assert done.returncode == 0, done.stderr
    assert "\\u20ac" in done.stdout


def test_deep_nesting_is_damage(run, write):
    path = write([(1.0, b"data: a\n\n")])
    line = b'{"type":"chunk","exchange":1,"text":"x","deep":' + b"[" * 100_000 + b"]" * 100_000 + b"}\n"
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([*lines[:5], line, *lines[5:]]))
    for command in (("ls",), ("events",), ("check",), ("export", "--to", "sse")):
        done = run(*command, path)
        assert done.returncode == 3, command
        assert b"too deeply" in done.stderr + done.stdout
        assert b"Traceback" not in done.stderr


def test_a_live_recording_is_no_damage(run, tmp_path):
    with playhead.open_writer(tmp_path / "x.cassette.jsonl") as writer:
        writer.exchange().chunk(b"data: a\n\n", 0.1)
        checked, listed = run("check", tmp_path), run("ls", tmp_path)
        assert (checked.returncode, b"still being recorded" in checked.stdout) == (0, True)
        assert b"recording" in listed.stdout
        assert b"truncated" not in listed.stdout
        assert run("recover", tmp_path).returncode == 0
        assert writer.partial.exists()


@pytest.mark.parametrize("command", ["ls", "events", "check"])
def test_one_bad_file_does_not_end_a_folder(run, write, tmp_path, command):
    write([(1.0, b"data: first\n\n")], name="a")
    (tmp_path / "b.cassette.jsonl").write_bytes(b"no cassette\n")
    write([(1.0, b"data: last\n\n")], name="c")
    done = run(command, tmp_path)
    assert done.returncode == 3
    assert b"b.cassette.jsonl" in done.stderr + done.stdout
    assert b"c.cassette.jsonl" in done.stdout


@pytest.mark.parametrize("command", ["ls", "check"])
def test_what_is_named_like_a_cassette_and_is_no_file_is_passed_over_in_a_folder(
    run, write, tmp_path, command
):
    write([(1.0, b"data: first\n\n")], name="a")
    os.mkfifo(tmp_path / "b.cassette.jsonl")
    (tmp_path / "c.cassette.jsonl").mkdir()
    done = run(command, tmp_path)
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.count(b".cassette.jsonl") == 1
    (tmp_path / "d.cassette.jsonl").symlink_to("nowhere")
    assert b"d.cassette.jsonl" in run(command, tmp_path).stderr


def test_recovering_a_folder_takes_what_needs_it_and_can_be_done_again(run, write, tmp_path):
    whole = write([(1.0, b"data: a\n\n")], name="whole").read_bytes()
    (tmp_path / "died.cassette.jsonl.partial").write_bytes(whole[:-20])
    for _ in range(2):
        assert run("recover", tmp_path).returncode in (0, 1)
        assert sorted(path.name for path in tmp_path.iterdir()) == [
            "died.cassette.jsonl",
            "whole.cassette.jsonl",
        ]
    assert run("check", tmp_path).returncode == 0


def test_blank_lines_first_are_read_alike(run, write, tmp_path):
    path = write([(1.0, b"data: a\n\n")])
    path.write_bytes(b"\n\r\n" + path.read_bytes())
    for command in (("ls",), ("events",), ("check",), ("export", "--to", "sse")):
        assert run(*command, path).returncode == 0, command
    assert run("recover", path).returncode == 0
    header = (tmp_path / "made.recovered.cassette.jsonl").read_bytes().splitlines()[0]
    assert header == path.read_bytes().splitlines()[2]


def test_devices_and_links_are_not_replaced(run, tmp_path):
    target, link, pipe = tmp_path / "target.sse", tmp_path / "link.sse", tmp_path / "pipe"
    target.write_bytes(b"old")
    link.symlink_to(target)
    assert run("export", SAMPLE, "--to", "sse", "-o", link, "--force").returncode == 0
    assert link.is_symlink()
    assert target.read_bytes() == playhead.load(SAMPLE)[1].body
    os.mkfifo(pipe)
    reader = subprocess.Popen(["cat", pipe], stdout=subprocess.PIPE)
    assert run("export", SAMPLE, "--to", "sse", "-o", pipe).returncode == 0
    assert reader.communicate(timeout=30)[0] == playhead.load(SAMPLE)[1].body
    assert pipe.is_fifo()


def test_a_url_that_is_none_is_shown(run, write):
    path = write([(1.0, b"data: a\n\n")], url="http://[::1")
    assert b"POST http://[::1" in run("ls", path).stdout


def test_an_argument_with_controls_is_quoted_safely(run):
    done = run("samples", "a", "\x1b[31mred")
    assert done.returncode == 2
    assert b"\x1b" not in done.stderr


def test_an_interrupted_demo_leaves_no_process(tmp_path):
    pytest.importorskip("mitmproxy")
    demo = subprocess.Popen(
        [sys.executable, "-m", "playhead", "demo", "--no-view"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"TMPDIR": str(tmp_path)},
        start_new_session=True,
    )
    for line in demo.stderr:
        if "Starting mitmproxy" in line:
            demo.send_signal(signal.SIGTERM)
            break
    demo.stderr.read()  # ends when no child holds it open any more
    assert demo.wait(30) == 128 + signal.SIGTERM
    demo.stderr.close()
    with pytest.raises(ProcessLookupError):
        os.killpg(demo.pid, 0)


@pytest.mark.skipif(sys.platform == "win32", reason="there are no named pipes in the file system")
@pytest.mark.parametrize("command", ["lint", "ls", "check", "show", "stats"])
def test_a_named_pipe_is_read_once(tmp_path: Path, command: str) -> None:
    """What `playhead lint <(zstdcat x.zst)` gives: a path that can be opened only one time."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(
        target=lambda: pipe.write_bytes(playhead.sample("cut").read_bytes()), daemon=True
    )
    writer.start()
    done = subprocess.run(
        [sys.executable, "-m", "playhead", command, str(pipe)], capture_output=True, timeout=30, check=False
    )
    assert done.returncode in (0, 1), done.stderr
    assert done.stdout
