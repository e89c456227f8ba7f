"""An origin that answers by path: each test puts a script under a path of its own.

Blocking sockets, a thread for each connection. A script says what is sent and how it stops; it goes on only
when the client has read what was sent before. So every delivery stands for itself on the whole way, without
a clock.
"""

from __future__ import annotations

import contextlib
import fcntl
import re
import socket
import ssl
import struct
import termios
import threading
import time
from collections.abc import Callable, Iterable
from itertools import count
from typing import Any, Protocol

SECONDS = 60.0
"""How long anything may take before a test fails."""

Pairs = Iterable[tuple[bytes, bytes]]
SSE = ((b"content-type", b"text/event-stream"),)
RESET_ON_CLOSE = struct.pack("ii", 1, 0)


class Sender(Protocol):
    """The origin's side of one request, in whatever framing it speaks."""

    def head(self, headers: Pairs = SSE, status: int = 200) -> None: ...
    def send(self, data: bytes) -> None:
        """A delivery; returns when the client has read it."""

    def whole(self, trailers: Pairs = ()) -> None: ...


Script = Callable[[Any], None]


class Play:
    """A script under `path`. `took` is told by the client how much of the body it has read."""

    def __init__(self, path: str, script: Script) -> None:
        self.path = path
        self.script = script
        self.request = b""
        """The head and body of the last request that came."""
        self._taken = -1
        self._changed = threading.Condition()

    def begin(self, request: bytes) -> None:
        """A client has come."""
        with self._changed:
            self.request = request
            self._taken = -1

    def took(self, data: bytes) -> None:
        """The client has read `data`; with `b""` it says that it has the head."""
        with self._changed:
            self._taken = max(self._taken, 0) + len(data)
            self._changed.notify_all()

    def wait_taken(self, size: int) -> None:
        """Until the client has read the head and `size` bytes."""
        with self._changed:
            assert self._changed.wait_for(lambda: self._taken >= size, SECONDS), "the client does not read"


class Served:
    """A connection to the origin: bytes, and ways to leave."""

    def __init__(self, connection: Any, play: Play) -> None:
        self.socket = connection
        self.play = play
        self.open = True
        self._sent = 0

    def raw(self, data: bytes) -> None:
        self.socket.sendall(data)

    def acknowledged(self) -> None:
        """Until the other side's kernel has what was sent: what follows comes by itself."""
        deadline = time.monotonic() + SECONDS
        while struct.unpack("i", fcntl.ioctl(self.socket.fileno(), termios.TIOCOUTQ, bytes(4)))[0]:
            assert time.monotonic() < deadline, "the other side does not acknowledge"
            time.sleep(0.001)

    def sent(self, size: int) -> None:
        """`size` bytes of the body went out: wait until they have arrived."""
        self._sent += size
        self.play.wait_taken(self._sent)

    def fin(self) -> None:
        """Say good-bye, and listen until the other side does."""
        self.open = False
        with contextlib.suppress(OSError):
            self.socket.shutdown(socket.SHUT_WR)
            while self.socket.recv(65536):
                pass

    def reset(self) -> None:
        """RST."""
        self.open = False
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
        self.socket.close()

    def until_they_leave(self) -> bytes:
        """What they still send, until they close; nothing is answered."""
        self.open = False
        rest = b""
        with contextlib.suppress(OSError):
            while data := self.socket.recv(65536):
                rest += data
        return rest


class Http1(Served):
    """A sender in HTTP/1. `framing` is "chunked", "close", or the length to promise."""

    framing: str | int = "chunked"
    version = b"1.1"

    def head(self, headers: Pairs = SSE, status: int = 200) -> None:
        own: tuple[tuple[bytes, bytes], ...] = ()
        if self.framing == "chunked":
            own = ((b"transfer-encoding", b"chunked"),)
        elif self.framing == "close":
            own = ((b"connection", b"close"),)
        elif isinstance(self.framing, int):
            own = ((b"content-length", b"%d" % self.framing),)
        lines = [b"HTTP/%b %d Status" % (self.version, status)]
        lines += [b"%b: %b" % pair for pair in (*headers, *own)]
        self.raw(b"\r\n".join(lines) + b"\r\n\r\n")

    def send(self, data: bytes) -> None:
        self.raw(b"%x\r\n%b\r\n" % (len(data), data) if self.framing == "chunked" else data)
        self.sent(len(data))

    def part_of_a_chunk(self, data: bytes, missing: int = 10) -> None:
        """The beginning of a chunk whose rest never comes."""
        self.raw(b"%x\r\n%b" % (len(data) + missing, data))
        self.sent(len(data))

    def whole(self, trailers: Pairs = ()) -> None:
        if self.framing == "chunked":
            fields = b"".join(b"%b: %b\r\n" % pair for pair in trailers)
            self.raw(b"0\r\n%b\r\n" % fields)
        elif self.framing == "close":
            self.fin()
        elif self.version == b"1.0":
            self.open = False


class Origin:
    """Listens on loopback: `with Origin() as origin: play = origin.play(script)`, at `url + play.path`."""

    def __init__(self, context: ssl.SSLContext | None = None) -> None:
        """With `context` it speaks TLS, and HTTP/2 where the client offers it."""
        self._context = context
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._plays: dict[str, Play] = {}
        self._numbers = count(1)
        self._threads: list[threading.Thread] = []
        self._sockets: list[socket.socket] = []
        self.errors: list[BaseException] = []
        """What went wrong in scripts."""
        port = self._listener.getsockname()[1]
        self.url = f"{'https' if context else 'http'}://127.0.0.1:{port}"

    def play(self, script: Script) -> Play:
        """`script` under a path of its own."""
        number = next(self._numbers)
        play = Play(f"/play{number}/", script)
        self._plays[play.path] = play
        return play

    def __enter__(self) -> Origin:
        self._start(self._accept)
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for connection in self._sockets:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        deadline = time.monotonic() + SECONDS
        for thread in self._threads:
            thread.join(max(deadline - time.monotonic(), 0))
        for connection in self._sockets:
            connection.close()

    def _start(self, target: Callable[..., None], *arguments: Any) -> None:
        thread = threading.Thread(target=target, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection = self._listener.accept()[0]
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self._start(self._serve, connection)

    def _serve(self, connection: Any) -> None:
        try:
            if self._context is not None:
                connection = self._context.wrap_socket(connection, server_side=True)
            self._sockets.append(connection)
            if self._context is not None and connection.selected_alpn_protocol() == "h2":
                from .origin_http2 import Http2Connection

                Http2Connection(connection, self).run()
            else:
                self._serve_http1(connection)
        except OSError:
            pass  # they left; what that means is seen at the client
        finally:
            connection.close()

    def _serve_http1(self, connection: Any) -> None:
        buffer = b""
        while True:
            while b"\r\n\r\n" not in buffer:
                if not (data := connection.recv(65536)):
                    return
                buffer += data
            head, _, buffer = buffer.partition(b"\r\n\r\n")
            length = re.search(rb"(?i)content-length: *(\d+)", head)
            size = int(length[1]) if length else 0
            while len(buffer) < size:
                if not (data := connection.recv(65536)):
                    return
                buffer += data
            body, buffer = buffer[:size], buffer[size:]
            served = Http1(connection, self._plays[head.split(b" ")[1].decode()])
            served.play.begin(head + b"\r\n\r\n" + body)
            self.run(served)
            if not served.open:
                return

    def run(self, served: Served) -> None:
        """Run the script; an error that is no broken connection is the test's to see."""
        try:
            served.play.script(served)
        except OSError:
            raise
        except BaseException as error:
            served.open = False
            self.errors.append(error)
            raise OSError("the script failed") from error

    def find(self, path: str) -> Play:
        return self._plays[path]

    def start(self, target: Callable[..., None], *arguments: Any) -> None:
        """Run something for a connection in a thread that the origin waits for."""
        self._start(target, *arguments)
