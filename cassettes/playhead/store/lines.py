"""A file as lines: numbered, located, never longer than the format allows, its torn tail set aside.

Knows bytes and places; what a line says is the codec's. Works on any `readline` or `readlines`, so that a
mapped file, a compressed one and standard input are read by the same rules.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

import msgspec

from playhead.errors import DamagedCassette
from playhead.format import MAX_LINE

_LF = 10
_BATCH: Final = 64 * 1024


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
    start: bytes
    """Its first bytes: enough to say what a file is that has no whole line."""

    def __str__(self) -> str:
        return f"line {self.line} (byte {self.offset}) is torn: its {self.size} bytes were dropped"


class LineReader:
    """Iterates over the lines that count. `torn` is known once the iteration has ended.

    A reading that goes on says how many lines (`number`) and bytes (`offset`) came before. A line longer
    than the format allows raises `DamagedCassette`, unless `lenient`: then it comes cut, and is no record.
    """

    def __init__(
        self,
        readline: Callable[[], bytes],
        name: str,
        number: int = 0,
        offset: int = 0,
        *,
        lenient: bool = False,
    ) -> None:
        self._readline = readline
        self._lenient = lenient
        self._name = name
        self._number = number
        self._offset = offset
        self.torn: TornTail | None = None

    def __iter__(self) -> Iterator[Line]:
        offset = self._offset
        number = self._number
        while raw := self._readline():
            number += 1
            if len(raw) > MAX_LINE:
                if not self._lenient:
                    raise _too_long(self._name, number, offset)
                yield Line(number, offset, raw)
                offset += len(raw) + self._skip(raw)
                continue
            if raw[-1] != _LF:
                self.torn = TornTail(number, offset, len(raw), raw[:64])
                return
            if not raw.isspace():
                yield Line(number, offset, raw)
            offset += len(raw)

    def _skip(self, raw: bytes) -> int:
        """Pass over the rest of a line that was too long; how many bytes that was."""
        skipped = 0
        while raw and raw[-1] != _LF:
            raw = self._readline()
            skipped += len(raw)
        return skipped


class Batch(msgspec.Struct, frozen=True):
    """Lines one behind another, blank ones among them; `end` is the offset behind the last."""

    lines: list[bytes]
    end: int


class BatchReader:
    """`LineReader`, some lines at a time: for whoever reads a file to its end and waits for nothing."""

    def __init__(
        self, readlines: Callable[[int], list[bytes]], name: str, number: int = 0, offset: int = 0
    ) -> None:
        self._readlines = readlines
        self._name = name
        self._number = number
        self._offset = offset
        self.torn: TornTail | None = None

    def __iter__(self) -> Iterator[Batch]:
        number = self._number + 1
        offset = self._offset
        while lines := self._readlines(_BATCH):
            last = lines[-1]  # the only one that can be longer than a batch
            is_whole = last[-1] == _LF and len(last) <= MAX_LINE
            if not is_whole:
                lines.pop()
            if lines:
                offset += len(b"".join(lines))  # takes half the time of a sum
                yield Batch(lines, offset)
            number += len(lines)
            if len(last) > MAX_LINE:
                raise _too_long(self._name, number, offset)
            if not is_whole:
                self.torn = TornTail(number, offset, len(last), last[:64])
                return


def gathered(readline: Callable[[], bytes], size: int) -> list[bytes]:
    """`readlines` over a `readline`: whole lines until there are `size` bytes of them, or no more."""
    lines = []
    while size > 0 and (line := readline()):
        lines.append(line)
        size -= len(line)
    return lines


def _too_long(name: str, number: int, offset: int) -> DamagedCassette:
    return DamagedCassette(name, number, offset, f"longer than {MAX_LINE} bytes")
