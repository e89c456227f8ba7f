"""The load of the proxy's benchmark: an origin and its clients, in one process of their own.

Knows sockets and the clock; never what stands between the two. Run by `proxy.py`, which tells it what to do
in lines on its standard input and reads lines of JSON from its standard output.

Every event carries the moment before it was sent; its latency ends when the client's `recv` returns. Both
are readings of one clock in one process. Events have absolute deadlines, drawn before the clock starts, so
that a late one delays no other; how late they were sent is told beside the latencies, because lateness says
whether the machine had time for the load at all.
"""

from __future__ import annotations

import gc
import json
import os
import random
import re
import select
import socket
import sys
import time
from array import array
from collections.abc import Sequence

HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
HELLO = b": hi\n\n"
EVENT = (
    b"event: content_block_delta\n"
    b'data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":" %020d"}}\n\n'
)
STAMP = re.compile(rb'"text":" (\d{20})"')
ASK = (
    b"POST /v1/messages HTTP/1.1\r\nhost: bench\r\ncontent-type: application/json\r\n"
    b"x-api-key: sk-ant-bench-000000000000000000000000\r\ncontent-length: %d\r\n\r\n%b"
)
QUESTION = b'{"model":"bench","stream":true,"messages":[{"role":"user","content":"Count."}]}'
LAST = b"0\r\n\r\n"
_SECONDS = 60.0
"""Within which every step must be over."""
_LEAD_NS = 20_000_000
"""Between the start of a run and its first deadline."""


def framed(event: bytes) -> bytes:
    """An HTTP/1 chunk."""
    return b"%x\r\n%b\r\n" % (len(event), event)


def schedule(streams: int, per_second: float, seconds: float, seed: int) -> list[tuple[int, int]]:
    """(nanoseconds, stream) of every event, in order: each stream at its own phase, its gaps ±50 %."""
    chance = random.Random(seed)
    period = 1e9 / per_second
    due = []
    for stream in range(streams):
        phase = chance.uniform(0, period)
        for number in range(round(per_second * seconds)):
            due.append((int(phase + (number + chance.uniform(-0.25, 0.25) + 0.25) * period), stream))
    return sorted(due)


class Load:
    """`streams` pairs of an origin's connection and a client's."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
        self.port: int = self._listener.getsockname()[1]
        self._epoll = select.epoll()
        self._alarm = _Alarm()
        self._epoll.register(self._alarm.fd, select.EPOLLIN)
        self._served: list[socket.socket] = []
        self._clients: dict[int, socket.socket] = {}
        self._rests: dict[int, bytes] = {}
        self.latencies = array("q")
        self.lateness = array("q")

    def open(self, port: int, streams: int) -> None:
        """Open streams through `port` until each client has read its first comment."""
        for _ in range(streams):
            client = socket.create_connection(("127.0.0.1", port), _SECONDS)
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            client.sendall(ASK % (len(QUESTION), QUESTION))
            served = self._accept()
            served.sendall(HEAD + framed(HELLO))
            seen = b""
            while HELLO not in seen:
                seen += _some(client)
            self._served.append(served)
            self._clients[client.fileno()] = client
            self._rests[client.fileno()] = b""
            self._epoll.register(client.fileno(), select.EPOLLIN)

    def run(self, due: Sequence[tuple[int, int]]) -> None:
        """Send every event at its time and read until all have come."""
        self.latencies, self.lateness = array("q"), array("q")
        gc.collect()
        gc.disable()
        start = time.monotonic_ns() + _LEAD_NS
        at, count = 0, len(due)
        give_up = start + due[-1][0] + int(_SECONDS * 1e9)
        while len(self.latencies) < count:
            now = time.monotonic_ns()
            if at < count and start + due[at][0] <= now:
                wanted, stream = due[at]
                self._served[stream].sendall(framed(EVENT % time.monotonic_ns()))
                self.lateness.append(now - start - wanted)
                at += 1
                # Whoever waits is read before the next that is due, as on two machines.
                self._read(0.0)
                continue
            if now > give_up:
                sys.exit(f"{len(self.latencies)} of {count} events came")
            if at < count:
                self._alarm.set(start + due[at][0])
            self._read(1.0)
        gc.enable()

    def flood(self, events: int) -> float:
        """Send `events` over all streams as fast as they pass; events a second."""
        each = events // len(self._served)
        batch = framed(EVENT % 0) * 64
        todo = {
            served.fileno(): (served, each // 64 * 64 * len(framed(EVENT % 0))) for served in self._served
        }
        waiting = len(todo) * (each // 64 * 64)
        wanted = waiting
        mark = b'"text_delta"'
        for served in self._served:
            served.setblocking(False)
            self._epoll.register(served.fileno(), select.EPOLLOUT)
        sent = dict.fromkeys(todo, 0)
        tails = dict.fromkeys(self._clients, b"")
        start = time.monotonic_ns()
        while waiting > 0:
            for fd, _ in self._epoll.poll(_SECONDS):
                if fd in todo:
                    served, size = todo[fd]
                    piece = memoryview(batch)[sent[fd] % len(batch) :][: size - sent[fd]]
                    sent[fd] += served.send(piece)
                    if sent[fd] == size:
                        self._epoll.unregister(fd)
                elif fd in self._clients:
                    data = tails[fd] + _some(self._clients[fd])
                    waiting -= data.count(mark)
                    # A mark that is cut counts once it is whole; one that was counted does not count again.
                    counted = data.rfind(mark)
                    begin = counted + len(mark) if counted >= 0 else 0
                    tails[fd] = data[max(begin, len(data) - len(mark) + 1) :]
        took = (time.monotonic_ns() - start) / 1e9
        for served in self._served:
            served.setblocking(True)
        return wanted / took

    def end(self) -> None:
        """End the streams as complete, and leave."""
        for served in self._served:
            served.sendall(LAST)
        for fd, client in self._clients.items():
            self._epoll.unregister(fd)
            rest = self._rests[fd]
            while LAST not in rest:
                rest = rest[-8:] + _some(client)
            client.close()
        for served in self._served:
            served.close()
        self._served, self._clients, self._rests = [], {}, {}

    def _accept(self) -> socket.socket:
        """The next connection that carries a request, the request read."""
        self._listener.settimeout(_SECONDS)
        while True:
            served, _ = self._listener.accept()
            served.settimeout(_SECONDS)
            served.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            seen = served.recv(65536)
            while seen and QUESTION not in seen:
                seen += _some(served)
            if seen:
                return served
            served.close()

    def _read(self, seconds: float) -> None:
        for fd, _ in self._epoll.poll(seconds):
            if fd == self._alarm.fd:
                self._alarm.clear()
                continue
            data = self._rests[fd] + _some(self._clients[fd])
            now = time.monotonic_ns()
            end = data.rfind(b"\n\n") + 2
            self._rests[fd] = data[end:] if end > 1 else data
            self.latencies.extend(now - int(stamp) for stamp in STAMP.findall(data[: max(end, 0)]))


class _Alarm:
    """A timer that wakes epoll to the microsecond: its own timeout is in whole milliseconds."""

    def __init__(self) -> None:
        self.fd = os.timerfd_create(time.CLOCK_MONOTONIC, flags=os.TFD_NONBLOCK)
        self._set = 0

    def set(self, at_ns: int) -> None:
        if at_ns != self._set:
            os.timerfd_settime_ns(self.fd, flags=os.TFD_TIMER_ABSTIME, initial=at_ns)
            self._set = at_ns

    def clear(self) -> None:
        try:
            os.read(self.fd, 8)
        except BlockingIOError:
            return


def _some(connection: socket.socket) -> bytes:
    data = connection.recv(65536)
    if not data:
        sys.exit("a connection ended early")
    return data


def percentiles(values: Sequence[int]) -> dict[str, float]:
    """In seconds, over all events, by nearest rank."""
    ordered = sorted(values)
    shares = {"p50": 0.5, "p90": 0.9, "p99": 0.99, "p999": 0.999}
    found = {
        name: ordered[min(int(share * len(ordered)), len(ordered) - 1)] / 1e9
        for name, share in shares.items()
    }
    return {**found, "max": ordered[-1] / 1e9}


def main() -> None:
    """Answer one line of JSON with another, until there are no more."""
    load = Load()
    _say({"port": load.port})
    for line in sys.stdin:
        order = json.loads(line)
        match order.pop("do"):
            case "open":
                load.open(**order)
                _say({})
            case "run":
                load.run(schedule(**order))
                _say(
                    {
                        "events": len(load.latencies),
                        "latency": percentiles(load.latencies),
                        "lateness": percentiles(load.lateness),
                    }
                )
            case "flood":
                _say({"per_second": load.flood(**order)})
            case "end":
                load.end()
                _say({})


def _say(answer: dict[str, object]) -> None:
    print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
