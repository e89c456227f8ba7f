"""What is copied works: the curl command sends the request again, the test is green."""

from __future__ import annotations

import http.server
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

import playhead
from playhead import EndingKind, Request, Response
from playhead_viewer import snippets

SAMPLES = sorted(Path(playhead.sample("cut")).parent.glob("*.cassette.jsonl*"))
_NO_CLIENTS = frozenset(("host", "user-agent", "accept", "content-length", "connection"))


class Origin(http.server.ThreadingHTTPServer):
    """Keeps what it was asked."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.asked: list[tuple[str, str, list[tuple[str, str]], bytes]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Origin

    def answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        self.server.asked.append((self.command, self.path, self.headers.items(), body))
        self.send_response(200)
        self.send_header("content-length", "2")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(b"ok")

    def log_message(self, format: str, *args: object) -> None:
        pass


for _name in ("GET", "HEAD", "POST", "PUT", "DELETE"):
    setattr(_Handler, f"do_{_name}", _Handler.answer)


@pytest.fixture
def origin() -> Iterator[Origin]:
    server = Origin()
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


JSON = ("content-type", "application/json")


@pytest.mark.parametrize(
    ("method", "target", "headers", "body"),
    [
        ("POST", "/v1/messages", (JSON, ("x-api-key", "***")), b'{"text": "it\'s $HOME `x` \\"q\\"\\n"}\n'),
        ("POST", "/v1/a?ids[]=1&of={x,y}&r=[1-3]", (JSON, ("x-empty", "")), b"{}"),
        ("POST", "/at", (("content-type", "text/plain"),), b"@/etc/hostname"),
        ("POST", "/bytes", (), b"\xff\xfe\x00@x"),
        ("PUT", "/long", (JSON,), b"x" * 300_000),
        ("GET", "/get", (("accept-language", "de"),), None),
        ("HEAD", "/head", (), None),
        ("DELETE", "/delete", (), None),
        ("POST", "/keys", (JSON,), "a\x03\x15\x1b]0;x\x07 \\'b\u009b\r\nz".encode()),
    ],
)
def test_the_curl_command_sends_the_same_request(program, origin, path, method, target, headers, body):
    program("curl")
    bash = program("bash")
    with playhead.open_writer(path) as writer:
        exchange = writer.exchange()
        exchange.request(Request(method=method, url=origin.url + target, headers=headers, body=body, t=0.0))
        exchange.response(Response(status=200, t=0.1))
        exchange.end(EndingKind.COMPLETE, 0.2)
    command = snippets.curl(playhead.load(path)[1])
    assert command is not None
    assert not any(ord(each) < 32 and each != "\n" for each in command)
    done = subprocess.run([bash, "-s"], input=command.encode(), capture_output=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    ((sent_method, sent_target, sent_headers, sent_body),) = origin.asked
    assert (sent_method, sent_target, sent_body) == (method, target, body or b"")
    assert [pair for pair in sent_headers if pair[0].lower() not in _NO_CLIENTS] == list(headers)


def test_every_copied_test_is_green(tmp_path):
    pytest.importorskip("httpx")
    paths = [*SAMPLES]
    for kind in EndingKind:
        for answered in (False, True):
            paths.append(tmp_path / f"{kind.value}{answered:d}.cassette.jsonl")
            with playhead.open_writer(paths[-1]) as writer:
                exchange = writer.exchange()
                exchange.request(Request(method="POST", url="https://h.example/v1/x", t=0.0, body=b"{}"))
                if answered:
                    exchange.response(Response(status=429, headers=(("content-type", "text/event-stream"),)))
                    exchange.chunk(b"data: 1\n\n", 0.2)
                if kind is not EndingKind.TRUNCATED:
                    exchange.end(kind, 0.3)
    made, none = 0, set()
    for path in paths:
        for number, exchange in playhead.load(path).items():
            text = snippets.test(exchange, str(path))
            if text is None:
                none.add(path.name.split(".")[0])
                continue
            made += 1
            name = path.name.split(".")[0].replace("-", "_")
            (tmp_path / f"test_{name}_{number}.py").write_text(text)
    assert none == {
        f"{kind}0" for kind in ("client_closed", "complete", "recorder_stopped", "truncated", "unknown")
    }
    options = ("-q", "-p", "no:cacheprovider", "-p", "no:xdist", "-p", "no:randomly", "--rootdir", tmp_path)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *options, tmp_path],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stdout
    assert f"{made} passed" in done.stdout


def test_what_came_through_a_pipe_has_no_test_and_says_so(make, view, monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    with make() as made:
        made.texts(["one"])

    async def scenario(seen):
        seen.app.viewing.notes.is_file = False
        await seen.press("Y", *"replays", "enter")
        await seen.until(lambda: "A test needs a file: save what came" in seen.text)
        assert not seen.app.clipboard

    view(scenario)
