"""A client is recorded in its own process: no secret that it sent or was told is in the finished cassette.

Planted in headers, query, bodies, and in the deltas of a stream, in any split; while the client gets what was
sent, and replays are cut as the stream was.
"""

from __future__ import annotations

import asyncio
import gzip
import json
from itertools import pairwise

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import playhead
from playhead.httpx import RecordingTransport
from playhead.store.redact import secrets_left

TAIL = "q7Wz2Lk9Xv4Tn8Rb5Mc1"
SECRETS = {
    "anthropic": f"sk-ant-api03-{TAIL}{TAIL}",
    "github": f"ghp_{TAIL}Zq7Wz2Lk9Xv4Tn8R",
    "jwt": f"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ4In0.{TAIL}",
    "google": f"AIzaSy{TAIL}Zq7Wz2Lk9Xv4T",
}


class Parts(httpx.SyncByteStream, httpx.AsyncByteStream):
    """A body in these chunks."""

    def __init__(self, chunks):
        self._chunks = chunks

    def __iter__(self):
        yield from self._chunks

    async def __aiter__(self):
        for chunk in self._chunks:
            yield chunk


def anthropic(parts):
    deltas = [
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": part}}
        for part in parts
    ]
    message = {"id": "msg_1", "type": "message", "role": "assistant", "model": "m", "content": []}
    block = {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}
    events = [{"type": "message_start", "message": message}, block, *deltas, {"type": "message_stop"}]
    return "".join(f"event: {event['type']}\ndata: {json.dumps(event)}\n\n" for event in events).encode()


def chat(parts):
    chunks = [
        {"object": "chat.completion.chunk", "choices": [{"index": 0, "delta": {"content": p}}]} for p in parts
    ]
    return "".join(f"data: {json.dumps(chunk)}\n\n" for chunk in chunks).encode() + b"data: [DONE]\n\n"


ANSWERS = {"anthropic": anthropic, "chat": chat, "json": None}


def pieces(text, cuts):
    places = [0, *sorted({cut for cut in cuts if 0 < cut < len(text)}), len(text)]
    return [text[a:b] for a, b in pairwise(places)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("secrets")


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.sampled_from(sorted(SECRETS.values())),
    st.sampled_from(sorted(ANSWERS)),
    st.lists(st.integers(1, 80), max_size=8),
    st.lists(st.integers(1, 60), min_size=1, max_size=3),
    st.booleans(),
)
def test_what_a_client_records_of_itself(folder, secret, kind, cuts, sizes, is_async):
    path = folder / "own.cassette.jsonl"
    path.unlink(missing_ok=True)
    text = f"The key: {secret}."
    if kind == "json":
        body, content_type = json.dumps({"error": {"message": text}}).encode(), "application/json"
    else:
        body, content_type = ANSWERS[kind](pieces(text, [9 + cut for cut in cuts])), "text/event-stream"
    chunks, at = [], 0
    while at < len(body):
        size = sizes[len(chunks) % len(sizes)]
        chunks.append(body[at : at + size])
        at += size

    def answer(_):
        headers = {"content-type": content_type, "set-cookie": f"session={secret}"}
        return httpx.Response(200, headers=headers, stream=Parts(chunks))

    sent = {
        "params": {"key": secret},
        "headers": {"authorization": f"Bearer {secret}", "x-any": secret},
        "json": {"messages": [{"content": text}], "metadata": {"user_id": "joe-77-joe"}},
    }
    got = asyncio.run(_asked(path, answer, sent)) if is_async else _ask(path, answer, sent)
    assert got == body
    written = path.read_bytes()
    heart = secret[-12:]
    assert heart.encode() not in written
    assert b"joe-77-joe" not in written
    cassette = playhead.load(path)
    exchange = cassette[1]
    assert [len(chunk.data) for chunk in exchange.chunks] == [len(chunk) for chunk in chunks]
    assert all(heart not in block.text for block in exchange.final().blocks)
    assert heart not in exchange.body.decode() + exchange.request.body.decode() + exchange.request.url
    assert {each.name for each in exchange.redactions} >= {
        *("url", "request.headers.authorization", "request.headers.x-any", "response.headers.set-cookie"),
        *("request.body", "response.body"),
    }
    assert secrets_left(cassette) == []
    left = [each for each in folder.rglob("*") if each.is_file()]
    assert left == [path]


def _ask(path, answer, sent):
    with httpx.Client(transport=RecordingTransport(path, httpx.MockTransport(answer))) as client:
        return client.post("https://llm.test/v1/x", **sent).content


async def _asked(path, answer, sent):
    transport = RecordingTransport(path, httpx.MockTransport(answer))
    async with httpx.AsyncClient(transport=transport) as client:
        return (await client.post("https://llm.test/v1/x", **sent)).content


@pytest.mark.parametrize(
    ("encoding", "coded", "is_read"),
    [("gzip", gzip.compress, True), ("gzip", bytes, False), ("unheard-of", gzip.compress, False)],
)
def test_a_request_that_came_encoded(folder, caplog, encoding, coded, is_read):
    """What could be decoded is searched; what could not is kept, and said to be unread."""
    path = folder / "coded.cassette.jsonl"
    path.unlink(missing_ok=True)
    secret = SECRETS["anthropic"]
    body = json.dumps({"x": secret}).encode() if is_read else b"\x01\x02 not what it says"
    body = coded(body)
    headers = {"content-encoding": encoding, "content-type": "application/json", "x-any": secret}
    _ask(path, lambda _: httpx.Response(200, json={}), {"content": body, "headers": headers})
    exchange = playhead.load(path)[1]
    left = [(each.rule, each.place) for each in secrets_left(playhead.load(path))]
    if is_read:
        assert json.loads(exchange.request.body)["x"].startswith("sk-ant-REDACTED-")
        assert left == []
    else:
        assert exchange.request.body == body
        assert left == [("unscanned", "request.body")]
        assert ("request.body", "unscanned") in {(each.name, each.rule) for each in exchange.redactions}
    assert secret[-12:] not in caplog.text
