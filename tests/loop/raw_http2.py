"""A client that speaks HTTP/2 frame by frame, to leave in ways that no client library offers."""

from __future__ import annotations

import socket
import ssl
from typing import TypeVar

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import DataReceived, Event, ResponseReceived

from .origin import RESET_ON_CLOSE, SECONDS, Play

E = TypeVar("E", bound=Event)


class RawHttp2:
    """One connection to a recorder. Whoever certifies it, it is trusted."""

    def __init__(self, port: int) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        context.set_alpn_protocols(["h2"])
        plain = socket.create_connection(("127.0.0.1", port), SECONDS)
        self.socket = context.wrap_socket(plain)
        self.h2 = H2Connection(H2Configuration(header_encoding="utf-8"))
        self.h2.initiate_connection()
        self._events: list[Event] = []
        self._flush()

    def __enter__(self) -> RawHttp2:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def read(self, play: Play, size: int) -> int:
        """Ask for `play`, read `size` bytes of its body; the stream's number."""
        number = self.h2.get_next_available_stream_id()
        head = {":method": "POST", ":path": play.path, ":scheme": "https", ":authority": "origin"}
        self.h2.send_headers(number, list(head.items()))
        self.h2.send_data(number, b"{}", end_stream=True)
        self._flush()
        self._wait_for(ResponseReceived)
        play.took(b"")
        while size > 0:
            data = self._wait_for(DataReceived).data or b""
            play.took(data)
            size -= len(data)
        return number

    def reset_stream(self, number: int) -> None:
        self.h2.reset_stream(number, 8)
        self._flush()

    def goaway(self) -> None:
        self.h2.close_connection()
        self._flush()

    def fin(self) -> None:
        """FIN, whatever is still unread."""
        self.socket.shutdown(socket.SHUT_WR)

    def reset(self) -> None:
        """RST of the connection."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
        self.socket.close()

    def _flush(self) -> None:
        self.socket.sendall(self.h2.data_to_send())

    def _wait_for(self, kind: type[E]) -> E:
        while True:
            for at, event in enumerate(self._events):
                if isinstance(event, kind):
                    del self._events[at]
                    return event
            data = self.socket.recv(65536)
            assert data, f"closed before {kind.__name__}"
            self._events += self.h2.receive_data(data)
            self._flush()
