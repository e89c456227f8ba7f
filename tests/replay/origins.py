"""Origins that no server library would be: a socket of their own, for one client."""

from __future__ import annotations

import contextlib
import socket
import threading


def read_request(sock: socket.socket) -> None:
    """Take in a request whose body is `{}`, to its end."""
    got = b""
    while b"\r\n\r\n{}" not in got and (piece := sock.recv(65536)):
        got += piece


class OneVisit:
    """Listens on loopback and lets `answer` serve the first client that comes; gives its URL."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._serve)

    def __enter__(self) -> str:
        self._thread.start()
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()

    def answer(self, sock: socket.socket) -> None:
        """Whatever there is to say; `OSError` means that the client has left."""
        raise NotImplementedError

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            sock, _ = self._listener.accept()
            with sock:
                self.answer(sock)


class RawBytes(OneVisit):
    """Answers one request with `raw`, and closes in order."""

    def __init__(self, raw: bytes) -> None:
        super().__init__()
        self._raw = raw

    def answer(self, sock: socket.socket) -> None:
        read_request(sock)
        sock.sendall(self._raw)
        sock.shutdown(socket.SHUT_WR)
        while sock.recv(65536):
            pass
