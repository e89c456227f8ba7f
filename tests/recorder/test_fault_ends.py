"""How a recorder ends: by signals, on slow disks, killed, without a reader, two on one folder.

What it had in hand is finished then, or by the process that finishes, or when the next one starts: once.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path

import pytest

import playhead
from playhead import EndingKind

from .conftest import EVENT, Proxy, Wire, has_traceback
from .fault_disk import Disk

SSE = b"content-type: text/event-stream\r\n"
KINDS = ["record", "mitmdump"]
SECRET = b"sk-ant-" + b"api03-" + b"Qm7xK2vT9bWzR4nL8cYdF6hJ3pGsA5eU" * 3 + b"AA"

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="recorders run on Linux and macOS")


def open_streams(proxy, origin, count, name="stream"):
    streams = []
    for number in range(count):
        client = proxy.get(f"/{name}{number}/")
        served = origin.accept()
        served.send_chunked_head()
        client.read_until(b"\r\n\r\n")
        streams.append((served, client))
    return streams


def pass_on(streams, *pieces):
    for piece in pieces:
        for served, client in streams:
            served.send_chunk(piece)
            assert client.read_chunk() == piece


def finish(streams):
    for served, client in streams:
        served.send(b"0\r\n\r\n")
        assert client.read_chunk() == b""


def finished(folder):
    """Every finished exchange, by its URL's path."""
    found = Counter()
    exchanges = {}
    for path in folder.glob("*.cassette.jsonl"):
        for exchange in playhead.load(path).exchanges:
            name = exchange.request.url.split("/")[3]
            found[name] += 1
            exchanges[name] = exchange
    assert not [name for name, times in found.items() if times > 1], "finished twice"
    return exchanges


@pytest.mark.soak
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_all_that_is_open_on_a_slow_disk(
    start_in_module, proxy_env, origin, tmp_path, until, soak, kind, number
):
    disk = Disk(tmp_path / "disk", proxy_env)
    proxy = start_in_module(disk.environment, kind, origin.url, tmp_path / "out")
    count = 200 if soak else 12
    streams = open_streams(proxy, origin, count)
    pass_on(streams, b"data: 1\n\n")
    disk.slow(0.05)
    pass_on(streams, b"data: 2\n\n")
    assert proxy.stop(number) == 0
    said = "".join(proxy.lines)
    kinds = {EndingKind.RECORDER_STOPPED}
    if "not everything was written in time" in said:
        # The deadline was over before the disk was done: the next start finishes the rest.
        kinds.add(EndingKind.TRUNCATED)
        start_in_module(proxy_env, kind, origin.url, tmp_path / "out")
    until(lambda: len(finished(tmp_path / "out")) == count)
    for exchange in finished(tmp_path / "out").values():
        assert exchange.ending.kind in kinds
        if exchange.ending.kind is EndingKind.RECORDER_STOPPED:
            assert exchange.body == b"data: 1\n\ndata: 2\n\n"
    # It goes after the finished one is there.
    until(lambda: not list((tmp_path / "out" / "unfinished").iterdir()))
    assert not has_traceback(said)
    if kind == "record" and len(kinds) == 1:
        assert f"Recorded {count} streams" in said


def test_clients_get_nothing_that_is_not_recorded_while_it_ends(begun):
    """The server sends on; cassettes take their time to be finished."""
    proxy, client, served = begun()
    is_flooding = threading.Event()

    def flood():
        with contextlib.suppress(OSError):
            for number in itertools.count(2):
                served.send_chunk(b"data: %d\n\n" % number)
                if number == 100:
                    is_flooding.set()

    sender = threading.Thread(target=flood)
    sender.start()
    assert is_flooding.wait(60)
    proxy.process.send_signal(signal.SIGINT)
    got = EVENT + dechunked(client.read_rest())
    assert proxy.process.wait(60) == 0
    served.reset()
    sender.join(60)
    exchange = proxy.cassette("/first")[1]
    assert exchange.ending.kind is EndingKind.RECORDER_STOPPED
    assert not exchange.losses
    assert len(got) > len(EVENT)
    assert exchange.body.startswith(got)


def dechunked(data):
    """The payload of HTTP chunks; of the last one, what there is."""
    found = b""
    while (line := data.find(b"\r\n")) >= 0:
        size = int(data[:line], 16)
        found += data[line + 2 : line + 2 + size]
        data = data[line + 4 + size :]
    return found


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_second_signal_leaves_at_once_and_nothing_is_lost(
    start_in_module, proxy_env, origin, tmp_path, until, number
):
    disk = Disk(tmp_path / "disk", proxy_env)
    proxy = start_in_module(disk.environment, "record", origin.url, tmp_path / "out")
    streams = open_streams(proxy, origin, 3)
    pass_on(streams, b"data: 1\n\n")
    for at in range(3):
        until(lambda at=at: len(proxy.partial(f"/stream{at}/")[1].chunks) == 1)
    disk.hang()
    proxy.process.send_signal(number)
    # It takes no more clients: all that it waits for now is the disk.
    until(lambda: is_closed(proxy.port))
    proxy.process.send_signal(number)
    # Not 0, which it would be in the end: it did not wait for the disk.
    assert proxy.process.wait(60) in (-number, 128 + number, 130)
    disk.heal()
    again = start_in_module(proxy_env, "record", origin.url, tmp_path / "out")
    until(lambda: len(finished(tmp_path / "out")) == 3)
    assert all(exchange.body == b"data: 1\n\n" for exchange in finished(tmp_path / "out").values())
    assert again.stop() == 0


def is_closed(port):
    try:
        socket.create_connection(("127.0.0.1", port), 60).close()
    except ConnectionError:
        return True
    return False


@pytest.mark.soak
@pytest.mark.parametrize("kind", KINDS)
def test_what_clients_have_for_a_moment_survives_a_kill(start_proxy, origin, tmp_path, until, soak, kind):
    """Nothing that a client received 100 ms before is missing, and the next start finishes each, once.

    A sample asserts no time: it waits until the files have everything.
    """
    promised = 0.1 if soak else 0.0
    count, kills = (100, 50) if soak else (8, 1)
    folder = tmp_path / "out"
    due: dict[str, int] = {}
    for kill in range(kills):
        proxy = start_proxy(kind, origin.url, folder)
        streams = open_streams(proxy, origin, count, f"kill{kill}x")
        times = [[] for _ in streams]
        until_ = time.monotonic() + promised + 0.2 + 0.01 * (kill % 20)
        number = 0
        while time.monotonic() < until_ or number < 3:
            for at, (served, client) in enumerate(streams):
                piece = b"data: %d %b\n\n" % (number, SECRET)
                served.send_chunk(piece)
                assert client.read_chunk() == piece
                times[at].append(time.monotonic())
            number += 1
        if not soak:
            for at in range(count):
                name = f"/kill{kill}x{at}/"
                until(
                    lambda proxy=proxy, name=name, passed=number: len(proxy.partial(name)[1].chunks) == passed
                )
        killed = time.monotonic()
        proxy.stop(signal.SIGKILL)
        for at, each in enumerate(times):
            due[f"kill{kill}x{at}"] = sum(t < killed - promised for t in each)
        for served, client in streams:
            served.close()
            client.close()
    last = start_proxy(kind, origin.url, folder)
    until(lambda: len(finished(folder)) == count * kills)
    assert last.stop() == 0
    short = {
        name: (len(each.chunks), due[name])
        for name, each in finished(folder).items()
        if len(each.chunks) < due[name]
    }
    assert short == {}
    assert max(due.values()) > 0
    until(lambda: not list((folder / "unfinished").iterdir()))
    for path in folder.rglob("*"):
        assert path.is_dir() or SECRET not in path.read_bytes()


def test_two_recorders_on_one_folder(start_proxy, origin, tmp_path, until):
    folder = tmp_path / "out"
    first, second = (start_proxy(kind, origin.url, folder) for kind in KINDS)
    live = open_streams(first, origin, 3, "live")
    pass_on(live, b"data: 1\n\n")
    for at in range(3):
        first.partial(f"/live{at}/")
    killed = open_streams(second, origin, 3, "killed")
    pass_on(killed, b"data: 1\n\n")
    for at in range(3):
        until(lambda at=at: len(second.partial(f"/killed{at}/")[1].chunks) == 1)
    second.stop(signal.SIGKILL)
    third = start_proxy("record", origin.url, folder)
    done = open_streams(third, origin, 3, "third")
    pass_on(done, b"data: 1\n\n")
    finish(done)
    until(lambda: len(finished(folder)) == 6)
    pass_on(live, b"data: 2\n\n")
    finish(live)
    until(lambda: len(finished(folder)) == 9)
    assert (first.stop(), third.stop()) == (0, 0)
    kinds = {name: exchange.ending.kind for name, exchange in finished(folder).items()}
    for at in range(3):
        assert kinds[f"live{at}"] is kinds[f"third{at}"] is EndingKind.COMPLETE
        assert kinds[f"killed{at}"] is EndingKind.TRUNCATED
        assert finished(folder)[f"live{at}"].body == b"data: 1\n\ndata: 2\n\n"
    assert not list((folder / "unfinished").iterdir())


@pytest.mark.parametrize("kind", KINDS)
def test_the_finishing_process_may_be_killed(start_proxy, origin, tmp_path, until, kind):
    proxy = start_proxy(kind, origin.url, tmp_path)
    for at in range(3):
        [child] = until(lambda: finishers(proxy.process.pid))
        os.kill(child, signal.SIGKILL)
        streams = open_streams(proxy, origin, 2, f"round{at}x")
        pass_on(streams, b"data: 1\n\n")
        finish(streams)
        until(lambda at=at: len(finished(tmp_path)) == 2 * at + 2)
        until(lambda child=child: child not in finishers(proxy.process.pid))
    assert proxy.stop() == 0


def finishers(pid):
    if not Path("/proc/self/task").exists():
        pytest.skip("only Linux lists a process's children")
    found = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in proc(task / "children").split():
            # Not the name alone: a child that is not another program yet has the recorder's own, and with it
            # the test's folder.
            if proc(Path(f"/proc/{child.decode()}/cmdline")).endswith(b"\0playhead.capture.finishing\0"):
                found.append(int(child))
    return found


def proc(path):
    """What it says of a thread or a process; nothing of one that has ended since it was listed."""
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        return path.read_bytes()
    return b""


def test_whoever_reads_the_log_may_leave(proxy_env, origin, tmp_path, until):
    """`playhead record … 2>&1 | head -1`, with streams in between."""
    command = [sys.executable, "-m", "playhead", "record", "--upstream", origin.url, "-o", str(tmp_path)]
    process = subprocess.Popen(
        [*command, "--listen", "127.0.0.1:0", "--exchange-cap", "100B"],
        env=proxy_env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    try:
        listening = json.loads(process.stdout.readline())
        port = int(listening["url"].rpartition(":")[2])
        process.stdout.close()
        proxy = type("Proxy", (), {})()
        proxy.connect = lambda: Wire(socket.create_connection(("127.0.0.1", port), 30))
        proxy.get = lambda target: Proxy.get(proxy, target)
        for at in range(3):
            streams = open_streams(proxy, origin, 1, f"unread{at}x")
            pass_on(streams, *[b"data: %d %b\n\n" % (n, b"x" * 50) for n in range(5)])
            finish(streams)
        until(lambda: len(finished(tmp_path)) == 3)
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 0
    finally:
        process.kill()
        process.wait()
