"""The chunks of an exchange, read on access. Knows chunk records and where their lines stand; no frames."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import count

from playhead.exchange_index import ExchangeIndex, HeldChunks, Lines, data_at, record_at
from playhead.format import records
from playhead.model import Chunk
from playhead.on_access import OnAccess


class Chunks(OnAccess[Chunk]):
    """The response body as it was delivered."""

    _word = "chunk"

    def __init__(self, lines: Lines, index: ExchangeIndex) -> None:
        self._lines = lines
        self._index = index

    def __repr__(self) -> str:
        return f"<{len(self)} chunks>"

    def __len__(self) -> int:
        return len(self._index.chunks)

    def _made(self, place: int) -> Chunk:
        if (held := self._held) is not None:
            return Chunk(place + 1, self.time(place + 1), held.data[place], held.wire_bytes[place])
        line = self._index.chunks[place]
        return self._read(place + 1, line, record_at(self._lines, line, records.Chunk))

    def __iter__(self) -> Iterator[Chunk]:
        return self.after(0)

    def after(self, number: int, last: int | None = None) -> Iterator[Chunk]:
        """The chunks that follow chunk `number`, to chunk `last` or all there are now."""
        if (held := self._held) is not None:
            numbers = range(number + 1, min(len(self), len(self) if last is None else last) + 1)
            times = map(self.time, numbers)
            return map(Chunk, numbers, times, held.data[number:last], held.wire_bytes[number:last])
        lines = self._index.chunks[number:last]
        return map(self._read, count(number + 1), lines, self._lines.chunks(lines))

    @property
    def _held(self) -> HeldChunks | None:
        return self._lines.held(self._index.begin, len(self._index.chunks))

    @property
    def at_hand(self) -> Sequence[bytes] | None:
        """What each carries, where all are held: the cassette is a short one, and none is undecoded."""
        return None if (held := self._held) is None else held.data

    @property
    def times(self) -> Sequence[float]:
        """When each arrived, NaN where unknown; nothing is decoded."""
        return self._index.chunk_times

    def decoded(self) -> Iterator[records.Chunk]:
        """What the lines say, for whoever makes something else of it than chunks."""
        return self._lines.chunks(self._index.chunks)

    def data(self, number: int, record: records.Chunk) -> bytes:
        """The bytes of chunk `number`, whose record is known."""
        return data_at(self._lines, self._index.chunks[number - 1], record)

    def _read(self, number: int, line: int, record: records.Chunk) -> Chunk:
        data = data_at(self._lines, line, record)
        return Chunk(number, record.t, data, record.wire_bytes, record.undecoded)

    def line(self, number: int) -> int:
        """The line of the cassette that chunk `number` (from 1) stands on, from 1."""
        return self._lines.number(self._index.chunks[number - 1])

    def time(self, number: int) -> float | None:
        """When chunk `number` (from 1) arrived, without decoding it."""
        t = self._index.chunk_times[number - 1]
        return None if math.isnan(t) else t
