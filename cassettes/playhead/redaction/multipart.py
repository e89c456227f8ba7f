"""The parts of a multipart body (RFC 2046, RFC 7578), each with its headers and its place.

Lenient: a body that ends early has a last part that ends there. Knows boundaries and heads of parts, and
nothing of what a part holds.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

from playhead.model import Headers

_BOUNDARY = re.compile(r"^multipart/.*;\s*boundary=(?:\"([^\"]{1,200})\"|([^\s;,\"]{1,200}))", re.IGNORECASE)
_HEAD_END = re.compile(rb"\r?\n[ \t]*\r?\n")
_LONGEST_HEAD = 16 * 1024
_HEADER = re.compile(rb"([!#$%&'*+\-.^_`|~0-9A-Za-z]{1,200}):[ \t]*([^\r\n]*(?:\r?\n[ \t]+[^\r\n]*)*)")


class Part(msgspec.Struct, frozen=True):
    """`start` to `end` of the body is what the part holds, without its head and the line end behind it."""

    headers: Headers
    start: int
    end: int


def boundary_of(content_type: str) -> bytes | None:
    """The line that stands between parts, without its line end; `None` where the body has none."""
    match = _BOUNDARY.match(content_type.strip())
    return None if match is None else b"--" + (match[1] or match[2]).encode("latin-1", "replace")


def parts_of(body: bytes, boundary: bytes) -> Iterator[Part]:
    """The parts in their order."""
    delimiter = re.compile(rb"(?:^|\r?\n)" + re.escape(boundary) + rb"(?:--)?[ \t]*(?=\r?\n|$)")
    last: int | None = None
    for match in delimiter.finditer(body):
        if last is not None:
            yield _part(body, last, match.start())
        last = match.end()
    if last is not None and last < len(body):
        yield _part(body, last, len(body))


def _part(body: bytes, start: int, end: int) -> Part:
    head = _HEAD_END.search(body, start, min(end, start + _LONGEST_HEAD))
    if head is None:
        return Part((), start, end)
    headers = tuple(
        (match[1].decode("latin-1"), match[2].decode("latin-1"))
        for match in _HEADER.finditer(body, start, head.start())
    )
    return Part(headers, head.end(), max(head.end(), end))
