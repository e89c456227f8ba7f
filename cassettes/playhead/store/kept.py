"""What the index of a short cassette keeps of what it decoded, so that no line need be decoded twice.

Knows records. The chunks of an exchange are had from here all, or none is.
"""

from __future__ import annotations

from collections.abc import Iterable

from playhead.exchange_index import HeldChunks
from playhead.format import codec, records


class Kept:
    """Records by the places of their lines, and chunks by the place at which their exchange begins."""

    def __init__(self) -> None:
        self._records: dict[int, records.Known] = {}
        self._chunks: dict[int, HeldChunks] = {}

    def record(self, place: int) -> records.Known | None:
        """The record at `place`, where it is kept."""
        return self._records.get(place)

    def add(self, place: int, record: records.Known) -> None:
        """Keep a record that is no chunk."""
        self._records[place] = record

    def chunks(self, begin: int, count: int) -> HeldChunks | None:
        """The chunks of an exchange that has `count` of them, where all are kept."""
        found = self._chunks.get(begin)
        return found if found is not None and len(found.data) == count else None

    def add_plain(self, begin: int, chunks: list[codec.PlainChunk]) -> None:
        """Keep chunks that follow those before them."""
        columns = self._columns(begin)
        columns.data += [chunk.text.encode() for chunk in chunks]
        columns.wire_bytes += [chunk.wire_bytes for chunk in chunks]

    def add_chunks(self, begin: int, chunks: Iterable[records.Chunk]) -> None:
        """The same for chunks of any kind; one that is undecoded, or cannot be read, is left out.

        Then there are fewer than `chunks` is asked for, for ever.
        """
        columns = self._columns(begin)
        for chunk in chunks:
            try:
                data = codec.data_of(chunk)
            except codec.LineError:
                continue
            if not chunk.undecoded:
                columns.data.append(data)
                columns.wire_bytes.append(chunk.wire_bytes)

    def _columns(self, begin: int) -> HeldChunks:
        found = self._chunks.get(begin)
        if found is None:
            found = self._chunks[begin] = HeldChunks()
        return found
