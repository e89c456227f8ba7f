"""The chunks of an exchange, read on access. Knows chunk records and where their lines stand; no frames."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import count
from typing import overload

from playhead.exchange_index import ExchangeIndex, Lines
from playhead.format import codec
from playhead.model import Chunk


class Chunks(Sequence[Chunk]):
    """The response body as it was delivered. A chunk is decoded each time it is asked for."""

    def __init__(self, lines: Lines, index: ExchangeIndex) -> None:
        self._lines = lines
        self._index = index

    def __repr__(self) -> str:
        return f"<{len(self)} chunks>"

    def __len__(self) -> int:
        return len(self._index.chunks)

    @overload
    def __getitem__(self, at: int) -> Chunk: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[Chunk]: ...
    def __getitem__(self, at: int | slice) -> Chunk | Sequence[Chunk]:
        if isinstance(at, slice):
            return [self[place] for place in range(*at.indices(len(self)))]
        if at < 0:
            at += len(self)
        if not 0 <= at < len(self):
            raise IndexError(f"no chunk at {at}: the exchange has {len(self)}")
        return self._read(at + 1, self._index.chunks[at])

    def __iter__(self) -> Iterator[Chunk]:
        return self.after(0)

    def after(self, number: int) -> Iterator[Chunk]:
        """The chunks that follow chunk `number`."""
        return map(self._read, count(number + 1), self._index.chunks[number:])

    def _read(self, number: int, line: int) -> Chunk:
        try:
            record = codec.decode_chunk(self._lines[line])
            data = codec.data_of(record)
        except codec.LineError as error:
            self._lines.damaged(line, str(error))
        return Chunk(number, record.t, data, record.wire_bytes, record.undecoded)

    def time(self, number: int) -> float | None:
        """When chunk `number` (from 1) arrived, without decoding it."""
        t = self._index.chunk_times[number - 1]
        return None if math.isnan(t) else t
