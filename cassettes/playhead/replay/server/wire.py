"""One connection as a sender sees it: heads, chunks and the ways to stop.

Knows HTTP/1 framing (by h11) and what the kernel does at an end; not what is played, nor when.
"""

from __future__ import annotations

import asyncio
import socket
import struct
import sys
from collections.abc import Callable, Iterable
from typing import Final

import h11

from playhead.model import Framing
from playhead.plan import Head
from playhead.plan.headers import framed
from playhead.plan.steps import RawHeaders
from playhead.replay.resets import reset_on_close
from playhead.replay.server.deadlines import Deadlines

_POLL: Final = 0.001
_SLOW_POLL: Final = 0.05
"""Where nothing waits for the moment, and a client may take its time."""
_GRACE: Final = 5.0
"""Seconds that a client which has taken everything, the FIN included, may keep its side open."""
_MAC_SO_NWRITE: Final = 0x1024


class Wire:
    """Writes responses to one connection."""

    def __init__(
        self,
        transport: asyncio.Transport,
        http: h11.Connection,
        deadlines: Deadlines,
        clock: Callable[[], float],
        *,
        grace: float = _GRACE,
    ) -> None:
        self.http = http
        self._grace = grace
        self._transport = transport
        self._deadlines = deadlines
        self._clock = clock
        self._head: Head | None = None
        self._chunked = False

    def head(self, head: Head) -> None:
        """Write a head. Raises `h11.LocalProtocolError` where it is none that HTTP allows."""
        reason = head.reason or b""
        if head.interim:
            self._interim(head, reason)
            return
        if head.framing is Framing.CLOSE:
            # h11 chunks whatever has no length, save for a peer that cannot read chunks.
            self.http.their_http_version = b"1.0"
        self._head = head
        self._chunked = head.framing is Framing.CHUNKED and self.http.their_http_version == b"1.1"
        self._send(h11.Response(status_code=head.status, headers=list(framed(head)), reason=reason))

    def _interim(self, head: Head, reason: bytes) -> None:
        # 100 answers a client that asked for it, which this one may not have done; HTTP/1.0 knows no other.
        if head.status != 100 and self.http.their_http_version == b"1.1":
            headers = list(head.headers)
            self._send(h11.InformationalResponse(status_code=head.status, headers=headers, reason=reason))

    def framed_chunk(self, data: bytes) -> bytes:
        """A piece of the body as it goes onto the wire: in a chunked body, one chunk."""
        if self._chunked:
            return b"%x\r\n%b\r\n" % (len(data), data)
        return self.http.send(h11.Data(data=data)) or b""

    def write(self, pieces: Iterable[bytes]) -> None:
        """Hand framed pieces to the kernel in one write."""
        self._transport.write(b"".join(pieces))

    def whole(self, trailers: RawHeaders) -> None:
        """End the body as its framing has it."""
        self._send(h11.EndOfMessage(headers=list(trailers) if self._chunked else []))

    def cut(self) -> None:
        """Close in order, in the middle; where the framing would hide that, reset."""
        hidden = self._head is not None and not self._chunked and self._head.framing is Framing.CHUNKED
        if hidden:
            self.reset()
        else:
            self.close()

    def close(self) -> None:
        """FIN, and time for the client to take its leave: closing at once could turn it into a RST.

        Its time begins when it has taken all: a client that stops reading for a while loses nothing.
        """
        if not self._transport.is_closing():
            self._transport.write_eof()
            self.once_taken(self._bid_farewell, poll=_SLOW_POLL)

    def _bid_farewell(self) -> None:
        self._deadlines.at(self._clock() + self._grace, self._transport.abort)

    def reset(self) -> None:
        """RST, once the client's kernel has everything that was sent: a RST overtakes what is under way."""
        self.once_taken(self._break)

    def _break(self) -> None:
        reset_on_close(self._transport.get_extra_info("socket"))
        self._transport.abort()

    def once_taken(self, call: Callable[[], None], *, poll: float = _POLL) -> None:
        """Call `call` when the client's kernel has all that was sent; never where the connection is gone.

        asyncio tells when its own buffer is low, not when the kernel's is empty: that is asked every
        `poll` seconds.
        """
        if self._transport.is_closing():
            return
        sock: socket.socket = self._transport.get_extra_info("socket")
        if self._transport.get_write_buffer_size() or _undelivered(sock):
            self._deadlines.at(self._clock() + poll, lambda: self.once_taken(call, poll=poll))
        else:
            call()

    def _send(self, event: h11.Event) -> None:
        self._transport.write(self.http.send(event) or b"")


def _undelivered(sock: socket.socket) -> int:
    """Bytes that the peer's kernel has not acknowledged."""
    if sys.platform == "win32":
        return 0
    if sys.platform == "darwin":
        return sock.getsockopt(socket.SOL_SOCKET, _MAC_SO_NWRITE)
    import fcntl
    import termios

    return int(struct.unpack("i", fcntl.ioctl(sock.fileno(), termios.TIOCOUTQ, bytes(4)))[0])
