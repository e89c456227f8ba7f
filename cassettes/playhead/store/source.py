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


class Held:
    """Text in memory, or mapped there."""

    def __init__(self, data: bytes | mmap) -> None:
        self._data = data
        lines: mmap | io.BytesIO = io.BytesIO(data) if isinstance(data, bytes) else data
        self.seek: Callable[[int], object] = lines.seek
        self.readline: Callable[[], bytes] = lines.readline

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
