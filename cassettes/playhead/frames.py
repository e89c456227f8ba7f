"""The frames of a recorded body: positions in columns, contents read on access.

Knows the decoders and a sequence of chunks. A million frames are four arrays; the text of a frame is
decoded from its chunks' bytes when it is asked for, and held by nobody.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

from playhead.arrays import NUMBERS, WIDE, widened
from playhead.bodies import BodyKind, Decoder, decoder_of, read_frame
from playhead.model import Chunk
from playhead.on_access import OnAccess
from playhead.sse import Frame, FrameKind

_MANY = 8
"""Chunks that are read in one pass, where so many are wanted."""
_KINDS = tuple(FrameKind)
_NUMBER = {kind: number for number, kind in enumerate(_KINDS)}


class Body(Protocol):
    """Chunks, from any one on, and each by its place."""

    def __getitem__(self, at: int, /) -> Chunk: ...
    def after(self, number: int, last: int | None = None, /) -> Iterator[Chunk]: ...


class Frames(OnAccess[Frame]):
    """Every frame of a body, in order; frame `n` as users count stands at `[n - 1]`."""

    _word = "frame"

    def __init__(self, chunks: Body | None, body: BodyKind = BodyKind.SSE, *, over: bool = True) -> None:
        self.body = body
        """By which rules the body was cut; one of kind `WHOLE` has no frames."""
        self._chunks = chunks if body is not BodyKind.WHOLE else None
        self._kinds = bytearray()
        self._starts = array(NUMBERS)
        self._ends = array(NUMBERS)
        self.chunk_numbers: array[int] = array(NUMBERS)
        """The number of the chunk that completed each frame."""
        self._id_places = [0]
        self._ids = [""]
        self._offsets = array(NUMBERS, [0])  # where each chunk begins, and the end of the last
        self._decoder: Decoder | None = decoder_of(body)  # None once the body is over
        self._listeners: list[Callable[[Sequence[Frame]], None]] = []
        self._last_read = (-1, b"")  # a chunk's place and its bytes: many frames may lie in one
        self.grow(over=over)

    def __repr__(self) -> str:
        return f"<{len(self)} frames>"

    def listen(self, listener: Callable[[Sequence[Frame]], None]) -> None:
        """Hand every frame to `listener`, some at a time: those there are now, and each as it comes.

        A frame is handed over as the decoder made it, so that whoever needs them all reads none twice.
        """
        for frames in self._decoded():
            listener(frames)
        if self._decoder is not None:
            self._listeners.append(listener)

    def __iter__(self) -> Iterator[Frame]:
        """All frames there are now, in one pass over the chunks."""
        for frames in self._decoded():
            yield from frames

    def _decoded(self) -> Iterator[list[Frame]]:
        decoder = decoder_of(self.body)
        if decoder is None or self._chunks is None:
            return
        is_over = self._decoder is None
        # The chunks that were taken in, and no more: behind them may stand what cannot be read.
        for chunk in self._chunks.after(0, len(self._offsets) - 1):
            if frames := decoder.feed(chunk.data):
                yield frames
        if is_over and (frames := decoder.close()):
            yield frames

    def grow(self, *, over: bool) -> None:
        """Take in the chunks that were not there before; `over` when no more will come.

        Bytes that are still content-encoded end the frames: nobody can read on.
        """
        decoder = self._decoder
        if decoder is None or self._chunks is None:
            return
        for chunk in self._chunks.after(len(self._offsets) - 1):
            if chunk.undecoded:
                over = True
                break
            self._offset(self._offsets[-1] + len(chunk.data))
            if frames := decoder.feed(chunk.data):
                self._add(frames)
        if over:
            self._add(decoder.close())
            self._decoder = None
            self._listeners.clear()

    def _offset(self, offset: int) -> None:
        try:
            self._offsets.append(offset)
        except OverflowError:
            self._offsets = widened(self._offsets)
            self._offsets.append(offset)

    def _add(self, frames: list[Frame]) -> None:
        if frames and frames[-1].end >= WIDE:
            self._starts, self._ends = widened(self._starts), widened(self._ends)
        for frame in frames:
            if frame.id != self._ids[-1]:
                self._id_places.append(len(self._kinds))
                self._ids.append(frame.id)
            # Asking an enum for its hash costs more than everything else here.
            self._kinds.append(0 if frame.kind is FrameKind.EVENT else _NUMBER[frame.kind])
            self._starts.append(frame.start)
            self._ends.append(frame.end)
            self.chunk_numbers.append(frame.chunk)
        for listener in self._listeners:
            listener(frames)

    def __len__(self) -> int:
        return len(self._kinds)

    def _made(self, place: int) -> Frame:
        start, end = self._starts[place], self._ends[place]
        last_event_id = self._ids[bisect_right(self._id_places, place) - 1]
        data = self.content(start, end)
        return read_frame(self.body, data, start, self.chunk_numbers[place], last_event_id)

    def kind(self, at: int) -> FrameKind:
        """The kind of the frame at `[at]`, without reading it."""
        return _KINDS[self._kinds[at]]

    def span(self, at: int) -> tuple[int, int]:
        """Where the frame at `[at]` starts, and where the next one does: blank lines between included."""
        following = self._starts[at + 1] if at + 1 < len(self) else self._offsets[-1]
        return self._starts[at], following

    def content(self, start: int, end: int) -> bytes:
        """The body from offset `start` to `end`."""
        return b"".join(part for _, part in self.pieces(start, end))

    def pieces(self, start: int, end: int) -> list[tuple[int, bytes]]:
        """The same, cut where the chunks were: `(chunk number, bytes)` each."""
        found: list[tuple[int, bytes]] = []
        if self._chunks is None:
            return found
        at = bisect_right(self._offsets, start) - 1
        behind = bisect_left(self._offsets, end, at, len(self._offsets) - 1)
        for place, data in enumerate(self._data_between(at, behind), at):
            offset = self._offsets[place]
            part = data[max(start - offset, 0) : end - offset]
            if part:
                found.append((place + 1, part))
        return found

    def _data_between(self, place: int, behind: int) -> Iterator[bytes]:
        """The bytes of chunks: of many in one pass."""
        assert self._chunks is not None
        if behind - place >= _MANY:
            for chunk in self._chunks.after(place, behind):
                yield chunk.data
                place += 1
        # A few, or what the pass did not come to: whoever asks for that is told why.
        yield from map(self._data_of, range(place, behind))

    def _data_of(self, place: int) -> bytes:
        """The bytes of a chunk, kept until another is asked for. Threads may ask at the same time."""
        assert self._chunks is not None
        kept, data = self._last_read
        if kept != place:
            data = self._chunks[place].data
            self._last_read = (place, data)
        return data
