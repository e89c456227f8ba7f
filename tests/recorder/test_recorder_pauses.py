"""When a client took nothing though bytes waited: a real mitmproxy, clients that stop reading."""

from __future__ import annotations

import asyncio
import json
import socket
import ssl
import threading
import time
import types
import warnings

import pytest

from playhead.capture.entry import Entry

pytest.importorskip("mitmproxy")

with warnings.catch_warnings():
    # mitmproxy's filter language calls pyparsing by its old names.
    warnings.simplefilter("ignore")
    from playhead_recorder.traffic import pauses

BLOCK = b"data: " + b"x" * 65_000 + b"\n\n"
MORE_THAN_SOCKETS_HOLD = 40 * 1024 * 1024
SCRIPT = """
import asyncio, json, pathlib
from mitmproxy import ctx
from playhead_recorder.traffic import pauses

FOLDER = pathlib.Path(__file__).parent

def say(name, value):
    (FOLDER / "new").write_text(json.dumps(value))
    (FOLDER / "new").rename(FOLDER / name)

class Watcher:
    def responseheaders(self, flow):
        flow.response.stream = True
        self.pauses = pauses.watch(flow, ctx.master.addons.get("proxyserver"))
        self.task = asyncio.create_task(self.look())

    async def look(self):
        # One that lasts: a system may still find room for more after the first.
        while self.pauses._paused._since is None:
            await asyncio.sleep(0.005)
        say("held", None)

    def response(self, flow):
        self.task.cancel()
        self.pauses.close()
        client = ctx.master.addons.get("proxyserver").connections[flow.client_conn.id]
        protocol = client.transports[flow.client_conn].writer.transport.get_protocol()
        say("result", {
            "paused": self.pauses.spans(),
            "left": [name for name in vars(protocol) if name.endswith("_writing")],
        })

addons = [Watcher()]
"""


class Watched:
    """A mitmdump that watches, before an origin that sends much."""

    def __init__(self, start_proxy, origin, folder, until):
        script = folder / "pauses_script.py"
        script.write_text(SCRIPT)
        self.folder, self.origin, self.until = folder, origin, until
        self.proxy = start_proxy("mitmdump", origin.url, folder, "-s", str(script))

    def held(self):
        """Wait until the client held something up; a moment at which it does."""
        self.until((self.folder / "held").exists)
        return time.monotonic_ns()

    def result(self):
        self.until((self.folder / "result").exists)
        return json.loads((self.folder / "result").read_text())

    def serve(self, size):
        """Send a stream of about `size` bytes, in a thread: it waits as long as the proxy reads nothing."""

        def send():
            served = self.origin.accept()
            served.send_chunked_head()
            for _ in range(size // len(BLOCK)):
                served.send_chunk(BLOCK)
            served.send_chunk(b"")

        thread = threading.Thread(target=send, daemon=True)
        thread.start()
        return thread


@pytest.fixture
def watched(start_proxy, origin, tmp_path, until):
    return Watched(start_proxy, origin, tmp_path, until)


def little_socket(port):
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.settimeout(60)
    client.connect(("127.0.0.1", port))
    return client


def read_to_the_end(client):
    size, tail = 0, b""
    while not tail.endswith(b"0\r\n\r\n"):
        data = client.recv(1 << 20)
        assert data
        size, tail = size + len(data), (tail + data)[-5:]
    return size


def spans_over(moment, result):
    return [(start, end) for start, end in result["paused"] if start < moment < end]


def test_a_client_that_stops_reading_is_seen_from_the_moment_it_held_the_stream_up(watched):
    sender = watched.serve(MORE_THAN_SOCKETS_HOLD)
    asked = time.monotonic_ns()
    with little_socket(watched.proxy.port) as client:
        client.sendall(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")
        held = watched.held()
        assert sender.is_alive()
        # From here on it reads again, and takes everything.
        assert read_to_the_end(client) > MORE_THAN_SOCKETS_HOLD - len(BLOCK)
        finished = time.monotonic_ns()
    sender.join(60)
    result = watched.result()
    [(start, end)] = spans_over(held, result)
    assert asked < start
    assert end < finished
    assert result["left"] == []


def test_a_client_that_reads_has_no_pauses(watched):
    sender = watched.serve(200_000)
    with watched.proxy.connect().socket as client:
        client.sendall(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")
        read_to_the_end(client)
    sender.join(60)
    result = watched.result()
    assert (result["paused"], result["left"]) == ([], [])


class Http2Client:
    """A client that reads when it is told to."""

    def __init__(self, port, *, window):
        from h2.config import H2Configuration
        from h2.connection import H2Connection
        from h2.settings import SettingCodes

        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        context.set_alpn_protocols(["h2"])
        self.socket = context.wrap_socket(little_socket(port))
        assert self.socket.selected_alpn_protocol() == "h2"
        self.h2 = H2Connection(H2Configuration(client_side=True))
        self.h2.initiate_connection()
        if window:
            self.h2.update_settings({SettingCodes.INITIAL_WINDOW_SIZE: window})
            self.h2.increment_flow_control_window(window - 65535)
        fields = [(":method", "GET"), (":path", "/"), (":scheme", "https"), (":authority", "x")]
        self.h2.send_headers(1, fields, end_stream=True)
        self.socket.sendall(self.h2.data_to_send())

    def read(self, least):
        """Take so many bytes of the body at least; how many there were."""
        from h2.events import DataReceived

        size = 0
        while size < least:
            data = self.socket.recv(1 << 20)
            assert data
            for event in self.h2.receive_data(data):
                if isinstance(event, DataReceived):
                    size += len(event.data)
                    self.h2.acknowledge_received_data(event.flow_controlled_length, 1)
            self.socket.sendall(self.h2.data_to_send())
        return size


@pytest.fixture
def http2_client():
    opened = []

    def make(port, *, window=0):
        opened.append(Http2Client(port, window=window))
        return opened[-1]

    yield make
    for client in opened:
        client.socket.close()


def test_an_http2_client_whose_connection_is_full_is_paused(watched, http2_client):
    sender = watched.serve(MORE_THAN_SOCKETS_HOLD)
    client = http2_client(watched.proxy.port, window=2**30)
    held = watched.held()
    assert sender.is_alive()
    client.read(MORE_THAN_SOCKETS_HOLD // len(BLOCK) * len(BLOCK))
    sender.join(60)
    result = watched.result()
    assert len(spans_over(held, result)) == 1
    assert result["left"] == []


class Protocol(asyncio.streams.FlowControlMixin):
    """asyncio's own, with nothing behind it."""


@pytest.fixture
def protocol():
    loop = asyncio.new_event_loop()
    yield Protocol(loop)
    loop.close()


def gate_with(protocol, *spans):
    gate = pauses._Gate.of(protocol)
    for each in spans:
        gate.join(each)
    return gate


def test_flows_of_one_connection_share_its_gate_and_the_last_takes_it_away(protocol):
    first, second = pauses._Spans(), pauses._Spans()
    gate = gate_with(protocol, first)
    assert gate_with(protocol, second) is gate
    protocol.pause_writing()
    gate.leave(first)
    protocol.resume_writing()
    assert len(second.until(0)) == 1
    assert len(first.until(5)) == 1
    gate.leave(second)
    assert not [name for name in vars(protocol) if name.endswith("_writing")]


def test_an_error_of_ours_keeps_asyncio_from_nothing(protocol, monkeypatch):
    gate = gate_with(protocol, pauses._Spans())

    def fail():
        raise RuntimeError("no clock")

    monkeypatch.setattr(pauses.time, "monotonic_ns", fail)
    protocol.pause_writing()
    assert protocol._paused
    protocol.resume_writing()
    assert not protocol._paused
    assert gate is pauses._Gate.of(protocol)


def test_whoever_came_before_us_later_stays(protocol):
    spans = pauses._Spans()
    gate = gate_with(protocol, spans)
    ours = protocol.pause_writing
    called = []

    def theirs():
        called.append(1)
        ours()

    protocol.pause_writing = theirs
    gate.leave(spans)
    protocol.pause_writing()
    assert called
    assert protocol._paused
    assert protocol.pause_writing is theirs


def test_nothing_is_known_of_a_flow_without_connections():
    from mitmproxy.test import tflow

    found = pauses.watch(tflow.tflow(), None)
    assert found.spans() == ()
    found.close()
    found.close()


def test_of_many_spans_the_longest_are_kept_in_order():
    spans = pauses._Spans()
    length = 2_000_000
    for number in range(1000):
        start = number * 100_000_000
        spans.begin(start)
        spans.end(start + length * (1 + number % 7))
    kept = spans.until(0)
    assert len(kept) == pauses._KEPT
    assert list(kept) == sorted(kept)
    assert min(end - start for start, end in kept) >= 6 * length


def test_spans_close_to_each_other_are_one():
    spans = pauses._Spans()
    for start, end in ((0, 10), (20, 30), (5_000_000, 6_000_000)):
        spans.begin(start)
        spans.end(end)
    spans.begin(6_000_001)
    assert spans.until(9_000_000) == ((0, 30), (5_000_000, 9_000_000))


def test_what_lay_before_the_cassette_is_not_in_it():
    second = 1_000_000_000
    slot = types.SimpleNamespace(exchange=None, redactor=None, start_ns=10 * second)
    spans = ((2 * second, 3 * second), (9 * second, 11 * second), (12 * second, 13 * second))
    item = types.SimpleNamespace(facts={"how": "fin"}, paused=spans)
    told = {"how": "fin", "client_paused": "0.000000-1.000000 2.000000-3.000000"}
    assert Entry(slot)._facts(item) == told
    item.paused = spans[:1]
    assert Entry(slot)._facts(item) == {"how": "fin"}
