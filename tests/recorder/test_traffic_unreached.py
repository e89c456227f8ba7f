"""Servers that cannot be reached: the cassette has the request and why, the client a closed connection."""

from __future__ import annotations

import contextlib
import re
import socket
import sys
import threading

import pytest

import playhead

pytest.importorskip("mitmproxy")

LISTENING = r"listening on http://127\.0\.0\.1:(\d+)\b"


@contextlib.contextmanager
def nobody():
    """A port that refuses connections."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield f"127.0.0.1:{held.getsockname()[1]}"


@contextlib.contextmanager
def no_tls():
    """A server that answers whatever comes with something that is no TLS."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve():
        with contextlib.suppress(OSError):
            while True:
                with listener.accept()[0] as connection:
                    connection.recv(1)
                    connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"127.0.0.1:{listener.getsockname()[1]}"
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(40)


@contextlib.contextmanager
def silent():
    """A server whose queue is full: who connects gets no answer."""
    with socket.socket() as held, contextlib.ExitStack() as stack:
        held.bind(("127.0.0.1", 0))
        held.listen(0)
        for _ in range(4):
            each = stack.enter_context(socket.socket())
            each.setblocking(False)
            each.connect_ex(held.getsockname())
        yield f"127.0.0.1:{held.getsockname()[1]}"


@pytest.fixture
def forward(proxy_env, tmp_path, origin):
    conftest = sys.modules[type(origin).__module__]
    command = [sys.executable, "-m", "playhead", "record", "-o", str(tmp_path), "--listen", "127.0.0.1:0"]
    proxy = conftest.Proxy(command, tmp_path, LISTENING, proxy_env)
    yield proxy
    proxy.stop()


def assert_unreached(exchange, how):
    assert exchange.request.body == b"{}"
    assert exchange.response is None
    assert exchange.ending.kind is playhead.EndingKind.SERVER_CLOSED
    assert exchange.ending.facts["how"] == how
    assert exchange.ending.detail == "the server could not be reached"
    assert exchange.losses == ()


def refused(stack):
    return "http://" + stack.enter_context(nobody())


def unknown(_stack):
    return "http://nobody.invalid"


def broken(stack):
    return "https://" + stack.enter_context(no_tls())


REASONS = [(refused, "refused", "refused the connection"), (unknown, "dns", "its name has no address")]


@pytest.mark.parametrize(
    ("server", "how", "said"),
    [*REASONS, (broken, "tls", "TLS handshake failed")],
    ids=["refused", "dns", "tls"],
)
def test_before_a_server(start_proxy, tmp_path, server, how, said):
    with contextlib.ExitStack() as stack:
        proxy = start_proxy("record", server(stack), tmp_path)
        client = proxy.get("/unreached", body=b"{}")
        assert client.read_rest() == b""
        assert_unreached(proxy.cassette("/unreached")[1], how)
        # The next request is tried anew.
        assert proxy.get("/again", body=b"{}").read_rest() == b""
        assert_unreached(proxy.cassette("/again")[1], how)
        assert proxy.stop() == 0
        text = "".join(proxy.lines)
        assert re.search(said, text)
        assert "Recorded 0 streams and 2 other exchanges" in text


@pytest.mark.parametrize(("server", "how", "said"), REASONS, ids=["refused", "dns"])
def test_as_a_forward_proxy(forward, server, how, said):
    with contextlib.ExitStack() as stack:
        client = forward.get(server(stack) + "/forward", body=b"{}")
        assert client.read_rest() == b""
        assert_unreached(forward.cassette("/forward")[1], how)
        forward.wait_for(said)


def test_a_tunnel_that_leads_nowhere_is_refused_and_said(forward):
    with nobody() as address:
        client = forward.connect()
        client.send(f"CONNECT {address} HTTP/1.1\r\nhost: {address}\r\n\r\n".encode())
        assert b" 502 " in client.read_until(b"\r\n")
        forward.wait_for(rf"{re.escape(address)} could not be reached: it refused the connection")
    assert forward.stop() == 0
    assert "Recorded 0 streams" in "".join(forward.lines)


def test_a_client_that_waits_no_longer_for_a_connection(start_proxy, tmp_path):
    with silent() as address:
        proxy = start_proxy("record", f"http://{address}", tmp_path)
        client = proxy.get("/impatient", body=b"{}")
        assert proxy.partial("/impatient")[1].request.body == b"{}"
        client.close()
        exchange = proxy.cassette("/impatient")[1]
        assert exchange.ending.kind is playhead.EndingKind.CLIENT_CLOSED
        assert exchange.response is None


def test_mitmproxys_own_way_is_recorded_where_it_reads_the_request(start_proxy, tmp_path):
    with nobody() as address:
        proxy = start_proxy("mitmdump", f"http://{address}", tmp_path, "--set", "connection_strategy=lazy")
        client = proxy.get("/lazy", body=b"{}")
        assert b" 502 " in client.read_until(b"\r\n")
        assert_unreached(proxy.cassette("/lazy")[1], "refused")


@pytest.mark.parametrize(
    ("message", "how"),
    [
        ("[Errno 110] Connect call failed ('192.0.2.1', 80)", "timeout"),
        ("[Errno 111] Connect call failed ('127.0.0.1', 80)", "refused"),
        ("Multiple exceptions: [Errno 111] Connect call failed ('::1', 80, 0, 0), [Errno 111] …", "refused"),
        ("[Errno -2] Name or service not known", "dns"),
        ("[Errno 113] No route to host", "unknown"),
        ("connection cancelled", "unknown"),
    ],
)
@pytest.mark.skipif(sys.platform != "linux", reason="the numbers are those of Linux")
def test_what_a_failure_to_connect_is_called(message, how):
    from mitmproxy.proxy.server_hooks import ServerConnectionHookData
    from mitmproxy.test import tflow

    from playhead_recorder.traffic.connects import Connects

    flow = tflow.tflow(err=True)
    flow.error.msg = flow.server_conn.error = message
    connects = Connects()
    assert connects.why(flow) is None
    connects.not_connected(ServerConnectionHookData(client=flow.client_conn, server=flow.server_conn))
    assert connects.why(flow).value == how
    assert connects.last(flow.client_conn.id).value == how
    assert connects.last("another") is None


@pytest.mark.parametrize(("leave", "how"), [("close", "fin"), ("reset", "reset")])
def test_a_server_that_leaves_without_an_answer(start_proxy, origin, tmp_path, leave, how):
    """It was reached: how it left is known."""
    proxy = start_proxy("record", origin.url, tmp_path)
    client = proxy.get("/left", body=b"{}")
    getattr(origin.accept(), leave)()
    client.read_rest()
    exchange = proxy.cassette("/left")[1]
    assert exchange.ending.kind is playhead.EndingKind.SERVER_CLOSED
    assert exchange.ending.facts["how"] == how
    assert exchange.response is None
