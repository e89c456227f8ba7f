"""`playhead record -- CMD`: what is still open when the program has ended, and nothing before it has."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

import playhead
from playhead import EndingKind
from playhead.capture.backlog import Backlog
from playhead.capture.choices import Files
from playhead_recorder.options.settings import Settings
from playhead_recorder.output import press
from playhead_recorder.output.told import Told

pytest.importorskip("mitmproxy")

SECONDS = 60.0
LEAVING = """
import os, socket, sys
from urllib.parse import urlsplit

proxy = urlsplit(os.environ["http_proxy"])
client = socket.create_connection((proxy.hostname, proxy.port))
client.sendall(f"GET {sys.argv[1]} HTTP/1.1\\r\\nhost: x\\r\\n\\r\\n".encode())
received = b""
while b"data: 1" not in received:
    received += client.recv(65536)
if sys.argv[2] == "child" and os.fork() == 0:
    os.closerange(0, 3)
    while client.recv(65536):
        pass
    os._exit(0)
"""


PATIENT = """
from playhead_recorder.output import press
from playhead_recorder.wrap import run
press._EARLIER_SECONDS = run._DRAIN_SECONDS = 50.0
from playhead.cli.main import main
main()
"""
"""`playhead`, which waits longer for what is about to end than a busy machine takes for it."""
PLAYHEAD = {"nobody": ["-c", PATIENT], "child": ["-m", "playhead"]}


@pytest.mark.parametrize(
    ("who", "kind"), [("nobody", EndingKind.CLIENT_CLOSED), ("child", EndingKind.RECORDER_STOPPED)]
)
def test_a_stream_that_is_open_when_the_program_ends_is_finished(proxy_env, origin, tmp_path, who, kind):
    """A program that ends lets its connections go; a process that it leaves behind has two seconds."""
    command = [sys.executable, *PLAYHEAD[who], "record", "-o", "out", "--", sys.executable, "-c", LEAVING]
    process = subprocess.Popen(
        [*command, f"{origin.url}/open", who],
        env={**proxy_env, "TMPDIR": str(tmp_path)},
        cwd=tmp_path,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        process_group=0,
    )
    try:
        served = origin.accept()
        served.send_chunked_head()
        served.send_chunk(b"data: 1\n\n")
        out, err = process.communicate(timeout=SECONDS)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
    assert (process.returncode, out) == (0, "")
    assert "Recorded 1 stream: 1 event, 1 chunk, 9 bytes, 1 cassette in out." in err
    assert not list((tmp_path / "out").glob("unfinished/*"))

    (path,) = (tmp_path / "out").glob("*.jsonl")
    assert playhead.load(path)[1].ending.kind is kind


@pytest.fixture
def orphan(tmp_path):
    """What a recorder left that was cut off: its file grows no more."""
    growing = tmp_path / "out" / "unfinished" / "left.cassette.jsonl.partial"
    growing.parent.mkdir(parents=True)
    writer = playhead.open_writer(tmp_path / "out" / "left.cassette.jsonl", unfinished=growing)
    exchange = writer.exchange()
    exchange.request(playhead.Request(method="GET", url="http://h/left", t=0.0))
    exchange.chunk(b"data: 1\n\n", 0.1)
    writer.abandon()
    return growing


def test_what_an_earlier_run_left_is_finished_by_a_short_one(proxy_env, tmp_path, orphan):
    command = [sys.executable, "-c", PATIENT, "record", "-o", "out", "--", sys.executable, "-c", "pass"]
    done = subprocess.run(
        command, env=proxy_env, cwd=tmp_path, capture_output=True, text=True, timeout=SECONDS
    )
    assert done.returncode == 0
    assert "1 cassette of an earlier run recovered" in done.stderr
    assert playhead.load(tmp_path / "out" / "left.cassette.jsonl")[1].body == b"data: 1\n\n"
    assert not orphan.exists()


def test_what_an_earlier_run_left_may_take_longer(tmp_path, orphan, monkeypatch):
    said = []
    monkeypatch.setattr(press, "_EARLIER_SECONDS", 0)
    monkeypatch.setattr(press, "warn", said.append)
    monkeypatch.setattr(press, "Child", Unhurried)
    made = press.Press(Settings(files=Files(root=tmp_path / "out")), Backlog(), Told())
    made.start()
    made.stop()
    assert said == ["left to be finished in the background: 1 cassette of an earlier run"]
    assert orphan.exists()


class Unhurried:
    """A finisher that has not begun."""

    def __init__(self, *_):
        pass

    def stop(self, _seconds):
        return True
