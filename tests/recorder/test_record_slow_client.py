"""A client that stops reading, recorded: the cassette says so, and the stall is blamed on it."""

from __future__ import annotations

import socket
import threading
import time

import pytest

import playhead
from playhead.timing import StallCause

EVENT = b"data: " + b"x" * 65_000 + b"\n\n"
EVENTS = 300
STUCK_SECONDS = (1.0, 4.0, 16.0)
"""How long nothing moves: a proxy that only has no processor time for a second is given longer."""


def test_a_slow_client_is_seen_and_blamed(start_proxy, origin, tmp_path, until, token):
    pytest.importorskip("mitmproxy")
    proxy = start_proxy("record", origin.url, tmp_path)
    for number, stuck in enumerate(STUCK_SECONDS):
        exchange = slowly_read(proxy, origin, until, f"{token}-{number}", stuck)
        assert exchange.losses == ()
        causes = [stall.cause for stall in playhead.measure(exchange, stall=stuck / 2).stalls]
        if StallCause.SLOW_CLIENT in causes:
            break
    assert exchange.ending.facts.get("client_paused")
    assert StallCause.SLOW_CLIENT in causes


def slowly_read(proxy, origin, until, token, stuck):
    """The exchange of a client that reads nothing until the origin has got rid of nothing for `stuck` s."""
    sent = []

    def send():
        served = origin.accept()
        served.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 65536)
        served.send_chunked_head()
        for _ in range(EVENTS):
            served.send_chunk(EVENT)
            sent.append(time.monotonic())
        served.send_chunk(b"")

    sender = threading.Thread(target=send, daemon=True)
    sender.start()
    with socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.settimeout(60)
        client.connect(("127.0.0.1", proxy.port))
        client.sendall(b"GET /%s HTTP/1.1\r\nhost: x\r\n\r\n" % token.encode())
        until(lambda: sent and time.monotonic() - sent[-1] > stuck)
        assert len(sent) < EVENTS
        tail = b""
        while not tail.endswith(b"0\r\n\r\n"):
            data = client.recv(1 << 20)
            assert data
            tail = (tail + data)[-5:]
    sender.join(60)
    return proxy.cassette(token)[1]
