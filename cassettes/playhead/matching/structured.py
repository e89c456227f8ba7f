"""Bodies that are no JSON text but have a structure: forms, multipart and lines of JSON, as values.

A boundary is random, fields of other names stand in any order, and a part may hold JSON. Knows these formats
and which spans were redacted; not how values are compared. Sources: the WHATWG URL standard (forms), RFC 2046
and RFC 7578 (multipart), the NDJSON specification.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from typing import Final

from playhead.bodies import BodyKind, kind_of
from playhead.matching.json_values import Anything, NotJson, Value, value_of
from playhead.matching.targets import plain
from playhead.matching.wildcards import Pieces, Span, pieces, within
from playhead.model import Headers, header

_FORM: Final = "application/x-www-form-urlencoded"
_MULTIPART: Final = "multipart/"
_OBJECT: Final = re.compile(rb"\s*[{\[]")
_LINES: Final = re.compile(rb"[{\[][^\n]*\n\s*[{\[]")


def structured(data: bytes, headers: Headers, spans: list[Span]) -> Value:
    """The body as a value of objects, lists and strings; raises `NotJson` where it is none of these.

    `spans` (of bytes, ascending) were redacted; in their places stand `Pieces` and `Anything`.
    """
    kind = (header(headers, "content-type") or "").strip()
    if kind.lower().startswith(_FORM):
        return _grouped(_fields(data, spans))
    if kind.lower().startswith(_MULTIPART):
        return _parts(data, kind, spans)
    if kind_of(headers) is BodyKind.NDJSON or _LINES.match(data):
        return list(_lines(data, spans))
    raise NotJson


def _fields(data: bytes, spans: list[Span]) -> Iterator[tuple[str, Value]]:
    """Names and values of a form. Raises `NotJson` where a name was redacted."""
    if not data.isascii():
        raise NotJson
    start = 0
    for field in data.split(b"&"):
        name, _, value = field.partition(b"=")
        place = (min(start + len(name) + 1, start + len(field)), start + len(field))
        if list(within((start, start + len(name)), spans)):
            raise NotJson
        redacted = list(within(place, spans))
        if redacted:
            kept = pieces(value.decode("ascii"), redacted).kept
            yield plain(name.decode("ascii")), Pieces(tuple(map(plain, kept)))
        elif field:
            yield plain(name.decode("ascii")), plain(value.decode("ascii"))
        start += len(field) + 1


def _parts(data: bytes, kind: str, spans: list[Span]) -> Value:
    """An object by the parts' names, or a list where one has none."""
    from playhead.redaction.multipart import boundary_of, first_boundary, parts_of

    boundary = boundary_of(kind) or first_boundary(data)
    if boundary is None:
        raise NotJson
    named: list[tuple[str | None, Value]] = []
    before = 0
    for part in parts_of(data, boundary):
        held = data[part.start : part.end]
        if part.headers or held.strip():
            content = _content(held, list(within((part.start, part.end), spans)))
            is_open = bool(list(within((before, part.start), spans)))
            named.append(_part(part.headers, content, is_open=is_open))
        before = part.end
    if all(name is not None for name, _ in named):
        return _grouped((str(name), value) for name, value in named)
    return [value for _, value in named]


def _part(headers: Headers, content: Value, *, is_open: bool) -> tuple[str | None, Value]:
    """The name, and the content: with the file's name and type where it has them."""
    from playhead.redaction.multipart import disposition_of

    found = disposition_of(headers)
    type_ = header(headers, "content-type")
    if found.filename is None and type_ is None:
        return found.name, content
    told = {"filename": found.filename, "type": type_}
    described = {
        key: Anything.ANYTHING if is_open else text for key, text in told.items() if text is not None
    }
    return found.name, {**described, "content": content}


def _content(data: bytes, spans: list[Span]) -> Value:
    """What a part holds: a JSON value, lines of them, text, or a description of the bytes."""
    if _OBJECT.match(data):  # what looks like a number is still the text of a field
        for read in (value_of, lambda data, spans: list(_lines(data, spans))):
            try:
                return read(data, spans)
            except NotJson:
                continue
    try:
        if spans:
            return Pieces(tuple(piece.decode() for piece in pieces(data, spans).kept))
        return data.decode()
    except UnicodeDecodeError:
        if spans:
            return Anything.ANYTHING
        return f"{len(data)} bytes, blake2b {hashlib.blake2b(data, digest_size=16).hexdigest()}"


def _lines(data: bytes, spans: list[Span]) -> Iterator[Value]:
    """The value of each line that is not blank. Raises `NotJson` where one has none."""
    start = 0
    for line in data.splitlines(keepends=True):
        end = start + len(line)
        if line.strip():
            yield value_of(line, list(within((start, end), spans)))
        start = end


def _grouped(pairs: Iterator[tuple[str, Value]]) -> dict[str, Value]:
    """By name; values that share one as a list, in their order."""
    groups: dict[str, list[Value]] = {}
    for name, value in pairs:
        groups.setdefault(name, []).append(value)
    return {name: values[0] if len(values) == 1 else values for name, values in groups.items()}
