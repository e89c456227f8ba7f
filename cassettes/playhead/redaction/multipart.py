"""The parts of a multipart body (RFC 2046, RFC 7578), each with its headers, its name and its place.

Lenient: a body that ends early has a last part that ends there, and names are read as the most lenient of
servers does (RFC 6266, RFC 2231). Knows boundaries and heads of parts, and nothing of what a part holds.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import unquote

import msgspec

from playhead.model import Headers, header

_BOUNDARY = re.compile(r"^multipart/.*;\s*boundary=(?:\"([^\"]{1,200})\"|([^\s;,\"]{1,200}))", re.IGNORECASE)
_BEGINNING = re.compile(rb"(--[^\r\n]{1,200}?)[ \t]*\r?\n")
_PARAMETER = re.compile(
    r";\s*(?P<key>filename|name)(?P<section>\*[0-9]{1,3})?(?P<extended>\*)?\s*=\s*"
    r"(?:\"(?P<quoted>(?:[^\"\\]|\\.)*)\"?|(?P<bare>[^;\s]*))",
    re.IGNORECASE | re.DOTALL,
)
_QUOTED_PAIR = re.compile(r"\\(.)", re.DOTALL)
_HEAD_END = re.compile(rb"\r?\n[ \t]*\r?\n")
_LONGEST_HEAD = 16 * 1024
_HEADER = re.compile(rb"([!#$%&'*+\-.^_`|~0-9A-Za-z]{1,200}):[ \t]*([^\r\n]*(?:\r?\n[ \t]+[^\r\n]*)*)")


class Disposition(msgspec.Struct, frozen=True):
    """What a part's `Content-Disposition` says."""

    names: tuple[str, ...] = ()
    """The name of its field; several where it is told in several writings."""
    filename: str | None = None

    @property
    def name(self) -> str | None:
        """The first of the names."""
        return self.names[0] if self.names else None


class Part(msgspec.Struct, frozen=True):
    """`start` to `end` of the body is what the part holds, without its head and the line end behind it."""

    headers: Headers
    start: int
    end: int


def boundary_of(content_type: str) -> bytes | None:
    """The line that stands between parts, without its line end; `None` where the body has none."""
    match = _BOUNDARY.match(content_type.strip())
    return None if match is None else b"--" + (match[1] or match[2]).encode("latin-1", "replace")


def first_boundary(body: bytes) -> bytes | None:
    """The line that a body begins with as multipart bodies do; `None` where it does not."""
    match = _BEGINNING.match(body)
    return None if match is None else match[1]


def disposition_of(headers: Headers) -> Disposition:
    """The name of a part's field, quoted or not, extended (`name*=utf-8''…`) or in sections (`name*0=…`)."""
    plain: dict[str, list[str]] = {}
    sections: dict[str, list[str]] = {}
    for match in _PARAMETER.finditer(header(headers, "content-disposition") or ""):
        value = match["bare"] if match["quoted"] is None else _QUOTED_PAIR.sub(r"\1", match["quoted"])
        if match["extended"]:
            value = unquote(value.rpartition("'")[2])
        (sections if match["section"] else plain).setdefault(match["key"].lower(), []).append(value)
    for key, values in sections.items():
        plain.setdefault(key, []).append("".join(values))
    filenames = plain.get("filename")
    return Disposition(tuple(plain.get("name", ())), filenames[0] if filenames else None)


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
