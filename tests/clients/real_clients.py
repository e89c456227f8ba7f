"""The installed decoders themselves, fed chunk by chunk: what each gives, and at which chunk.

Two levels. `decoded` is a client's SSE decoder; `streamed` is the stream object that the SDKs put on top.
Both take the same chunks from a transport that notes the last one taken.
"""

from __future__ import annotations

import functools
import json
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import anthropic
import anthropic._streaming
import httpx
import httpx2
import httpx_sse
import openai
import openai._streaming
import pytest
import sseclient

from playhead.clients import Client

EVENT_STREAM = {"content-type": "text/event-stream"}


class At(NamedTuple):
    """When: the last chunk taken, and whether the body had ended."""

    chunk: int
    at_end: bool


class Event(NamedTuple):
    event: str | None
    data: str
    id: str | None
    retry: int | str | None
    at: At


class Error(NamedTuple):
    error: str
    message: str
    at: At


class Met(NamedTuple):
    """What came out, and what was raised in the end."""

    items: list[Any]
    error: Error | None


class Body(httpx.SyncByteStream, httpx2.SyncByteStream):
    """Chunks for either library's response."""

    def __init__(self, chunks: Sequence[bytes]) -> None:
        self._chunks = chunks
        self._taken = 0
        self._over = False

    def __iter__(self) -> Iterator[bytes]:
        for chunk in self._chunks:
            self._taken += 1
            yield chunk
        self._over = True

    @property
    def now(self) -> At:
        return At(self._taken, self._over)


def gather(items: Iterable[Any], body: Body, make: Callable[[Any, At], Any]) -> Met:
    found: list[Any] = []
    try:
        for item in items:
            found.append(make(item, body.now))
    except Exception as error:  # noqa: BLE001 - whatever a client raises is what is looked for
        return Met(found, Error(type(error).__name__, str(error), body.now))
    return Met(found, None)


def _event(sse: Any, at: At) -> Event:
    return Event(sse.event, sse.data, sse.id, sse.retry, at)


def _segment(text: str, at: At) -> Event:
    return Event(None, text, None, None, at)


def _response(body: Body, content_type: str) -> httpx2.Response:
    return httpx2.Response(
        200,
        headers={"content-type": content_type},
        stream=body,
        request=httpx2.Request("GET", "http://client.invalid/"),
    )


def _old_response(body: Body, content_type: str) -> httpx.Response:
    return httpx.Response(
        200,
        headers={"content-type": content_type},
        stream=body,
        request=httpx.Request("GET", "http://client.invalid/"),
    )


def decoded(client: Client, chunks: Sequence[bytes], content_type: str = "text/event-stream") -> Met:
    """What the client's SSE decoder makes of the chunks."""
    body = Body(chunks)
    response: Any = (
        _old_response(body, content_type) if client is Client.HTTPX_SSE else _response(body, content_type)
    )
    items: Iterable[Any]
    match client:
        case Client.ANTHROPIC:
            items = anthropic.Stream.raw_events(response)
        case Client.OPENAI:
            items = openai._streaming.SSEDecoder().iter_bytes(response.iter_bytes())
        case Client.HTTPX_SSE:
            items = httpx_sse.EventSource(response).iter_sse()
        case Client.HTTPX2:
            items = httpx2.EventSource(response)
        case Client.SSECLIENT:
            items = sseclient.SSEClient(response.iter_bytes()).events()
        case Client.GOOGLE_GENAI:
            items = genai_parts().HttpResponse(EVENT_STREAM, response_stream=response)._iter_response_stream()
            return gather(items, body, _segment)
        case _:
            raise AssertionError(client)
    return gather(items, body, _event)


class _Served:
    """A client library's transport, whose next response is `body`."""

    def __init__(self) -> None:
        self.body = Body([])
        self.status = 200

    def client(self) -> httpx2.Client:
        return httpx2.Client(
            transport=httpx2.MockTransport(
                lambda _: httpx2.Response(self.status, headers=EVENT_STREAM, stream=self.body)
            )
        )


@functools.cache
def _anthropic() -> tuple[_Served, anthropic.Anthropic]:
    served = _Served()
    return served, anthropic.Anthropic(
        api_key="x", base_url="http://client.invalid", max_retries=0, http_client=served.client()
    )


@functools.cache
def _openai() -> tuple[_Served, openai.OpenAI]:
    served = _Served()
    return served, openai.OpenAI(
        api_key="x", base_url="http://client.invalid", max_retries=0, http_client=served.client()
    )


@functools.cache
def genai_parts() -> Any:
    """The module of google-genai's client; the test skips where it is not installed."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return pytest.importorskip("google.genai._api_client")


@functools.cache
def _genai() -> tuple[_Served, Any]:
    genai_parts()
    from google import genai
    from google.genai import types

    served = _Served()
    options = types.HttpOptions(
        base_url="http://client.invalid",
        httpx_client=served.client(),
        retry_options=types.HttpRetryOptions(attempts=1),
    )
    return served, genai.Client(api_key="x", http_options=options)


def _payload(item: Any, at: At) -> tuple[Any, At]:
    return item, at


def _openai_payload(item: Any, at: At) -> tuple[Any, At]:
    """Events of the Assistants API come with their name around them."""
    named = isinstance(item, dict) and str(item.get("event")).startswith("thread.")
    return (item["data"] if named else item), at


def streamed(client: Client, chunks: Sequence[bytes]) -> Met:
    """What the client's stream object gives: JSON values, each with the chunk."""
    body = Body(chunks)
    if client is Client.ANTHROPIC:
        served, anthropic_client = _anthropic()
        served.body = body
        items: Any = anthropic_client.post(
            "/v1/messages", cast_to=object, body={}, stream=True, stream_cls=anthropic.Stream[object]
        )
        return gather(items, body, _payload)
    if client is Client.OPENAI:
        served, openai_client = _openai()
        served.body = body
        items = openai_client.post(
            "/chat/completions", cast_to=object, body={}, stream=True, stream_cls=openai.Stream[object]
        )
        return gather(items, body, _openai_payload)
    assert client is Client.GOOGLE_GENAI
    served, genai_client = _genai()
    served.body = body
    path = "models/m:streamGenerateContent?alt=sse"
    items = genai_client._api_client.request_streamed("post", path, {}, None)
    return gather(items, body, lambda item, at: (json.loads(item.body), at))


def created(client: Client, chunks: Sequence[bytes], status: int = 200) -> Met:
    """What a user of the SDK gets: its models, by type name."""
    body = Body(chunks)
    ask: Any = {"model": "m", "messages": [{"role": "user", "content": "x"}], "stream": True}

    def items() -> Iterator[Any]:
        if client is Client.ANTHROPIC:
            yield from sdk.messages.create(max_tokens=1, **ask)
        elif client is Client.OPENAI:
            yield from sdk.chat.completions.create(**ask)
        else:
            yield from sdk.models.generate_content_stream(model="m", contents="x")

    make: dict[Client, Callable[[], tuple[_Served, Any]]] = {
        Client.ANTHROPIC: _anthropic,
        Client.OPENAI: _openai,
        Client.GOOGLE_GENAI: _genai,
    }
    served, sdk = make[client]()
    served.body, served.status = body, status
    try:
        return gather(items(), body, lambda item, at: (type(item).__name__, at))
    finally:
        served.status = 200
