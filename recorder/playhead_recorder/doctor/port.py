"""Whether a recorder can listen where it would, and who is in the way.

Knows sockets, and on Linux the process table. Binds for a moment, and accepts nothing.
"""

from __future__ import annotations

import contextlib
import errno
import ipaddress
import os
import re
import socket
import sys
from pathlib import Path

from playhead.doctor import Finding, Level, Surroundings

_NAME = "port"
_ANOTHER = "Choose another with --listen HOST:PORT; port 0 takes any free one."
_LISTENS = "0A"
"""The state of a listening socket (linux/include/net/tcp_states.h)."""


def port(surroundings: Surroundings) -> Finding:
    """Whether `host` and `port` are free."""
    host, number = surroundings.host, surroundings.port
    address = f"{host}:{number}"
    try:
        _bind(host, number)
    except socket.gaierror:
        return Finding(_NAME, Level.FAIL, f"{address}: no such host", _ANOTHER)
    except OSError as error:
        why = os.strerror(error.errno) if error.errno else str(error)
        if error.errno == errno.EADDRINUSE and (who := holder(number)) is not None:
            why = f"{who} listens there"
        return Finding(_NAME, Level.FAIL, f"{address}: {why}", _ANOTHER)
    if not _is_loopback(host):
        return Finding(
            _NAME,
            Level.WARN,
            f"{address} is free, but no loopback address: whoever reaches it can use the recorder",
            "Listen on 127.0.0.1 unless others are to use it.",
        )
    return Finding(_NAME, Level.OK, f"{address} is free" if number else f"{host}: any free one is taken")


def holder(number: int) -> str | None:
    """Which process listens on a port, as `NAME (pid N)`; `None` where that cannot be told."""
    inodes = {f"socket:[{inode}]" for inode in _listening(number)}
    if not inodes:
        return None
    for descriptors in Path("/proc").glob("[0-9]*/fd"):
        with contextlib.suppress(OSError):
            for each in descriptors.iterdir():
                if str(each.readlink()) in inodes:
                    process = descriptors.parent
                    return f"{(process / 'comm').read_text().strip()} (pid {process.name})"
    return None


def _listening(number: int) -> set[str]:
    """The inodes of the sockets that listen on a port, as Linux tells them."""
    found = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        with contextlib.suppress(OSError):
            for line in Path(table).read_text().splitlines()[1:]:
                fields = line.split()
                if fields[3] == _LISTENS and int(fields[1].rpartition(":")[2], 16) == number:
                    found.add(fields[9])
    return found


def _bind(host: str, number: int) -> None:
    family, kind, protocol, _, address = socket.getaddrinfo(
        host, number, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )[0]
    with socket.socket(family, kind, protocol) as listener:
        if sys.platform != "win32":
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as a recorder does
        listener.bind(address)
        listener.listen(1)


def _is_loopback(host: str) -> bool:
    if re.fullmatch(r"localhost\.?", host, re.IGNORECASE):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
