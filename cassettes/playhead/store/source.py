"""The bytes of a cassette, whatever holds them: sliced by offset, read line by line.

A mapped file, bytes in memory, a file that still grows; compressed files have a source of their own in
`zst`. Offsets are those of the cassette's text.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from mmap import mmap
from typing import BinaryIO, Protocol


class Source(Protocol):
    """Random access to a cassette's text, and a reading position for one pass over it."""

    def slice(self, start: int, end: int, /) -> bytes: ...
    @property
    def seek(self) -> Callable[[int], object]: ...
    @property
    def readline(self) -> Callable[[], bytes]: ...
    def readlines(self, size: int, /) -> list[bytes]:
        """The next lines, until there are `size` bytes of them; none at the end of the text."""


class Held:
    """Text in memory, or mapped there."""

    def __init__(self, data: bytes | mmap) -> None:
        self._data = data
        self._lines: mmap | io.BytesIO = io.BytesIO(data) if isinstance(data, bytes) else data
        self.seek: Callable[[int], object] = self._lines.seek
        self.readline: Callable[[], bytes] = self._lines.readline

    def readlines(self, size: int, /) -> list[bytes]:
        lines = self._lines
        if isinstance(lines, io.BytesIO):
            return lines.readlines(size)
        start = lines.tell()
        end = lines.find(b"\n", start + size - 1) + 1 or len(lines)
        lines.seek(end)
        return io.BytesIO(lines[start:end]).readlines()

    def slice(self, start: int, end: int, /) -> bytes:
        return self._data[start:end]


class Growing:
    """A file that is still written: every read goes to the file, so that it sees what was added."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def slice(self, start: int, end: int, /) -> bytes:
        before = self._file.tell()
        self._file.seek(start)
        data = self._file.read(end - start)
        self._file.seek(before)
        return data

    def seek(self, offset: int, /) -> int:
        return self._file.seek(offset)

    def readline(self) -> bytes:
        return self._file.readline()

    def readlines(self, size: int, /) -> list[bytes]:
        return self._file.readlines(size)
