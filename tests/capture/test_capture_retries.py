"""Requests that the official SDKs send again: each attempt is an exchange that says which one it is."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import anthropic
import httpx2
import openai
import pytest

import playhead
from playhead.httpx2 import RecordingTransport

from ..loop.origin import Http1, Origin, Play

ASK: dict[str, Any] = {"messages": [{"role": "user", "content": "Price?"}], "model": "m"}
FAILURES = 2
JSON = (b"content-type", b"application/json")
SOON = (b"retry-after-ms", b"1")
MESSAGE = {
    "id": "msg_9",
    "type": "message",
    "role": "assistant",
    "model": "m",
    "content": [],
    "stop_reason": None,
    "stop_sequence": None,
    "usage": {"input_tokens": 3, "output_tokens": 1},
}


class Busy(Origin):
    """Overloaded for the first requests, whatever their path; then it answers with `stream`."""

    def __init__(self, stream: bytes) -> None:
        super().__init__()
        self._stream = stream
        self._left = FAILURES
        self._plays = _Always(self.play(self._answer))  # type: ignore[assignment]

    def _answer(self, out: Http1) -> None:
        self._left -= 1
        fails = self._left >= 0
        body = b'{"error":{"type":"overloaded_error","message":"later"}}' if fails else self._stream
        out.framing = len(body)
        kind = JSON if fails else (b"content-type", b"text/event-stream")
        out.head((kind, SOON), 503 if fails else 200)
        out.raw(body)
        out.whole()


class _Always(dict[str, Play]):
    def __init__(self, value: Play) -> None:
        super().__init__()
        self._value = value

    def __missing__(self, _: str) -> Play:
        return self._value


def events(*payloads: dict[str, Any]) -> bytes:
    return b"".join(f"event: {each['type']}\ndata: {json.dumps(each)}\n\n".encode() for each in payloads)


ANTHROPIC = events({"type": "message_start", "message": MESSAGE}, {"type": "message_stop"})
CHUNK = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m"}
OPENAI = (
    f"data: {json.dumps({**CHUNK, 'choices': [{'index': 0, 'delta': {}, 'finish_reason': 'stop'}]})}\n\n"
    "data: [DONE]\n\n"
).encode()


def ask_anthropic(base: str, http: Any) -> None:
    client = anthropic.Anthropic(api_key="k", base_url=base, http_client=http, max_retries=FAILURES)
    with client.messages.stream(max_tokens=9, **ASK) as stream:
        assert stream.get_final_message().id == "msg_9"


def ask_openai(base: str, http: Any) -> None:
    client = openai.OpenAI(api_key="k", base_url=base, http_client=http, max_retries=FAILURES)
    with client.chat.completions.create(stream=True, **ASK) as stream:
        assert [chunk.id for chunk in stream] == ["c"]


async def aask_anthropic(base: str, http: Any) -> None:
    client = anthropic.AsyncAnthropic(api_key="k", base_url=base, http_client=http, max_retries=FAILURES)
    async with client.messages.stream(max_tokens=9, **ASK) as stream:
        assert (await stream.get_final_message()).id == "msg_9"


async def aask_openai(base: str, http: Any) -> None:
    client = openai.AsyncOpenAI(api_key="k", base_url=base, http_client=http, max_retries=FAILURES)
    async with await client.chat.completions.create(stream=True, **ASK) as stream:
        assert [chunk.id async for chunk in stream] == ["c"]


CASES = [
    pytest.param(ANTHROPIC, ask_anthropic, aask_anthropic, id="anthropic"),
    pytest.param(OPENAI, ask_openai, aask_openai, id="openai"),
]


@pytest.mark.parametrize("blocking", [True, False], ids=["sync", "asyncio"])
@pytest.mark.parametrize(("stream", "ask", "aask"), CASES)
def test_each_attempt_of_an_sdk_says_which_it_is(
    tmp_path: Path, stream: bytes, ask: Any, aask: Any, blocking: bool
) -> None:
    path = tmp_path / "x.cassette.jsonl"

    async def main(url: str) -> None:
        async with httpx2.AsyncClient(transport=RecordingTransport(path)) as http:
            await aask(url, http)

    with Busy(stream) as origin:
        if blocking:
            with httpx2.Client(transport=RecordingTransport(path)) as http:
                ask(origin.url, http)
        else:
            asyncio.run(main(origin.url))
        assert not origin.errors
    cassette = playhead.load(path)
    found = [
        (exchange.attempt, exchange.response.status) for exchange in cassette.exchanges if exchange.response
    ]
    assert found == [(0, 503), (1, 503), (2, 200)]
    for exchange in cassette.exchanges:
        assert exchange.response is not None
        assert ("retry-after-ms", "1") in exchange.response.headers
    ls = [sys.executable, "-m", "playhead", "ls", str(path)]
    said = subprocess.run(ls, capture_output=True, text=True, check=True).stdout.splitlines()
    assert [line.partition("  (")[2] for line in said[-3:]] == ["", "retry 1)", "retry 2)"]
    done = subprocess.run([*ls, "--format", "jsonl"], capture_output=True, text=True, check=True)
    assert [json.loads(line)["attempt"] for line in done.stdout.splitlines()] == [0, 1, 2]
