"""The body of a request by meaning: JSON as a value whatever its spelling, anything else as bytes.

Members stand in any order, `1.0` is `1`, and a redacted span may be anything within its string. Knows JSON,
and which spans of its bytes were redacted; no HTTP.
"""

from __future__ import annotations

import enum
import hashlib
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import msgspec

from playhead.matching.jsonpath import Path, remove
from playhead.matching.wildcards import Pieces, Span, pieces

Value: TypeAlias = Any
"""A JSON value; in one that was recorded, a string may be `Pieces`, and a value `Anything`."""

_JSON: Final = re.compile(rb"[\s]*[{\[\"0-9tfn-]")
_STRING: Final = re.compile(rb'"(?:[^"\\]|\\.)*+"', re.DOTALL)
_MARK: Final = "\ufdd0"
"""Stands for a redacted span while the JSON is read: a code point that no text may use."""
_MARK_BYTES: Final = _MARK.encode()
_WHOLE: Final = "\ufdd1"
_WHOLE_BYTES: Final = f'"{_WHOLE}"'.encode()
"""Stands for one that is no string: a number, a whole object."""
_EXACT: Final = 2**53


class NotJson(ValueError):
    """Bytes that are no JSON text, or one that is nested too deep to be read."""


@dataclass(frozen=True, slots=True)
class Body:
    """A body whose bytes are all known. Equal to another that means the same."""

    digest: bytes
    read: Callable[[], Value]
    """The JSON value without what is ignored, or the bytes; decoded anew at each call."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Body) and self.digest == other.digest

    def __hash__(self) -> int:
        return hash(self.digest)


@dataclass(frozen=True, slots=True)
class OpenBody:
    """A recorded body of which spans were redacted."""

    value: Value

    def fits(self, asked: Body) -> bool:
        return fits(self.value, asked.read())

    def read(self) -> Value:
        return self.value


class UnknownBody:
    """A body that nobody recorded: whatever is asked fits."""

    def fits(self, asked: Body) -> bool:
        return True

    def read(self) -> Value:
        return None


ANY: Final = UnknownBody()


class Anything(enum.Enum):
    """A redacted value that was no string: whatever is asked fits."""

    ANYTHING = "…"


def body_of(data: bytes, ignored: Sequence[Path] = ()) -> Body:
    """What a body means, without the places that are ignored."""

    def read() -> Value:
        try:
            return without(value_of(data), ignored)
        except NotJson:
            return data

    try:
        value = without(value_of(data), ignored)
        text = b"j" + _canonical(value)
    except NotJson:
        text = b"b" + data
    return Body(hashlib.blake2b(text, digest_size=16).digest(), read)


def open_body(data: bytes, spans: list[Span], ignored: Sequence[Path] = ()) -> OpenBody:
    """What a recorded body means of which `spans` (of bytes, ascending) were redacted."""
    try:
        value = value_of(_marked(data, spans))
    except NotJson:
        return OpenBody(pieces(data, spans))
    return OpenBody(without(_opened(value), ignored))


def value_of(data: bytes) -> Value:
    """The value of a JSON text, whole numbers as `int` however they are written; raises `NotJson`."""
    if not _JSON.match(data):
        raise NotJson
    try:
        return _decode(data)
    except (msgspec.DecodeError, UnicodeError, RecursionError, ValueError):
        pass  # json takes what the SDKs' own encoder writes: NaN, lone surrogates
    try:
        return json.loads(data, parse_float=_number)
    except (ValueError, RecursionError):
        raise NotJson from None


def fits(recorded: Value, asked: Value) -> bool:
    """Whether a value that is asked is the one that was recorded, whatever was redacted."""
    if recorded is Anything.ANYTHING:
        return True
    if isinstance(recorded, Pieces):
        return isinstance(asked, type(recorded.kept[0])) and recorded.fits(asked)
    if isinstance(recorded, dict):
        return isinstance(asked, dict) and _members_fit(recorded, asked)
    if isinstance(recorded, list):
        return (
            isinstance(asked, list)
            and len(recorded) == len(asked)
            and all(fits(*pair) for pair in zip(recorded, asked, strict=True))
        )
    return type(recorded) is type(asked) and bool(recorded == asked)


def without(value: Value, ignored: Sequence[Path]) -> Value:
    """The value, which is changed, without the places that are ignored."""
    for path in ignored:
        value = remove(value, path)
    return value


def _members_fit(recorded: dict[Any, Value], asked: dict[str, Value]) -> bool:
    if len(recorded) != len(asked):
        return False
    left = dict(asked)
    redacted: list[tuple[Pieces[str], Value]] = []
    for name, value in recorded.items():
        if isinstance(name, Pieces):
            redacted.append((name, value))
        elif name not in left or not fits(value, left.pop(name)):
            return False
    for pattern, value in redacted:
        found = next((name for name in left if pattern.fits(name) and fits(value, left[name])), None)
        if found is None:
            return False
        del left[found]
    return True


def _marked(data: bytes, spans: list[Span]) -> bytes:
    """The JSON text with a mark for each span; one that is no string's becomes a string of its own."""
    strings = [match.span() for match in _STRING.finditer(data)]
    parts: list[bytes] = []
    at = place = 0
    for start, end in spans:
        while place < len(strings) and strings[place][1] <= start:
            place += 1
        inside = place < len(strings) and strings[place][0] < start and end < strings[place][1]
        parts += [data[at:start], _MARK_BYTES if inside else _WHOLE_BYTES]
        at = end
    parts.append(data[at:])
    return b"".join(parts)


def _opened(value: Value) -> Value:
    """The value with what the marks stand for."""
    if isinstance(value, str):
        if value == _WHOLE:
            return Anything.ANYTHING
        return Pieces(tuple(value.split(_MARK))) if _MARK in value else value
    if isinstance(value, dict):
        return {_opened(name): _opened(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_opened(part) for part in value]
    return value


def _number(text: str) -> int | float | str:
    number = float(text)
    if number.is_integer() and abs(number) <= _EXACT:
        return int(number)
    return number if abs(number) < float("inf") else text


_decode = msgspec.json.Decoder(float_hook=_number).decode


def _canonical(value: Value) -> bytes:
    try:
        return msgspec.json.encode(value, order="sorted")
    except (UnicodeError, RecursionError, ValueError):
        pass  # lone surrogates
    try:
        return json.dumps(value, sort_keys=True).encode("ascii")
    except RecursionError:
        raise NotJson from None
