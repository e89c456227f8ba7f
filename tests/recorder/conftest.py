"""A scripted origin, real recorder processes, raw clients: one thread, so that every step is in order.

A test sends a chunk at the origin and reads it at the client before it sends the next one. That proves,
without a clock, that nothing was held up on the way.
"""

from __future__ import annotations

import contextlib
import os
import queue
import re
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, ClassVar

import pytest

import playhead

SECONDS = 120.0
SSE = b"content-type: text/event-stream\r\n"
EVENT = b"data: 1\n\n"


class Wire:
    """A connection, read and written as bytes. The test's end closes those that are left."""

    left_open: ClassVar[list[Wire]] = []

    def __init__(self, connection: socket.socket) -> None:
        connection.settimeout(SECONDS)
        self.left_open.append(self)
        self.socket = connection
        self._buffer = b""

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def read_until(self, mark: bytes) -> bytes:
        while mark not in self._buffer:
            data = self.socket.recv(65536)
            assert data, f"closed before {mark!r}; read {self._buffer!r}"
            self._buffer += data
        found, _, self._buffer = self._buffer.partition(mark)
        return found + mark

    def read_exactly(self, size: int) -> bytes:
        while len(self._buffer) < size:
            data = self.socket.recv(65536)
            assert data, f"closed {size - len(self._buffer)} bytes early"
            self._buffer += data
        found, self._buffer = self._buffer[:size], self._buffer[size:]
        return found

    def read_chunk(self) -> bytes:
        """One HTTP chunk; `b""` is the last."""
        size = int(self.read_until(b"\r\n"), 16)
        return self.read_exactly(size + 2)[:-2]

    def read_rest(self) -> bytes:
        """Everything up to the end of the connection, however it ends."""
        with contextlib.suppress(ConnectionResetError):
            while data := self.socket.recv(65536):
                self._buffer += data
        found, self._buffer = self._buffer, b""
        return found

    def close(self) -> None:
        """FIN."""
        self.socket.close()

    def reset(self) -> None:
        """RST."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()


class Served(Wire):
    """The origin's side of one request."""

    request: bytes = b""

    def read_request(self) -> bytes:
        head = self.read_until(b"\r\n\r\n")
        length = re.search(rb"(?i)content-length: *(\d+)", head)
        self.request = head + self.read_exactly(int(length[1]) if length else 0)
        return self.request

    def send_head(self, fields: bytes, status: bytes = b"200 OK") -> None:
        self.send(b"HTTP/1.1 " + status + b"\r\n" + fields + b"\r\n")

    def send_chunked_head(self, fields: bytes = SSE) -> None:
        self.send_head(fields + b"transfer-encoding: chunked\r\n")

    def send_chunk(self, data: bytes) -> None:
        self.send(b"%x\r\n%b\r\n" % (len(data), data))


class Origin:
    """A listening socket whose connections the test serves itself."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(SECONDS)
        self.port: int = self._listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"

    def accept(self) -> Served:
        """The next connection that carries a request; mitmproxy opens some that never do."""
        while True:
            served = Served(self._listener.accept()[0])
            if served.socket.recv(1, socket.MSG_PEEK):
                served.read_request()
                return served
            served.close()

    def accept_any(self) -> Wire:
        """The next connection, whatever it carries."""
        return Wire(self._listener.accept()[0])

    def close(self) -> None:
        self._listener.close()


class Proxy:
    """A recorder process. `lines` is what it said so far."""

    def __init__(self, command: list[str], folder: Path, listening: str, env: dict[str, str]) -> None:
        self.folder = folder
        self.lines: list[str] = []
        self._said: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self.process = subprocess.Popen(
            command, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        try:
            self.port = int(self.wait_for(listening)[1])
        except BaseException:
            self.stop(signal.SIGKILL)
            raise

    def wait_for(self, pattern: str) -> re.Match[str]:
        """The first line, from here on, that matches."""
        while True:
            line = self._said.get(timeout=SECONDS)
            assert line is not None, "it ended, and said:\n" + "".join(self.lines)
            found = re.search(pattern, line)
            if found:
                return found

    def connect(self) -> Wire:
        return Wire(socket.create_connection(("127.0.0.1", self.port), SECONDS))

    def get(self, target: str, fields: bytes = b"", body: bytes = b"") -> Wire:
        """A client that has sent a request."""
        client = self.connect()
        method = b"POST" if body else b"GET"
        length = b"content-length: %d\r\n" % len(body) if body else b""
        client.send(
            method
            + b" "
            + target.encode()
            + b" HTTP/1.1\r\nhost: 127.0.0.1\r\n"
            + fields
            + length
            + b"\r\n"
            + body
        )
        return client

    def cassette(self, token: str) -> playhead.Cassette:
        """The finished cassette of the request that had `token` in its URL."""
        return until(lambda: next(iter(self._cassettes(token, "*.cassette.jsonl")), None))

    def partial(self, token: str) -> playhead.Cassette:
        """The cassette that is still being written."""
        return until(lambda: next(iter(self._cassettes(token, "unfinished/*.partial")), None))

    def written(self) -> bytes:
        """What is in the files of its folder; one that goes meanwhile, as it is finished, is left out."""
        found = b""
        for path in self.folder.rglob("*.*"):
            with contextlib.suppress(FileNotFoundError):
                found += path.read_bytes()
        return found

    def stop(self, number: int = signal.SIGTERM) -> int:
        if self.process.poll() is None:
            self.process.send_signal(number)
        code = self.process.wait(SECONDS)
        self._reader.join(SECONDS)
        assert self.process.stdout is not None
        self.process.stdout.close()
        return code

    def _cassettes(self, token: str, pattern: str) -> Iterator[playhead.Cassette]:
        for path in self.folder.glob(pattern):
            with contextlib.suppress(FileNotFoundError, playhead.PlayheadError):
                # As bytes: what grows may end within a character.
                if token.encode() in path.read_bytes():
                    yield playhead.load(path)

    def _read(self) -> None:
        assert self.process.stdout is not None
        for raw in self.process.stdout:
            line = raw.decode("utf-8", "replace")
            self.lines.append(line)
            self._said.put(line)
        self._said.put(None)


def until(condition: Callable[[], Any]) -> Any:
    """What `condition` gives, once it gives something."""
    deadline = time.monotonic() + SECONDS
    while True:
        found = condition()
        if found:
            return found
        assert time.monotonic() < deadline, f"not within {SECONDS:.0f} s"
        time.sleep(0.005)


def has_traceback(said: str) -> bool:
    """Whether a program said an error's traceback.

    Python up to 3.12.1 reports every connection that is cancelled when a proxy leaves; mitmproxy lets it.
    """
    return said.count("Traceback (most recent") > said.count("asyncio.exceptions.CancelledError")


@pytest.fixture(autouse=True)
def _close_wires() -> Iterator[None]:
    yield
    while Wire.left_open:
        Wire.left_open.pop().close()


@pytest.fixture(scope="session")
def proxy_env(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """An environment with a home of its own, where mitmproxy finds its certificates made."""
    pytest.importorskip("mitmproxy")
    home = tmp_path_factory.mktemp("home")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from mitmproxy.certs import CertStore

        CertStore.from_store(home / ".mitmproxy", "mitmproxy", 2048)
    return {**os.environ, "HOME": str(home), "PYTHONUNBUFFERED": "1", "PYTHONDONTWRITEBYTECODE": "1"}


def _start(
    env: dict[str, str], kind: str, upstream: str, folder: Path, *options: str, wrap: tuple[str, ...] = ()
) -> Proxy:
    if kind == "record":
        command = [sys.executable, "-m", "playhead", "record", "--upstream", upstream]
        command += ["-o", str(folder), "--listen", "127.0.0.1:0", *options]
        listening = r"listening on http://127\.0\.0\.1:(\d+)"
    else:
        command = [str(Path(sys.executable).with_name("mitmdump")), "--listen-host", "127.0.0.1"]
        if upstream:
            command += ["--mode", f"reverse:{upstream}"]
        command += ["--listen-port", "0", "--set", f"playhead_dir={folder}", *options]
        if not any(option.endswith("script.py") for option in options):
            command += ["-s", addon_path()]
        listening = r"listening at 127\.0\.0\.1:(\d+)"
    return Proxy([*wrap, *command], folder, listening, env)


@pytest.fixture
def start_proxy(proxy_env: dict[str, str]) -> Iterator[Callable[..., Proxy]]:
    """`start_proxy("record" | "mitmdump", upstream, folder, *options, wrap=(...))` is a running recorder."""
    pytest.importorskip("mitmproxy")
    started: list[Proxy] = []

    def start(*arguments: Any, wrap: tuple[str, ...] = ()) -> Proxy:
        started.append(_start(proxy_env, *arguments, wrap=wrap))
        return started[-1]

    yield start
    for proxy in started:
        proxy.stop(signal.SIGKILL)


@pytest.fixture(scope="module")
def start_in_module() -> Iterator[Callable[..., Proxy]]:
    """As `start_proxy`, with the environment first, for recorders that tests of a module share."""
    started: list[Proxy] = []

    def start(env: dict[str, str], *arguments: Any, wrap: tuple[str, ...] = ()) -> Proxy:
        started.append(_start(env, *arguments, wrap=wrap))
        return started[-1]

    yield start
    for proxy in started:
        proxy.stop(signal.SIGKILL)


@pytest.fixture
def origin() -> Iterator[Origin]:
    made = Origin()
    yield made
    made.close()


@pytest.fixture
def begun(
    start_proxy: Callable[..., Proxy], origin: Origin, tmp_path: Path
) -> Callable[..., tuple[Proxy, Wire, Served]]:
    """`begun(*options)`: a recorder, and both sides of a stream through it that has an event."""

    def record(*options: str) -> tuple[Proxy, Wire, Served]:
        proxy = start_proxy("record", origin.url, tmp_path / "out", *options)
        client = proxy.get("/first")
        served = origin.accept()
        served.send_chunked_head()
        served.send_chunk(EVENT)
        client.read_until(b"\r\n\r\n")
        assert client.read_chunk() == EVENT
        return proxy, client, served

    return record


@pytest.fixture(scope="module")
def shared_origin() -> Iterator[Origin]:
    made = Origin()
    yield made
    made.close()


@pytest.fixture(scope="module", params=["record", "mitmdump"])
def proxy(
    request: pytest.FixtureRequest,
    proxy_env: dict[str, str],
    shared_origin: Origin,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Proxy]:
    """One running recorder of each form before `shared_origin`, for tests that leave it running."""
    pytest.importorskip("mitmproxy")
    started = _start(proxy_env, request.param, shared_origin.url, tmp_path_factory.mktemp("recordings"))
    yield started
    started.stop()


@pytest.fixture
def token(request: pytest.FixtureRequest) -> str:
    """A word for the URL, by which a test finds its own cassette."""
    return "t" + re.sub(r"[^a-z0-9]", "", request.node.name.lower())


@pytest.fixture(scope="session", name="until")
def until_fixture() -> Callable[[Callable[[], Any]], Any]:
    return until


def addon_path() -> str:
    import playhead_recorder

    assert playhead_recorder.__file__ is not None
    return str(Path(playhead_recorder.__file__).with_name("script.py"))


@pytest.fixture(name="addon_path")
def addon_path_fixture() -> str:
    return addon_path()
