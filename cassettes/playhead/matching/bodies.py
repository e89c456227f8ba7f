"""The body of a request by meaning: JSON, forms, parts and lines as values, anything else as bytes.

A redacted span may be anything within its string. Knows what bodies hold, and which spans of their bytes
were redacted; of HTTP the content type alone.
"""

from __future__ import annotations

import enum
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from playhead.matching.json_values import Anything, NotJson, Value, canonical, value_of
from playhead.matching.jsonpath import Path, remove
from playhead.matching.structured import structured
from playhead.matching.wildcards import Pieces, Span, paired, pieces
from playhead.model import Headers


class Kind(enum.Enum):
    """What a body is; bodies of two kinds never mean the same."""

    JSON = b"j"
    STRUCTURED = b"s"
    """A form, parts or lines, as a value."""
    BYTES = b"b"


@dataclass(frozen=True, slots=True)
class Body:
    """A body whose bytes are all known. Equal to another that means the same."""

    kind: Kind
    digest: bytes
    read: Callable[[], Value]
    """The value without what is ignored, or the bytes; decoded anew at each call."""
    _held: list[Value] = field(default_factory=list, init=False, repr=False)

    @property
    def value(self) -> Value:
        """What `read` gives, decoded once: for who compares it with many, and changes nothing in it."""
        if not self._held:
            self._held.append(self.read())
        return self._held[0]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Body) and self.digest == other.digest

    def __hash__(self) -> int:
        return hash(self.digest)


@dataclass(frozen=True, slots=True)
class OpenBody:
    """A recorded body of which spans were redacted."""

    kind: Kind
    value: Value

    def fits(self, asked: Body) -> bool:
        return self.kind is asked.kind and fits(self.value, asked.value)

    def read(self) -> Value:
        return self.value


class UnknownBody:
    """A body that nobody recorded: whatever is asked fits."""

    def fits(self, asked: Body) -> bool:
        return True

    def read(self) -> Value:
        return None


ANY: Final = UnknownBody()


def heeded(headers: Headers) -> Headers:
    """Those of a request's headers by which its body is read: no others reach whoever reads it.

    `content-encoding` is none of them: a body is compared as it was before that.
    """
    return tuple([pair for pair in headers if pair[0].lower() == "content-type"])


def body_of(data: bytes, ignored: Sequence[Path] = (), headers: Headers = ()) -> Body:
    """What a body means, without the places that are ignored; `headers` are the request's."""

    def read() -> Value:
        return _read(data, headers, ignored)[1]

    kind, value = _read(data, headers, ignored)
    try:
        text = value if kind is Kind.BYTES else canonical(value)
    except NotJson:
        kind, text = Kind.BYTES, data
    return Body(kind, hashlib.blake2b(kind.value + text, digest_size=16).digest(), read)


def open_body(
    data: bytes, spans: list[Span], ignored: Sequence[Path] = (), headers: Headers = ()
) -> OpenBody:
    """What a recorded body means of which `spans` (of bytes, ascending) were redacted."""
    kind, value = _read(data, headers, ignored, spans)
    return OpenBody(kind, pieces(data, spans) if kind is Kind.BYTES else value)


def _read(
    data: bytes, headers: Headers, ignored: Sequence[Path], spans: list[Span] | None = None
) -> tuple[Kind, Value]:
    try:
        return Kind.JSON, without(value_of(data, spans), ignored)
    except NotJson:
        pass
    try:
        return Kind.STRUCTURED, without(structured(data, heeded(headers), spans or []), ignored)
    except NotJson:
        return Kind.BYTES, data


def fits(recorded: Value, asked: Value) -> bool:
    """Whether a value that is asked is the one that was recorded, whatever was redacted."""
    if recorded is Anything.ANYTHING:
        return True
    if isinstance(recorded, Pieces):
        return isinstance(asked, type(recorded.kept[0])) and recorded.fits(asked)
    if isinstance(recorded, dict):
        return isinstance(asked, dict) and _members_fit(recorded, asked)
    if isinstance(recorded, list):
        # From the end: the requests of a conversation begin alike.
        return (
            isinstance(asked, list)
            and len(recorded) == len(asked)
            and all(fits(*pair) for pair in zip(reversed(recorded), reversed(asked), strict=True))
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
    return paired(redacted, list(left.items()), _member_fits)


def _member_fits(recorded: tuple[Pieces[str], Value], asked: tuple[str, Value]) -> bool:
    return recorded[0].fits(asked[0]) and fits(recorded[1], asked[1])
