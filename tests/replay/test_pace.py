"""When each read returns: on made clocks, where no time passes but what was asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import httpx2
import pytest
import trio
import trio.testing

import playhead.httpx
import playhead.httpx2
from playhead import Cassette, EndingKind, Response, UsageError
from playhead.replay import drive

Make = Callable[..., Cassette]
URL = "http://h/v1/messages?beta=true"
# The request was complete at 1.0, the head came at 1.5.
PACED = [(b"a", 2.0), (b"b", 5.0), (b"c", 35.0), (b"d", 36.0)]
LIBRARIES = [(httpx, playhead.httpx), (httpx2, playhead.httpx2)]
Kit = tuple[Any, Any]


class MadeTime:
    """A clock that only sleeping moves, and that wakes late, as real ones do."""

    def __init__(self, late: float = 0.0) -> None:
        self.now = 100.0
        self.late = late

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds + self.late


@pytest.fixture(params=LIBRARIES, ids=["httpx", "httpx2"])
def kit(request: pytest.FixtureRequest) -> Kit:
    """A client library and its adapter."""
    return request.param  # type: ignore[no-any-return]


def read_sync(kit: Kit, cassette: Cassette, clock: MadeTime, **options: Any) -> list[tuple[float, bytes]]:
    library, adapter = kit
    pace = {"speed": options.pop("speed", 1.0), "max_gap": options.pop("max_gap", None)}
    met: list[tuple[float, bytes]] = []
    with library.Client(transport=adapter.ReplayTransport(cassette, **pace), **options) as client:
        start = clock.now
        with client.stream("POST", URL) as response:
            met.append((clock.now - start, b"head"))
            met.extend((clock.now - start, chunk) for chunk in response.iter_raw())
    return met


@pytest.mark.parametrize("speed", [1.0, 4.0, 0.5])
def test_blocking_reads_return_when_they_did(
    kit: Kit, make: Make, monkeypatch: pytest.MonkeyPatch, speed: float
) -> None:
    clock = MadeTime()
    monkeypatch.setattr(drive, "time", clock)
    met = read_sync(kit, make(PACED), clock, speed=speed, timeout=None)
    recorded = [(0.5, b"head"), (1.0, b"a"), (4.0, b"b"), (34.0, b"c"), (35.0, b"d")]
    assert met == [(pytest.approx(t / speed), data) for t, data in recorded]


def test_no_wait_is_longer_than_the_longest_gap(
    kit: Kit, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = MadeTime()
    monkeypatch.setattr(drive, "time", clock)
    met = read_sync(kit, make(PACED), clock, max_gap=2, timeout=2.5)
    assert met == [(0.5, b"head"), (1.0, b"a"), (3.0, b"b"), (5.0, b"c"), (6.0, b"d")]


def test_waking_late_does_not_add_up(kit: Kit, make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = MadeTime(late=0.25)
    monkeypatch.setattr(drive, "time", clock)
    met = read_sync(kit, make(PACED), clock, timeout=None)
    assert [t for t, _ in met] == pytest.approx([0.75, 1.25, 4.25, 34.25, 35.25])


def test_max_asks_no_clock(kit: Kit, make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drive, "time", None)
    met = read_sync(kit, make(PACED), MadeTime(), speed="max", timeout=1.0)
    assert [data for _, data in met] == [b"head", b"a", b"b", b"c", b"d"]


def test_a_gap_longer_than_the_read_timeout_is_one(
    kit: Kit, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = MadeTime()
    monkeypatch.setattr(drive, "time", clock)
    start = clock.now
    with pytest.raises(kit[0].ReadTimeout, match="timed out"):
        read_sync(kit, make(PACED), clock, timeout=10.0)
    # "b" came after 4 seconds; the read for "c" began then.
    assert clock.now - start == pytest.approx(14.0)


def test_a_head_that_is_late_times_out_too(kit: Kit, make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = MadeTime()
    monkeypatch.setattr(drive, "time", clock)
    start = clock.now
    with pytest.raises(kit[0].ReadTimeout):
        read_sync(kit, make(PACED), clock, timeout=0.25)
    assert clock.now - start == pytest.approx(0.25)


def test_a_slow_reader_does_not_time_out(kit: Kit, make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """The read timeout counts from when the client asks, not from the last chunk."""
    clock = MadeTime()
    monkeypatch.setattr(drive, "time", clock)
    library, adapter = kit
    transport = adapter.ReplayTransport(make(PACED), speed=1.0)
    with library.Client(transport=transport, timeout=10.0) as client, client.stream("POST", URL) as response:
        parts = response.iter_raw()
        assert (next(parts), next(parts)) == (b"a", b"b")
        clock.now += 25.0
        assert next(parts) == b"c"


def test_a_stall_lasts_as_long_as_the_client_waits(
    kit: Kit, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = MadeTime()
    monkeypatch.setattr(drive, "time", clock)
    start = clock.now
    with pytest.raises(kit[0].ReadTimeout):
        read_sync(kit, make(PACED[:2], ending=EndingKind.TIMEOUT), clock, timeout=60.0)
    assert clock.now - start == pytest.approx(64.0)


def read_trio(kit: Kit, cassette: Cassette, timeout: float | None) -> list[tuple[float, bytes]]:
    """The same on trio's own made clock, which jumps to the next deadline."""
    library, adapter = kit
    met: list[tuple[float, bytes]] = []

    async def main() -> None:
        start = trio.current_time()
        transport = adapter.ReplayTransport(cassette, speed=1.0)
        async with (
            library.AsyncClient(transport=transport, timeout=timeout) as client,
            client.stream("POST", URL) as response,
        ):
            met.append((trio.current_time() - start, b"head"))
            async for chunk in response.aiter_raw():
                met.append((trio.current_time() - start, chunk))

    trio.run(main, clock=trio.testing.MockClock(autojump_threshold=0))
    return met


def test_awaited_reads_return_when_they_did(kit: Kit, make: Make) -> None:
    met = read_trio(kit, make(PACED), None)
    assert met == [
        (pytest.approx(t), data)
        for t, data in [(0.5, b"head"), (1.0, b"a"), (4.0, b"b"), (34.0, b"c"), (35.0, b"d")]
    ]


def test_awaited_reads_time_out(kit: Kit, make: Make) -> None:
    with pytest.raises(kit[0].ReadTimeout):
        read_trio(kit, make(PACED), 10.0)


def test_unknown_times_are_not_waited_for(kit: Kit, make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = MadeTime()
    monkeypatch.setattr(drive, "time", clock)
    unknown = make([(b"a", None), (b"b", None)], response=Response(status=200), request=None)
    assert read_sync(kit, unknown, clock) == [(0.0, b"head"), (0.0, b"a"), (0.0, b"b")]


def test_a_speed_that_is_none_is_refused(kit: Kit, make: Make) -> None:
    with pytest.raises(UsageError, match="no such speed: 0"):
        kit[1].ReplayTransport(make(), speed=0)
