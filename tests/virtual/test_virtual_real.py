"""What is real beside the virtual clock: sockets, processes, locks, threads from before."""

from __future__ import annotations

import asyncio
import queue
import socket
import subprocess
import sys
import threading
import time

import pytest
import trio

from playhead import UsageError
from playhead.virtual import virtual_time


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


def test_a_queue_in_c_waits_by_the_wall() -> None:
    """As the page says: whoever waits there counts as one that works."""
    with virtual_time() as clock, pytest.raises(queue.Empty):
        queue.SimpleQueue[int]().get(timeout=0.05)
    assert clock.elapsed == 0.0
