"""What the tests of every protocol share: a body read by us, and served to an official client."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator

import httpx2

from playhead.model import Request, Response
from playhead.protocols.reading import Answer, Reading
from playhead.sse import Decoder

SSE = "text/event-stream; charset=utf-8"


def cut(body: bytes, size: int | None) -> list[bytes]:
    """`body` in pieces of `size` bytes; whole for `None`."""
    if not size:
        return [body]
    return [body[at : at + size] for at in range(0, len(body), size)]


def read(
    body: bytes,
    protocol: str | None = None,
    *,
    url: str = "",
    size: int | None = None,
    status: int = 200,
    content_type: str = SSE,
) -> Reading:
    """`body` as ours reads it, in chunks of `size`; any other content type than SSE is read whole."""
    request = Request(method="POST", url=url) if url else None
    response = Response(status=status, headers=(("content-type", content_type),))
    if not content_type.startswith("text/event-stream"):
        return Reading(Answer(request, response, body), protocol=protocol)
    reading = Reading(Answer(request, response), protocol=protocol)
    decoder = Decoder()
    for chunk in cut(body, size):
        reading.feed(decoder.feed(chunk))
    reading.feed(decoder.close())
    reading.close()
    return reading


class Pieces(httpx2.SyncByteStream, httpx2.AsyncByteStream):
    """A body in the given chunks, for both kinds of client."""

    def __init__(self, chunks: list[bytes]) -> None:
        self._chunks = chunks

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._chunks)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for chunk in self._chunks:
            yield chunk


def client(
    body: bytes, *, size: int | None = None, status: int = 200, content_type: str = SSE
) -> httpx2.Client:
    """A client whose every answer is `body`, for an SDK's `http_client`."""

    def answer(_: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(status, headers={"content-type": content_type}, stream=Pieces(cut(body, size)))

    return httpx2.Client(transport=httpx2.MockTransport(answer))


def canonical(value: object) -> str:
    """JSON with sorted keys: two values are equal where this is. Whole floats are written as integers."""
    return json.dumps(_plain(value), sort_keys=True, ensure_ascii=True)


def _plain(value: object) -> object:
    if isinstance(value, dict):
        return {name: _plain(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_plain(part) for part in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value
