"""What server tests share: cassettes, raw connections, the command as a process."""

from __future__ import annotations

import contextlib
import itertools
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from urllib.parse import urlsplit

import pytest

import playhead
from playhead import Cassette, EndingKind, Request, Response

Make = Callable[..., Cassette]
DEADLINE = 30.0


@pytest.fixture(scope="session")
def make(tmp_path_factory: pytest.TempPathFactory) -> Make:
    """`make([(data, t), …], …)` is a cassette of exchanges for `GET /events`; `names` gives other targets."""
    folder = tmp_path_factory.mktemp("cassettes")
    numbers = itertools.count()

    def cassette(
        chunks: Iterable[tuple[bytes, float | None]] = (),
        *,
        ending: EndingKind = EndingKind.COMPLETE,
        facts: Mapping[str, str] | None = None,
        trailers: tuple[tuple[str, str], ...] = (),
        responses: tuple[Response, ...] = (Response(status=200, reason="OK"),),
        targets: tuple[str, ...] = ("/events",),
        method: str = "GET",
    ) -> Cassette:
        path = Path(folder) / f"{next(numbers)}.cassette.jsonl"
        pieces = list(chunks)
        with playhead.open_writer(path) as writer:
            for target in targets:
                out = writer.exchange()
                out.request(Request(method=method, url=f"http://origin{target}"))
                for response in responses:
                    out.response(response)
                for data, t in pieces:
                    out.chunk(data, t)
                out.end(ending, facts=facts, trailers=trailers)
        return playhead.load(path)

    return cassette


class Raw:
    """A connection without a library: what was sent is what is seen."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self.socket = socket.create_connection((parts.hostname or "", parts.port or 80), DEADLINE)

    def ask(
        self, target: str = "/events", *, method: str = "GET", version: str = "1.1", more: str = ""
    ) -> None:
        """Send a request without a body."""
        self.send(f"{method} {target} HTTP/{version}\r\nHost: here\r\n{more}\r\n".encode())

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def until(self, end: bytes) -> bytes:
        """Everything up to `end`."""
        got = b""
        while not got.endswith(end):
            piece = self.socket.recv(1)
            assert piece, f"the connection ended after {got!r}"
            got += piece
        return got

    def rest(self) -> tuple[bytes, str]:
        """Everything that comes, and how it ends: `fin` or `reset`."""
        got = bytearray()
        while True:
            try:
                piece = self.socket.recv(65536)
            except ConnectionResetError:
                return bytes(got), "reset"
            if not piece:
                return bytes(got), "fin"
            got += piece


@pytest.fixture
def connect() -> Iterator[Callable[[str], Raw]]:
    """`connect(url)` opens a raw connection, closed after the test."""
    with contextlib.ExitStack() as stack:

        def open_one(url: str) -> Raw:
            raw = Raw(url)
            stack.callback(raw.socket.close)
            return raw

        yield open_one


class Serving:
    """`playhead serve ARG…` as a process; its lines on stderr are gathered as they come."""

    def __init__(self, *args: object, stdin: bytes | None = None) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "playhead", "serve", *map(str, args)],
            stdin=subprocess.PIPE if stdin is not None else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        if stdin is not None and self.process.stdin is not None:
            self.process.stdin.write(stdin)
            self.process.stdin.close()
        self.lines: list[str] = []
        self._more = threading.Condition()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            with self._more:
                self.lines.append(line.decode().rstrip("\n"))
                self._more.notify_all()

    def line(self, number: int) -> str:
        """Line `number` of stderr, from 0, once it is there."""
        with self._more:
            assert self._more.wait_for(lambda: len(self.lines) > number, DEADLINE), self.lines
            return self.lines[number]

    @property
    def url(self) -> str:
        return self.line(0).rpartition(" ")[2]

    def end(self) -> int:
        """Wait until it has ended; its exit code."""
        code = self.process.wait(DEADLINE)
        self._reader.join(DEADLINE)
        return code

    def close(self) -> None:
        self.process.kill()
        self.process.wait(DEADLINE)
        self._reader.join(DEADLINE)
        for pipe in (self.process.stdout, self.process.stderr):
            if pipe is not None:
                pipe.close()


@pytest.fixture
def serve() -> Iterator[Callable[..., Serving]]:
    """`serve(ARG…)` starts the command; it is killed after the test where it still runs."""
    with contextlib.ExitStack() as stack:

        def start(*args: object, stdin: bytes | None = None) -> Serving:
            serving = Serving(*args, stdin=stdin)
            stack.callback(serving.close)
            return serving

        yield start
