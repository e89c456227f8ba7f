"""The real command in a real terminal: tmux draws, keys are sent, the pane is read."""

from __future__ import annotations

import contextlib
import http.client
import http.server
import json
import os
import re
import shlex
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from playhead import EndingKind, Request, Response, load, open_writer

from .tmux import DEADLINE, LEFT, playhead


@pytest.mark.parametrize("size", [(120, 40), (80, 24)], ids=["wide", "narrow"])
def test_stepping_through_a_cassette(make, path, terminal, size):
    with make() as made:
        made.texts([f" word{number}" for number in range(1, 101)])
        made.texts(["other"])
    tmux = terminal(size)
    tmux.run(playhead("view", path))
    tmux.wait("▸    1    0.500", '" word1"', "1/2 ▏POST /v1/messages", "200 ▏✓ complete")
    tmux.keys("j", "Down")
    tmux.wait("▸    3    0.520     +10", '" word3"', "word1 word2 word3", "#3")
    tmux.keys("G")
    tmux.wait("▸  100    1.490     +10", '" word100"', "#100")
    tmux.keys("k", "Tab")
    tmux.wait("▸   99")
    tmux.keys(*(["l"] if size[0] < 100 else []))
    tmux.wait("┄┄ chunk 99 · ", 'word99"}')
    tmux.keys("}")
    tmux.wait("2/2", '"other"')
    tmux.keys("q")
    screen = tmux.wait(f"{LEFT} 0")
    assert "▸" not in screen


def test_a_cassette_from_a_pipe_takes_keys_from_the_terminal(make, path, terminal):
    with make() as made:
        made.texts(["one", "two"])
    tmux = terminal((80, 24))
    tmux.run(f"cat {shlex.quote(str(path))} | {playhead('view', '-')}")
    tmux.wait("<stdin>", "▸    1    0.500", '"one"')
    tmux.keys("j")
    tmux.wait("▸    2")
    tmux.keys("C-c")
    tmux.drawn("Press ^c again to quit.")
    # Two at once: on a busy machine the first press may be forgotten by now.
    tmux.keys("C-c", "C-c")
    tmux.wait(f"{LEFT} 0")


def test_damage_found_inside_is_explained_and_the_rest_shown(make, path, terminal):
    with make() as made:
        made.texts(["one", "two"])
    lines = path.read_bytes().splitlines(keepends=True)
    lines[5] = json.dumps({"type": "chunk", "exchange": 1, "t": 1.6, "base64": "?"}).encode() + b"\n"
    path.write_bytes(b"".join(lines))
    tmux = terminal((120, 40))
    tmux.run(playhead("view", path))
    screen = tmux.wait("▸    1", '"one"', "Damaged: line 6 (byte")
    assert "Traceback" not in screen
    tmux.keys("q")
    tmux.wait(f"{LEFT} 0")


def test_a_file_that_is_cut_under_the_viewer_does_not_kill_it(make, path, terminal):
    with make() as made:
        made.texts([f"word{number}" for number in range(20_000)])
    tmux = terminal((100, 30))
    tmux.run(playhead("view", path))
    tmux.wait("▸      1")
    os.truncate(path, 200)
    tmux.keys("G", "g")
    tmux.wait("The file was cut while")
    tmux.keys("q")
    tmux.wait(f"{LEFT} 0")


def test_a_recording_is_followed_as_it_grows(path, terminal):
    sse = (("content-type", "text/event-stream"),)
    tmux = terminal((100, 30))
    with open_writer(path, clock="monotonic") as writer:
        exchange = writer.exchange()
        exchange.request(Request(method="POST", url="https://h/v1/messages", t=0.0))
        exchange.response(Response(status=200, headers=sse, t=0.1))
        exchange.chunk(b"data: first\n\n", 0.2)
        partial = next(path.parent.glob("*.partial"))
        tmux.run(playhead("view", "--follow", partial))
        tmux.wait("▸    1", "first", "recording")
        for number in range(2, 40):
            exchange.chunk(b"data: event%d\n\n" % number, number / 10)
        tmux.wait("▸   39", "event39")
        exchange.end(EndingKind.COMPLETE, 5.0)
    tmux.wait("✓ complete")
    tmux.keys("q")
    tmux.wait(f"{LEFT} 0")


def test_a_hostile_recording_does_nothing_to_the_terminal(make, path, terminal):
    attack = "\x1b]52;c;aGFja2Vk\x07\x1b]0;hacked\x07\x1b[2J\x1b[?1049l\x9b31m"
    with make() as made:
        exchange = made.writer.exchange()
        exchange.request(Request(method="POST", url=f"https://h/{attack}", t=1.0))
        exchange.chunk(f"data: {attack}\n\n".encode(), 1.5)
        exchange.chunk(b"data: " + json.dumps({"delta": attack}).encode() + b"\n\n", 1.6)
        exchange.end(EndingKind.SERVER_CLOSED, 2.0, detail=attack)
    tmux = terminal((120, 40))
    before = tmux.modes()
    tmux.run(playhead("view", path))
    tmux.wait("▸    1", "␛]52;c;aGFja2Vk␇")
    tmux.keys("j")
    tmux.wait("▸    2", "#2")
    tmux.keys("l", "l", "l", "l")
    for key, shown in (("w", "░ waiting"), ("?", "─ Help ─"), ("Y", "curl")):
        tmux.keys(key)
        tmux.wait(shown)
        tmux.keys("Escape")
        tmux.wait("q Quit")
    tmux.keys("q")
    tmux.wait(f"{LEFT} 0")
    written = tmux.all_written()
    assert b"aGFja2Vk" in written
    assert b"\x1b]52" not in written
    assert b"\x1b]0;" not in written
    assert "\x9b".encode() not in written
    assert written.count(b"\x1b[?1049l") == 1
    assert written.count(b"\x1b[?1049h") == 1
    assert tmux.modes() == before


_CRASH = """
import sys
from playhead.cli.main import main
from playhead_viewer import given_back
from playhead_viewer.panes import raw
given_back._PATIENCE = 60.0  # however slow the machine is, it leaves by itself
def fail(moment, width):
    if moment.number == 2:
        raise RuntimeError("a bug \\x1b]0;hacked\\x07")
    return raw_document(moment, width)
raw_document, raw.document = raw.document, fail
sys.argv = ["playhead", "view", sys.argv[1]]
main()
"""


@pytest.mark.parametrize(("how", "code"), [("TERM", 143), ("HUP", 129), ("crash", 4)])
def test_the_terminal_is_as_it_was_whatever_ends_the_viewer(make, path, terminal, tmp_path, how, code):
    with make() as made:
        made.texts(["one", "two"])
    tmux = terminal((120, 40))
    before = tmux.modes()
    program = tmp_path / "program.py"
    program.write_text(_CRASH if how == "crash" else _CRASH.replace("== 2", "< 0"))
    command = shlex.join([sys.executable, str(program), str(path)])
    tmux.run(f"TMPDIR={shlex.quote(str(tmp_path))} sh -c 'echo $$ > {tmp_path}/pid; exec {command}'")
    tmux.wait("▸    1", '"one"')
    assert "alternate_on=1" in tmux.modes()
    if how == "crash":
        tmux.keys("j")
    else:
        os.kill(int((tmp_path / "pid").read_text()), getattr(signal, f"SIG{how}"))
    screen = tmux.wait(f"{LEFT} {code}")
    assert tmux.modes() == before
    assert "Traceback" not in screen
    if how == "crash":
        assert "Error: the viewer met an error of its own: RuntimeError" in screen
        (report,) = tmp_path.glob("playhead-*.txt")
        assert "a bug" in report.read_text()


@pytest.mark.parametrize(
    "environment",
    [
        "TERM=linux SSH_TTY=/dev/pts/0 SSH_CONNECTION='10.0.0.1 5 10.0.0.2 22' COLORTERM=",
        "TERM=screen NO_COLOR=1 LC_ALL=C LANG=C PYTHONUTF8=0 PYTHONCOERCECLOCALE=0",
        "TERM=xterm-16color PYTHONIOENCODING=latin-1",
    ],
)
def test_in_any_environment_it_starts_steps_and_leaves(make, path, terminal, environment):
    with make() as made:
        made.texts(["one", "zwei ü 日本"])
    tmux = terminal((100, 30))
    tmux.run(f"env {environment} {playhead('view', path)}")
    tmux.wait("▸    1", '"one"', "│", "? Help")
    tmux.keys("j")
    tmux.wait("▸    2", "zwei ü 日本")
    assert rb"\u25b8" not in tmux.written.read_bytes()
    tmux.keys("q")
    tmux.wait(f"{LEFT} 0")


def test_a_terminal_without_a_screen_is_left_alone(make, path, terminal):
    with make() as made:
        made.texts(["one"])
    tmux = terminal((100, 30))
    tmux.run(f"TERM=dumb {playhead('view', path)}")
    tmux.wait("TERM says it has none", "playhead view --plain", f"{LEFT} 4")
    assert b"\x1b[?1049h" not in tmux.all_written()


@pytest.fixture
def origin() -> Iterator[tuple[str, threading.Event]]:
    """A server that streams three events, and goes on when it is told to."""
    go_on = threading.Event()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("content-type", "text/event-stream")
            self.end_headers()
            for number in range(1, 4):
                self.wfile.write(b"data: live%d\n\n" % number)
                self.wfile.flush()
            go_on.wait(DEADLINE)
            with contextlib.suppress(OSError):
                self.wfile.write(b"data: live4\n\n")

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", go_on
    go_on.set()
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize("name", ["", "live.cassette.jsonl"], ids=["folder", "file"])
def test_what_is_recorded_is_seen_beside_the_recorder(origin, tmp_path, terminal, name):
    pytest.importorskip("mitmproxy")
    url, go_on = origin
    tmux = terminal((100, 30))
    folder = tmp_path / "recordings"
    output = folder / name
    tmux.run(playhead("record", "--view", "--upstream", url, "--listen", "127.0.0.1:0", "-o", output))
    tmux.wait("Waiting for the first request; the viewer opens with it. Ctrl-C ends.")
    tmux.wait("Give your client, in another terminal, the address above as its base URL.")
    screen = "".join(tmux.wait("listening on http://127.0.0.1:", "recording the traffic").split())
    port = int(re.search(r"listeningonhttp://127\.0\.0\.1:(\d+)", screen)[1])
    client = http.client.HTTPConnection("127.0.0.1", port, timeout=DEADLINE)
    client.request("GET", "/stream")
    answer = client.getresponse()
    tmux.wait("▸    3", "live3", "recording")
    go_on.set()
    assert answer.read().endswith(b"data: live4\n\n")
    client.close()
    tmux.wait("▸    4", "live4", "✓ complete")
    tmux.keys("q")
    tmux.wait("Recorded 1 stream", f"{LEFT} 0")
    (cassette,) = folder.glob("*.cassette.jsonl")
    assert load(cassette)[1].ending.kind is EndingKind.COMPLETE


def test_recorder_and_viewer_end_with_whoever_started_them_however_that_ends(origin, tmp_path, terminal):
    pytest.importorskip("mitmproxy")
    url, _ = origin
    tmux = terminal((100, 30))
    folder, number = tmp_path / "recordings", tmp_path / "number"
    command = playhead("record", "--view", "--upstream", url, "--listen", "127.0.0.1:0", "-o", folder)
    tmux.run(f"sh -c {shlex.quote(f'echo $$ > {shlex.quote(str(number))}; exec {command}')}")
    screen = "".join(tmux.wait("listening on http://127.0.0.1:", "recording the traffic").split())
    port = int(re.search(r"listeningonhttp://127\.0\.0\.1:(\d+)", screen)[1])
    client = http.client.HTTPConnection("127.0.0.1", port, timeout=DEADLINE)
    client.request("GET", "/stream")
    answer = client.getresponse()
    tmux.wait("▸    3", "live3", "recording")
    os.kill(int(number.read_text()), signal.SIGKILL)
    tmux.wait("listening on http://127.0.0.1:")  # the screen from before the viewer
    tmux.run("test -t 0")
    tmux.wait(f"{LEFT} 0")
    deadline = time.monotonic() + DEADLINE
    while not (found := list(folder.glob("*.cassette.jsonl"))):
        assert time.monotonic() < deadline, list(folder.rglob("*"))
        time.sleep(0.02)
    answer.close()
    client.close()
    (cassette,) = found
    exchange = load(cassette)[1]
    assert exchange.ending.kind is EndingKind.RECORDER_STOPPED
    assert exchange.body == b"data: live1\n\ndata: live2\n\ndata: live3\n\n"


def test_a_program_and_the_viewer_cannot_share_a_terminal():
    done = subprocess.run(
        [sys.executable, "-m", "playhead", "record", "--view", "--", "true"],
        capture_output=True,
        text=True,
        timeout=DEADLINE,
        check=False,
    )
    assert done.returncode == 2
    assert "--view cannot be given with a program" in done.stderr


def test_without_a_terminal_there_is_nothing_to_draw_on(tmp_path):
    pytest.importorskip("mitmproxy")
    done = subprocess.run(
        [sys.executable, "-m", "playhead", "record", "--view", "-o", tmp_path / "recordings"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=DEADLINE,
        check=False,
    )
    assert done.returncode == 4
    assert "--view needs a terminal" in done.stderr
    assert not (tmp_path / "recordings").exists()


def test_an_event_is_opened_in_the_readers_editor_and_the_screen_comes_back(make, path, terminal, tmp_path):
    with make() as made:
        made.texts(["one", "two"])
    editor = tmp_path / "editor"
    editor.write_text('#!/bin/sh\ncp "$1" "$0.edited"\necho "$1" > "$0.name"\n')
    editor.chmod(0o700)
    tmux = terminal((100, 30))
    tmux.run(f"VISUAL={shlex.quote(str(editor))} {playhead('view', path)}")
    tmux.wait("▸    1", '"one"')
    tmux.keys("j")
    tmux.wait("▸    2")
    tmux.keys("o")
    deadline = time.monotonic() + DEADLINE
    # Keys that come while the terminal is handed over are thrown away.
    while not (tmp_path / "editor.name").exists():
        assert time.monotonic() < deadline
        time.sleep(0.02)
    tmux.keys("k")
    tmux.wait("▸    1", '"one"')
    edited = json.loads((tmp_path / "editor.edited").read_text())
    assert edited["delta"]["text"] == "two"
    assert not Path((tmp_path / "editor.name").read_text().strip()).exists()
    tmux.keys("q")
    tmux.wait(f"{LEFT} 0")


@pytest.mark.parametrize("args", [("view", "-"), ("-",)], ids=["view", "bare"])
def test_what_is_piped_in_is_shown_as_it_comes_and_keys_still_work(make, path, tmp_path, terminal, args):
    with make() as made:
        made.texts([f" word{number}" for number in range(1, 31)])
    lines = path.read_bytes().splitlines(keepends=True)
    fifo = tmp_path / "pipe"
    os.mkfifo(fifo)
    tmux = terminal((80, 24))
    tmux.run(f"cat {shlex.quote(str(fifo))} | {playhead(*args)}")
    with fifo.open("wb", buffering=0) as writer:
        tmux.wait("Waiting for standard input")
        writer.write(b"".join(lines[:8]))
        tmux.wait("▸    1    0.500", '" word1"', "✓ receiving")
        tmux.keys("j", "j")
        tmux.wait("▸    3    0.520", '" word3"')
        writer.write(b"".join(lines[8:]))
        tmux.wait("▸    3    0.520", "new below")
        tmux.keys("G")
        tmux.wait("▸   30", '" word30"')
    tmux.wait("✓ complete")
    tmux.keys("q")
    tmux.wait(f"{LEFT} 0")


def test_a_pipe_that_goes_on_keeps_nobody_from_leaving(make, path, tmp_path, terminal):
    with make() as made:
        made.texts(["one", "two"])
    fifo = tmp_path / "pipe.cassette.jsonl"
    os.mkfifo(fifo)
    tmux = terminal((80, 24))
    tmux.run(playhead("view", fifo))
    tmux.wait("Waiting for ")
    with fifo.open("wb", buffering=0) as writer:
        writer.write(b"".join(path.read_bytes().splitlines(keepends=True)[:-2]))
        tmux.wait('"one"', "✓ receiving")
        tmux.keys("q")
        tmux.wait(f"{LEFT} 0")
    tmux.run(playhead("-"))
    tmux.wait("standard input is a terminal", f"{LEFT} 2")


@pytest.mark.parametrize(
    ("editor", "said"),
    [
        ("no-such-editor --wait", "cannot be started: No such file"),
        ("sh -c 'exit 3'", "ended with exit code 3"),
        ('cat "', "is no command"),
        (" ", "No editor is named"),
    ],
)
def test_an_editor_that_does_not_do_is_told_and_the_screen_comes_back(make, path, terminal, editor, said):
    with make() as made:
        made.texts([" one", " two"])
    tmux = terminal((120, 40))
    tmux.run(f"VISUAL= EDITOR={shlex.quote(editor)} {playhead('view', path)}")
    tmux.wait("▸    1    0.500")
    tmux.keys("o")
    tmux.drawn(said)
    tmux.keys("j")
    tmux.wait("▸    2    0.510", '" two"')
    tmux.keys("q")
    tmux.wait(f"{LEFT} 0")


def test_what_is_pressed_in_an_editor_stays_there(make, path, tmp_path, terminal):
    with make() as made:
        made.texts([" one", " two"])
    script = tmp_path / "editor.sh"
    script.write_text('echo it" "reads; head -c 40 "$2"; exec sleep 300\n')
    tmux = terminal((120, 40))
    tmux.run(f"VISUAL= EDITOR={shlex.quote(f'sh {script} first')} {playhead('view', path)}")
    tmux.wait("▸    1    0.500")
    tmux.keys("o")
    tmux.wait("it reads", '"type": "content')
    tmux.keys("C-c")
    tmux.drawn("ended with signal 2")
    tmux.wait("▸    1    0.500")
    tmux.keys("j")
    tmux.wait("▸    2    0.510")
    tmux.keys("q")
    tmux.wait(f"{LEFT} 0")


@pytest.mark.parametrize("accepts", ["external", "on"])
def test_a_copy_comes_into_tmux_whatever_it_takes_from_programs(make, path, terminal, accepts):
    with make() as made:
        made.texts([" one", " two"])
    tmux = terminal((120, 40))
    tmux._call("set-option", "-s", "set-clipboard", accepts)
    tmux.run(playhead("view", path))
    tmux.wait("▸    1    0.500")
    tmux.keys("y")
    tmux.drawn("Copied the event")
    deadline = time.monotonic() + DEADLINE
    while "content_block_delta" not in tmux._call("list-buffers"):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    assert tmux._call("list-buffers").count("\n") == 1
    tmux.keys("q")
    tmux.wait(f"{LEFT} 0")


def test_a_folder_that_is_followed_opens_what_is_recorded_in_it(make, tmp_path, terminal):
    with make() as made:
        made.texts(["old"])
    with open_writer(tmp_path / "new.cassette.jsonl", clock="monotonic") as writer:
        exchange = writer.exchange()
        exchange.request(Request(method="POST", url="https://h/x", t=1.0, body=b"{}"))
        exchange.response(Response(status=200, headers=(("content-type", "text/event-stream"),), t=1.1))
        exchange.chunk(b"data: one\n\n", 2.0)
        tmux = terminal((120, 40))
        tmux.run(playhead("view", "--follow", tmp_path))
        tmux.wait("new 1/1+", "▸    1", "recording")
        exchange.chunk(b"data: two\n\n", 3.0)
        tmux.wait("▸    2")
        tmux.keys("b")
        tmux.wait("Sessions 2", "made 1")
        tmux.keys("Escape")
        tmux.wait("▸    2", "new 1/1+")
        tmux.keys("q")
        tmux.wait(f"{LEFT} 0")
        exchange.end(EndingKind.COMPLETE, 4.0)
