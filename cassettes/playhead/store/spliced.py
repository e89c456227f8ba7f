"""Spans of a file, one behind another, and lines of ours among them: read as if they were one file.

Knows bytes and offsets. A span that cannot be read is left out of a file of a gigabyte without a copy of it.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Iterable
from mmap import mmap

from playhead.store.lines import gathered


class Spliced:
    """A `Source` over pieces: each a text, and where its part begins and ends there, at an end of a line."""

    def __init__(self, pieces: Iterable[tuple[bytes | mmap, int, int]]) -> None:
        self._pieces = [piece for piece in pieces if piece[2] > piece[1]]
        self._offsets = array("Q", [0])
        for _, start, end in self._pieces:
            self._offsets.append(self._offsets[-1] + end - start)
        self._at = 0
        self._position = 0  # within the text of the piece
        self.seek(0)

    def slice(self, start: int, end: int, /) -> bytes:
        """The bytes from `start` to `end`."""
        at = bisect_right(self._offsets, start) - 1
        parts: list[bytes] = []
        while at < len(self._pieces) and self._offsets[at] < end:
            text, first, last = self._pieces[at]
            shift = first - self._offsets[at]
            parts.append(text[max(first, start + shift) : min(last, end + shift)])
            at += 1
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def seek(self, offset: int, /) -> None:
        """Read on from there."""
        self._at = bisect_right(self._offsets, offset) - 1
        if self._at < len(self._pieces):
            self._position = self._pieces[self._at][1] + offset - self._offsets[self._at]

    def readline(self) -> bytes:
        """The next line; nothing behind the last."""
        if self._at >= len(self._pieces):
            return b""
        text, _, last = self._pieces[self._at]
        end = text.find(b"\n", self._position, last) + 1 or last
        line = text[self._position : end]
        self._position = end
        if end == last:
            self._at += 1
            if self._at < len(self._pieces):
                self._position = self._pieces[self._at][1]
        return line

    def readlines(self, size: int, /) -> list[bytes]:
        """The next lines, until there are `size` bytes of them."""
        return gathered(self.readline, size)
