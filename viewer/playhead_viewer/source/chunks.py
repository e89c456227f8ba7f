"""The chunks of an exchange as the viewer reads them: up to the first that cannot be read.

Knows the sequence of chunks, not what is in them. Reading a frame decodes the line its chunk stands on; an
imported stream may be one chunk of many megabytes, so the last few stay decoded.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterator

from playhead import Chunk, DamagedCassette, Exchange
from playhead.chunks import Chunks
from playhead.errors import CassetteError

_KEPT = 4


class ReadableChunks:
    """The same chunks; the last few asked for are kept. Several threads may ask."""

    def __init__(self, chunks: Chunks) -> None:
        self._chunks = chunks
        self._kept: OrderedDict[int, Chunk] = OrderedDict()
        self._lock = threading.Lock()
        self.undecoded: int | None = None
        """The first chunk that is still content-encoded, once a pass has met one."""
        self.damage: DamagedCassette | None = None
        """Why the chunks end where they do, where damage is the reason."""
        self._readable: int | None = None  # how many there are, once it is known that others are not

    def __len__(self) -> int:
        return len(self._chunks)

    def __getitem__(self, at: int, /) -> Chunk:
        with self._lock:
            chunk = self._kept.get(at)
            if chunk is not None:
                self._kept.move_to_end(at)
                return chunk
        chunk = self._chunks[at]
        with self._lock:
            self._kept[at] = chunk
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return chunk

    def after(self, number: int, last: int | None = None, /) -> Iterator[Chunk]:
        """One pass over the chunks that follow chunk `number`, to chunk `last` or up to damage.

        Nothing is kept.
        """
        if self._readable is not None:
            last = self._readable if last is None else min(last, self._readable)
            if number >= last:
                return
        read = number
        try:
            for chunk in self._chunks.after(number, last):
                read = chunk.number
                if chunk.undecoded and self.undecoded is None:
                    self.undecoded = chunk.number
                yield chunk
        except DamagedCassette as error:
            self.damage, self._readable = error, read
        except CassetteError:
            self._readable = read  # the file itself lost its end: what became of it is told of the file


def is_damaged(exchange: Exchange, most: int) -> bool:
    """Whether a chunk cannot be decoded; of more than `most` chunks only what was met already is known."""
    known = getattr(exchange.__dict__.get("frames"), "readable", None)
    if isinstance(known, ReadableChunks) and known.damage is not None:
        return True
    chunks = exchange.chunks
    if len(chunks) > most or chunks.at_hand is not None:
        return False
    reading = ReadableChunks(chunks)
    for _ in reading.after(0):
        pass
    return reading.damage is not None
