"""The addon in each of mitmproxy's programs: started, recording a stream, stopped, refusing nonsense."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import signal
import socket
import struct
import subprocess
import sys
import termios
import threading
import time
from pathlib import Path

import pytest

import playhead

from .conftest import has_traceback

pytest.importorskip("mitmproxy")

SECONDS = 60
PROGRAMS = {
    "mitmdump": (),
    "mitmweb": ("--no-web-open-browser", "--web-port", "0", "--web-host", "127.0.0.1"),
    "mitmproxy": (),
}


TELLS_ITS_PORT = """
import asyncio, pathlib
from mitmproxy import ctx

class Tells:
    async def running(self):
        while not (found := ctx.master.addons.get("proxyserver").listen_addrs()):
            await asyncio.sleep(0.005)
        path = pathlib.Path(__file__)
        path.with_name("new").write_text(str(found[0][1]))
        path.with_name("new").rename(path.with_name("port"))

addons = [Tells()]
"""
"""An addon: a port that is chosen for a program may be another's by the time that it listens."""


class Running:
    """One of them in a terminal of its own; `said` is what it wrote there. `folder` is for what it tells."""

    def __init__(self, name, env, folder, *options):
        self._port = folder / "port"
        tells = folder / "tells.py"
        tells.write_text(TELLS_ITS_PORT)
        self.said = b""
        ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        self._terminal = ours
        program = Path(sys.executable).with_name(name)
        listen = ("--listen-host", "127.0.0.1", "-p", "0", "-s", str(tells))
        self.process = subprocess.Popen(
            [program, *listen, *PROGRAMS[name], *options],
            env={**env, "TERM": "xterm"},
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
        )
        os.close(theirs)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def connect(self):
        deadline = time.monotonic() + SECONDS
        while not self._port.exists():
            assert self.process.poll() is None, self.said
            assert time.monotonic() < deadline, self.said
            time.sleep(0.02)
        return socket.create_connection(("127.0.0.1", int(self._port.read_text())), SECONDS)

    def type(self, keys):
        os.write(self._terminal, keys)

    def wait(self):
        code = self.process.wait(SECONDS)
        self._reader.join(SECONDS)
        os.close(self._terminal)
        return code

    def _read(self):
        with contextlib.suppress(OSError):
            while data := os.read(self._terminal, 65536):
                self.said += data


@pytest.fixture
def start(proxy_env, addon_path, tmp_path_factory):
    running = []

    def begin(name, *options):
        folder = tmp_path_factory.mktemp("running")
        running.append(Running(name, proxy_env, folder, "-s", addon_path, *options))
        return running[-1]

    yield begin
    for each in running:
        if each.process.poll() is None:
            each.process.kill()
            each.wait()


@pytest.mark.parametrize(
    ("name", "leave"),
    [
        ("mitmweb", signal.SIGINT),
        ("mitmweb", signal.SIGTERM),
        ("mitmproxy", b"Q"),
        ("mitmproxy", signal.SIGTERM),
    ],
)
def test_a_stream_is_recorded_as_it_comes(start, origin, tmp_path, until, name, leave):
    program = start(name, "--mode", f"reverse:{origin.url}", "--set", f"playhead_dir={tmp_path}")
    with program.connect() as connection:
        connection.sendall(b"GET /whole HTTP/1.1\r\nhost: h\r\n\r\n")
        served = origin.accept()
        served.send_chunked_head()
        got = connection.recv(65536)
        for number in range(3):
            served.send_chunk(b"data: %d\n\n" % number)
            while b"data: %d\n\n" % number not in got:  # before the next is sent
                data = connection.recv(65536)
                assert data
                got += data
        served.send_chunk(b"")
        (path,) = until(lambda: list(tmp_path.glob("*.cassette.jsonl")))
        # And one that is open when it is told to leave.
        connection.sendall(b"GET /cut HTTP/1.1\r\nhost: h\r\n\r\n")
        served.read_request()
        served.send_chunked_head()
        served.send_chunk(b"data: cut\n\n")
        while b"data: cut" not in got:
            got += connection.recv(65536)
        if isinstance(leave, bytes):
            program.type(leave)
        else:
            program.process.send_signal(leave)
        assert program.wait() == 0
    assert [chunk.data for chunk in playhead.load(path)[1].chunks] == [
        b"data: 0\n\n",
        b"data: 1\n\n",
        b"data: 2\n\n",
    ]
    (cut,) = set(tmp_path.glob("*.cassette.jsonl")) - {path}
    assert playhead.load(cut)[1].ending.kind is playhead.EndingKind.RECORDER_STOPPED
    assert not has_traceback(program.said.decode("utf-8", "replace"))


@pytest.mark.parametrize("name", PROGRAMS)
def test_nonsense_is_refused_at_the_start(start, name):
    program = start(name, "--set", "playhead_sample=abc")
    assert program.wait() == 1
    assert b"playhead_sample: 'abc': a rate is a number from 0 to 1" in program.said
    assert b"Traceback" not in program.said


def test_flows_from_a_file_are_no_traffic(proxy_env, addon_path, tmp_path):
    """Their hooks are called as those of live ones are."""
    script = tmp_path / "write.py"
    script.write_text(
        "import sys, warnings\n"
        "warnings.simplefilter('ignore')\n"
        "from mitmproxy import io\n"
        "from mitmproxy.test import tflow\n"
        "with open(sys.argv[1], 'wb') as file: io.FlowWriter(file).add(tflow.tflow(resp=True))\n"
    )
    flows = tmp_path / "flows"
    subprocess.run([sys.executable, script, flows], check=True, env=proxy_env, timeout=SECONDS)
    mitmdump = Path(sys.executable).with_name("mitmdump")
    command = [mitmdump, "-n", "-r", flows, "-s", addon_path, "--set", f"playhead_dir={tmp_path}"]
    done = subprocess.run(
        command, env=proxy_env, capture_output=True, text=True, timeout=SECONDS, check=False
    )
    assert done.returncode == 0, done.stdout
    assert "GET http://address:22/path" in done.stdout
    assert list(tmp_path.rglob("*.cassette.jsonl*")) == []
