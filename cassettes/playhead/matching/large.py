"""Bodies that are too large to be compared part by part: cut down to the first places that differ.

What a miss tells of a body costs a second for each megabyte of it: secrets are looked for, and texts are
compared word by word. A request with a film in it must not keep a test waiting for a minute. Knows values.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec

from playhead.matching.json_values import NotJson, canonical

LARGE: Final = 1024 * 1024
"""Bytes of a body from which on it is cut down."""
_LONG: Final = 16 * 1024
"""Characters of a text, and bytes of any other value, that are still shown in part."""
_PLACES: Final = 8
_DEEPEST: Final = 64


def is_large(*bodies: bytes | None) -> bool:
    """Whether one of them is too large to be compared part by part."""
    return any(body is not None and len(body) > LARGE for body in bodies)


@dataclass(slots=True)
class Reduced:
    """Two values without what is equal in them, as far as they were looked at."""

    recorded: Any
    made: Any
    is_all: bool
    """Whether that is all in which they differ."""


def read(data: bytes) -> Any:
    """The value of a JSON text, numbers as they are: sooner than `value_of` has it. Raises `NotJson`."""
    try:
        return msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeError, RecursionError, ValueError):
        raise NotJson from None


def reduced(recorded: Any, made: Any) -> Reduced:
    """The two, in which members that are equal are left out, and equal items of lists are `None`."""
    cut = _Cut()
    a, b = cut.pair(recorded, made, 0)
    return Reduced(a, b, is_all=cut.left >= 0)


@dataclass(slots=True)
class _Cut:
    left: int = field(default=_PLACES)
    """Places that may still be shown; below 0 there were more."""

    def pair(self, a: Any, b: Any, depth: int) -> tuple[Any, Any]:
        if depth < _DEEPEST and isinstance(a, dict) and isinstance(b, dict):
            return self._members(a, b, depth)
        if depth < _DEEPEST and isinstance(a, list) and isinstance(b, list):
            return self._items(a, b, depth)
        self.left -= 1
        return _short(a), _short(b)

    def _members(self, a: dict[str, Any], b: dict[str, Any], depth: int) -> tuple[Any, Any]:
        found: tuple[dict[str, Any], dict[str, Any]] = ({}, {})
        for name in [*a, *(name for name in b if name not in a)]:
            if name in a and name in b and a[name] == b[name]:
                continue
            if self.left <= 0:
                self.left = -1
                break
            if name in a and name in b:
                found[0][name], found[1][name] = self.pair(a[name], b[name], depth + 1)
            else:
                self.left -= 1
                one = name in b
                found[one][name] = _short((a, b)[one][name])
        return found

    def _items(self, a: list[Any], b: list[Any], depth: int) -> tuple[Any, Any]:
        begin = next((at for at, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))
        end = 0
        while end < min(len(a), len(b)) - begin and a[-1 - end] == b[-1 - end]:
            end += 1
        inner_a, inner_b = a[begin : len(a) - end], b[begin : len(b) - end]
        alike: list[Any] = [None] * begin
        if len(inner_a) != len(inner_b):
            # Which of them belong together is told later, by what is in them.
            most = max(len(inner_a), len(inner_b))
            self.left = self.left - abs(len(inner_a) - len(inner_b)) if most <= _PLACES else -1
            short_a, short_b = ([*alike, *map(_short, each[:_PLACES])] for each in (inner_a, inner_b))
            return short_a, short_b
        found_a, found_b = list(alike), list(alike)
        for x, y in zip(inner_a, inner_b, strict=True):
            if x == y:
                one: tuple[Any, Any] = (None, None)
            elif self.left <= 0:
                self.left = -1
                break
            else:
                one = self.pair(x, y, depth + 1)
            found_a.append(one[0])
            found_b.append(one[1])
        return found_a, found_b


def _short(value: Any) -> Any:
    """The value, or what tells it from another where it is long."""
    if isinstance(value, str):
        if len(value) <= _LONG:
            return value
        return f"{len(value)} characters ({digest(value.encode('utf-8', 'surrogatepass'))})"
    if not isinstance(value, dict | list | bytes):
        return value
    try:
        data = value if isinstance(value, bytes) else canonical(value)
    except NotJson:
        return "nested too deep to be shown"
    if len(data) <= _LONG and not isinstance(value, bytes):
        return value
    return f"{len(data)} bytes ({digest(data)})"


def digest(data: bytes) -> str:
    """What tells one text from another, in a few characters."""
    return f"blake2b {hashlib.blake2b(data, digest_size=4).hexdigest()}"
