"""What `playhead record -- CMD` says at the end of what is there, what is not, and why."""

from __future__ import annotations

import re
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

import playhead

pytest.importorskip("mitmproxy")

GET = "import sys, urllib.request\nfor url in sys.argv[1:]: urllib.request.urlopen(url).read()"


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        kind = "application/json" if "json" in self.path else "text/event-stream"
        body = b"data: " + b"x" * 4000 + b"\n\n"
        self.send_response(200)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(body)))
        if "lie" in self.path:
            self.send_header("content-encoding", "zstd")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def url():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def said(proxy_env, tmp_path, url):
    """`said(*options, *paths)`: the summary of a run that asks for them, without its program's name."""

    def run(options, *paths):
        command = [sys.executable, "-m", "playhead", "record", "-o", "out", *options, "--"]
        done = subprocess.run(
            [*command, sys.executable, "-c", GET, *(url + path for path in paths)],
            env=proxy_env, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        assert (done.returncode, done.stdout) == (0, ""), done.stderr
        return done.stderr.splitlines()

    return run


def test_what_filters_left_out(said):
    lines = said(["--only-streams", "--paths", "/a/*", "--paths", "/json"], "/a/1", "/json", "/b/2", "/b/3")
    assert lines == [
        "playhead: Recorded 1 stream: 1 event, 1 chunk, 4,008 bytes, 1 cassette in out.",
        "playhead: Not recorded: 3 exchanges left out (no stream 1, by path 2).",
    ]


def test_a_run_of_which_nothing_is_kept_has_no_cassette(said, tmp_path):
    assert said(["--only-streams", "--per", "run"], "/json") == [
        "playhead: Recorded 0 streams: 0 events, 0 chunks, 0 bytes, 0 cassettes in out.",
        "playhead: Not recorded: 1 exchange left out (no stream 1).",
    ]
    assert [path.name for path in tmp_path.rglob("out/**/*")] == ["unfinished"]


def test_what_a_limit_cost(said, tmp_path):
    lines = said(["--exchange-cap", "1kB"], "/cut")
    assert re.fullmatch(r"playhead: warning: .+\.jsonl: the cap of 1,000 bytes is reached\. .+", lines[0])
    assert lines[0].count("playhead:") == 1
    assert lines[1].startswith("playhead: Recorded 1 stream:")
    assert lines[2] == "playhead: Not recorded: 1 chunk lost, 4,008 bytes (size cap 1)."
    (path,) = tmp_path.glob("out/*.cassette.jsonl")
    assert [loss.detail for loss in playhead.load(path)[1].losses] == ["size_cap"]


def test_what_nobody_could_read_for_secrets(said):
    lines = said([], "/lie")
    assert lines[-1] == (
        "playhead: Recorded, but not to be read for secrets: 1 body (see `playhead redact --check`)."
    )


def test_nothing_is_said_of_what_is_not_missing(said):
    (line,) = said(["--per", "exchange"], "/1", "/2", "/json")
    assert line.startswith(
        "playhead: Recorded 2 streams and 1 other exchange: 2 events, 3 chunks, 12,024 bytes, 3 cass"
    )


def test_a_program_that_asks_for_nothing(said):
    lines = said([])
    assert lines[0] == "playhead: Recorded 0 streams: 0 events, 0 chunks, 0 bytes, 0 cassettes in out."
    assert "Nothing came through the proxy" in lines[1]
    assert "--base-url-env NAME=URL" in lines[2]
