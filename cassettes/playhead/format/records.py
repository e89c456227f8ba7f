"""The records of a cassette, one type each: what a line says, in the format's own names.

Knows the shapes of FORMAT.md and nothing else; `codec` turns them to lines and back. Fields that a
record does not use are left out of its line. A record of a type that is not listed here is `Unknown`.
"""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

import msgspec

Pairs: TypeAlias = tuple[tuple[str, str], ...]
Number: TypeAlias = Annotated[int, msgspec.Meta(ge=1)]
"""The number of an exchange, from 1."""
Seconds: TypeAlias = Annotated[float, msgspec.Meta(ge=-1e9, le=1e9)]
"""A time in seconds since the cassette's start; no recording lasts thirty years."""
Status: TypeAlias = Annotated[int, msgspec.Meta(ge=100, le=999)]
Clock: TypeAlias = Literal["monotonic", "wall", "none", "unknown"]


class Header(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="type", tag="header"):
    """Line 1. `created` is RFC 3339 in UTC at t = 0."""

    format: str
    version: int
    created: str | None = None
    writer: str | None = None
    clock: str | None = None
    facts: Pairs = ()


class Columns(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="columns"):
    """Line 2: a typed dummy of every name, so that every engine infers one schema from every cassette."""

    format: str = ""
    version: int = 0
    created: str = ""
    writer: str = ""
    clock: str = ""
    exchange: int = 0
    t: float = 0.0
    t_start: float = 0.0
    method: str = ""
    url: str = ""
    http_version: str = ""
    status: int = 0
    headers: Pairs = (("", ""),)
    head: str = ""
    text: str = ""
    tail: str = ""
    base64: str = ""
    wire_bytes: int = 0
    undecoded: bool = False
    ending: str = ""
    detail: str = ""
    chunks: int = 0
    bytes: int = 0
    sha256: str = ""
    name: str = ""
    byte_offset: int = 0
    facts: Pairs = (("", ""),)


class Request(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="type", tag="request"):
    exchange: Number
    t: Seconds | None = None
    t_start: Seconds | None = None
    method: str
    url: str
    http_version: str | None = None
    headers: Pairs = ()
    head: str | None = None
    text: str | None = None
    tail: str | None = None
    base64: str | None = None
    facts: Pairs = ()


class RequestChunk(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="type", tag="request_chunk"
):
    exchange: Number
    t: Seconds | None = None
    head: str | None = None
    text: str | None = None
    tail: str | None = None
    base64: str | None = None


class Response(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="type", tag="response"
):
    exchange: Number
    t: Seconds | None = None
    status: Status
    http_version: str | None = None
    detail: str | None = None
    headers: Pairs = ()
    facts: Pairs = ()


class Chunk(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False, tag_field="type", tag="chunk"
):
    exchange: Number
    t: Seconds | None = None
    wire_bytes: int | None = None
    undecoded: bool = False
    head: str | None = None
    text: str | None = None
    tail: str | None = None
    base64: str | None = None


class End(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="type", tag="end"):
    exchange: Number
    t: Seconds | None = None
    ending: str
    detail: str | None = None
    chunks: int | None = None
    bytes: int | None = None
    sha256: str | None = None
    headers: Pairs = ()
    facts: Pairs = ()


class Loss(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="type", tag="loss"):
    exchange: Number | None = None
    t: Seconds | None = None
    t_start: Seconds | None = None
    chunks: int | None = None
    bytes: int | None = None
    detail: str | None = None
    facts: Pairs = ()


class Note(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="type", tag="note"):
    exchange: Number | None = None
    t: Seconds | None = None
    name: str | None = None
    text: str
    byte_offset: int | None = None
    facts: Pairs = ()


class Redaction(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="type", tag="redaction"
):
    exchange: Number
    name: str
    detail: str
    byte_offset: int | None = None
    bytes: int | None = None


class Unknown(msgspec.Struct, frozen=True, kw_only=True):
    """A record of a type that this version does not know: kept as the line it came in."""

    type: str
    exchange: Number | None = None
    t: Seconds | None = None
    line: bytes = b""


WithData: TypeAlias = Request | RequestChunk | Chunk
"""Bytes are `base64`, or `unhex(head) + utf8(text) + unhex(tail)`: see `data`."""
Known: TypeAlias = (
    Header | Columns | Request | RequestChunk | Response | Chunk | End | Loss | Note | Redaction
)
Record: TypeAlias = Known | Unknown
