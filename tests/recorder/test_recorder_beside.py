"""The recorder beside the viewer: it does not stay behind, whenever it is that everything ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

# What starts the recorder is sent a signal before it knows the process that it has started.
_STARTING = """
import os, signal, subprocess, sys
from pathlib import Path
from playhead_recorder import beside

class Terminal:
    def isatty(self): return True

sys.stdin, sys.stdout, said = Terminal(), Terminal(), sys.stdout
real, screen = subprocess.Popen, sys.stderr
sys.stderr = Terminal()
started = []

def interrupted(command, **options):
    started.append(real(["sleep", "600"], **options))
    os.kill(os.getpid(), int(sys.argv[1]))
    return started[0]

subprocess.Popen = interrupted
before = signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGHUP), signal.getsignal(signal.SIGINT)
try:
    beside.run([], Path(sys.argv[2]), print)
except SystemExit as left:
    print("left", left.code, file=said)
print("ended", started[0].poll(), file=said)
after = signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGHUP), signal.getsignal(signal.SIGINT)
print(before == after, file=said)
"""


@pytest.mark.parametrize(
    ("name", "left"), [("SIGTERM", "left 143\n"), ("SIGHUP", "left 129\n"), ("SIGINT", "")]
)
def test_a_signal_while_the_recorder_starts_ends_it(tmp_path, name, left):
    pytest.importorskip("textual")
    if os.name != "posix":
        pytest.skip("a group of processes")
    done = subprocess.run(
        [sys.executable, "-c", _STARTING, str(int(getattr(signal, name))), str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stderr == ""
    assert done.stdout == f"{left}ended -2\nTrue\n"


# The viewer is a process that ends the recorder as nothing but a kill does.
_KILLED = """
import subprocess, sys
from pathlib import Path
from playhead.errors import CannotRun
from playhead_recorder import beside

class Terminal:
    def isatty(self): return True

sys.stdin, sys.stdout, said = Terminal(), Terminal(), sys.stdout
sys.stderr = Terminal()
real, started = subprocess.Popen, []
folder = Path(sys.argv[1])

def stands_in(command, **options):
    if "record" in command:
        (folder / "unfinished").mkdir()
        (folder / "unfinished" / "one two.cassette.jsonl.partial").write_bytes(b"{}\\n")
        started.append(real(["sleep", "600"], **options))
        return started[-1]
    return real(["kill", "-9", str(started[0].pid)], **options)

subprocess.Popen = stands_in
try:
    print("returned", beside.run([], folder, print), file=said)
except CannotRun as error:
    print(error, file=said)
"""


def test_a_recorder_that_was_killed_is_told_and_what_it_left_can_be_saved(tmp_path):
    pytest.importorskip("textual")
    if os.name != "posix":
        pytest.skip("kills")
    done = subprocess.run(
        [sys.executable, "-c", _KILLED, str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stderr == ""
    left = tmp_path / "unfinished" / "one two.cassette.jsonl.partial"
    assert done.stdout == (
        f"the recorder was ended by SIGKILL\nSave what it recorded: playhead recover '{left}'\n"
    )


_SAID = """
import subprocess, sys
from pathlib import Path
from playhead_recorder import beside

class Terminal:
    def isatty(self): return True

sys.stdin, sys.stdout, said = Terminal(), Terminal(), sys.stdout
sys.stderr = Terminal()
real = subprocess.Popen

def stands_in(command, **options):
    return real(["sh", "-c", 'cat "$0" >&2', sys.argv[2]], **options)

subprocess.Popen = stands_in
beside.run([], Path(sys.argv[1]), lambda line: print(line, file=said), int(sys.argv[3]))
"""


@pytest.mark.parametrize(
    ("listeners", "told"),
    [
        (0, "the address above as its proxy (HTTPS_PROXY)."),
        (1, "the address above as its base URL."),
        (2, "one of the addresses above as its base URL."),
    ],
)
def test_what_is_waited_for_is_said_once_all_listen(tmp_path, listeners, told):
    pytest.importorskip("textual")
    if os.name != "posix":
        pytest.skip("a shell")
    said = [f"listening on {n}\nrecording the traffic of {n} into x\n" for n in range(max(listeners, 1))]
    (tmp_path / "said").write_text("".join(said) + "Recorded nothing\n")
    done = subprocess.run(
        [sys.executable, "-c", _SAID, str(tmp_path), str(tmp_path / "said"), str(listeners)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stderr == ""
    waits = "Waiting for the first request; the viewer opens with it. Ctrl-C ends."
    how = f"Give your client, in another terminal, {told}"
    assert done.stdout == f"{''.join(said)}{waits}\n{how}\nRecorded nothing\n"
