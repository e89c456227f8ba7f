"""Breaking off, closing, reading twice, asking again: through a transport as over a socket."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import httpx
import httpx2
import pytest
import trio

import playhead.httpx
import playhead.httpx2
from playhead import Cassette
from playhead.replay.server import ServerThread

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
