"""Breaking off, closing, reading twice, asking again: through a transport as over a socket."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable
from functools import partial
from typing import Any

import anyio
import httpx
import httpx2
import pytest
import trio

import playhead.httpx
import playhead.httpx2
from playhead import Cassette
from playhead.replay.server import ServerThread
from playhead.replay.session import session_of

from .conftest import Client, Met
from .origins import OneVisit, read_request

Make = Callable[..., Cassette]
TARGET = "/v1/messages?beta=true"
BODY = [(b"data: 1\n\n", 2.0), (b"data: 2\n\n", 2.2), (b"data: 3\n\n", 2.4)]
Told = list[Any]


def break_off(response: Any, told: Told) -> None:
    for chunk in response.iter_raw():
        told.append(chunk[:9])
        break


def read_twice(response: Any, told: Told) -> None:
    told.append(b"".join(response.iter_raw()))
    told.append(b"".join(response.iter_raw()))


def read_after_break(response: Any, told: Told) -> None:
    break_off(response, told)
    response.read()


def close_and_read(response: Any, told: Told) -> None:
    response.close()
    told.append(response.is_closed)
    response.read()


async def abreak_off(response: Any, told: Told) -> None:
    parts = response.aiter_raw()
    async for chunk in parts:
        told.append(chunk[:9])
        break
    await parts.aclose()


async def aread_twice(response: Any, told: Told) -> None:
    told.append(b"".join([chunk async for chunk in response.aiter_raw()]))
    told.append(b"".join([chunk async for chunk in response.aiter_raw()]))


async def aread_after_break(response: Any, told: Told) -> None:
    await abreak_off(response, told)
    await response.aread()


async def aclose_and_read(response: Any, told: Told) -> None:
    await response.aclose()
    told.append(response.is_closed)
    await response.aread()


WAYS: list[tuple[Callable[..., Any], Callable[..., Any]]] = [
    (break_off, abreak_off),
    (read_twice, aread_twice),
    (read_after_break, aread_after_break),
    (close_and_read, aclose_and_read),
]


def ask(library: Any, url: str, way: Callable[..., Any], transport: Any) -> Told:
    """Two requests on one client, each left in `way`: what was met."""
    told: Told = []
    with library.Client(transport=transport, timeout=20, trust_env=False) as client:
        for _ in range(2):
            try:
                with client.stream("POST", url, content=b"{}") as response:
                    way(response, told)
            except Exception as error:  # noqa: BLE001 - whatever it is, it is what was met
                told.append((type(error).__name__, str(error)))
            told.append((response.is_closed, response.is_stream_consumed))
    return told


async def aask(library: Any, url: str, way: Callable[..., Any], transport: Any) -> Told:
    told: Told = []
    async with library.AsyncClient(transport=transport, timeout=20, trust_env=False) as client:
        for _ in range(2):
            try:
                async with client.stream("POST", url, content=b"{}") as response:
                    await way(response, told)
            except Exception as error:  # noqa: BLE001 - whatever it is, it is what was met
                told.append((type(error).__name__, str(error)))
            told.append((response.is_closed, response.is_stream_consumed))
    return told


# httpcore leaves a generator to the garbage collector, of which trio complains.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("flavour", ["sync", "asyncio", "trio"])
@pytest.mark.parametrize(
    ("library", "adapter"), [(httpx, playhead.httpx), (httpx2, playhead.httpx2)], ids=["httpx", "httpx2"]
)
@pytest.mark.parametrize("ways", WAYS, ids=lambda ways: ways[0].__name__)
def test_a_client_may_leave_when_it_likes(
    make: Make, library: Any, adapter: Any, flavour: str, ways: tuple[Any, Any]
) -> None:
    way = ways[flavour != "sync"]
    cassette = make(BODY, facts={"framing": "chunked"}, copies=2)
    with ServerThread(cassette, speed="max") as server:
        met: list[Told] = []
        for transport in (None, adapter.ReplayTransport(cassette)):
            url = server.url + TARGET
            if flavour == "sync":
                met.append(ask(library, url, way, transport))
            elif flavour == "asyncio":
                met.append(asyncio.run(aask(library, url, way, transport)))
            else:
                met.append(trio.run(aask, library, url, way, transport))
    real, played = met
    assert played == real


class Waiting(OneVisit):
    """Answers with a head and its chunks, and waits for the client to leave."""

    def __init__(self, chunks: int) -> None:
        super().__init__()
        self._chunks = chunks

    def answer(self, sock: socket.socket) -> None:
        read_request(sock)
        parts = [b"9\r\n%b\r\n" % data for data, _ in BODY[: self._chunks]]
        sock.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"".join(parts))
        while sock.recv(65536):
            pass


def in_a_thread(close: Callable[[], None]) -> None:
    thread = threading.Thread(target=close)
    thread.start()
    thread.join()


def closed_and_read(
    library: Any, url: str, transport: Any, chunks: int, *, client: bool, thread: bool
) -> Met:
    met = Met()
    asker = library.Client(transport=transport, timeout=20, trust_env=False)
    response = asker.send(asker.build_request("POST", url, content=b"{}"), stream=True)
    parts = response.iter_raw()
    met.chunks = [next(parts) for _ in range(chunks)]
    close = asker.close if client else response.close
    in_a_thread(close) if thread else close()
    with met.noting_errors():
        met.chunks += parts
    met.after = (response.is_closed, response.is_stream_consumed, next(parts, None))
    response.close()
    asker.close()
    return met


async def aclosed_and_read(
    library: Any, url: str, transport: Any, chunks: int, *, client: bool, waiting: bool
) -> Met:
    met = Met()
    asker = library.AsyncClient(transport=transport, timeout=20, trust_env=False)
    response = await asker.send(asker.build_request("POST", url, content=b"{}"), stream=True)
    parts = response.aiter_raw()
    met.chunks = [await anext(parts) for _ in range(chunks)]
    close = asker.aclose if client else response.aclose

    async def read() -> None:
        with met.noting_errors():
            met.chunks += [part async for part in parts]

    if waiting:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(read)
            await anyio.wait_all_tasks_blocked()
            await close()
    else:
        await close()
        await read()
    met.after = (response.is_closed, response.is_stream_consumed, await anext(parts, None))
    await response.aclose()
    await asker.aclose()
    return met


@pytest.mark.parametrize(
    ("chunks", "closed", "reader"),
    [
        (0, "client", "behind"),
        (1, "client", "behind"),
        (1, "response", "behind"),
        (1, "client", "beside"),
        (1, "response", "beside"),
    ],
)
def test_who_reads_on_from_what_was_closed_meets_a_closed_socket(
    make: Make, client: Client, chunks: int, closed: str, reader: str
) -> None:
    """`beside`: in another thread, or while another task waits for the next chunk."""
    far = [(data, t + 3600 * place) for place, (data, t) in enumerate(BODY)]
    cassette = make(far, facts={"framing": "chunked"})
    waits = client.flavour != "sync" and reader == "beside"
    met = []
    for transport in (None, client.transport(cassette, speed=1.0 if waits else "max")):
        with Waiting(chunks) as url:
            if client.flavour == "sync":
                met.append(
                    closed_and_read(
                        client.library, url + TARGET, transport, chunks,
                        client=closed == "client", thread=reader == "beside",
                    )
                )  # fmt: skip
            else:
                run = partial(
                    aclosed_and_read, client.library, url + TARGET, transport, chunks,
                    client=closed == "client", waiting=waits,
                )  # fmt: skip
                met.append(asyncio.run(run()) if client.flavour == "asyncio" else trio.run(run))
    real, played = met
    assert played.error == real.error
    assert (played.chunks, played.after) == (real.chunks, real.after)
    assert played.has_request == real.has_request
    assert isinstance(played.raised, client.library.ReadError)


@pytest.mark.parametrize("framing", ["length", "chunked"])
def test_a_body_that_is_whole_ends_though_its_client_was_closed(make: Make, framing: str) -> None:
    """Behind the last byte of a known length no client reads again."""
    cassette = make(BODY, facts={"framing": framing})
    with httpx2.Client(transport=playhead.httpx2.ReplayTransport(cassette)) as client:
        response = client.send(client.build_request("POST", "http://h" + TARGET, content=b"{}"), stream=True)
        parts = response.iter_raw()
        got = [next(parts) for _ in BODY]
    if framing == "length":
        assert list(parts) == []
    else:
        with pytest.raises(httpx2.ReadError):
            next(parts)
    assert got == [data for data, _ in BODY]


def test_one_client_closed_leaves_the_others_alone(make: Make) -> None:
    session = session_of(make(BODY, copies=2))
    one, two = (httpx2.Client(transport=playhead.httpx2.ReplayTransport(session)) for _ in range(2))
    request = one.build_request("POST", "http://h" + TARGET, content=b"{}")
    first, second = one.send(request, stream=True), two.send(request, stream=True)
    one.close()
    assert second.read() == b"".join(data for data, _ in BODY)
    with pytest.raises(httpx2.ReadError, match="Bad file descriptor"):
        first.read()
    two.close()
