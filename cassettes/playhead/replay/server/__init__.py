"""Replay over real sockets, for clients of every language: `Server`, and `ServerThread` around it.

asyncio moves the bytes, h11 reads requests and frames what is whole; what is cut, reset or silent is done
on the socket itself. Needs the extra `serve`.
"""

from __future__ import annotations

from playhead.replay.server.hosted import ServerThread
from playhead.replay.server.server import Server

__all__ = ["Server", "ServerThread"]
