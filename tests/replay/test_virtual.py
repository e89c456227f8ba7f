"""Recorded time without waiting for it: when each read returns, and when each timeout comes, exactly."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

import anthropic
import httpx
import httpx2
import pytest
import trio

import playhead.httpx
import playhead.httpx2
from playhead import CannotRun, Cassette, EndingKind, ReplayMiss, Request, Response, virtual_time
from playhead.plan.alterations import stall, status
from playhead.replay.altered import altered
from playhead.replay.session import Repeats, session_of

Make = Callable[..., Cassette]
URL = "http://h/v1/messages?beta=true"
# The request was complete at 1.0, the head came at 1.5.
PACED = [(b"a", 2.0), (b"b", 5.0), (b"c", 35.0), (b"d", 36.0)]
TIMES = [(0.5, b""), (1.0, b"a"), (4.0, b"b"), (34.0, b"c"), (35.0, b"d")]


def read(client: Any, cassette: Any, timeout: float | None, speed: Any = 1.0) -> list[tuple[float, Any]]:
    """When each read returned, and what it gave; with the error last."""
    library, transport = client.library, client.transport(cassette, speed=speed)
    met: list[tuple[float, Any]] = []
    start = time.monotonic()

    def note(what: Any) -> None:
        met.append((round(time.monotonic() - start, 9), what))

    def blocking() -> None:
        with library.Client(transport=transport, timeout=timeout) as session:
            try:
                with session.stream("POST", URL) as response:
                    note(b"")
                    for chunk in response.iter_raw():
                        note(chunk)
            except library.ReadTimeout as error:
                note(type(error).__name__)

    async def awaiting() -> None:
        async with library.AsyncClient(transport=transport, timeout=timeout) as session:
            try:
                async with session.stream("POST", URL) as response:
                    note(b"")
                    async for chunk in response.aiter_raw():
                        note(chunk)
            except library.ReadTimeout as error:
                note(type(error).__name__)

    if client.flavour == "sync":
        blocking()
    elif client.flavour == "asyncio":
        asyncio.run(awaiting())
    else:
        trio.run(awaiting)
    return met


def test_the_recorded_pace(client: Any, make: Make) -> None:
    with virtual_time() as clock:
        assert read(client, make(PACED), None) == TIMES
        assert clock.elapsed == 35.0
        assert read(client, make(PACED), None, 2.0) == [(t / 2, data) for t, data in TIMES]


def test_a_gap_that_is_longer_than_the_read_timeout(client: Any, make: Make) -> None:
    with virtual_time():
        assert read(client, make(PACED), 10.0) == [*TIMES[:3], (14.0, "ReadTimeout")]


@pytest.mark.soak
def test_a_stall_has_one_outcome_however_often(client: Any, make: Make, soak: bool) -> None:
    cassette = make(PACED[:2], ending=EndingKind.TIMEOUT)
    for _ in range(1000 if soak else 20):
        with virtual_time() as clock:
            assert read(client, cassette, 10.0) == [*TIMES[:3], (14.0, "ReadTimeout")]
            assert clock.elapsed == 14.0


def test_a_stall_for_ever_against_a_client_that_waits_for_ever(client: Any, make: Make) -> None:
    with virtual_time(), pytest.raises(ReplayMiss, match="Give the client a read timeout"):
        read(client, altered(make(PACED), stall(chunk=2)), None)


@pytest.mark.parametrize("library", [httpx, httpx2], ids=["httpx", "httpx2"])
def test_the_codes_own_deadline(make: Make, library: Any) -> None:
    adapter = playhead.httpx if library is httpx else playhead.httpx2

    async def main() -> tuple[float, list[bytes]]:
        got: list[bytes] = []
        start = asyncio.get_running_loop().time()
        transport = adapter.ReplayTransport(make(PACED), speed=1.0)
        try:
            async with (
                asyncio.timeout(20),
                library.AsyncClient(transport=transport, timeout=None) as client,
                client.stream("POST", URL) as response,
            ):
                async for chunk in response.aiter_raw():
                    got.append(chunk)
        except TimeoutError:
            pass
        return asyncio.get_running_loop().time() - start, got

    with virtual_time():
        assert asyncio.run(main()) == (20.0, [b"a", b"b"])


def test_an_sdk_waits_before_it_tries_again(make: Make) -> None:
    """Retries with their real waits, in no wall time."""
    asked = Request(method="POST", url="https://api.anthropic.com/v1/messages", t=1.0)
    cassette = altered(make(PACED, request=asked), status(529, retry_after=20))
    transport = playhead.httpx2.ReplayTransport(cassette, speed=1.0, repeats="repeat")
    http_client = httpx2.Client(transport=transport)
    with (
        anthropic.Anthropic(api_key="x", http_client=http_client, max_retries=2) as client,
        virtual_time() as clock,
    ):
        with pytest.raises(anthropic.APIStatusError) as caught:
            client.messages.create(model="m", max_tokens=9, messages=[{"role": "user", "content": "?"}])
        assert caught.value.status_code == 529
        assert clock.elapsed == 0.5 + 20 + 0.5 + 20 + 0.5


def test_a_loop_of_another_kind_is_refused_when_it_waits(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    cassette = make([(b"a", 2.0)], response=Response(status=200))
    transport = playhead.httpx2.ReplayTransport(cassette, speed=1.0)

    async def main() -> None:
        monkeypatch.setattr(asyncio.selector_events, "BaseSelectorEventLoop", type(None))
        async with httpx2.AsyncClient(transport=transport) as client:
            await client.post(URL)

    with virtual_time(), pytest.raises(CannotRun, match="it keeps its own time"):
        asyncio.run(main())


def test_an_error_once_and_then_what_was_recorded(make: Make) -> None:
    """What docs/hostile.md shows: the second try gets the answer, after the time that was asked for."""
    session = session_of(make(PACED))
    failing = altered(session.exchanges[0], status(529, retry_after=2))
    session.restage({failing.number: failing}, Repeats.REPEAT)
    transport = playhead.httpx2.ReplayTransport(session, speed=1.0)
    with httpx2.Client(transport=transport, timeout=60) as client, virtual_time() as clock:
        first = client.post(URL, content=b"{}")
        time.sleep(float(first.headers["retry-after"]))
        assert (first.status_code, client.post(URL, content=b"{}").content) == (529, b"abcd")
        assert clock.elapsed == 0.5 + 2 + 35
    assert session.asked == 2
