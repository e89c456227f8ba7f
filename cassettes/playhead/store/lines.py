"""A file as lines: numbered, located, never longer than the format allows, its torn tail set aside.

Knows bytes and places; what a line says is the codec's. Works on any `readline`, so that a mapped file and
standard input are read by the same rules.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import msgspec

from playhead.errors import DamagedCassette
from playhead.format import MAX_LINE

_LF = 10


class Line(msgspec.Struct, frozen=True, gc=False):
    """`number` counts from 1; `offset` is where its first byte stands in the file."""

    number: int
    offset: int
    raw: bytes


class TornTail(msgspec.Struct, frozen=True):
    """The unterminated last line of a file whose writer was cut off: dropped, and said."""

    line: int
    offset: int
    size: int

    def __str__(self) -> str:
        return f"line {self.line} (byte {self.offset}) is torn: its {self.size} bytes were dropped"


class LineReader:
    """Iterates over the lines that count. `torn` is known once the iteration has ended."""

    def __init__(self, readline: Callable[[], bytes], name: str) -> None:
        self._readline = readline
        self._name = name
        self.torn: TornTail | None = None
        self.torn_start = b""
        """The first bytes of the torn line: enough to say what a file is that has no whole line."""

    def __iter__(self) -> Iterator[Line]:
        offset = 0
        number = 0
        while raw := self._readline():
            number += 1
            if len(raw) > MAX_LINE:
                raise DamagedCassette(self._name, number, offset, f"longer than {MAX_LINE} bytes")
            if raw[-1] != _LF:
                self.torn = TornTail(number, offset, len(raw))
                self.torn_start = raw[:16]
            elif not raw.isspace():
                yield Line(number, offset, raw)
            offset += len(raw)
