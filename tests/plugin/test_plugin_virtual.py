"""Virtual time in tests: exact times, blocking, by pytest-asyncio, by anyio on both backends; refusals."""

from __future__ import annotations

import importlib.util
import shutil
from pathlib import Path

import pytest

import playhead
from playhead import EndingKind, Request, Response

from .inner import SSE, Suite

HEAD = """
import asyncio, time
from time import monotonic_ns, sleep

import anyio, httpx, httpx2, pytest

URL = "https://anywhere.test/v1"
"""


def stalling(path: Path) -> None:
    """Head after 0.25 s, an event after 1 s, one after 40 s, then silence for ever."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with playhead.open_writer(path) as writer:
        out = writer.exchange()
        out.request(Request(method="POST", url="https://api.test/v1", t=0.0))
        out.response(Response(status=200, reason="OK", headers=SSE.headers, t=0.25))
        out.chunk(b'data: {"n":1}\n\n', 1.0)
        out.chunk(b'data: {"n":2}\n\n', 40.0)
        out.end(EndingKind.TIMEOUT, 100.0, facts={"how": "timeout", "framing": "chunked"})


@pytest.fixture
def timed(suite: Suite) -> Suite:
    stalling(suite.folder / "cassettes" / "stall.cassette.jsonl")
    suite.cassette("cassettes/one.cassette.jsonl")
    return suite


BLOCKING = (
    HEAD
    + """
def meet(client):
    start, met = time.monotonic_ns(), []
    with pytest.raises((httpx.ReadTimeout, httpx2.ReadTimeout)):
        with client.stream("POST", URL) as response:
            met.append(time.monotonic_ns() - start)
            for _ in response.iter_raw():
                met.append(time.monotonic_ns() - start)
    return [*met, time.monotonic_ns() - start]

EXACT = [250_000_000, 1_000_000_000, 40_000_000_000, 100_000_000_000]

@pytest.mark.playhead("stall", virtual=True)
def test_the_fixtures_clients(playhead):
    assert playhead.elapsed == 0
    with playhead.httpx_client(timeout=60) as client:
        assert meet(client) == EXACT
    assert playhead.elapsed == 100.0

@pytest.mark.playhead("stall", virtual=True, patch=True)
def test_patched():
    with httpx2.Client(timeout=60) as client:
        assert meet(client) == EXACT

@pytest.mark.playhead("stall", virtual=True, speed=2.0)
def test_twice_as_fast(playhead):
    assert meet(playhead.httpx_client(timeout=60))[:3] == [each // 2 for each in EXACT[:3]]

@pytest.mark.playhead("stall", virtual=True, speed="max")
def test_the_codes_own_sleeps_only(playhead):
    assert meet(playhead.httpx_client(timeout=60))[:3] == [0, 0, 0]
    before = playhead.elapsed
    sleep(5)
    assert playhead.elapsed == before + 5

@pytest.mark.playhead("stall", virtual=True, max_gap=10)
def test_no_wait_is_longer(playhead):
    assert meet(playhead.httpx_client(timeout=20)) == [
        250_000_000, 1_000_000_000, 11_000_000_000, 31_000_000_000
    ]

@pytest.mark.playhead("stall", virtual=True)
def test_a_timeout_of_the_clients(playhead):
    assert meet(playhead.httpx_client(timeout=10)) == [250_000_000, 1_000_000_000, 11_000_000_000]

@pytest.mark.playhead("one", virtual=True)
def test_names_that_were_taken_at_import(playhead):
    start = monotonic_ns()
    sleep(1000)
    assert monotonic_ns() - start == 1_000_000_000_000
    playhead.httpx_client().post(URL)

@pytest.fixture
def real_time_in_fixtures(playhead):
    start = time.monotonic()
    yield
    assert 0 <= time.monotonic() - start < 900

@pytest.mark.playhead("one", virtual=True)
def test_fixtures_live_by_the_real_time(playhead, real_time_in_fixtures):
    time.sleep(1000)
    playhead.httpx_client().post(URL)

@pytest.mark.playhead("one", patch=True)
def test_others_are_left_alone():
    from playhead.virtual import in_use
    assert in_use() is None
    httpx.post(URL)

@pytest.mark.playhead("one")
def test_no_time_to_tell(playhead):
    playhead.httpx_client().post(URL)
    playhead.elapsed
"""
)


def test_blocking_code(timed: Suite) -> None:
    timed.write("test_it.py", BLOCKING)
    ran = timed.run()
    assert "this test has no virtual time" in ran.failed("test_no_time_to_tell")
    del ran.outcomes["test_no_time_to_tell"]
    ran.passed(*ran.outcomes)
    assert len(ran.outcomes) == 9


AWAITED = (
    HEAD
    + """
async def meet(client):
    met = []
    with pytest.raises((httpx.ReadTimeout, httpx2.ReadTimeout)):
        async with client.stream("POST", URL) as response:
            async for _ in response.aiter_raw():
                met.append(round(anyio.current_time() - START, 6))
    return [*met, round(anyio.current_time() - START, 6)]

@pytest.fixture
async def client(playhead):
    async with playhead.httpx2_async_client(timeout=60) as client:
        yield client

@pytest.mark.playhead("stall", virtual=True)
async def test_through_a_fixture(client, playhead):
    global START
    START = anyio.current_time()
    assert await meet(client) == [1.0, 40.0, 100.0]
    assert playhead.elapsed == pytest.approx(100.0, abs=1e-6)

@pytest.mark.playhead("stall", virtual=True, patch=True)
async def test_patched():
    global START
    START = anyio.current_time()
    async with httpx.AsyncClient(timeout=10) as client:
        assert await meet(client) == [1.0, 11.0]

@pytest.mark.playhead("stall", virtual=True, patch=True)
async def test_the_codes_own_deadline():
    begun = anyio.current_time()
    async with httpx2.AsyncClient(timeout=None) as client:
        with pytest.raises(TimeoutError):
            with anyio.fail_after(300):
                await client.post(URL)
    assert anyio.current_time() - begun == pytest.approx(300, abs=1e-6)

@pytest.mark.playhead("one", virtual=True, patch=True)
async def test_tasks_and_threads():
    begun = anyio.current_time()
    async with anyio.create_task_group() as group:
        group.start_soon(anyio.sleep, 30)
        group.start_soon(anyio.to_thread.run_sync, time.sleep, 40)
    async with httpx2.AsyncClient() as client:
        await client.post(URL)
    assert anyio.current_time() - begun == pytest.approx(41, abs=1e-6)

@pytest.mark.playhead("stall", virtual=True, patch=True)
async def test_nothing_would_end_it():
    async with httpx2.AsyncClient(timeout=None) as client:
        try:
            await client.post(URL)
        except BaseException:
            pass
"""
)
NAMES = ("test_through_a_fixture", "test_patched", "test_the_codes_own_deadline", "test_tasks_and_threads")


def test_pytest_asyncio(timed: Suite) -> None:
    if importlib.util.find_spec("pytest_asyncio") is None:
        pytest.skip("pytest_asyncio is not installed")
    timed.write(
        "pytest.ini", "[pytest]\nasyncio_mode = auto\nasyncio_default_fixture_loop_scope = function\n"
    )
    timed.write("test_it.py", AWAITED)
    ran = timed.run(plugins=["pytest_asyncio.plugin"])
    ran.passed(*NAMES)
    assert "stalls for ever here" in ran.failed("test_nothing_would_end_it")


def test_anyio(timed: Suite) -> None:
    timed.write(
        "test_it.py", AWAITED.replace("@pytest.mark.playhead", "@pytest.mark.anyio\n@pytest.mark.playhead")
    )
    ran = timed.run(plugins=["anyio"])
    for backend in ("asyncio", "trio"):
        ran.passed(*(f"{name}[{backend}]" for name in NAMES))
        assert "stalls for ever here" in ran.failed(f"test_nothing_would_end_it[{backend}]")


def test_loops_that_the_test_runs_itself(timed: Suite) -> None:
    timed.write(
        "test_it.py",
        HEAD
        + """
import trio

async def main():
    begun = anyio.current_time()
    async with httpx2.AsyncClient(timeout=60) as client:
        with pytest.raises(httpx2.ReadTimeout):
            await client.post(URL)
    return anyio.current_time() - begun

@pytest.mark.playhead("stall", virtual=True, patch=True)
def test_asyncio(playhead):
    assert asyncio.run(main()) == pytest.approx(100, abs=1e-6)
    assert playhead.elapsed == 100.0

@pytest.mark.playhead("stall", virtual=True, patch=True)
def test_trio():
    assert trio.run(main) == pytest.approx(100, abs=1e-6)
""",
    )
    timed.run().passed("test_asyncio", "test_trio")


def test_a_thread_that_outlives_its_deadline_holds_nobody_up(timed: Suite) -> None:
    """What joins it afterwards, as a runner does with its pool, is not made to wait for what was recorded."""
    timed.write(
        "test_it.py",
        HEAD
        + """
import playhead as ph

PACED = [ph.slow(1e5), ph.stall(1e6, event=1), ph.stall(event=1)]

@pytest.fixture
def run():
    with asyncio.Runner() as runner:
        yield runner.run

@pytest.mark.parametrize("timeout", [1e7, None])
@pytest.mark.playhead("one", virtual=True, patch=True, matrix=PACED, unplayed="ignore")
def test_it(run, timeout, playhead):
    def read():
        with httpx2.stream("POST", URL, timeout=timeout) as response:
            return list(response.iter_raw())

    async def main():
        call = asyncio.to_thread(read)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(call, 0.01)
    run(main())
    assert playhead.elapsed == 0.01
""",
    )
    ran = timed.run()
    ran.passed()
    assert len(ran.outcomes) == 6


@pytest.mark.soak
def test_one_outcome_however_often(timed: Suite, soak: bool) -> None:
    """Clients that race, on every kind of loop: who is first does not change."""
    timed.write(
        "test_it.py",
        HEAD
        + f"""
SEEN = {{}}

@pytest.mark.anyio
@pytest.mark.playhead("stall", virtual=True, patch=True, repeats="repeat")
@pytest.mark.parametrize("number", range({1000 if soak else 20}))
async def test_it(number, anyio_backend_name, playhead):
    met = []

    async def ask(name, timeout):
        try:
            async with httpx2.AsyncClient(timeout=timeout) as client:
                async with client.stream("POST", URL) as response:
                    async for part in response.aiter_raw():
                        met.append((name, bytes(part), round(playhead.elapsed, 6)))
        except httpx2.ReadTimeout:
            met.append((name, "timeout", round(playhead.elapsed, 6)))

    def in_a_thread():
        time.sleep(11)
        met.append(("thread", "slept", round(playhead.elapsed, 6)))

    async with anyio.create_task_group() as group:
        for name, timeout in (("a", 10), ("b", 50), ("c", 60)):
            group.start_soon(ask, name, timeout)
        await anyio.sleep(0.5)
        group.start_soon(anyio.to_thread.run_sync, in_a_thread)
    assert ("a", "timeout", 11.0) in met and ("b", "timeout", 90.0) in met and ("c", "timeout", 100.0) in met
    assert ("thread", "slept", 11.5) in met
    kept = SEEN.setdefault(anyio_backend_name, met)
    assert met == kept
""",
    )
    timed.run(plugins=["anyio"]).passed()


STALLS = (
    HEAD
    + """
import anthropic, openai
ASK = {"model": "m", "max_tokens": 9, "messages": [{"role": "user", "content": "?"}]}

@pytest.mark.playhead("anthropic-tools", virtual=True, match_on=["method", "path"])
def test_the_recorded_cadence(playhead):
    client = anthropic.Anthropic(api_key="x", http_client=playhead.httpx2_client())
    with client.messages.stream(**ASK) as stream:
        seen = [playhead.elapsed for _ in stream]
    assert seen == sorted(seen) and len(set(seen)) > 100
    sent = playhead[1].request.t or 0.0
    assert seen[-1] == pytest.approx(playhead[1].chunks[-1].t - sent, abs=0.01)

@pytest.mark.playhead("stall", virtual=True, match_on=["method"], patch=True)
def test_no_timeout_swallowed():
    client = openai.OpenAI(api_key="x", timeout=None)
    try:
        list(client.chat.completions.create(model="m", messages=ASK["messages"], stream=True))
    except BaseException:
        pass
"""
)


def test_the_official_clients(timed: Suite) -> None:
    shutil.copy(
        playhead.sample("anthropic-tools"), timed.folder / "cassettes" / "anthropic-tools.cassette.jsonl"
    )
    timed.write("test_it.py", STALLS)
    ran = timed.run()
    ran.passed("test_the_recorded_cadence")
    assert "Give the client a read timeout" in ran.failed("test_no_timeout_swallowed")


def test_uvloop_is_refused(timed: Suite) -> None:
    """By a stand-in: a loop that hides behind uvloop's name, however the code swallows the refusal."""
    timed.write(
        "uvloop.py",
        """
        import asyncio

        class Loop(asyncio.SelectorEventLoop):
            pass
        """,
    )
    timed.write(
        "test_it.py",
        HEAD
        + """
import uvloop

async def main(): await asyncio.sleep(1)

def go():
    with asyncio.Runner(loop_factory=uvloop.Loop) as runner:
        runner.run(main())

@pytest.mark.playhead("one", virtual=True, unplayed="ignore")
def test_run(playhead):
    go()

@pytest.mark.playhead("one", virtual=True, unplayed="ignore")
def test_swallowed(playhead):
    coroutine = main()
    loop = uvloop.Loop()
    try:
        loop.run_until_complete(coroutine)
    except Exception:
        pass
    loop.run_until_complete(asyncio.sleep(0))
    loop.close()

@pytest.mark.playhead("one", unplayed="ignore")
def test_without_virtual_time(playhead):
    go()
    assert "run_forever" not in vars(uvloop.Loop)
""",
    )
    ran = timed.run("-p", "no:unraisableexception")
    for name in ("test_run", "test_swallowed"):
        assert ran.failed(name).startswith("Failed: virtual time cannot move uvloop: it keeps its own time\n")
        assert "SelectorEventLoop" in ran.failed(name)
    ran.passed("test_without_virtual_time")


def test_a_policy_that_makes_such_loops_is_refused(timed: Suite) -> None:
    timed.write(
        "test_it.py",
        HEAD
        + """
@pytest.fixture
def other_policy(monkeypatch):
    policy = type("EventLoopPolicy", (), {"__module__": "uvloop"})()
    monkeypatch.setattr(asyncio.events, "_event_loop_policy", policy)

@pytest.mark.playhead("one", virtual=True)
def test_it(other_policy):
    pass
""",
    )
    text = timed.run().failed("test_it")
    assert "virtual time cannot move uvloop, which is installed as asyncio's policy" in text
    assert "Traceback" not in text


def test_a_loop_that_is_refused_in_the_test_is_tried_once(timed: Suite) -> None:
    """What retries an error goes on as after a miss: not at all; and the miss that came of it is not told."""
    timed.write(
        "test_it.py",
        HEAD
        + """
from pathlib import Path

async def tried(client, patch, caught):
    policy = type("EventLoopPolicy", (), {"__module__": "uvloop"})()
    with patch.context() as here:
        here.setattr(asyncio.events, "_event_loop_policy", policy)
        for attempt in range(3):
            try:
                return await client.post(URL)
            except caught:
                Path(caught.__name__).write_text(str(attempt))

@pytest.mark.playhead("one", virtual=True)
@pytest.mark.parametrize("caught", [Exception, BaseException])
def test_it(playhead, monkeypatch, caught):
    async def main():
        async with playhead.httpx_async_client() as client:
            await tried(client, monkeypatch, caught)
    asyncio.run(main())
""",
    )
    ran = timed.run()
    for caught in ("Exception", "BaseException"):
        text = ran.failed(f"test_it[{caught}]")
        assert text.startswith("Failed: virtual time cannot move uvloop, which is installed")
        assert "made more often than recorded" not in text
    assert not (timed.folder / "Exception").exists()


def test_xdist(timed: Suite) -> None:
    timed.write("test_it.py", BLOCKING)
    ran = timed.run("-n1", plugins=["xdist"])
    del ran.outcomes["test_no_time_to_tell"]
    ran.passed(*ran.outcomes)


def test_a_suite_that_is_reached_through_a_link(timed: Suite) -> None:
    timed.write(
        "own/test_it.py",
        """
        from time import sleep
        import pytest

        @pytest.mark.playhead("one", virtual=True, unplayed="ignore")
        def test_it(playhead):
            sleep(3600)
            assert playhead.elapsed == 3600.0
        """,
    )
    timed.write("own/pytest.ini", "[pytest]\n")
    (timed.folder / "link").symlink_to(timed.folder / "own")
    timed.cassette("own/cassettes/one.cassette.jsonl")
    timed.run("-c", "link/pytest.ini", "link/test_it.py").passed("test_it")
