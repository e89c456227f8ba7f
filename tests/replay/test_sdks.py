"""The official clients of today on both transports and over the server: text comes out, a cut is a cut."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import anthropic
import httpx
import httpx2
import openai
import pytest

import playhead.httpx
import playhead.httpx2
from playhead import Cassette, EndingKind, RecordingEnded, ReplayMiss, Request
from playhead.replay.server import ServerThread

Make = Callable[..., Cassette]
WORDS = ["The ", "price ", "is ", "5 €", "."]
ANTHROPIC = Request(method="POST", url="https://api.anthropic.com/v1/messages", t=0.0)
OPENAI = Request(method="POST", url="https://api.openai.com/v1/chat/completions", t=0.0)
ASK: dict[str, Any] = {"messages": [{"role": "user", "content": "Price?"}], "model": "m"}
CUT: dict[str, Any] = {"ending": EndingKind.SERVER_CLOSED, "facts": {"how": "fin", "framing": "chunked"}}


def anthropic_events() -> list[bytes]:
    message = {
        "id": "msg_1", "type": "message", "role": "assistant", "model": "m", "content": [],
        "stop_reason": None, "stop_sequence": None, "usage": {"input_tokens": 3, "output_tokens": 1},
    }  # fmt: skip
    payloads: list[dict[str, Any]] = [{"type": "message_start", "message": message}]
    payloads.append(
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}
    )
    for word in WORDS:
        delta = {"type": "text_delta", "text": word}
        payloads.append({"type": "content_block_delta", "index": 0, "delta": delta})
    payloads.append({"type": "content_block_stop", "index": 0})
    ended = {"stop_reason": "end_turn", "stop_sequence": None}
    payloads.append({"type": "message_delta", "delta": ended, "usage": {"output_tokens": 9}})
    payloads.append({"type": "message_stop"})
    return [f"event: {each['type']}\ndata: {json.dumps(each)}\n\n".encode() for each in payloads]


def openai_events() -> list[bytes]:
    def chunk(delta: dict[str, str], finish: str | None = None) -> bytes:
        choice = {"index": 0, "delta": delta, "finish_reason": finish}
        whole = {
            "id": "c1",
            "object": "chat.completion.chunk",
            "created": 1,
            "model": "m",
            "choices": [choice],
        }
        return f"data: {json.dumps(whole, ensure_ascii=False)}\n\n".encode()

    words = [chunk({"content": word}) for word in WORDS]
    return [chunk({"role": "assistant", "content": ""}), *words, chunk({}, "stop"), b"data: [DONE]\n\n"]


def split(events: list[bytes]) -> list[tuple[bytes, None]]:
    """As chunks cut inside characters and events: every seventh byte."""
    body = b"".join(events)
    return [(body[at : at + 7], None) for at in range(0, len(body), 7)]


@pytest.fixture(params=["httpx", "httpx2", "server"])
def way(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@contextmanager
def reaching(cassette: Cassette, way: str, *, blocking: bool, path: str = "") -> Iterator[dict[str, Any]]:
    """What a client is built with, so that it reaches the cassette `way`."""
    if way == "server":
        with ServerThread(cassette, speed="max") as server:
            yield {"base_url": server.url + path, "max_retries": 0}
        return
    library, adapter = (httpx, playhead.httpx) if way == "httpx" else (httpx2, playhead.httpx2)
    make = library.Client if blocking else library.AsyncClient
    yield {"http_client": make(transport=adapter.ReplayTransport(cassette)), "max_retries": 2}


def read_anthropic(options: dict[str, Any], *, blocking: bool) -> list[str]:
    ask = {**ASK, "max_tokens": 99}
    got: list[str] = []
    if blocking:
        with (
            anthropic.Anthropic(api_key="x", **options) as client,
            client.messages.stream(**ask) as stream,
        ):
            got.extend(stream.text_stream)
        return got

    async def main() -> None:
        async with (
            anthropic.AsyncAnthropic(api_key="x", **options) as client,
            client.messages.stream(**ask) as stream,
        ):
            async for text in stream.text_stream:
                got.append(text)

    try:
        asyncio.run(main())
    finally:
        assert "".join(WORDS).startswith("".join(got))
    return got


def read_openai(options: dict[str, Any], *, blocking: bool) -> list[str]:
    got: list[str] = []
    if blocking:
        with openai.OpenAI(api_key="x", **options) as client:
            for chunk in client.chat.completions.create(**ASK, stream=True):
                got.append(chunk.choices[0].delta.content or "")
        return got

    async def main() -> None:
        async with openai.AsyncOpenAI(api_key="x", **options) as client:
            async for chunk in await client.chat.completions.create(**ASK, stream=True):
                got.append(chunk.choices[0].delta.content or "")

    asyncio.run(main())
    return got


@pytest.mark.parametrize("way", ["httpx2", "server"])  # anthropic 2 takes no httpx client
@pytest.mark.parametrize("blocking", [True, False], ids=["sync", "async"])
def test_anthropic_reads_a_replay(make: Make, way: str, blocking: bool) -> None:
    cassette = make(split(anthropic_events()), request=ANTHROPIC)
    with reaching(cassette, way, blocking=blocking) as options:
        assert read_anthropic(options, blocking=blocking) == WORDS


@pytest.mark.parametrize("way", ["httpx2", "server"])  # anthropic 2 takes no httpx client
@pytest.mark.parametrize("blocking", [True, False], ids=["sync", "async"])
def test_a_cut_is_a_cut_for_anthropic(make: Make, way: str, blocking: bool) -> None:
    cassette = make(split(anthropic_events())[:-40], request=ANTHROPIC, **CUT)
    with (
        reaching(cassette, way, blocking=blocking) as options,
        pytest.raises(httpx2.RemoteProtocolError, match="incomplete chunked read"),
    ):
        read_anthropic(options, blocking=blocking)


@pytest.mark.parametrize("blocking", [True, False], ids=["sync", "async"])
def test_openai_reads_a_replay(make: Make, way: str, blocking: bool) -> None:
    cassette = make(split(openai_events()), request=OPENAI)
    with reaching(cassette, way, blocking=blocking, path="/v1") as options:
        assert "".join(read_openai(options, blocking=blocking)) == "".join(WORDS)


@pytest.mark.parametrize("blocking", [True, False], ids=["sync", "async"])
def test_a_cut_is_a_cut_for_openai(make: Make, way: str, blocking: bool) -> None:
    cassette = make(split(openai_events())[:-5], request=OPENAI, **CUT)
    with (
        reaching(cassette, way, blocking=blocking, path="/v1") as options,
        pytest.raises(openai.APIConnectionError) as caught,
    ):
        read_openai(options, blocking=blocking)
    assert "incomplete chunked read" in str(caught.value.__cause__)


@pytest.mark.parametrize("blocking", [True, False], ids=["sync", "async"])
def test_a_miss_is_not_retried_into_something_else(make: Make, way: str, blocking: bool) -> None:
    other = Request(method="POST", url="http://h/v2/other", t=0.0)
    cassette = make(split(openai_events()), request=other)
    if way == "server":
        said: list[str] = []
        with ServerThread(cassette, say=said.append) as server:
            options = {"base_url": server.url + "/v1", "max_retries": 2}
            with pytest.raises(openai.NotFoundError, match="No exchange of"):
                read_openai(options, blocking=blocking)
        assert len(said) == 1
        assert "1. POST /v2/other (not played yet)" in said[0]
        return
    with (
        reaching(cassette, way, blocking=blocking) as options,
        pytest.raises(ReplayMiss, match="answers POST /v1/chat/completions"),
    ):
        read_openai(options, blocking=blocking)


@pytest.mark.parametrize("blocking", [True, False], ids=["sync", "async"])
def test_the_end_of_a_recording_reaches_the_code(make: Make, blocking: bool) -> None:
    stopped = {"ending": EndingKind.CLIENT_CLOSED}
    cassette = make(split(anthropic_events())[:-40], request=ANTHROPIC, **stopped)
    with (
        reaching(cassette, "httpx2", blocking=blocking) as options,
        pytest.raises(RecordingEnded, match="the client that was recorded closed the connection"),
    ):
        read_anthropic(options, blocking=blocking)
    cassette = make(split(openai_events())[:-5], request=OPENAI, **stopped)
    with (
        reaching(cassette, "httpx2", blocking=blocking) as options,
        pytest.raises((RecordingEnded, openai.APIConnectionError)) as caught,
    ):
        read_openai(options, blocking=blocking)
    assert isinstance(caught.value.__cause__ or caught.value, RecordingEnded)


@pytest.mark.parametrize("blocking", [True, False], ids=["sync", "async"])
def test_a_recording_without_a_response_reaches_the_code_at_once(make: Make, blocking: bool) -> None:
    """With the retries that the client makes unless it is told otherwise."""
    cassette = make(request=ANTHROPIC, response=None, ending=EndingKind.CLIENT_CLOSED)
    kind = httpx2.Client if blocking else httpx2.AsyncClient
    options = {"http_client": kind(transport=playhead.httpx2.ReplayTransport(cassette))}
    with pytest.raises(ReplayMiss, match="stops before any response: the client that was recorded closed"):
        read_anthropic(options, blocking=blocking)


def test_a_miss_over_the_server_is_told_to_anthropic(make: Make) -> None:
    with (
        ServerThread(make(), speed="max") as server,
        pytest.raises(anthropic.NotFoundError, match="playhead_miss"),
    ):
        read_anthropic({"base_url": server.url}, blocking=True)


def test_the_samples_play_for_the_client_they_are_of() -> None:
    """What ships with Playhead, through the anthropic client and the transport."""
    sample = playhead.load(playhead.sample("anthropic-tools"))
    http_client = httpx2.Client(transport=playhead.httpx2.ReplayTransport(sample, match_on=["path"]))
    with (
        anthropic.Anthropic(api_key="x", http_client=http_client) as client,
        client.messages.stream(**ASK, max_tokens=99) as stream,
    ):
        assert stream.get_final_message().stop_reason == "tool_use"
