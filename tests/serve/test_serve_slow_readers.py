"""A client that stops reading for a while gets everything, whatever stands at the end."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

import h11
import pytest

from playhead.model import EndingKind, Framing
from playhead.plan import End, Finish, Head, Send, Step
from playhead.replay.server.deadlines import Deadlines, deadlines
from playhead.replay.server.performance import Performance
from playhead.replay.server.wire import Wire

SIZE = 400_000
"""More than these sockets hold for a client that reads nothing."""

HEAD = b"HTTP/1.1 200 \r\nConnection: close\r\n\r\n"


class Peer:
    """The other end of a connection, with a small buffer: it reads when told to."""

    def __init__(self, sock: socket.socket, loop: asyncio.AbstractEventLoop) -> None:
        self._sock = sock
        self._loop = loop

    async def rest(self) -> tuple[int, str]:
        """How many bytes come, and what ends them."""
        size = 0
        try:
            while data := await self._loop.sock_recv(self._sock, 65536):
                size += len(data)
        except ConnectionResetError:
            return size, "reset"
        return size, "fin"


Main = Callable[[asyncio.Transport, Deadlines, Peer], Coroutine[Any, Any, Any]]


def meeting(main: Main) -> Any:
    """Run `main` with a transport and the peer that it writes to."""

    async def body() -> Any:
        loop = asyncio.get_running_loop()
        with socket.socket() as listener, socket.socket() as client:
            listener.bind(("127.0.0.1", 0))
            listener.listen()
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            client.connect(listener.getsockname())
            client.setblocking(False)
            server = listener.accept()[0]
            server.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 16384)
            transport, _ = await loop.create_connection(asyncio.Protocol, sock=server)
            waiting = deadlines(loop)
            try:
                return await main(transport, waiting, Peer(client, loop))
            finally:
                transport.abort()
                await asyncio.sleep(0)
                waiting.close()

    return asyncio.run(asyncio.wait_for(body(), 60))


async def past(waiting: Deadlines) -> None:
    """Until all that is due by now has been called."""
    loop = asyncio.get_running_loop()
    called = asyncio.Event()
    waiting.at(loop.time(), called.set)
    await called.wait()


def wire_of(transport: asyncio.Transport, waiting: Deadlines) -> Wire:
    """A wire that gives no time to leave."""
    return Wire(transport, h11.Connection(h11.SERVER), waiting, asyncio.get_running_loop().time, grace=0.0)


@pytest.mark.parametrize(("way", "end"), [("close", "fin"), ("reset", "reset")])
def test_time_to_leave_begins_when_all_is_taken(way: str, end: str) -> None:
    async def main(transport: asyncio.Transport, waiting: Deadlines, peer: Peer) -> tuple[int, str]:
        wire = wire_of(transport, waiting)
        wire.write([bytes(SIZE)])
        getattr(wire, way)()
        await past(waiting)
        assert not transport.is_closing()
        return await peer.rest()

    assert meeting(main) == (SIZE, end)


def test_a_connection_that_all_was_taken_from_is_left() -> None:
    async def main(transport: asyncio.Transport, waiting: Deadlines, peer: Peer) -> tuple[int, str]:
        wire = wire_of(transport, waiting)
        wire.write([b"data: 1\n\n"])
        wire.close()
        rest = await peer.rest()
        while not transport.is_closing():
            await asyncio.sleep(0.01)
        return rest

    assert meeting(main) == (9, "fin")


class Told:
    """A host that notes what it is told."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def note(self, text: str = "played") -> None:
        self.texts.append(text)

    played = say = missed = recording_ended = note


def test_nobody_is_said_to_want_more_who_has_not_read_what_there_is() -> None:
    def steps() -> Iterator[Step]:
        yield Head(status=200, framing=Framing.CLOSE)
        yield Send(number=1, data=bytes(SIZE))
        yield End(finish=Finish.RECORDING_ENDED, kind=EndingKind.CLIENT_CLOSED)

    async def main(transport: asyncio.Transport, waiting: Deadlines, peer: Peer) -> tuple[int, str]:
        told, loop, wire = Told(), asyncio.get_running_loop(), wire_of(transport, waiting)
        wire.http.receive_data(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        assert wire.http.next_event() is not h11.NEED_DATA
        play = Performance(steps(), wire, loop=loop, deadlines=waiting, host=told, what="it", linger=1e-9)
        play.begin()
        for _ in range(
            SIZE // 65536 + 3
        ):  # writes give others their turn, then the wait of no length is over
            await past(waiting)
        assert told.texts == []
        rest = await peer.rest()
        assert len(told.texts) == 1
        return rest

    assert meeting(main) == (len(HEAD) + SIZE, "reset")
