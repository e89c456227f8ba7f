"""HTTP/3 through a mitmproxy of the user's own, end to end: client and origin are aioquic's.

Each delivery is read at the client before the next one is sent, so that nothing is held up needs no clock.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable

import pytest

from playhead import EndingKind
from playhead.model import How

pytest.importorskip("mitmproxy")
pytest.importorskip("aioquic")

from aioquic.asyncio import QuicConnectionProtocol, connect, serve
from aioquic.h3.connection import H3_ALPN, H3Connection
from aioquic.h3.events import DataReceived, HeadersReceived
from aioquic.quic.configuration import QuicConfiguration
from aioquic.quic.events import ProtocolNegotiated, StreamReset
from cryptography.hazmat.primitives import serialization

SECONDS = 120.0
EVENTS = [b"data: %d\n\n" % number for number in range(3)]
HEAD = [(b":status", b"200"), (b"content-type", b"text/event-stream")]
_CANCELLED = 0x10C
"""H3_REQUEST_CANCELLED (RFC 9114, 8.1)."""


class Peer(QuicConnectionProtocol):
    """One side of HTTP/3: what came, as mitmproxy's peers see it."""

    made: Callable[[Peer], None] = staticmethod(lambda _: None)

    def __init__(self, *arguments, **named):
        super().__init__(*arguments, **named)
        self.h3 = H3Connection(self._quic)
        self.heads, self.body, self.is_over, self.was_reset = {}, {}, set(), set()
        self._changed = asyncio.Condition()
        self._telling: set[asyncio.Task[None]] = set()

    def quic_event_received(self, event):
        if isinstance(event, ProtocolNegotiated):
            self.made(self)
        if isinstance(event, StreamReset):
            self.was_reset.add(event.stream_id)
        for each in self.h3.handle_event(event):
            if isinstance(each, HeadersReceived):
                self.heads.setdefault(each.stream_id, []).append(each.headers)
            if isinstance(each, DataReceived):
                self.body[each.stream_id] = self.body.get(each.stream_id, b"") + each.data
            if getattr(each, "stream_ended", False):
                self.is_over.add(each.stream_id)
        task = asyncio.ensure_future(self._tell())
        self._telling.add(task)
        task.add_done_callback(self._telling.discard)

    async def _tell(self):
        async with self._changed:
            self._changed.notify_all()

    async def until(self, condition):
        async with self._changed:
            await asyncio.wait_for(self._changed.wait_for(condition), SECONDS)

    def send(self, stream, data, *, end=False):
        self.h3.send_data(stream, data, end_stream=end)
        self.transmit()


class Stream:
    """A request on its way: both sides of it."""

    def __init__(self, client, stream, origin):
        self.client, self.stream, self.origin = client, stream, origin

    async def pass_on(self, *pieces, end=False):
        for number, piece in enumerate(pieces, 1):
            before = self.client.body.get(self.stream, b"")
            self.origin.send(self.stream, piece, end=end and number == len(pieces))
            await self.client.until(lambda want=before + piece: self.client.body.get(self.stream) == want)


@contextlib.asynccontextmanager
async def through(start_proxy, folder):
    """A recording mitmdump before an origin; `begin(path)` is a stream that has its head."""
    certificate, key = _pair(folder)
    serving = QuicConfiguration(is_client=False, alpn_protocols=H3_ALPN)
    serving.load_cert_chain(certificate, key)
    origins: asyncio.Queue[Peer] = asyncio.Queue()

    class Origin(Peer):
        made = staticmethod(origins.put_nowait)

    server = await serve("127.0.0.1", 0, configuration=serving, create_protocol=Origin)
    port = server._transport.get_extra_info("sockname")[1]
    mode = ("--mode", f"reverse:http3://localhost:{port}", "--set", "ssl_insecure=true")
    proxy = await asyncio.to_thread(start_proxy, "mitmdump", "", folder / "out", *mode)
    asking = QuicConfiguration(is_client=True, alpn_protocols=H3_ALPN, verify_mode=0, server_name="localhost")
    async with connect("127.0.0.1", proxy.port, configuration=asking, create_protocol=Peer) as client:

        async def begin(path, body=b"{}"):
            stream = client._quic.get_next_available_stream_id()
            fields = [(b":method", b"POST"), (b":scheme", b"https"), (b":authority", b"localhost")]
            client.h3.send_headers(stream, [*fields, (b":path", path.encode())])
            client.send(stream, body, end=True)
            if not hasattr(proxy, "origin"):
                proxy.origin = await asyncio.wait_for(origins.get(), SECONDS)
            origin = proxy.origin
            await origin.until(lambda: stream in origin.is_over)
            assert origin.body[stream] == body
            origin.h3.send_headers(stream, HEAD)
            origin.transmit()
            await client.until(lambda: stream in client.heads)
            return Stream(client, stream, origin)

        proxy.client = client
        yield proxy, begin
    server.close()


def _pair(folder):
    from mitmproxy.certs import CertStore

    entry = CertStore.from_store(folder / "ca", "test", 2048).get_cert("localhost", [])
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    certificate.write_bytes(entry.cert.to_pem())
    key.write_bytes(
        entry.privatekey.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.TraditionalOpenSSL,
            serialization.NoEncryption(),
        )
    )
    return certificate, key


def test_a_stream_is_recorded_as_it_comes(start_proxy, tmp_path):
    async def main():
        async with through(start_proxy, tmp_path) as (proxy, begin):
            stream = await begin("/whole")
            await stream.pass_on(*EVENTS, end=True)
            await stream.client.until(lambda: stream.stream in stream.client.is_over)
            return await asyncio.to_thread(proxy.cassette, "/whole")

    exchange = asyncio.run(main())[1]
    assert (exchange.request.http_version, exchange.request.body) == ("HTTP/3", b"{}")
    assert exchange.response.facts["framing"] == "h3"
    assert [chunk.data for chunk in exchange.chunks] == EVENTS
    assert (exchange.ending.kind, exchange.losses) == (EndingKind.COMPLETE, ())


def test_streams_of_one_connection_end_each_for_itself(start_proxy, tmp_path):
    """One is whole, one is reset by the server, one is given up by the client; all get what was sent."""

    async def main():
        async with through(start_proxy, tmp_path) as (proxy, begin):
            whole, cut, left = [await begin(f"/{name}/") for name in ("whole", "cut", "left")]
            for stream in (whole, cut, left):
                await stream.pass_on(*EVENTS[:2])
            cut.origin._quic.reset_stream(cut.stream, _CANCELLED)
            cut.origin.transmit()
            left.client._quic.stop_stream(left.stream, _CANCELLED)
            left.client.transmit()
            await cut.client.until(lambda: cut.stream in cut.client.was_reset)
            await whole.pass_on(EVENTS[2], end=True)
            names = ("whole", "cut", "left")
            return [await asyncio.to_thread(proxy.cassette, f"/{name}/") for name in names]

    whole, cut, left = (cassette[1] for cassette in asyncio.run(main()))
    assert (whole.body, whole.ending.kind) == (b"".join(EVENTS), EndingKind.COMPLETE)
    assert cut.body == left.body == b"".join(EVENTS[:2])
    # mitmproxy says "client" of both: by which side it was nobody can see.
    for exchange in (cut, left):
        assert (exchange.ending.kind, exchange.ending.how) == (EndingKind.UNKNOWN, How.RESET)


def test_a_client_that_goes_with_its_connection(start_proxy, tmp_path):
    async def main():
        async with through(start_proxy, tmp_path) as (proxy, begin):
            stream = await begin("/gone")
            await stream.pass_on(*EVENTS[:2])
            proxy.client.close()
            return await asyncio.to_thread(proxy.cassette, "/gone")

    exchange = asyncio.run(main())[1]
    assert exchange.body == b"".join(EVENTS[:2])
    assert exchange.ending.kind is EndingKind.CLIENT_CLOSED
