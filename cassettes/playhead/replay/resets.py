"""A connection that breaks: RST instead of FIN. Knows the option of the socket; nothing of who closes it."""

from __future__ import annotations

import socket
import struct
from typing import Final

_AT_ONCE: Final = struct.pack("ii", 1, 0)
"""Linger, for 0 seconds."""


def reset_on_close(sock: socket.socket) -> None:
    """Let the peer meet a RST when `sock` is closed; what it has not received is lost."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
