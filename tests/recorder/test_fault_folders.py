"""Folders that are closed to the recorder: refused at the start, and later no business of the traffic.

Root may write anywhere: it gives that up first, as far as the system lets it.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from playhead import EndingKind

from .conftest import has_traceback

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="recorders run on Linux and macOS")
KINDS = ["record", "mitmdump"]
PIECES = [b"data: %d\n\n" % number for number in range(3)]
_GIVING_UP = ("setpriv", "--bounding-set", "-all", "--inh-caps", "-all")


@pytest.fixture(scope="module")
def plain():
    """What to run a command by, so that it may do no more than the folders' modes let it."""
    if os.geteuid():
        return ()
    if shutil.which("setpriv") is None or subprocess.run([*_GIVING_UP, "true"], check=False).returncode:
        pytest.skip("root cannot give up its privileges here")
    return _GIVING_UP


@pytest.fixture
def closing():
    """`closing(folder)` closes it, and what is in it, until the test ends or the result is called."""
    closed = []

    def close(folder):
        closed.extend([folder / "unfinished", folder])
        for path in closed:
            path.chmod(0)
        return open_again

    def open_again():
        while closed:
            closed.pop().chmod(0o700)

    yield close
    open_again()


class Stream:
    def __init__(self, proxy, origin, name):
        self.client = proxy.get(f"/{name}")
        self.served = origin.accept()
        self.served.send_chunked_head()
        self.client.read_until(b"\r\n\r\n")

    def pass_on(self, *pieces):
        """Each is at the client before the next is sent."""
        for piece in pieces:
            self.served.send_chunk(piece)
            assert self.client.read_chunk() == piece

    def finish(self):
        self.served.send(b"0\r\n\r\n")
        assert self.client.read_chunk() == b""


@pytest.mark.parametrize("kind", KINDS)
def test_a_folder_that_is_closed_meanwhile(start_proxy, origin, tmp_path, until, plain, closing, kind):
    folder = tmp_path / "out"
    proxy = start_proxy(kind, origin.url, folder, wrap=plain)
    before = Stream(proxy, origin, "before/")
    before.pass_on(*PIECES[:2])
    until(lambda: len(proxy.partial("before/")[1].chunks) == 2)
    open_again = closing(folder)
    before.pass_on(*PIECES[2:])
    before.finish()
    proxy.wait_for("is not finished: .*Permission denied")
    unseen = Stream(proxy, origin, "unseen/")
    unseen.pass_on(*PIECES)
    unseen.finish()
    assert str(folder) in proxy.wait_for(".*Permission denied.*recorded no further")[0]
    code = proxy.stop()
    said = "".join(proxy.lines)
    assert not has_traceback(said)
    if kind == "record":
        assert "1 exchange not recorded to the end" in said
        assert "1 cassette could not be finished" in said
        last = proxy.lines[-1]
        assert re.search(r"Not finished: 1 cassette: \S+\.cassette\.jsonl \(.*Permission denied\)\.", last)
        assert f"`playhead recover {folder}`" in last
    assert code == (4 if kind == "record" else 0)
    open_again()
    again = start_proxy(kind, origin.url, folder)
    exchange = again.cassette("before/")[1]
    assert (exchange.body, exchange.ending.kind) == (b"".join(PIECES), EndingKind.COMPLETE)
    assert again.stop() == 0


@pytest.mark.parametrize("place", ["out", "out/new", "out/run.cassette.jsonl"])
def test_a_folder_that_is_closed_from_the_start_is_refused(proxy_env, tmp_path, plain, place):
    (tmp_path / "out").mkdir(mode=0o500)
    for more in (["--upstream", "http://127.0.0.1:9"], ["--", "touch", "started"]):
        done = subprocess.run(
            [*plain, sys.executable, "-m", "playhead", "record", "-o", place, *more],
            env=proxy_env, cwd=tmp_path, stdin=subprocess.DEVNULL,
            capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        assert (done.returncode, done.stdout) == (4, "")
        named = tmp_path / ("out" if place.endswith("jsonl") else place)
        assert done.stderr.splitlines() == [
            f"Error: no cassettes can be written: {named}: Permission denied",
            "Choose another folder with -o DIR.",
        ]
    assert not (tmp_path / "started").exists()


_NOT_FINISHED = (
    "playhead: Not finished: 1 cassette: {name} ({why}). Mend that; then `playhead recover out`, or the next"
    " recorder on the folder, finishes what is there of it."
)
CLOSES = """
import os, sys, time, urllib.request
assert urllib.request.urlopen(sys.argv[1]).read() == b"data: 1\\n\\n"
while not os.path.isdir("out/unfinished") or not os.listdir("out/unfinished"):
    time.sleep(0.01)
for path in ("out/unfinished", "out"):
    os.chmod(path, 0)
assert urllib.request.urlopen(sys.argv[1]).read() == b"data: 1\\n\\n"
sys.exit(7)
"""


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.end_headers()
        self.wfile.write(b"data: 1\n\n")

    def log_message(self, *_):
        pass


@pytest.fixture
def url():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_program_that_closes_it_keeps_its_exit_code(proxy_env, tmp_path, plain, closing, url):
    folder = tmp_path / "out"
    command = [*plain, sys.executable, "-m", "playhead", "record", "-o", "out", "--", sys.executable]
    done = subprocess.run(
        [*command, "-c", CLOSES, url],
        env=proxy_env, cwd=tmp_path, stdin=subprocess.DEVNULL,
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    closing(folder)()
    assert (done.returncode, done.stdout) == (7, ""), done.stderr
    [partial] = (folder / "unfinished").iterdir()
    name = partial.name.removesuffix(".partial")
    why = f"{partial}: cannot be read: Permission denied"
    assert done.stderr.splitlines() == [
        f"playhead: warning: {name} is not finished: {why}",
        "playhead: Recorded 2 streams: 0 events, 2 chunks, 18 bytes, 0 cassettes in out.",
        "playhead: Not recorded: 1 cassette could not be finished (see above).",
        _NOT_FINISHED.format(name=name, why=why),
    ]
