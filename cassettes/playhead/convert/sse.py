"""Raw SSE text to a cassette: the bytes are known, hardly anything else is.

What nobody recorded is left out or said to be assumed: there are no times, the cuts between chunks are
ours, and the ending is unknown. Knows bytes and the writer; reads no file.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from playhead.errors import InputError
from playhead.model import EndingKind, Headers, Request, Response, header
from playhead.sse import Decoder, Frame, FrameKind
from playhead.store.writer import CassetteWriter

_CONTENT_TYPE = ("content-type", "text/event-stream")
_COMPRESSED = {b"\x1f\x8b": "gunzip", b"\x28\xb5\x2f\xfd": "zstd -d"}


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """What the user can tell of an imported stream; `None` where they did not."""

    method: str | None = None
    url: str | None = None
    status: int | None = None
    headers: Headers = ()


def import_sse(pieces: Iterable[bytes], head: Head, writer: CassetteWriter, name: str) -> bool:
    """Write one exchange of raw SSE, given in pieces; the writer is left open.

    Returns whether any line of it was of an event stream: a recorded body may be the JSON error that
    answered a stream request, and is kept all the same. Raises `InputError`, naming the stream `name`,
    where it is plainly something else.
    """
    exchange = writer.exchange()
    assumed: list[str] = []
    if head.url is not None:
        facts = {"assumed": "method"} if head.method is None else {}
        exchange.request(Request(method=head.method or "POST", url=head.url, facts=facts))
    headers = head.headers
    if header(headers, "content-type") is None:
        headers = (*headers, _CONTENT_TYPE)
        assumed.append("content-type")
    if head.status is None:
        assumed.append("status")
    facts = {"chunks": "unknown"} | ({"assumed": " ".join(assumed)} if assumed else {})
    exchange.response(Response(status=head.status or 200, headers=headers, facts=facts))
    decoder = Decoder()
    size = 0
    is_sse = False
    for piece in pieces:
        if size == 0:
            _refuse_other(piece, name)
        size += len(piece)
        is_sse = any([is_sse, *map(_has_field, decoder.feed(piece))])
        exchange.chunk(piece)
    exchange.end(EndingKind.UNKNOWN)
    return not size or any([is_sse, *map(_has_field, decoder.close())])


def _refuse_other(start: bytes, name: str) -> None:
    for magic, command in _COMPRESSED.items():
        if start.startswith(magic):
            raise InputError(f"{name} is compressed", hint=f"Unpack it first: {command} {name}")
    if start.startswith(b'{"type":"header","format":"playhead-cassette"'):
        raise InputError(f"{name} is a cassette already")


def _has_field(frame: Frame) -> bool:
    """Whether a frame holds anything the standard knows."""
    if frame.kind not in (FrameKind.DATALESS, FrameKind.TAIL):
        return True
    return any(value is not None for value in (frame.event, frame.data, frame.retry, frame.comment))
