"""The official SDKs through a recording transport: what they make of a stream, they make of its replay."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import anthropic
import httpx2
import openai
import pytest

import playhead
from playhead import EndingKind
from playhead.httpx2 import RecordingTransport, ReplayTransport

from ..loop.origin import Http1, Origin

WORDS = ["The ", "price ", "is ", "5 €", "."]
ASK: dict[str, Any] = {"messages": [{"role": "user", "content": "Price?"}], "model": "m"}


def anthropic_events() -> list[bytes]:
    message = {
        "id": "msg_9", "type": "message", "role": "assistant", "model": "m", "content": [],
        "stop_reason": None, "stop_sequence": None, "usage": {"input_tokens": 3, "output_tokens": 1},
    }  # fmt: skip
    block = {"type": "text", "text": ""}
    ended = {"stop_reason": "end_turn", "stop_sequence": None}
    payloads: list[dict[str, Any]] = [
        {"type": "message_start", "message": message},
        {"type": "content_block_start", "index": 0, "content_block": block},
        *[
            {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": word}}
            for word in WORDS
        ],
        {"type": "content_block_stop", "index": 0},
        {"type": "message_delta", "delta": ended, "usage": {"output_tokens": 9}},
        {"type": "message_stop"},
    ]
    return [f"event: {each['type']}\ndata: {json.dumps(each)}\n\n".encode() for each in payloads]


def openai_events() -> list[bytes]:
    def event(delta: dict[str, str], finish: str | None = None) -> bytes:
        choice = {"index": 0, "delta": delta, "finish_reason": finish}
        head = {"id": "c9", "object": "chat.completion.chunk", "created": 1, "model": "m"}
        return f"data: {json.dumps({**head, 'choices': [choice]})}\n\n".encode()

    return [*[event({"content": word}) for word in WORDS], event({}, "stop"), b"data: [DONE]\n\n"]


def streaming(events: list[bytes]) -> Callable[[Http1], None]:
    """Cut inside characters and events."""
    body = b"".join(events)

    def script(out: Http1) -> None:
        out.head()
        for at in range(0, len(body), 61):
            piece = body[at : at + 61]
            out.raw(b"%x\r\n%b\r\n" % (len(piece), piece))
        out.whole()

    return script


def ask_anthropic(base: str, http: Any) -> str:
    client = anthropic.Anthropic(api_key="k", base_url=base, http_client=http)
    with client.messages.stream(max_tokens=9, **ASK) as stream:
        return stream.get_final_message().model_dump_json()


def ask_openai(base: str, http: Any) -> str:
    client = openai.OpenAI(api_key="k", base_url=base, http_client=http)
    with client.chat.completions.create(stream=True, **ASK) as stream:
        return "".join(chunk.choices[0].delta.content or "" for chunk in stream)


async def aask_anthropic(base: str, http: Any) -> str:
    client = anthropic.AsyncAnthropic(api_key="k", base_url=base, http_client=http)
    async with client.messages.stream(max_tokens=9, **ASK) as stream:
        return (await stream.get_final_message()).model_dump_json()


async def aask_openai(base: str, http: Any) -> str:
    client = openai.AsyncOpenAI(api_key="k", base_url=base, http_client=http)
    async with await client.chat.completions.create(stream=True, **ASK) as stream:
        return "".join([chunk.choices[0].delta.content or "" async for chunk in stream])


class AnyPath(Origin):
    """One script for every path: an SDK chooses its own."""

    def __init__(self, script: Callable[[Http1], None]) -> None:
        super().__init__()
        self.only = self.play(script)
        self._plays = _Always(self.only)  # type: ignore[assignment]


class _Always(dict[str, Any]):
    def __init__(self, value: Any) -> None:
        super().__init__()
        self._value = value

    def __missing__(self, _: str) -> Any:
        return self._value


CASES = [
    pytest.param(anthropic_events, ask_anthropic, aask_anthropic, id="anthropic"),
    pytest.param(openai_events, ask_openai, aask_openai, id="openai"),
]


@pytest.mark.parametrize("blocking", [True, False], ids=["sync", "asyncio"])
@pytest.mark.parametrize(("events", "ask", "aask"), CASES)
def test_an_sdk_and_its_replay(tmp_path: Path, events: Any, ask: Any, aask: Any, blocking: bool) -> None:
    path = tmp_path / "x.cassette.jsonl"

    def run(base: str, transport: Any) -> str:
        if blocking:
            with httpx2.Client(transport=transport) as http:
                return str(ask(base, http))

        async def main() -> str:
            async with httpx2.AsyncClient(transport=transport) as http:
                return str(await aask(base, http))

        return asyncio.run(main())

    with AnyPath(streaming(events())) as origin:
        real = run(origin.url, RecordingTransport(path))
        url = origin.url
        assert not origin.errors
    assert "5 €" in real
    exchange = playhead.load(path)[1]
    assert exchange.body == b"".join(events())
    # The OpenAI SDK leaves at [DONE], whether or not the end of the body has come.
    assert exchange.ending.kind in (EndingKind.COMPLETE, EndingKind.CLIENT_CLOSED)
    assert "".join(block.text or "" for block in exchange.final().blocks) == "".join(WORDS)
    assert run(url, ReplayTransport(path)) == real
