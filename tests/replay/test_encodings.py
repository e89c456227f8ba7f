"""Bodies that were content-encoded: played decoded, and encoded anew, to every client as over a socket."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

import pytest

from playhead import Cassette, Response
from playhead.encodings import ContentDecoder
from playhead.plan.alterations import cut, encode
from playhead.replay.altered import altered
from playhead.replay.server import ServerThread

Make = Callable[..., Cassette]
TARGET = "/v1/messages?beta=true"
BODY = [(b"data: 1\n\n", 2.0), ("data: 5 €\n\n".encode(), 2.2), (b"data: x\n\n" * 9, 2.4)]
CHUNKS = [data for data, _ in BODY]
CODINGS = ["gzip", "deflate", "br", "zstd", "gzip, br"]


def decodes(library: Any, coding: str) -> bool:
    """Whether this client has what it takes: brotli and zstd are extras of the libraries."""
    decoders = importlib.import_module(f"{library.__name__}._decoders").SUPPORTED_DECODERS
    return all(name.strip() in decoders for name in coding.split(","))


def recorded(make: Make, coding: str, framing: str) -> Cassette:
    size = {"content-length": "77"} if framing == "length" else {}
    headers = {
        "content-type": "text/event-stream",
        "content-encoding": coding,
        "vary": "accept-encoding",
        **size,
    }
    head = Response(status=200, reason="OK", headers=tuple(headers.items()), t=1.5)
    return make(BODY, response=head, facts={"framing": framing})


def named(met: Any) -> dict[bytes, bytes]:
    return {name.lower(): value for name, value in met.head[1]}


@pytest.mark.parametrize("framing", ["chunked", "length", "close"])
@pytest.mark.parametrize("coding", CODINGS)
@pytest.mark.parametrize("way", ["decoded", "encoded"])
def test_it_is_as_on_a_socket(client: Any, make: Make, coding: str, framing: str, way: str) -> None:
    if way == "encoded" and "br" in coding:
        pytest.importorskip("brotli")
    cassette = recorded(make, coding, framing)
    exchange = altered(cassette[1], encode()) if way == "encoded" else cassette[1]
    is_read = way == "decoded" or decodes(client.library, coding)
    with ServerThread(exchange, speed="max") as server:
        url = server.url + TARGET
        real = client.meet(url, decoded=is_read)
    played = client.meet(url, transport=client.transport(exchange), decoded=is_read)
    assert (played.error, real.error) == ([], [])
    assert (played.head, played.after) == (real.head, real.after)
    assert b"".join(played.chunks) == b"".join(real.chunks)
    headers = named(played)
    assert headers.get(b"content-encoding") == (coding.encode() if way == "encoded" else None)
    assert headers[b"vary"] == b"accept-encoding"
    assert (b"content-length" in headers) is (framing == "length")
    body = b"".join(played.chunks)
    if is_read:
        assert played.chunks[: len(CHUNKS)] == CHUNKS  # a flush at every chunk: each can be decoded at once
        assert body == b"".join(CHUNKS)
    else:
        assert ContentDecoder(coding).feed(body).data == b"".join(CHUNKS)
    if framing == "length" and way == "decoded":
        assert headers[b"content-length"] == b"%d" % len(body)


@pytest.mark.parametrize("accepts", ["gzip, deflate", "identity", None])
def test_what_a_client_accepts_does_not_matter(client: Any, make: Make, accepts: str | None) -> None:
    """Which of the two is played is the test's choice: the recorded server had made its own."""
    if client.flavour != "sync":
        pytest.skip("the request is the same in every flavour")
    cassette = recorded(make, "gzip", "chunked")
    for source in (cassette, altered(cassette, encode())):
        with client.library.Client(transport=client.transport(source)) as library_client:
            if accepts is None:
                del library_client.headers["accept-encoding"]
            else:
                library_client.headers["accept-encoding"] = accepts
            assert library_client.post(f"http://h{TARGET}").content == b"".join(CHUNKS)


@pytest.mark.parametrize("by", ["clean", "fin", "reset"])
def test_a_cut_body_encoded_anew(client: Any, make: Make, by: str) -> None:
    exchange = altered(recorded(make, "gzip", "chunked")[1], cut(by, event=2) | encode())
    with ServerThread(exchange, speed="max") as server:
        url = server.url + TARGET
        real = client.meet(url, decoded=True)
    played = client.meet(url, transport=client.transport(exchange), decoded=True)
    assert (played.error, played.chunks, played.after) == (real.error, real.chunks, real.after)
    assert [each for each in played.chunks if each] == CHUNKS[:2]
    assert bool(played.error) is (by != "clean")
