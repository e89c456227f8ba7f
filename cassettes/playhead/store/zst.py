"""Compressed cassettes: independent zstd frames cut at line ends, with a seek table behind them.

Source: RFC 8878 (frames, skippable frames), and the zstd project's "seekable format" for the table.
Knows bytes only; that they are lines matters just for where frames are cut. Every frame carries a
checksum: without one, most flipped bits give other text and no error.
"""

from __future__ import annotations

import struct
import sys
import threading
from array import array
from bisect import bisect_right
from collections import OrderedDict, deque
from collections.abc import Callable, Iterable, Iterator
from mmap import mmap
from typing import TYPE_CHECKING, Final, NoReturn

from playhead.errors import CassetteError
from playhead.store.header import ZSTD_MAGIC
from playhead.store.lines import gathered
from playhead.store.survey import Problem, Severity

if TYPE_CHECKING or sys.version_info < (3, 14):
    from backports import zstd
else:
    from compression import zstd

_FRAME = 1024 * 1024
_LEVEL = 3
_SKIPPABLE_TABLE = 0x184D2A5E
_SKIPPABLE = range(0x184D2A50, 0x184D2A60)
_SEEKABLE = 0x8F92EAB1
_SKIP_HEAD = struct.Struct("<II")  # magic, size of what follows
_ENTRY = struct.Struct("<II")  # compressed size, decompressed size
_FOOTER = struct.Struct("<IBI")  # frames, descriptor, magic
_READ = 64 * 1024
_CACHED_FRAMES = 4
_CACHED_BYTES = 64 * _FRAME
LARGEST_FRAME: Final = 128 * 1024 * 1024
"""Bytes that a frame may decompress to: a few kilobytes may stand for gigabytes. Ours have about a MiB."""
_TOO_LARGE = f"it decompresses to more than {LARGEST_FRAME:,} bytes"


def compress(lines: Iterable[bytes]) -> Iterator[bytes]:
    """The file for these lines, frame by frame, the seek table last."""
    sizes: list[tuple[int, int]] = []
    for block in _blocks(lines):
        frame = zstd.compress(
            block,
            options={
                zstd.CompressionParameter.compression_level: _LEVEL,
                zstd.CompressionParameter.checksum_flag: 1,
            },
        )
        sizes.append((len(frame), len(block)))
        yield frame
    table = b"".join(_ENTRY.pack(*pair) for pair in sizes) + _FOOTER.pack(len(sizes), 0, _SEEKABLE)
    yield _SKIP_HEAD.pack(_SKIPPABLE_TABLE, len(table)) + table


def _blocks(lines: Iterable[bytes]) -> Iterator[bytes]:
    gathered: list[bytes] = []
    size = 0
    for line in lines:
        gathered.append(line)
        size += len(line)
        if size >= _FRAME:
            yield b"".join(gathered)
            gathered.clear()
            size = 0
    if gathered:
        yield b"".join(gathered)


class ZstdSource:
    """Random access to what a compressed file holds: offsets are those of the decompressed bytes.

    Frames are found by the seek table where it fits the file, else by walking over them. A frame that is
    cut short, the last one, gives the bytes that can still be had.
    """

    def __init__(self, data: mmap | bytes, name: str) -> None:
        self._data = data
        self._name = name
        self._starts = array("Q")  # of the frames in the file
        self._offsets = array("Q", [0])  # of their contents, and the end of the last
        self._cache: OrderedDict[int, bytes] = OrderedDict()
        self._lock = threading.Lock()
        """Of the cache: threads share a cassette that is replayed."""
        self.torn: bool = False
        """Whether the file ends inside a frame."""
        if not self._read_table():
            self._walk()
        self._position = 0

    def __len__(self) -> int:
        return self._offsets[-1]

    def slice(self, start: int, end: int, /) -> bytes:
        """The decompressed bytes from `start` to `end`."""
        parts: list[bytes] = []
        at = bisect_right(self._offsets, start) - 1
        while at < len(self._starts) and self._offsets[at] < end:
            offset = self._offsets[at]
            parts.append(self._frame(at)[max(start - offset, 0) : end - offset])
            at += 1
        return b"".join(parts)

    def seek(self, offset: int, /) -> None:
        self._position = offset

    def readline(self) -> bytes:
        """The next line, or what is left where no line end follows."""
        parts: list[bytes] = []
        while self._position < len(self):
            at = bisect_right(self._offsets, self._position) - 1
            frame = self._frame(at)
            begin = self._position - self._offsets[at]
            end = frame.find(b"\n", begin) + 1
            parts.append(frame[begin : end or len(frame)])
            self._position += len(parts[-1])
            if end:
                break
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def readlines(self, size: int, /) -> list[bytes]:
        """The next lines, until there are `size` bytes of them."""
        return gathered(self.readline, size)

    def _read_table(self) -> bool:
        """Take the frames from the seek table; False where there is none, or it does not fit the file."""
        data = self._data
        if len(data) < _SKIP_HEAD.size + _FOOTER.size:
            return False
        frames, descriptor, magic = _FOOTER.unpack(data[len(data) - _FOOTER.size :])
        entry = _ENTRY.size + (4 if descriptor & 0x80 else 0)
        size = frames * entry + _FOOTER.size
        start = len(data) - size - _SKIP_HEAD.size
        if magic != _SEEKABLE or start < 0:
            return False
        if _SKIP_HEAD.unpack(data[start : start + _SKIP_HEAD.size]) != (_SKIPPABLE_TABLE, size):
            return False
        table = data[start + _SKIP_HEAD.size : len(data) - _FOOTER.size]
        position = 0
        largest = 0
        for at in range(0, len(table), entry):
            compressed, decompressed = _ENTRY.unpack_from(table, at)
            self._add(position, decompressed)
            position += compressed
            largest = max(largest, decompressed)
        if position != start or largest > LARGEST_FRAME:
            self._starts, self._offsets = array("Q"), array("Q", [0])
            return False
        return True

    def _walk(self) -> None:
        """Find the frames one after another."""
        data, position = self._data, 0
        while position < len(data):
            head = data[position : position + _SKIP_HEAD.size]
            if len(head) == _SKIP_HEAD.size and _SKIP_HEAD.unpack(head)[0] in _SKIPPABLE:
                position += _SKIP_HEAD.size + _SKIP_HEAD.unpack(head)[1]
                continue
            frame = _Frame(data, position)
            try:
                size = sum(map(len, frame))
            except zstd.ZstdError as error:
                self._damaged(position, error)
            self._add(position, size)
            if not frame.is_whole:
                self.torn = True
                return
            position = frame.end

    def _add(self, position: int, size: int) -> None:
        self._starts.append(position)
        self._offsets.append(self._offsets[-1] + size)

    def _frame(self, at: int) -> bytes:
        with self._lock:
            cached = self._cache.get(at)
            if cached is not None:
                self._cache.move_to_end(at)
                return cached
        frame = self._decompressed(at)
        with self._lock:
            self._keep(at, frame)
        return frame

    def _decompressed(self, at: int) -> bytes:
        end = self._starts[at + 1] if at + 1 < len(self._starts) else len(self._data)
        size = self._offsets[at + 1] - self._offsets[at]
        try:
            # One more than there should be, to see that there is more.
            frame = zstd.ZstdDecompressor().decompress(self._data[self._starts[at] : end], size + 1)
        except zstd.ZstdError as error:
            self._damaged(self._starts[at], error)
        if len(frame) != size:
            self._damaged(self._starts[at], "its size is not what the seek table says")
        return frame

    def _keep(self, at: int, frame: bytes) -> None:
        """With the lock held."""
        self._cache[at] = frame
        held = sum(map(len, self._cache.values()))
        while len(self._cache) > 1 and (len(self._cache) > _CACHED_FRAMES or held > _CACHED_BYTES):
            held -= len(self._cache.popitem(last=False)[1])

    def _damaged(self, position: int, reason: object) -> NoReturn:
        raise CassetteError(
            f"{self._name}: the compressed frame at byte {position} is damaged: {reason}",
            hint=f"Save what is readable: playhead recover {self._name}",
        ) from None


class _Frame:
    """The contents of the frame that begins at `position`, in pieces. Raises `ZstdError` where it is damaged,
    or larger than a frame may be. Reads no more of the file than the frame: many may be tried.
    """

    def __init__(self, data: mmap | bytes, position: int) -> None:
        self._data = data
        self._position = position
        self.end: int = position
        """Behind what was read of it; known at the end, as the next."""
        self.is_whole: bool = False

    def __iter__(self) -> Iterator[bytes]:
        decompressor = zstd.ZstdDecompressor()
        size = 0
        while not decompressor.eof:
            piece = b""
            if decompressor.needs_input:
                piece = self._data[self.end : self.end + _READ]
                if not piece:
                    break
                self.end += len(piece)
            content = decompressor.decompress(piece, _FRAME)
            size += len(content)
            if size > LARGEST_FRAME:
                raise zstd.ZstdError(_TOO_LARGE)
            yield content
        self.is_whole = decompressor.eof
        self.end -= len(decompressor.unused_data)


def salvage(data: bytes, report: Callable[[Problem], None]) -> bytes:
    """The contents of every frame that is whole, and of a cut last one what can still be had.

    A damaged frame is left out and reported; the next is found by its magic number.
    """
    parts: list[bytes] = []
    position = 0
    while (position := data.find(ZSTD_MAGIC, position)) >= 0:
        frame = _Frame(data, position)
        try:
            part = b"".join(frame)
            end = frame.end
        except zstd.ZstdError as error:
            what = f"the compressed frame at byte {position} is damaged: {error}"
            report(Problem(severity=Severity.DAMAGE, what=what, byte=position))
            # Its contents cannot be trusted, nor a line that it cuts: the next frame begins a line.
            end = position + len(ZSTD_MAGIC)
        else:
            parts.append(part)
            if not frame.is_whole:
                what = f"the compressed frame at byte {position} is cut short"
                report(Problem(severity=Severity.DAMAGE, what=what, byte=position))
        position = end
    return b"".join(parts)


class ZstdStream:
    """The lines of a compressed stream that cannot be sought, such as a pipe: `readline` as files have it."""

    def __init__(self, read: Callable[[int], bytes], name: str) -> None:
        self._read = read
        self._name = name
        self._decompressor = zstd.ZstdDecompressor()
        self._lines: deque[bytes] = deque()
        self._partial = b""
        self._rest = b""  # compressed bytes that the decompressor has not seen

    def readline(self, limit: int) -> bytes:
        """The next line; what is left, or more than `limit` bytes, where no line end follows."""
        while not self._lines and len(self._partial) <= limit and self._fill():
            pass
        if self._lines:
            return self._lines.popleft()
        line, self._partial = self._partial, b""
        return line

    def _fill(self) -> bool:
        """Decompress some more; False at the end."""
        decompressor = self._decompressor
        if decompressor.needs_input or decompressor.eof:
            self._rest = self._rest or self._read(_READ)
            if not self._rest:
                return False
            if decompressor.eof:
                decompressor = self._decompressor = zstd.ZstdDecompressor()
        try:
            # Bounded: a few bytes may stand for gigabytes.
            data = decompressor.decompress(self._rest, _FRAME)
        except zstd.ZstdError as error:
            raise CassetteError(f"{self._name}: compressed data is damaged: {error}") from None
        self._rest = decompressor.unused_data if decompressor.eof else b""
        *whole, self._partial = (self._partial + data).split(b"\n")
        self._lines.extend(line + b"\n" for line in whole)
        return True
