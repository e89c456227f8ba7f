"""The virtual clock under every way of waiting: what is seen, and that it is the same each time."""

from __future__ import annotations

import asyncio
import contextlib
import queue
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from time import monotonic as taken_at_import
from time import sleep as sleep_taken_at_import
from types import ModuleType
from typing import Any

import pytest
import trio

import playhead
from playhead import CannotRun, UsageError
from playhead.virtual import in_use, virtual_time
from playhead.virtual.loops import refuse_other_loops

REAL = (time.sleep, time.time, time.monotonic, time.perf_counter, time.time_ns, threading.Thread.start)


def blocking() -> object:
    start = (time.monotonic(), time.time(), time.perf_counter(), time.monotonic_ns())
    time.sleep(12.5)
    now = (time.monotonic(), time.time(), time.perf_counter(), time.monotonic_ns())
    return [round(b - a, 6) for a, b in zip(start, now, strict=True)]


async def awaiting() -> object:
    loop = asyncio.get_running_loop()
    start = loop.time()
    met = []
    await asyncio.sleep(5)
    try:
        async with asyncio.timeout(10):
            await asyncio.sleep(60)
    except TimeoutError:
        met.append(loop.time() - start)
    with pytest.raises(asyncio.TimeoutError):
        await asyncio.wait_for(loop.create_future(), 2.5)
    met.append(round(time.monotonic() - start, 9))
    return met


async def taking_turns() -> object:
    met: list[tuple[str, float]] = []
    start = time.monotonic()

    async def tick(name: str, pace: float) -> None:
        for _ in range(3):
            await asyncio.sleep(pace)
            met.append((name, round(time.monotonic() - start, 6)))

    await asyncio.gather(tick("a", 1), tick("b", 1.25))
    return met


async def in_an_executor() -> object:
    loop = asyncio.get_running_loop()
    start = loop.time()
    await asyncio.gather(
        loop.run_in_executor(None, time.sleep, 5), asyncio.to_thread(time.sleep, 7), asyncio.sleep(6)
    )
    return round(loop.time() - start, 9)


async def called_from_a_thread() -> object:
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[float] = loop.create_future()
    start = time.monotonic()

    def call() -> None:
        time.sleep(4)
        loop.call_soon_threadsafe(answer.set_result, round(time.monotonic() - start, 6))

    thread = threading.Thread(target=call)
    thread.start()
    await asyncio.sleep(1)
    met = await answer
    thread.join()
    return met


async def in_trio() -> object:
    start = trio.current_time()
    met = []
    await trio.sleep(0.1)
    with trio.move_on_after(10) as scope:
        await trio.sleep(100)
    met.append((scope.cancelled_caught, round(trio.current_time() - start, 6)))
    begun = time.monotonic()
    await trio.to_thread.run_sync(time.sleep, 4)
    met.append((True, round(time.monotonic() - begun, 6)))
    async with trio.open_nursery() as nursery:
        nursery.start_soon(trio.sleep, 3)
        nursery.start_soon(trio.sleep, 2)
    return met


def in_threads() -> object:
    met: list[tuple[str, float]] = []
    start = time.monotonic()

    def tick(name: str, pace: float) -> None:
        for _ in range(3):
            time.sleep(pace)
            met.append((name, round(time.monotonic() - start, 6)))

    threads = [threading.Thread(target=tick, args=each) for each in (("a", 1), ("b", 1.25))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return met


def through_a_queue() -> object:
    things: queue.Queue[int] = queue.Queue()

    def put() -> None:
        for number in range(3):
            time.sleep(2)
            things.put(number)

    thread = threading.Thread(target=put)
    thread.start()
    got: list[object] = [things.get(timeout=5) for _ in range(3)]
    try:
        things.get(timeout=5)
    except queue.Empty:
        got.append("empty")
    thread.join()
    return got


def by_events() -> object:
    event = threading.Event()
    timer = threading.Timer(3, event.set)
    timer.start()
    met = [event.wait(10), event.wait(1), threading.Event().wait(2)]
    timer.join()
    condition = threading.Condition()
    with condition:
        met.append(condition.wait_for(lambda: False, timeout=1))
    return [*met, threading.Semaphore(0).acquire(timeout=1)]


def in_a_pool() -> object:
    start = time.monotonic()

    def wait(seconds: float) -> float:
        time.sleep(seconds)
        return round(time.monotonic() - start, 6)

    with ThreadPoolExecutor(2) as pool:
        met: list[object] = list(pool.map(wait, [3, 1, 1]))
        slow = pool.submit(time.sleep, 10)
        other = pool.submit(time.sleep, 10)
        never: Future[None] = pool.submit(time.sleep, 10)
        met.append(never.cancel())
        with pytest.raises(TimeoutError):
            slow.result(timeout=4)
        other.result()
    return met


def joining_in_time() -> object:
    thread = threading.Thread(target=time.sleep, args=(5,))
    thread.start()
    thread.join(2)
    met = thread.is_alive()
    thread.join(10)
    return met, thread.is_alive()


def spinning() -> object:
    start = time.monotonic()
    while time.monotonic() < start + 3:
        pass
    flag: list[int] = []
    thread = threading.Thread(target=lambda: (time.sleep(2), flag.append(1)))
    thread.start()
    while not flag:
        time.sleep(0)
    thread.join()
    return True


def with_names_taken_at_import() -> object:
    start = taken_at_import()
    sleep_taken_at_import(2)
    return round(taken_at_import() - start, 6)


def threads_and_a_loop() -> object:
    """A loop in a thread, while the first thread sleeps."""
    met: list[object] = []
    thread = threading.Thread(target=lambda: met.append(asyncio.run(taking_turns())))
    thread.start()
    time.sleep(2)
    met.append(len(met))
    thread.join()
    return met


TURNS = [("a", 1.0), ("b", 1.25), ("a", 2.0), ("b", 2.5), ("a", 3.0), ("b", 3.75)]
SCENARIOS: list[tuple[Callable[[], object], object, float | None]] = [
    (blocking, [12.5, 12.5, 12.5, 12_500_000_000], 12.5),
    (lambda: asyncio.run(awaiting()), [15.0, 17.5], 17.5),
    (lambda: asyncio.run(taking_turns()), TURNS, 3.75),
    (lambda: asyncio.run(in_an_executor()), 7.0, 7.0),
    (lambda: asyncio.run(called_from_a_thread()), 4.0, 4.0),
    (lambda: trio.run(in_trio), [(True, 10.1), (True, 4.0)], 17.1),
    (in_threads, TURNS, 3.75),
    (through_a_queue, [0, 1, 2, "empty"], 11.0),
    (by_events, [True, True, False, False, False], 7.0),
    (in_a_pool, [3.0, 1.0, 2.0, True], 13.0),
    (joining_in_time, (True, False), 5.0),
    (spinning, True, None),
    (with_names_taken_at_import, 2.0, 2.0),
    (threads_and_a_loop, [0, TURNS], 3.75),
]
NAMES = "blocking asyncio turns executor threadsafe trio threads queue events pool join spin names both"


@pytest.mark.parametrize(("scenario", "met", "elapsed"), SCENARIOS, ids=NAMES.split())
def test_everybody_sees_the_same_time(
    scenario: Callable[[], object], met: object, elapsed: float | None, pytestconfig: pytest.Config
) -> None:
    for _ in range(2 if scenario is spinning else 20):
        with virtual_time(roots=[pytestconfig.rootpath]) as clock:
            assert in_use() is clock
            assert scenario() == met
            assert elapsed is None or clock.elapsed == elapsed
    assert in_use() is None


def test_everything_is_put_back() -> None:
    real_wait, real_join = threading.Condition.wait, threading.Thread.join
    with contextlib.suppress(ZeroDivisionError), virtual_time():
        assert time.sleep is not REAL[0]
        assert threading.Condition.wait is not real_wait
        raise ZeroDivisionError
    now = (time.sleep, time.time, time.monotonic, time.perf_counter, time.time_ns, threading.Thread.start)
    assert now == REAL
    assert (threading.Condition.wait, threading.Thread.join) == (real_wait, real_join)
    assert threading._time is time.monotonic  # type: ignore[attr-defined]


def test_one_within_another_is_the_same() -> None:
    with virtual_time() as outer:
        time.sleep(3)
        with virtual_time() as inner:
            assert inner is outer
            time.sleep(4)
        assert outer.elapsed == 7.0


def test_names_of_other_folders_are_left_alone(tmp_path: Any) -> None:
    with virtual_time(roots=[tmp_path]) as clock:
        sleep_taken_at_import(0)
        assert sleep_taken_at_import is REAL[0]
        assert clock.elapsed == 0


def test_threads_from_before_keep_the_real_time() -> None:
    asked, answered = threading.Event(), threading.Event()
    seen: list[object] = []

    def other() -> None:
        asked.wait()
        before = time.monotonic()
        time.sleep(0)
        seen.append(time.monotonic() - before < 100)
        try:
            with virtual_time():
                pass
        except UsageError as error:
            seen.append(str(error))
        answered.set()

    thread = threading.Thread(target=other)
    thread.start()
    with virtual_time() as clock:
        time.sleep(1000)
        asked.set()
        answered.wait()
        assert clock.elapsed == 1000
    thread.join()
    assert seen[0] is True
    assert "another thread lives by virtual time" in str(seen[1])


def test_what_is_real_is_waited_for() -> None:
    """A thread that sleeps does not overtake one that waits for a socket: it waits at wall speed."""
    ours, theirs = socket.socketpair()
    met: list[str] = []

    def send() -> None:
        time.sleep(0.01)
        met.append("sent")
        theirs.sendall(b"x")

    with ours, theirs, virtual_time() as clock:
        thread = threading.Thread(target=send)
        thread.start()
        assert ours.recv(1) == b"x"
        met.append("received")
        thread.join()
        assert clock.elapsed == 0.01
    assert met == ["sent", "received"]


def test_a_lock_is_waited_for() -> None:
    lock = threading.Lock()

    def hold() -> None:
        with lock:
            held.set()
            time.sleep(0.01)

    with virtual_time() as clock:
        held = threading.Event()
        thread = threading.Thread(target=hold)
        thread.start()
        held.wait()
        with lock:
            assert clock.elapsed == 0.01
        thread.join()


async def _echo() -> bytes:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(await reader.readexactly(5))
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname()[:2])
        writer.write(b"hello")
        got = await asyncio.wait_for(reader.read(), 30)
        writer.close()
        await writer.wait_closed()
    return got


async def _trio_echo() -> bytes:
    ours, theirs = trio.socket.socketpair()
    with ours, theirs, trio.fail_after(30):
        await theirs.send(b"hello")
        return await ours.recv(5)


def test_sockets_of_loops_are_waited_for() -> None:
    with virtual_time():
        assert asyncio.run(_echo()) == b"hello"
    with virtual_time():
        assert trio.run(_trio_echo) == b"hello"


def test_a_process_is_waited_for() -> None:
    async def run() -> bytes:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", "print('done')", stdout=subprocess.PIPE
        )
        got, _ = await asyncio.wait_for(process.communicate(), 600)
        return got

    with virtual_time():
        assert asyncio.run(run()) == b"done\n"


class OtherLoop(asyncio.AbstractEventLoop):
    """A loop that keeps its own time, as uvloop does."""


def test_loops_that_keep_their_own_time_are_refused() -> None:
    loop = OtherLoop()
    asyncio._set_running_loop(loop)
    try:
        with pytest.raises(CannotRun, match="OtherLoop: it keeps its own time"), virtual_time():
            pass
    finally:
        asyncio._set_running_loop(None)
    assert in_use() is None


def test_uvloop_as_the_policy_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    policy = type("EventLoopPolicy", (), {"__module__": "uvloop"})()
    monkeypatch.setattr(asyncio.events, "_event_loop_policy", policy)
    with pytest.raises(CannotRun, match="cannot move uvloop"):
        refuse_other_loops()


def test_a_loop_that_runs_already_lives_by_it_for_a_while() -> None:
    async def main() -> list[float]:
        met = []
        for _ in range(20):
            await asyncio.sleep(0)
            with virtual_time() as clock:
                async with asyncio.timeout(30):
                    await asyncio.gather(asyncio.sleep(10), asyncio.to_thread(time.sleep, 4))
                with pytest.raises(TimeoutError):
                    async with asyncio.timeout(5):
                        await asyncio.sleep(100)
                met.append(clock.elapsed)
        return met

    assert asyncio.run(main()) == [15.0] * 20


def test_a_run_of_trio_that_runs_already_lives_by_it_for_a_while() -> None:
    async def main() -> list[float]:
        met = []
        for _ in range(20):
            await trio.sleep(0)
            with virtual_time() as clock:
                with trio.fail_after(30):
                    await trio.sleep(10)
                await trio.to_thread.run_sync(time.sleep, 4)
                with trio.move_on_after(5):
                    await trio.sleep_forever()
                met.append(clock.elapsed)
        return met

    assert trio.run(main) == [pytest.approx(19.0, abs=1e-8)] * 20


def as_guest(main: Callable[[], Any], early: bool) -> tuple[Any, float]:
    """What `main` comes to as anyio's plugin runs it: the host waits for a queue, trio in another thread."""
    calls: queue.Queue[Callable[[], object]] = queue.Queue()
    begin = trio.Event()
    met: list[Any] = []

    async def guest() -> None:
        await begin.wait()
        met.append(await main())

    def start() -> None:
        trio.lowlevel.start_guest_run(guest, run_sync_soon_threadsafe=calls.put, done_callback=met.append)
        calls.get()()

    if early:
        start()
    with virtual_time() as clock:
        if not early:
            start()
        calls.put(begin.set)
        while len(met) < 2:
            calls.get()()
        return met[0], clock.elapsed


@pytest.mark.parametrize("early", [False, True], ids=["new", "running"])
def test_a_guest_run_of_trio(early: bool) -> None:
    async def main() -> tuple[bool, float]:
        start = trio.current_time()
        await trio.sleep(5)
        with trio.move_on_after(10) as scope:
            await trio.sleep(100)
        await trio.to_thread.run_sync(time.sleep, 4)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(trio.sleep, 3)
            nursery.start_soon(trio.sleep, 2)
        return scope.cancelled_caught, round(trio.current_time() - start, 6)

    for _ in range(20):
        assert as_guest(main, early) == ((True, 22.0), 22.0)


async def _who_runs_first() -> list[str]:
    met: list[str] = []

    async def note(name: str) -> None:
        for _ in range(5):
            await trio.sleep(1)
            met.append(name)

    async with trio.open_nursery() as nursery:
        for name in "abcdef":
            nursery.start_soon(note, name)
    return met


def test_trio_draws_no_lots() -> None:
    """Of several tasks that may run it chooses the first by chance, on purpose; not here."""
    seen = set()
    for _ in range(20):
        with virtual_time():
            seen.add("".join(trio.run(_who_runs_first)))
    assert len(seen) == 1


def test_it_is_public() -> None:
    with playhead.virtual_time() as clock:
        time.sleep(1)
    assert clock.elapsed == 1.0


def test_a_module_that_was_loaded_anew_is_found(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    name = "loaded_anew_for_virtual_time"
    for _ in range(2):
        module = ModuleType(name)
        module.__file__ = str(tmp_path / "loaded.py")
        module.__dict__["sleep"] = time.sleep
        monkeypatch.setitem(sys.modules, name, module)
        with virtual_time(roots=[tmp_path]) as clock:
            module.sleep(3)
            assert clock.elapsed == 3.0
        assert module.sleep is time.sleep


def _module(monkeypatch: pytest.MonkeyPatch, path: Any) -> Any:
    """A module that has taken `sleep` at import."""
    module = ModuleType(f"module_of_{path.parent.name}_{path.stem}")
    module.__file__ = str(path)
    module.__dict__["sleep"] = time.sleep
    monkeypatch.setitem(sys.modules, module.__name__, module)
    return module


def test_a_folder_whose_name_begins_alike_is_another(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    own, other = tmp_path / "proj", tmp_path / "proj2"
    mine, theirs = (_module(monkeypatch, folder / "a.py") for folder in (own, other))
    with virtual_time(roots=[own]):
        assert mine.sleep is not REAL[0]
        assert theirs.sleep is REAL[0]


@pytest.mark.parametrize("root", ["real", "link"])
@pytest.mark.parametrize("name", ["real", "link"])
def test_a_folder_is_the_same_through_a_link(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch, root: str, name: str
) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    module = _module(monkeypatch, tmp_path / name / "a.py")
    with virtual_time(roots=[tmp_path / root]) as clock:
        module.sleep(3)
        assert clock.elapsed == 3.0


def test_a_file_that_is_a_link_is_where_the_link_is(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "here").mkdir()
    (tmp_path / "elsewhere.py").touch()
    (tmp_path / "here" / "a.py").symlink_to(tmp_path / "elsewhere.py")
    module = _module(monkeypatch, tmp_path / "here" / "a.py")
    with virtual_time(roots=[tmp_path / "here"]):
        assert module.sleep is not REAL[0]


def test_a_queue_in_c_waits_by_the_wall() -> None:
    """As the page says: whoever waits there counts as one that works."""
    with virtual_time() as clock, pytest.raises(queue.Empty):
        queue.SimpleQueue[int]().get(timeout=0.05)
    assert clock.elapsed == 0.0
