"""A stream through a real recorder process: the client's bytes, the cassette's chunks, the ending."""

from __future__ import annotations

import gzip
import json
import queue
import stat
import threading
import zlib
from typing import Any

import httpx
import pytest

from playhead import EndingKind, Framing, How

SSE = b"content-type: text/event-stream\r\n"
EVENTS = [
    b"event: a\ndata: 1\n\n",
    b"data: caf\xc3",
    b"\xa9\n\n",
    b": keep-alive\n\n",
    b"\xff\xfe not text",
    b"data: [DONE]\n\n",
]


def pass_through(served: Any, client: Any, chunks: list[bytes]) -> None:
    """Each chunk is at the client before the next one leaves the origin."""
    for chunk in chunks:
        served.send_chunk(chunk)
        assert client.read_chunk() == chunk


def test_a_chunked_stream_passes_and_is_recorded_chunk_by_chunk(proxy, shared_origin, token):
    client = proxy.get(f"/v1/{token}", b"content-type: application/json\r\n", b'{"stream":true}')
    served = shared_origin.accept()
    assert served.request.endswith(b'{"stream":true}')
    served.send_chunked_head()
    client.read_until(b"\r\n\r\n")
    pass_through(served, client, EVENTS)
    served.send(b"0\r\n\r\n")
    assert client.read_chunk() == b""

    cassette = proxy.cassette(token)
    exchange = cassette[1]
    assert [chunk.data for chunk in exchange.chunks] == EVENTS
    assert {chunk.wire_bytes for chunk in exchange.chunks} == {None}
    assert exchange.request.body == b'{"stream":true}'
    assert exchange.request.method == "POST"
    assert exchange.request.url == f"{shared_origin.url}/v1/{token}"
    assert exchange.response.status == 200
    assert exchange.response.facts["framing"] == "chunked"
    ending = exchange.ending
    assert (ending.kind, ending.how, ending.framing) == (EndingKind.COMPLETE, How.CLEAN, Framing.CHUNKED)
    assert ending.facts["framing_complete"] == "true"
    assert ending.size == sum(map(len, EVENTS))
    times = [exchange.request.t_start, exchange.request.t, exchange.response.t]
    times += [chunk.t for chunk in exchange.chunks]
    times.append(ending.t)
    assert times == sorted(times)
    assert cassette.header.clock == "monotonic"
    assert dict(cassette.header.facts)["source"] == "proxy"
    client.close()


def test_a_file_is_for_its_owner_only_and_named_by_time_host_and_chance(proxy, shared_origin, token):
    client = proxy.get(f"/secret-path-{token}?q=1")
    served = shared_origin.accept()
    served.send_chunked_head()
    served.send(b"0\r\n\r\n")
    client.read_until(b"0\r\n\r\n")
    proxy.cassette(token)
    names = [path.name for path in proxy.folder.rglob("*.*")]
    assert all(token not in name for name in names)
    for path in proxy.folder.glob("*.cassette.jsonl"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        time, host, chance = path.name.removesuffix(".cassette.jsonl").split("-")
        assert (len(time), host, len(chance)) == (23, "127.0.0.1", 8)


def test_a_stream_with_a_content_length(proxy, shared_origin, token):
    client = proxy.get(f"/{token}")
    served = shared_origin.accept()
    served.send_head(SSE + b"content-length: 18\r\n")
    client.read_until(b"\r\n\r\n")
    for part in (b"data: 1\n\n", b"data: 2\n\n"):
        served.send(part)
        assert client.read_exactly(len(part)) == part
    exchange = proxy.cassette(token)[1]
    assert [chunk.data for chunk in exchange.chunks] == [b"data: 1\n\n", b"data: 2\n\n"]
    assert (exchange.ending.kind, exchange.ending.framing) == (EndingKind.COMPLETE, Framing.LENGTH)


def test_an_empty_stream(proxy, shared_origin, token):
    client = proxy.get(f"/{token}")
    served = shared_origin.accept()
    served.send_head(SSE + b"content-length: 0\r\n")
    client.read_until(b"\r\n\r\n")
    exchange = proxy.cassette(token)[1]
    assert len(exchange.chunks) == 0
    assert exchange.losses == ()
    assert exchange.ending.kind is EndingKind.COMPLETE


@pytest.mark.parametrize("end", ["close", "reset"])
def test_a_close_delimited_stream_tells_a_reset_from_its_end(proxy, shared_origin, token, end):
    client = proxy.get(f"/{token}")
    served = shared_origin.accept()
    served.send_head(SSE + b"connection: close\r\n")
    client.read_until(b"\r\n\r\n")
    served.send(b"data: 1\n\n")
    assert client.read_exactly(9) == b"data: 1\n\n"
    getattr(served, end)()
    assert client.read_rest() == b""
    ending = proxy.cassette(token)[1].ending
    assert ending.framing is Framing.CLOSE
    if end == "close":
        assert (ending.kind, ending.facts["framing_complete"]) == (EndingKind.COMPLETE, "true")
    else:
        assert (ending.kind, ending.how) == (EndingKind.SERVER_CLOSED, How.RESET)


@pytest.mark.parametrize(("end", "how"), [("close", How.FIN), ("reset", How.RESET)])
def test_a_server_that_cuts_a_chunk(proxy, shared_origin, token, end, how):
    client = proxy.get(f"/{token}")
    served = shared_origin.accept()
    served.send_chunked_head()
    client.read_until(b"\r\n\r\n")
    pass_through(served, client, EVENTS[:1])
    served.send(b"20\r\ndata: only a par")
    # The part of the chunk passes too; mitmproxy gives it a frame of its own.
    assert client.read_chunk() == b"data: only a par"
    getattr(served, end)()
    assert client.read_rest() == b""
    exchange = proxy.cassette(token)[1]
    assert [chunk.data for chunk in exchange.chunks] == [EVENTS[0], b"data: only a par"]
    ending = exchange.ending
    assert (ending.kind, ending.how) == (EndingKind.SERVER_CLOSED, how)
    assert ending.facts["framing_complete"] == "false"
    assert (ending.facts["client_open"], ending.facts["server_open"]) == ("true", "false")


@pytest.mark.parametrize(("end", "how"), [("close", How.FIN), ("reset", How.RESET)])
def test_a_client_that_leaves(proxy, shared_origin, token, end, how):
    client = proxy.get(f"/{token}")
    served = shared_origin.accept()
    served.send_chunked_head()
    client.read_until(b"\r\n\r\n")
    pass_through(served, client, EVENTS[:2])
    getattr(client, end)()
    assert served.read_rest() == b""
    exchange = proxy.cassette(token)[1]
    assert [chunk.data for chunk in exchange.chunks] == EVENTS[:2]
    assert (exchange.ending.kind, exchange.ending.how) == (EndingKind.CLIENT_CLOSED, how)
    assert exchange.ending.facts["client_open"] == "false"


def test_trailers_which_mitmproxy_cannot_take_blame_nobody(proxy, shared_origin, token):
    client = proxy.get(f"/{token}")
    served = shared_origin.accept()
    served.send_chunked_head()
    client.read_until(b"\r\n\r\n")
    pass_through(served, client, EVENTS[:1])
    served.send(b"0\r\nx-trailer: 1\r\n\r\n")
    proxy.wait_for("mitmproxy has crashed")
    client.close()
    exchange = proxy.cassette(token)[1]
    assert exchange.body == EVENTS[0]
    ending = exchange.ending
    assert (ending.kind, ending.how) == (EndingKind.UNKNOWN, How.UNKNOWN)
    assert "mitmproxy crashed" in ending.detail
    assert "trailers" in ending.facts["error"]
    assert "framing_complete" not in ending.facts


def test_a_crash_on_one_connection_says_nothing_of_another(proxy, shared_origin, token):
    streams = []
    for name in ("one", "two"):
        client = proxy.get(f"/{token}{name}")
        served = shared_origin.accept()
        served.send_chunked_head()
        client.read_until(b"\r\n\r\n")
        pass_through(served, client, EVENTS[:1])
        streams.append((served, client))
    (crashing, left), (_, leaving) = streams
    crashing.send(b"0\r\nx-trailer: 1\r\n\r\n")
    proxy.wait_for("mitmproxy has crashed")
    left.close()
    leaving.close()
    assert proxy.cassette(f"{token}one")[1].ending.kind is EndingKind.UNKNOWN
    assert proxy.cassette(f"{token}two")[1].ending.kind is EndingKind.CLIENT_CLOSED


def test_an_answer_that_mitmproxy_drops_after_an_early_hint_is_said(start_proxy, origin, tmp_path):
    """`playhead record` passes it over instead (tests/loop)."""
    proxy = start_proxy("mitmdump", origin.url, tmp_path)
    client = proxy.get("/hint")
    served = origin.accept()
    served.send_head(b"link: </style>; rel=preload\r\n", b"103 Early Hints")
    assert client.read_until(b"\r\n\r\n").startswith(b"HTTP/1.1 103 ")
    proxy.wait_for("sent 103 before its answer")


def test_a_body_in_no_legal_framing(proxy, shared_origin, token):
    client = proxy.get(f"/{token}")
    served = shared_origin.accept()
    served.send_chunked_head()
    client.read_until(b"\r\n\r\n")
    pass_through(served, client, EVENTS[:1])
    served.send(b"this is no chunk size\r\n")
    client.read_rest()
    ending = proxy.cassette(token)[1].ending
    assert ending.kind is EndingKind.UNKNOWN
    assert "protocol error" in ending.facts["error"]


def gzip_flushing() -> Any:
    return zlib.compressobj(wbits=31)


def deflate_flushing() -> Any:
    return zlib.compressobj(wbits=-15)


@pytest.mark.parametrize(
    ("encoding", "make"), [(b"gzip", gzip_flushing), (b"deflate", deflate_flushing)], ids=["gzip", "deflate"]
)
def test_an_encoded_stream_is_decoded_delivery_by_delivery(proxy, shared_origin, token, encoding, make):
    compressor = make()
    events = [b"data: %d %b\n\n" % (number, b"x" * 50) for number in range(5)]
    wire = [compressor.compress(event) + compressor.flush(zlib.Z_SYNC_FLUSH) for event in events]
    wire.append(compressor.flush())
    client = proxy.get(f"/{token}", b"accept-encoding: " + encoding + b"\r\n")
    served = shared_origin.accept()
    served.send_chunked_head(SSE + b"content-encoding: " + encoding + b"\r\n")
    head = client.read_until(b"\r\n\r\n")
    assert b"content-encoding: " + encoding in head
    pass_through(served, client, wire)
    served.send(b"0\r\n\r\n")
    assert client.read_chunk() == b""
    exchange = proxy.cassette(token)[1]
    assert [chunk.data for chunk in exchange.chunks] == [*events, b""]
    assert [chunk.wire_bytes for chunk in exchange.chunks] == [len(part) for part in wire]
    assert len(exchange.frames) == 5


def test_a_real_client_decodes_what_it_would_have_without_us(proxy, shared_origin, token):
    compressor = gzip_flushing()
    events = [b"data: %d\n\n" % number for number in range(5)]
    got = queue.SimpleQueue()

    def read():
        url = f"http://127.0.0.1:{proxy.port}/{token}"
        with httpx.stream("GET", url, trust_env=False, timeout=60) as response:
            for data in response.iter_bytes():
                got.put(data)
        got.put(None)

    reader = threading.Thread(target=read)
    reader.start()
    served = shared_origin.accept()
    served.send_chunked_head(SSE + b"content-encoding: gzip\r\n")
    for event in events:
        served.send_chunk(compressor.compress(event) + compressor.flush(zlib.Z_SYNC_FLUSH))
        assert got.get(timeout=60) == event
    served.send(b"0\r\n\r\n")
    assert got.get(timeout=60) is None
    reader.join(60)
    assert [chunk.data for chunk in proxy.cassette(token)[1].chunks] == events


def test_an_encoding_that_is_a_lie_keeps_every_byte(proxy, shared_origin, token):
    client = proxy.get(f"/{token}")
    served = shared_origin.accept()
    served.send_chunked_head(SSE + b"content-encoding: br\r\n")
    client.read_until(b"\r\n\r\n")
    pass_through(served, client, [b"d", b"ata: 1\n\n" * 20, b"data: 2\n\n"])
    served.send(b"0\r\n\r\n")
    client.read_chunk()
    exchange = proxy.cassette(token)[1]
    assert exchange.chunks[-1].undecoded
    assert exchange.body == b"data: 1\n\n" + b"ata: 1\n\n" * 19 + b"data: 2\n\n"


def test_an_encoded_request_body_is_stored_decoded(proxy, shared_origin, token):
    body = json.dumps({"model": "m", "stream": True}).encode()
    client = proxy.get(f"/{token}", b"content-encoding: gzip\r\n", gzip.compress(body))
    served = shared_origin.accept()
    served.send_chunked_head()
    served.send(b"0\r\n\r\n")
    client.read_until(b"0\r\n\r\n")
    assert proxy.cassette(token)[1].request.body == body


def test_every_exchange_is_recorded(proxy, shared_origin, token):
    kinds = [b"Text/Event-Stream;charset=utf-8", b"application/json", b"application/x-ndjson", b"text/plain"]
    for number, kind in enumerate(kinds):
        client = proxy.get(f"/{token}-{number}x")
        served = shared_origin.accept()
        served.send_head(b"content-type: " + kind + b"\r\ncontent-length: 9\r\n")
        served.send(b"data: 1\n\n")
        assert client.read_until(b"data: 1\n\n")
    for number in range(4):
        exchange = proxy.cassette(f"{token}-{number}x")[1]
        assert [chunk.data for chunk in exchange.chunks] == [b"data: 1\n\n"]
        assert exchange.ending.kind is EndingKind.COMPLETE


SECRETS = [
    "sk-ant-api03-plantedkey000000",
    "plantedcookie",
    "plantedquery",
    "plantedsetcookie",
    "plantedtoken",
]


def test_what_authorizes_never_reaches_the_disk(proxy, shared_origin, token):
    fields = (
        b"Authorization: Bearer sk-ant-api03-plantedkey000000\r\n"
        b"cookie: session=plantedcookie\r\n"
        b"X-My-Token: plantedtoken\r\n"
    )
    client = proxy.get(f"/{token}?access_token=plantedquery&model=m", fields)
    served = shared_origin.accept()
    # The server gets everything as it was sent.
    assert b"plantedkey" in served.request
    assert b"plantedquery" in served.request
    served.send_chunked_head(
        SSE + b"Set-Cookie: id=plantedsetcookie\r\nanthropic-ratelimit-tokens-remaining: 4000\r\n"
    )
    assert b"plantedsetcookie" in client.read_until(b"\r\n\r\n")
    pass_through(served, client, EVENTS[:1])
    proxy.partial(token)
    written = proxy.written()
    assert not [secret for secret in SECRETS if secret.encode() in written]
    served.send(b"0\r\n\r\n")
    client.read_chunk()
    exchange = proxy.cassette(token)[1]
    written = proxy.written()
    assert not [secret for secret in SECRETS if secret.encode() in written]
    headers = dict(exchange.request.headers)
    assert len(headers["Authorization"]) == len("Bearer sk-ant-api03-plantedkey000000")
    assert headers["Authorization"].startswith("Bearer sk-ant-REDACTED-")
    assert dict(exchange.response.headers)["anthropic-ratelimit-tokens-remaining"] == "4000"
    assert "access_token=REDACTED" in exchange.request.url
