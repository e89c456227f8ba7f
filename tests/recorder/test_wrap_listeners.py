"""`playhead record` with several servers, and with none: a forward proxy."""

from __future__ import annotations

import re
import sys

import pytest

pytest.importorskip("mitmproxy")

SSE = b"content-type: text/event-stream\r\ncontent-length: 9\r\n"
LISTENING = r"listening on http://127\.0\.0\.1:(\d+)\b"


@pytest.fixture
def start(proxy_env, tmp_path, request):
    """`start(*options)` is a recorder on free ports, with the ports in their order."""
    conftest = sys.modules[type(request.getfixturevalue("origin")).__module__]
    started = []

    def begin(*options):
        command = [sys.executable, "-m", "playhead", "record", "-o", str(tmp_path), "--listen", "127.0.0.1:0"]
        started.append(conftest.Proxy([*command, *options], tmp_path, LISTENING, proxy_env))
        return started[-1]

    yield begin
    for proxy in started:
        proxy.stop()


def answer(client, origin):
    served = origin.accept()
    served.send_head(SSE)
    served.send(b"data: 1\n\n")
    client.read_until(b"data: 1\n\n")


def test_each_server_has_a_listener_of_its_own(start, origin, shared_origin):
    proxy = start("--upstream", origin.url, "--upstream", shared_origin.url)
    proxy.wait_for(rf"recording the traffic of {re.escape(origin.url)} into")
    second = int(proxy.wait_for(LISTENING)[1])
    proxy.wait_for(rf"recording the traffic of {re.escape(shared_origin.url)} into")
    answer(proxy.get("/first"), origin)
    proxy.port = second
    answer(proxy.get("/second"), shared_origin)
    assert proxy.cassette("/first")[1].request.url == f"{origin.url}/first"
    assert proxy.cassette("/second")[1].request.url == f"{shared_origin.url}/second"
    assert proxy.stop() == 0
    assert "Recorded 2 streams: 2 events, 2 chunks, 18 bytes, 2 cassettes" in "".join(proxy.lines)


def test_without_a_server_it_is_a_forward_proxy(start, origin):
    proxy = start()
    proxy.wait_for("recording the traffic of every server")
    answer(proxy.get(f"{origin.url}/forward"), origin)
    assert proxy.cassette("/forward")[1].request.url == f"{origin.url}/forward"
    assert proxy.stop() == 0
