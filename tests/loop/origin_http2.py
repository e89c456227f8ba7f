"""The origin in HTTP/2: streams that share a connection, and ways to end one or all of them."""

from __future__ import annotations

import contextlib
import select
import socket
import threading
from typing import Any

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import RequestReceived, StreamEnded
from h2.exceptions import ProtocolError

from .origin import RESET_ON_CLOSE, SSE, Origin, Pairs, Play, Served


class Http2(Served):
    """A sender in HTTP/2: one stream of a connection that others may share."""

    def __init__(self, shared: Http2Connection, play: Play, stream: int) -> None:
        super().__init__(shared.socket, play)
        self.h2 = shared.h2
        self.stream = stream
        self._shared = shared

    def head(self, headers: Pairs = SSE, status: int = 200, *, end: bool = False) -> None:
        with self.flushing():
            self.h2.send_headers(self.stream, [(b":status", b"%d" % status), *headers], end_stream=end)

    def send(self, data: bytes) -> None:
        """One DATA frame, or as many as it takes."""
        for start in range(0, len(data) or 1, 16384):
            piece = data[start : start + 16384]
            with self.flushing():
                self.h2.send_data(self.stream, piece)
            self.sent(len(piece))

    def whole(self, trailers: Pairs = ()) -> None:
        with self.flushing():
            if trailers:
                self.h2.send_headers(self.stream, list(trailers), end_stream=True)
            else:
                self.h2.end_stream(self.stream)

    def rst_stream(self, code: int) -> None:
        with self.flushing():
            self.h2.reset_stream(self.stream, code)

    def goaway(self, code: int = 0) -> None:
        with self.flushing():
            self.h2.close_connection(code)

    def reset(self) -> None:
        """RST of the connection. Only the thread that reads it can close it."""
        self._shared.doomed.set()

    def fin(self) -> None:
        self.socket.shutdown(socket.SHUT_WR)

    @contextlib.contextmanager
    def flushing(self) -> Any:
        with self._shared.lock:
            yield
            self.socket.sendall(self.h2.data_to_send())


class Http2Connection:
    """A connection whose streams are served by a thread each."""

    def __init__(self, connection: Any, origin: Origin) -> None:
        self.socket = connection
        self.lock = threading.RLock()
        self.h2 = H2Connection(H2Configuration(client_side=False, header_encoding=None))
        self.doomed = threading.Event()
        self._origin = origin
        self._paths: dict[int, str] = {}
        self.h2.initiate_connection()
        connection.sendall(self.h2.data_to_send())

    def run(self) -> None:
        while data := self._recv():
            with self.lock:
                try:
                    events = self.h2.receive_data(data)
                except ProtocolError:
                    return  # a frame that was under way when this side had said its last
                self.socket.sendall(self.h2.data_to_send())
            for event in events:
                if isinstance(event, RequestReceived):
                    self._paths[event.stream_id] = dict(event.headers)[b":path"].decode()
                elif isinstance(event, StreamEnded):
                    self._origin.start(self._run, event.stream_id)

    def _recv(self) -> bytes:
        while not self.doomed.is_set():
            if self.socket.pending() or select.select([self.socket], [], [], 0.02)[0]:
                data: bytes = self.socket.recv(65536)
                return data
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
        self.socket.close()
        return b""

    def _run(self, stream: int) -> None:
        served = Http2(self, self._origin.find(self._paths[stream]), stream)
        served.play.begin(b"")
        with contextlib.suppress(OSError):
            self._origin.run(served)
