"""How clients cut a body into lines, and when they have each line.

Four ways: at once, as text that has settled, in batches up to a separator, and each of these with its own
idea of what ends a line. Works on bytes, because offsets are in bytes; cutting first and decoding then
is the same as decoding first, since no part of a multi-byte character is taken for a line end and a
broken character never swallows one. Knows no field.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from typing import NamedTuple, Protocol, TypeVar

SSE_LINE_END = re.compile(rb"\r\n|\r|\n")
TEXT_LINE_END = re.compile(rb"\r\n|[\r\n\x0b\x0c\x1c\x1d\x1e]|\xc2\x85|\xe2\x80[\xa8\xa9]")
"""What `str.splitlines` takes for a line end, in UTF-8."""


class Line(NamedTuple):
    start: int
    end: int
    """Behind the line end, of which a CRLF counts as its CR alone; or where the body ends."""
    data: bytes


T = TypeVar("T", covariant=True)


class Source(Protocol[T]):
    """Bytes in; lines, or batches of lines, out."""

    given: int
    """Up to this offset the lines have been given out."""

    def feed(self, chunk: bytes) -> Iterator[T]: ...
    def close(self) -> Iterator[T]:
        """The body has ended: what was held back, an unterminated line last."""

    def held(self) -> bytes:
        """The bytes behind `given`."""


class _Cutter:
    """Gathers bytes until a line end completes them."""

    def __init__(self, line_end: re.Pattern[bytes]) -> None:
        self._line_end = line_end
        self._line = bytearray()
        self.given: int = 0
        self.unfinished: int = 0
        """How many bytes the line that is still to end has as text in UTF-8."""

    def held(self) -> bytes:
        return bytes(self._line)

    def _pass_over(self, size: int) -> None:
        self.given += size

    def all_of(self, data: bytes) -> list[Line]:
        """The lines of what is whole."""
        return [*self._cut(data), *self._rest()]

    def _cut(self, data: bytes) -> Iterator[Line]:
        at = 0
        for end in self._line_end.finditer(data):
            line = data[at : end.start()]
            if self._line:
                self._line += line
                line = bytes(self._line)
                self._line.clear()
            at = end.end()
            ending = end.group()
            start = self.given
            stop = start + len(line)
            self.given = stop + len(ending)
            yield Line(start, stop + (1 if ending == b"\r\n" else len(ending)), line)
        rest = data[at:]
        self.unfinished = _text_size(rest) + (0 if at else self.unfinished)
        self._line += rest

    def _rest(self) -> Iterator[Line]:
        if self._line:
            start = self.given
            self.given += len(self._line)
            line = bytes(self._line)
            self._line.clear()
            yield Line(start, self.given, line)


def _text_size(data: bytes) -> int:
    return len(data) if data.isascii() else len(data.decode("utf-8", "replace").encode())


class AtOnce(_Cutter):
    """A lone CR ends a line as soon as it is there; an LF that follows it is skipped."""

    def __init__(self) -> None:
        super().__init__(SSE_LINE_END)
        self._skip_lf = False

    def feed(self, chunk: bytes) -> Iterator[Line]:
        if not chunk:
            return
        if self._skip_lf and chunk.startswith(b"\n"):
            chunk = chunk[1:]
            self._pass_over(1)
        self._skip_lf = chunk.endswith(b"\r")
        yield from self._cut(chunk)

    def close(self) -> Iterator[Line]:
        yield from self._rest()


class Settled(_Cutter):
    """Text with errors replaced: the bytes of an unfinished character and a last CR wait for what follows.

    Source: `TextDecoder` of httpx and httpx2, and their line decoders. `blank_after_cr` is a way of
    httpx2: a CR at the very end of the body counts as a line end and a blank line behind it.
    """

    def __init__(self, line_end: re.Pattern[bytes] = SSE_LINE_END, *, blank_after_cr: bool = False) -> None:
        super().__init__(line_end)
        self._blank_after_cr = blank_after_cr
        self._unfinished = b""
        self._cr = b""

    def held(self) -> bytes:
        return super().held() + self._cr + self._unfinished

    def feed(self, chunk: bytes) -> Iterator[Line]:
        data = self._unfinished + chunk
        _, length = (None, len(data)) if data.isascii() else codecs.utf_8_decode(data, "replace", False)
        self._unfinished = data[length:]
        if length:
            yield from self._settle(data[:length])

    def close(self) -> Iterator[Line]:
        unfinished, self._unfinished = self._unfinished, b""
        if unfinished:
            yield from self._settle(unfinished)
        cr, self._cr = self._cr, b""
        yield from self._cut(cr)
        yield from self._rest()
        if cr and self._blank_after_cr:
            yield Line(self.given, self.given, b"")

    def _settle(self, data: bytes) -> Iterator[Line]:
        data = self._cr + data
        self._cr = b"\r" if data.endswith(b"\r") else b""
        yield from self._cut(data[: len(data) - len(self._cr)])


class Batches:
    """Lines are given out together, once CRCR, LFLF or CRLFCRLF has been read.

    Mixed line ends are no separator, so they delay what they end. Source: anthropic `_iter_chunks`,
    sseclient `_read`: both look for the separator behind each line of a chunk, so that a CRLF that two
    chunks share may count as two line ends.
    """

    _SEPARATORS = (b"\r\r", b"\n\n", b"\r\n\r\n")

    def __init__(self) -> None:
        self._batch = bytearray()
        self.given: int = 0

    def held(self) -> bytes:
        return bytes(self._batch)

    def feed(self, chunk: bytes) -> Iterator[list[Line]]:
        at = 0
        for end in SSE_LINE_END.finditer(chunk):
            self._batch += chunk[at : end.end()]
            at = end.end()
            if self._batch.endswith(self._SEPARATORS):
                yield self._take()
        self._batch += chunk[at:]

    def close(self) -> Iterator[list[Line]]:
        if self._batch:
            yield self._take()

    def _take(self) -> list[Line]:
        cutter = _Cutter(SSE_LINE_END)
        cutter.given = self.given
        lines = cutter.all_of(bytes(self._batch))
        self.given = cutter.given
        self._batch.clear()
        return lines


class LinesOfBatches:
    """The lines of `Batches`, one after another."""

    def __init__(self) -> None:
        self._batches = Batches()
        self.given: int = 0

    def held(self) -> bytes:
        return self._batches.held()

    def feed(self, chunk: bytes) -> Iterator[Line]:
        yield from self._lines(self._batches.feed(chunk))

    def close(self) -> Iterator[Line]:
        yield from self._lines(self._batches.close())

    def _lines(self, batches: Iterator[list[Line]]) -> Iterator[Line]:
        for batch in batches:
            self.given = self._batches.given
            yield from batch
