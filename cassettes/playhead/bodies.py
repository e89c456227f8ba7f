"""What a response's body is: an event stream, lines of JSON, or a whole; and how each is cut into frames.

Knows content types and the two decoders. Never knows an exchange.
"""

from __future__ import annotations

import enum
from typing import Protocol

from playhead import ndjson, sse
from playhead.model import Headers, header
from playhead.sse import Frame
from playhead.sse.lines import read_block

_LINES = frozenset(
    f"application/{name}"
    for name in ("x-ndjson", "ndjson", "jsonl", "x-jsonl", "jsonlines", "x-jsonlines", "stream+json")
)


class BodyKind(enum.StrEnum):
    """How a body is read."""

    SSE = "sse"
    """Server-Sent Events, by the WHATWG standard."""
    NDJSON = "ndjson"
    """A line of JSON for each event."""
    WHOLE = "whole"
    """No stream: it means something only when all of it is there."""


class Decoder(Protocol):
    """Bytes in, frames out; one instance a body."""

    def feed(self, chunk: bytes, /) -> list[Frame]: ...
    def close(self) -> list[Frame]: ...


def kind_of(headers: Headers) -> BodyKind:
    """By the content type; a response that names none is taken for an event stream."""
    kind = header(headers, "content-type")
    name = kind.split(";")[0].strip().lower() if kind is not None else "text/event-stream"
    if name == "text/event-stream":
        return BodyKind.SSE
    return BodyKind.NDJSON if name in _LINES else BodyKind.WHOLE


def decoder_of(kind: BodyKind) -> Decoder | None:
    """A new decoder; `None` for a body that has no frames."""
    match kind:
        case BodyKind.SSE:
            return sse.Decoder()
        case BodyKind.NDJSON:
            return ndjson.Decoder()
    return None


def read_frame(kind: BodyKind, data: bytes, start: int, chunk: int, last_event_id: str = "") -> Frame:
    """The frame whose span holds `data`, read again: as the decoder emitted it."""
    if kind is BodyKind.NDJSON:
        return ndjson.read_line(data, start, start + len(data), chunk)
    return read_block(data, start, chunk, last_event_id)
