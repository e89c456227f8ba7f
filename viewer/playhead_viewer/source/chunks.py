"""The chunks of an exchange as the viewer reads them: one pass, watched and stoppable, then a few again.

Knows the sequence of chunks, not what is in them. Reading a frame decodes the line its chunk stands on; an
imported stream may be one chunk of many megabytes, so the last few stay decoded.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from typing import overload

from playhead import Chunk
from playhead.chunks import Chunks

_KEPT = 4
_EVERY = 20_000

Watch = Callable[[int, int], None]
"""Told now and then how many chunks of how many have been read; stops the pass by raising."""


class Stopped(Exception):
    """Nobody waits for the result any more."""


class RecentChunks(Sequence[Chunk]):
    """The same chunks; the last few asked for are kept."""

    def __init__(self, chunks: Chunks, watch: Watch) -> None:
        self._chunks = chunks
        self._watch = watch
        self._kept: OrderedDict[int, Chunk] = OrderedDict()
        self.undecoded: int | None = None
        """The first chunk that is still content-encoded, once a pass has met one."""

    def __len__(self) -> int:
        return len(self._chunks)

    @overload
    def __getitem__(self, at: int) -> Chunk: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[Chunk]: ...
    def __getitem__(self, at: int | slice) -> Chunk | Sequence[Chunk]:
        if isinstance(at, slice):
            return [self[place] for place in range(*at.indices(len(self)))]
        chunk = self._kept.get(at)
        if chunk is None:
            chunk = self._kept[at] = self._chunks[at]
            if len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        else:
            self._kept.move_to_end(at)
        return chunk

    def __iter__(self) -> Iterator[Chunk]:
        return self.after(0)

    def after(self, number: int) -> Iterator[Chunk]:
        """One pass over the chunks that follow chunk `number`, in which nothing is kept."""
        total = len(self)
        for done, chunk in enumerate(self._chunks.after(number), number):
            if done % _EVERY == 0:
                self._watch(done, total)
            if chunk.undecoded and self.undecoded is None:
                self.undecoded = chunk.number
            yield chunk
