"""Streams for the clients: the framing cases of `tests/sse`, and some that only clients stumble over."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

VECTORS = json.loads((Path(__file__).parent.parent / "sse" / "vectors.json").read_text("utf-8"))


def _stream_of(vector: dict[str, Any]) -> bytes:
    return base64.b64decode(vector["base64"]) if "base64" in vector else vector["text"].encode()


OWN: dict[str, bytes] = {
    "a mark before anthropic's first event": b"\xef\xbb\xbfevent: a\ndata: {}\n\nevent: b\ndata: {}\n\n",
    "bad bytes in the middle": b'data: {"a":1}\n\ndata: \xff\n\ndata: {"b":2}\n\n',
    "bad bytes in a comment": b"data: {}\n\n: \xe2\x82\n\ndata: {}\n\n",
    "bad bytes in the tail": b"data: {}\n\ndata: \xe2\x82",
    "bad bytes behind [DONE]": b"data: [DONE]\n\ndata: \xff\n\n",
    "[DONE], and more": b'data: {"a":1}\n\ndata: [DONE]\n\n: x\n\ndata: {"b":2}\n\ndata: c',
    "[DONE] with something behind it": b"data: [DONE] now\n\ndata: 1\n\n",
    "[DONE] not at the start": b"data:  [DONE]\n\ndata: 1\n\n",
    "an event without data": b"event: ping\n\ndata: {}\n\n",
    "empty data": b"event: a\ndata:\n\ndata: {}\n\n",
    "an id, and blank lines": b"id: 1\ndata: {}\n\n\n: hi\n\n\ndata: {}\n\n",
    "an id, then an empty one": b"id: 1\ndata: {}\n\nid:\n\n\n\ndata: {}\n\n",
    "an id with a NUL": b"id: a\0b\ndata: {}\n\n",
    "retry in many forms": "retry: -1\n\nretry: 1_000\n\nretry: ٣\n\nretry:  7 \n\nretry: x\n\n".encode(),
    "a retry too long for Python": b"retry: " + b"1" * 5000 + b"\n\n",
    "anthropic's error": b'event: error\ndata: {"type":"error","error":{"x":1}}\n\nevent: b\ndata: {}\n\n',
    "an error that is no JSON": b"event: error\ndata: overloaded\n\n",
    "an error without data": b"event: error\n\n",
    "a ping": b"event: ping\ndata: {}\n\nevent: a\ndata: {}\n\n",
    "openai's error": b'data: {"error":{"message":"no","code":"x"}}\n\ndata: {}\n\n',
    "an error without a message": b'data: {"error":{"code":1}}\n\n',
    "an error with a number for a message": b'data: {"error":{"message":5}}\n\n',
    "an error of one word": b'data: {"error":"no"}\n\n',
    "an error of nothing": b'data: {"error":null}\n\ndata: {"error":{}}\n\ndata: 5\n\n',
    "an error of the assistants": b'event: thread.run\ndata: {"error":{"message":"no"}}\n\n',
    "gemini's error": b'data: {"error":{"code":429,"status":"RESOURCE_EXHAUSTED","message":"m"}}\r\n\r\n',
    "gemini's error, 503, over lines": b'{\n"error": {\n"code": 503,\n"status": "UNAVAILABLE"}\n}\n',
    "gemini's error, code 0": b'data: {"error":{"code":0,"status":"S"}}\n\n',
    "gemini's error, no code": b'data: {"error":{"status":"S"}}\n\n',
    "gemini's error, a word for a code": b'data: {"error":{"code":"x"}}\n\n',
    "gemini's error, code 200": b'data: {"error":{"code":200},"status":"T"}\n\n',
    "error as the second key": b'data: {"a":1,"error":{"code":429}}\n\n',
    "no space behind data:": b'data:{"a":1}\n\n',
    "line separators in data": 'data: {"a":"x\u2028y"}\n\ndata: {"b":"\u0085"}\n\n'.encode(),
    "two documents between each other": b'{\ndata: {"a":1}\n\n}\n',
    "a document that is not closed": b'{"a":1\ndata: {"b":2}',
    "a brace too many": b'}\n{"a":1}\n{\n\n',
    "one data line, unterminated": b'data: {"a":1}',
    "ends in a CR": b'data: {"a":1}\r',
    "ends in two CRs": b'data: {"a":1}\r\r',
    "ends in LF CR": b'data: {"a":1}\n\r',
    "ends in CRLF": b'data: {"a":1}\r\n',
    "mixed line ends": b'data: {"a":1}\n\r\ndata: {"b":2}\r\n\ndata: {"c":3}\r\n\r\n',
    "digits beyond Python's limit": b"data: " + b"1" * 5000 + b"\n\n",
    "a NaN": b'data: {"a":NaN}\n\n',
    "a second mark": b'data: \xef\xbb\xbf{"a":1}\n\n',
    "only a mark": b"\xef\xbb\xbf",
    "nothing": b"",
}
STREAMS = {vector["name"]: _stream_of(vector) for vector in VECTORS} | OWN


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test that asks for `stream` runs once for each of them."""
    if "stream" in metafunc.fixturenames:
        metafunc.parametrize("stream", STREAMS.values(), ids=STREAMS.keys())


@pytest.fixture
def events(tmp_path: Path, run_here: Callable[..., Any]) -> Callable[..., str]:
    """`events(ARG…, stdin=b"")` is what `playhead events ARG…` prints, which must end with 0."""

    def call(*args: object, stdin: bytes = b"") -> str:
        done = run_here("events", *args, cwd=tmp_path, stdin=stdin)
        assert done.returncode == 0, done.stderr
        assert done.stderr == b""
        return done.stdout.decode()

    return call
