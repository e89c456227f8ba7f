"""Every shape of traffic passes as it is and is kept, through `playhead record` and through a mitmproxy.

The test is the client and the server, on raw sockets: what one sent is compared with what the other got, and
both with the cassette.
"""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import json
import os
import socket
import sys
import threading

import pytest

import playhead

pytest.importorskip("mitmproxy")

JSON = b"content-type: application/json\r\n"
ERROR = b'{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}'
NOTHING = b""


def exchange(
    proxy, origin, target, *, status=b"200 OK", fields=JSON, body=NOTHING, request=NOTHING, sent=NOTHING
):
    """One exchange with a length; the recorded one, when the client has what the server sent."""
    client = proxy.get(target, sent, request)
    served = origin.accept()
    assert served.request.endswith(b"\r\n\r\n" + request)
    served.send_head(fields + b"content-length: %d\r\n" % len(body), status)
    served.send(body)
    assert client.read_until(b"\r\n").split(b" ", 1)[1] == status + b"\r\n"
    assert fields.lower() in client.read_until(b"\r\n\r\n").lower()
    assert client.read_exactly(len(body)) == body
    (found,) = proxy.cassette(target).exchanges
    assert found.request.body == (request or None) or (not request and found.request.body == b"")
    assert found.response.status == int(status[:3])
    assert found.ending.kind is playhead.EndingKind.COMPLETE
    assert found.losses == ()
    return found


@pytest.mark.parametrize(
    ("path", "answer"),
    [
        ("/v1/messages", {"type": "message", "content": [{"type": "text", "text": "whole"}]}),
        ("/v1/messages/count_tokens", {"input_tokens": 14}),
        ("/v1/embeddings", {"object": "list", "data": [{"embedding": [0.25, -0.5], "index": 0}]}),
        ("/mcp", {"jsonrpc": "2.0", "id": 1, "result": {"tools": []}}),
    ],
)
def test_an_answer_in_one_piece(proxy, shared_origin, token, path, answer):
    body, request = json.dumps(answer).encode(), b'{"model":"m","input":"?"}'
    found = exchange(proxy, shared_origin, f"{path}?{token}", body=body, request=request, sent=JSON)
    assert found.body == body
    assert not found.is_sse


@pytest.mark.parametrize(
    "status", [b"400 Bad Request", b"401 Unauthorized", b"429 Too Many", b"500 No", b"529 Over"]
)
def test_an_error_with_its_body(proxy, shared_origin, token, status):
    fields = JSON + b"retry-after: 7\r\nrequest-id: req_1\r\n"
    target = f"/v1/messages?{token}{status[:3].decode()}"
    found = exchange(proxy, shared_origin, target, status=status, fields=fields, body=ERROR, request=b"{}")
    assert found.body == ERROR
    assert dict(found.response.headers)["retry-after"] == "7"


def test_a_redirect(proxy, shared_origin, token):
    fields = b"location: /v1/elsewhere\r\n"
    found = exchange(proxy, shared_origin, f"/{token}", status=b"307 Temporary Redirect", fields=fields)
    assert found.body == b""
    assert dict(found.response.headers)["location"] == "/v1/elsewhere"


@pytest.mark.parametrize(
    ("method", "status", "fields"),
    [
        (b"GET", b"204 No Content", b"server: s\r\n"),
        (b"GET", b"304 Not Modified", b'etag: "1"\r\n'),
        (b"POST", b"202 Accepted", b"content-length: 0\r\n"),
        (b"HEAD", b"200 OK", JSON + b"content-length: 512\r\n"),
        (b"HEAD", b"200 OK", b"content-type: text/event-stream\r\ntransfer-encoding: chunked\r\n"),
        (b"DELETE", b"200 OK", b"content-length: 0\r\n"),
        (b"OPTIONS", b"204 No Content", b"access-control-allow-origin: *\r\n"),
    ],
)
def test_an_answer_without_a_body(proxy, shared_origin, token, method, status, fields):
    client = proxy.connect()
    length = b"content-length: 0\r\n" if method == b"POST" else b""
    for number in (1, 2):  # the connection is as it was
        target = f"/{token}/{number}"
        client.send(b"%b %b HTTP/1.1\r\nhost: h\r\n%b\r\n" % (method, target.encode(), length))
        served = shared_origin.accept() if number == 1 else served  # noqa: F821 - it is the first one's
        if number == 2:
            served.read_request()
        served.send_head(fields, status)
        assert client.read_until(b"\r\n") == b"HTTP/1.1 " + status + b"\r\n"
        client.read_until(b"\r\n\r\n")
        (found,) = proxy.cassette(f'{target}"').exchanges
        assert (found.request.method, found.response.status) == (method.decode(), int(status[:3]))
        assert (found.body, len(found.chunks)) == (b"", 0)
        assert found.ending.kind is playhead.EndingKind.COMPLETE
        assert found.losses == ()


def stream(proxy, origin, target, fields, pieces, request=b"{}"):
    """A chunked stream whose pieces the client has one by one."""
    client = proxy.get(target, JSON, request)
    served = origin.accept()
    served.send_chunked_head(fields)
    client.read_until(b"\r\n\r\n")
    for piece in pieces:
        served.send_chunk(piece)
        assert client.read_chunk() == piece  # before the next one is sent
    served.send_chunk(b"")
    assert client.read_chunk() == b""
    (found,) = proxy.cassette(target).exchanges
    assert [chunk.data for chunk in found.chunks] == pieces
    assert found.ending.kind is playhead.EndingKind.COMPLETE
    return found


def test_an_mcp_answer_as_a_stream(proxy, shared_origin, token):
    fields = b"content-type: text/event-stream; charset=utf-8\r\nmcp-session-id: s\r\n"
    pieces = [b'event: message\ndata: {"jsonrpc":"2.0","id":1,"result":{}}\n\n', b": ping\n\n"]
    found = stream(proxy, shared_origin, f"/mcp?{token}", fields, pieces, b'{"jsonrpc":"2.0","id":1}')
    assert found.is_sse
    assert len(found.frames) == 2


@pytest.mark.parametrize(
    "kind", [b"application/x-ndjson", b"application/jsonl", b"application/x-ndjson; a=b"]
)
def test_lines_of_json(proxy, shared_origin, token, kind):
    pieces = [b'{"response":"a","done":false}\n', b'{"response":"b","do', b'ne":true}\n']
    found = stream(
        proxy, shared_origin, f"/api/generate?{token}{len(kind)}", b"content-type: %b\r\n" % kind, pieces
    )
    assert len(found.frames) == 2


def test_a_json_array_that_grows(proxy, shared_origin, token):
    """Gemini's, without alt=sse: its type says nothing of a stream."""
    pieces = [b'[{"candidates":[{"index":0}]}', b',\r\n{"candidates":[]}', b"]"]
    stream(proxy, shared_origin, f"/v1beta/models/g:streamGenerateContent?{token}", JSON, pieces)


def test_chunks_that_come_in_one_packet_stay_apart(proxy, shared_origin, token):
    pieces = [b"data: %d\n\n" % number for number in range(5)]
    client = proxy.get(f"/{token}")
    served = shared_origin.accept()
    served.send_chunked_head()
    client.read_until(b"\r\n\r\n")
    served.send(b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n")
    assert [client.read_chunk() for _ in pieces] == pieces
    assert client.read_chunk() == b""
    assert [chunk.data for chunk in proxy.cassette(token)[1].chunks] == pieces


def test_a_gzipped_answer_in_one_piece(proxy, shared_origin, token):
    plain = json.dumps({"embedding": [0.5] * 500}).encode()
    fields = JSON + b"content-encoding: gzip\r\n"
    found = exchange(proxy, shared_origin, f"/{token}", fields=fields, body=gzip.compress(plain))
    assert found.body == plain


def test_a_large_upload_and_a_large_answer(proxy, shared_origin, token):
    large = os.urandom(3 << 20)
    result = []
    client = proxy.connect()
    head = b"POST /%b HTTP/1.1\r\nhost: h\r\ncontent-length: %d\r\n\r\n" % (token.encode(), len(large))
    sender = threading.Thread(target=lambda: client.send(head + large))
    sender.start()
    served = shared_origin.accept()
    sender.join()
    assert served.request.endswith(large)

    def answer():
        served.send_head(b"content-type: image/png\r\ncontent-length: %d\r\n" % len(large))
        served.send(large)

    sender = threading.Thread(target=answer)
    sender.start()
    client.read_until(b"\r\n\r\n")
    result = client.read_exactly(len(large))
    sender.join()
    assert result == large
    found = proxy.cassette(token)[1]
    for body in (found.request.body, found.body):
        assert hashlib.sha256(body).digest() == hashlib.sha256(large).digest()
    assert found.losses == ()


def test_a_client_that_asks_before_it_sends(proxy, shared_origin, token):
    client = proxy.connect()
    client.send(
        b"POST /%b HTTP/1.1\r\nhost: h\r\nexpect: 100-continue\r\ncontent-length: 4\r\n\r\n" % token.encode()
    )
    assert client.read_until(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
    client.send(b"body")
    served = shared_origin.accept()
    assert served.request.endswith(b"body")
    served.send_head(JSON + b"content-length: 2\r\n")
    served.send(b"{}")
    assert client.read_until(b"\r\n") == b"HTTP/1.1 200 OK\r\n"
    found = proxy.cassette(token)[1]
    assert (found.request.body, found.response.status, found.body) == (b"body", 200, b"{}")


def test_a_chunked_upload(proxy, shared_origin, token):
    client = proxy.connect()
    client.send(b"POST /%b HTTP/1.1\r\nhost: h\r\ntransfer-encoding: chunked\r\n\r\n" % token.encode())
    client.send(b"3\r\nabc\r\n3\r\ndef\r\n0\r\n\r\n")
    served = shared_origin.accept()
    assert served.read_until(b"0\r\n\r\n")
    served.send_head(JSON + b"content-length: 2\r\n")
    served.send(b"{}")
    client.read_until(b"{}")
    assert proxy.cassette(token)[1].request.body == b"abcdef"


def test_a_client_of_http_1_0(proxy, shared_origin, token):
    client = proxy.connect()
    client.send(b"GET /%b HTTP/1.0\r\nhost: h\r\n\r\n" % token.encode())
    served = shared_origin.accept()
    served.send_head(JSON + b"content-length: 2\r\nconnection: close\r\n")
    served.send(b"{}")
    assert client.read_rest().endswith(b"\r\n\r\n{}")
    found = proxy.cassette(token)[1]
    assert (found.request.http_version, found.body) == ("HTTP/1.0", b"{}")
    assert found.ending.kind is playhead.EndingKind.COMPLETE


@pytest.mark.parametrize("fields", [JSON, b"content-type: text/event-stream\r\n"], ids=["json", "sse"])
def test_a_server_of_http_1_0(proxy, shared_origin, token, fields):
    client = proxy.get(f"/{token}")
    served = shared_origin.accept()
    served.send(b"HTTP/1.0 200 OK\r\n" + fields + b"\r\ndata: 1\n\n")
    served.close()
    assert client.read_rest().endswith(b"data: 1\n\n")
    found = proxy.cassette(token)[1]
    assert (found.response.http_version, found.body) == ("HTTP/1.0", b"data: 1\n\n")
    assert found.ending.kind is playhead.EndingKind.COMPLETE
    assert found.ending.facts["framing"] == "close"


def test_requests_one_after_another_on_a_connection(proxy, shared_origin, token):
    client, served = proxy.connect(), None
    for number in range(3):
        client.send(b"GET /%b/%d HTTP/1.1\r\nhost: h\r\n\r\n" % (token.encode(), number))
        if served is None:
            served = shared_origin.accept()
        else:
            served.read_request()
        served.send_chunked_head()
        served.send_chunk(b"data: %d\n\n" % number)
        served.send_chunk(b"")
        client.read_until(b"0\r\n\r\n")
    found = [proxy.cassette(f"{token}/{number}")[1] for number in range(3)]
    assert [each.body for each in found] == [b"data: 0\n\n", b"data: 1\n\n", b"data: 2\n\n"]
    assert len({each.request.facts["connection"] for each in found}) == 1
    assert len({each.response.facts["connection"] for each in found}) == 1


def test_requests_that_do_not_wait_for_answers(proxy, shared_origin, token):
    client = proxy.connect()
    client.send(
        b"".join(b"GET /%b/%d HTTP/1.1\r\nhost: h\r\n\r\n" % (token.encode(), number) for number in range(2))
    )
    served = shared_origin.accept()
    for number in range(2):
        if number:
            served.read_request()
        served.send_head(JSON + b"content-length: 1\r\n")
        served.send(b"%d" % number)
        assert client.read_until(b"\r\n\r\n")
        assert client.read_exactly(1) == b"%d" % number
    assert [proxy.cassette(f"{token}/{number}")[1].body for number in range(2)] == [b"0", b"1"]


def test_a_client_that_leaves_before_the_answer(proxy, shared_origin, token):
    client = proxy.get(f"/{token}", JSON, b"{}")
    served = shared_origin.accept()
    client.close()
    found = proxy.cassette(token)[1]
    assert found.ending.kind is playhead.EndingKind.CLIENT_CLOSED
    assert (found.response, found.request.body) == (None, b"{}")
    served.read_rest()


def test_a_client_that_leaves_within_its_request_is_counted(start_proxy, origin, tmp_path):
    proxy = start_proxy("record", origin.url, tmp_path)
    client = proxy.connect()
    client.send(b"POST /part HTTP/1.1\r\nhost: h\r\ncontent-length: 10\r\n\r\n12345")
    client.close()
    answered = proxy.get("/after")
    origin.accept().send_head(b"content-length: 0\r\n")
    answered.read_until(b"\r\n\r\n")
    proxy.cassette("/after")
    proxy.stop()
    assert "1 exchange left out (request incomplete 1)" in "".join(proxy.lines)
    assert len(list(tmp_path.glob("*.jsonl"))) == 1


def test_trailers_of_a_request_which_mitmproxy_cannot_take(start_proxy, origin, tmp_path):
    """With or without us: no server hears of it, and the client waits until it leaves."""
    proxy = start_proxy("record", origin.url, tmp_path)
    client = proxy.connect()
    client.send(b"POST /trailers HTTP/1.1\r\nhost: h\r\ntransfer-encoding: chunked\r\n\r\n")
    client.send(b"1\r\na\r\n0\r\nx-checksum: 1\r\n\r\n")
    proxy.wait_for("mitmproxy has crashed")
    client.close()
    answered = proxy.get("/after")
    origin.accept().send_head(b"content-length: 0\r\n")
    answered.read_until(b"\r\n\r\n")
    proxy.cassette("/after")
    proxy.stop()
    assert "1 exchange left out (request incomplete 1)" in "".join(proxy.lines)


def test_an_upgrade_goes_on_unharmed(proxy, shared_origin, token):
    """What passes a WebSocket is no exchange's; that it was opened is."""
    client = proxy.get(
        f"/{token}",
        b"connection: Upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n"
        b"sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n",
    )
    served = shared_origin.accept()
    served.send_head(
        b"connection: Upgrade\r\nupgrade: websocket\r\n"
        b"sec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n",
        b"101 Switching Protocols",
    )
    assert b" 101 " in client.read_until(b"\r\n\r\n")
    client.send(b"\x81\x85\x00\x00\x00\x00hello")
    assert served.read_exactly(6)[0] == 0x81
    served.send(b"\x81\x05world")
    assert client.read_exactly(7) == b"\x81\x05world"
    client.send(b"\x88\x82\x00\x00\x00\x00\x03\xe8")
    served.read_until(b"\x88")
    served.send(b"\x88\x02\x03\xe8")
    assert client.read_exactly(4) == b"\x88\x02\x03\xe8"
    client.close()
    served.close()
    found = proxy.cassette(token)[1]
    assert found.response.status == 101
    assert found.body == b""


@pytest.fixture(scope="module")
def forward(proxy_env, shared_origin, tmp_path_factory):
    conftest = sys.modules[type(shared_origin).__module__]
    folder = tmp_path_factory.mktemp("forward")
    command = [sys.executable, "-m", "playhead", "record", "-o", str(folder), "--listen", "127.0.0.1:0"]
    proxy = conftest.Proxy(command, folder, r"listening on http://127\.0\.0\.1:(\d+)\b", proxy_env)
    yield proxy
    proxy.stop()


@contextlib.contextmanager
def tunnel(forward):
    """A client's socket to a server's, through CONNECT."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(40)
        address = "{}:{}".format(*listener.getsockname())
        client = forward.connect()
        client.send(f"CONNECT {address} HTTP/1.1\r\nhost: {address}\r\n\r\n".encode())
        with listener.accept()[0] as served:
            served.settimeout(40)
            assert b" 200 " in client.read_until(b"\r\n\r\n")
            yield client, served


def test_a_tunnel_whose_server_speaks_first(forward):
    with tunnel(forward) as (client, served):
        served.sendall(b"220 ready\r\n")
        assert client.read_until(b"\r\n") == b"220 ready\r\n"
        client.send(b"\x00\x01binary\xff")
        assert served.recv(9) == b"\x00\x01binary\xff"


def test_a_tunnel_with_plain_http_in_it(forward, token):
    with tunnel(forward) as (client, served):
        client.send(b"GET /%b HTTP/1.1\r\nhost: h\r\n\r\n" % token.encode())
        assert served.recv(65536).startswith(b"GET /")
        served.sendall(
            b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncontent-length: 9\r\n\r\ndata: 1\n\n"
        )
        client.read_until(b"data: 1\n\n")
    assert forward.cassette(token)[1].body == b"data: 1\n\n"


def test_uploads_that_mitmproxy_streams(start_proxy, origin, tmp_path):
    """Beyond a size it holds nothing back: what passes is kept."""
    proxy = start_proxy("mitmdump", origin.url, tmp_path, "--set", "stream_large_bodies=1k")
    large = b"x" * 200_000
    client = proxy.connect()
    client.send(b"POST /up HTTP/1.1\r\nhost: h\r\ncontent-length: %d\r\n\r\n" % len(large) + large[:100_000])
    served = None

    def serve():
        nonlocal served
        served = origin.accept()

    thread = threading.Thread(target=serve)
    thread.start()
    client.send(large[100_000:])
    thread.join()
    assert served.request.endswith(large)
    served.send_head(JSON + b"content-length: %d\r\n" % len(large))
    served.send(large)
    client.read_until(b"\r\n\r\n")
    assert client.read_exactly(len(large)) == large
    found = proxy.cassette("/up")[1]
    assert (found.request.body, found.body) == (large, large)
    assert found.losses == ()
