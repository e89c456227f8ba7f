"""Where each line of a cassette starts, which lines belong to which exchange, and what they say.

Knows lines and record types. A line is decoded once, with many others; of a short cassette what was decoded
is kept, and where its lines start is found out when somebody asks. Can go on where it stopped, when the file
has grown.
"""

from __future__ import annotations

import io
import threading
from array import array
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate, groupby
from operator import attrgetter
from typing import Final, NoReturn, cast

from playhead.arrays import NUMBERS, WIDE, widened
from playhead.errors import DamagedCassette, PlayheadError
from playhead.exchange_index import UNKNOWN, ExchangeIndex, HeldChunks
from playhead.format import codec, records
from playhead.format.codec import PlainChunk
from playhead.format.order import Order
from playhead.store.kept import Kept
from playhead.store.lines import BatchReader, TornTail
from playhead.store.source import Source

KEPT: Final = 1024 * 1024
"""Bytes of text up to which what a cassette says is kept."""

_FEW, _MANY, _LONG = 4, 256, 256 * 1024
"""Lines of chunks that are read together at first, and at most; and how many bytes of them."""

_NUMBER: Final = attrgetter("exchange")


class Index:
    """The lines of a cassette by place, which counts from 0 and leaves blank lines out."""

    def __init__(self, source: Source, name: str) -> None:
        self._source = source
        self._name = name
        self._places = 0  # how many there are
        self._starts = array(NUMBERS)  # of the first of them, or of all
        self._settled = 0  # the offset behind the last of which the start is known
        self._blanks: list[int] = []  # the places that blank lines stand before
        self._end = 0  # behind the last line that counts
        self._last = 0  # its number
        self._lock = threading.Lock()
        self._order = Order()
        self._delivering: dict[int | None, ExchangeIndex] = {}  # where a chunk may follow
        self._losses: list[int] = []  # those that name no exchange
        self._kept: Kept | None = Kept()
        self.exchanges: dict[int, ExchangeIndex] = {}
        self.torn: TornTail | None = None

    def grow(self) -> set[int]:
        """Take in the lines that were not there before; returns the exchanges they belong to."""
        self._source.seek(self._end)
        reader = BatchReader(self._source.readlines, self._name, self._last, self._end)
        touched: set[int] = set()
        losses = len(self._losses)
        for batch in reader:
            self._end = batch.end  # damage within it puts this back
            if batch.end >= WIDE:
                self._starts = widened(self._starts)
            for lines, of_chunks in _divided(batch.lines):
                self._take(lines, of_chunks, touched)
            if self._end > KEPT:
                self._kept = None
        self.torn = reader.torn
        if len(self._losses) > losses:
            touched.update(number for number, index in self.exchanges.items() if index.end is None)
        return touched

    def _take(self, lines: list[bytes], of_chunks: bool, touched: set[int]) -> None:
        """File lines: decoded together where all of them are known here, else one by one."""
        plain = codec.decode_plain(lines) if of_chunks else None
        found = codec.decode_known(lines) if plain is None else None
        if plain is None and found is None:
            self._take_each(lines, touched)
            return
        place = self._places
        self._places += len(lines)
        self._last += len(lines)
        if plain is not None:
            self._take_plain(place, plain, touched)
        elif found is not None:
            self._take_known(place, found, touched)
        if self._kept is None:
            self._settle(lines)  # to read them again would take longer

    def _take_plain(self, place: int, plain: list[PlainChunk], touched: set[int]) -> None:
        # Opening a cassette spends its time here: nothing is done for each chunk that can be done for all.
        alone = len({each.exchange for each in plain}) == 1
        for chunks in [plain] if alone else [list(group) for _, group in groupby(plain, _NUMBER)]:
            index = self._add_chunks(place, chunks[0].exchange, [each.t for each in chunks], touched)
            if self._kept is not None:
                self._kept.add_plain(index.begin, chunks)
            place += len(chunks)

    def _take_known(self, place: int, found: list[records.Known], touched: set[int]) -> None:
        for number, group in groupby(found, _chunk_number):
            same = list(group)
            if number:
                chunks = cast("list[records.Chunk]", same)
                times = [UNKNOWN if (t := each.t) is None else t for each in chunks]
                index = self._add_chunks(place, number, times, touched)
                if self._kept is not None:
                    self._kept.add_chunks(index.begin, chunks)
            else:
                self._take_others(place, same, touched)
            place += len(same)

    def _take_others(self, first: int, found: list[records.Known], touched: set[int]) -> None:
        """File records that are no chunks."""
        for place, record in enumerate(found, first):
            if place and type(record) is not records.Columns:
                self._add(place, codec.type_of(record), getattr(record, "exchange", None), None, touched)
                if self._kept is not None:
                    self._kept.add(place, record)

    def _add_chunks(self, place: int, number: int, times: list[float], touched: set[int]) -> ExchangeIndex:
        """File chunks of one exchange that stand one behind another."""
        index = self._exchange(place, "chunk", number)
        assert index is not None
        index.add_chunks(place, times)
        touched.add(number)
        return index

    def _take_each(self, lines: list[bytes], touched: set[int]) -> None:
        """File lines one by one: some are blank, or unknown here, or no records."""
        self._settle()
        for line in lines:
            place, start = self._places, self._settled
            self._settled += len(line)
            self._last += 1
            if line.isspace():
                self._blanks.append(place)
                continue
            self._starts.append(start)
            self._places += 1
            if place:
                try:
                    found = codec.envelope(line)
                except codec.LineError as error:
                    self._cut_behind(place)
                    self.damaged(place, str(error))
                self._add(place, found.type, found.exchange, found.t, touched)

    def _add(self, place: int, type_: str, number: int | None, t: float | None, touched: set[int]) -> None:
        """File a line; `t` matters for a chunk alone."""
        index = self._exchange(place, type_, number)
        if index is not None and number is not None:
            index.add(type_, t, place)
            touched.add(number)
        elif type_ == "loss":
            self._losses.append(place)

    def _exchange(self, place: int, type_: str, number: int | None) -> ExchangeIndex | None:
        """The exchange that a line of this type belongs to. Raises `DamagedCassette` where it may not."""
        # A chunk may follow a chunk of the same exchange: a million need not be asked one by one.
        if type_ == "chunk" and (index := self._delivering.get(number)) is not None:
            return index
        problem = self._order.problem(type_, number)
        if problem is not None:
            self._cut_behind(place)
            self.damaged(place, problem)
        if number is None:
            return None
        index = self.exchanges.get(number)
        if index is None:
            index = self.exchanges[number] = ExchangeIndex(place, self._losses)
        if type_ == "chunk":
            self._delivering[number] = index
        elif type_ == "end":
            self._delivering.pop(number, None)
        return index

    def _cut_behind(self, place: int) -> None:
        """Forget the lines that follow: whoever reads on after damage meets them again."""
        self._settle()
        if place + 1 < len(self._starts):
            self._settled = self._starts[place + 1]
            del self._starts[place + 1 :]
        self._end, self._places, self._last = self._settled, place + 1, self.number(place)

    def _settle(self, lines: list[bytes] | None = None) -> None:
        """Find out where the lines start that were filed without; `lines` are these, for who has them."""
        if len(self._starts) == self._places:
            return
        with self._lock:  # readers may be threads, once all is filed
            missing = self._places - len(self._starts)
            if lines is None or len(lines) != missing:
                lines = io.BytesIO(self._source.slice(self._settled, self._end)).readlines()[:missing]
            starts = list(accumulate(map(len, lines), initial=self._settled))
            self._settled = starts.pop()
            self._starts.extend(starts)

    def __len__(self) -> int:
        return self._places

    def __getitem__(self, place: int) -> bytes:
        self._settle()
        end = self._starts[place + 1] if place + 1 < len(self._starts) else self._end
        return self._source.slice(self._starts[place], end)

    def record(self, place: int) -> records.Record:
        """The record of the line at `place`."""
        if self._kept is not None and (kept := self._kept.record(place)) is not None:
            return kept
        try:
            return codec.decode(self[place])
        except codec.LineError as error:
            self.damaged(place, str(error))

    def held(self, begin: int, count: int) -> HeldChunks | None:
        """The `count` chunks of the exchange that begins at `begin`, where all are kept."""
        return None if self._kept is None else self._kept.chunks(begin, count)

    def chunks(self, places: Sequence[int]) -> Iterator[records.Chunk]:
        """The records of many lines that are chunks, in the order of the file.

        Lines that stand together are read together, few at first: who wants one has it soon.
        """
        self._settle()
        begin, most = 0, _FEW
        while begin < len(places):
            end = self._together(places, begin, most)
            found = self._read_together(places[begin], end - begin) if end - begin > 1 else None
            # One of them is none, or cannot be read: it is met in its turn.
            yield from map(self._chunk, places[begin:end]) if found is None else found
            begin, most = end, min(most * 2, _MANY)

    def _together(self, places: Sequence[int], begin: int, most: int) -> int:
        """Up to where lines stand one behind another, at most so many and not too long."""
        first = places[begin]
        end = min(begin + most, len(places))
        while end - begin > 1 and (
            places[end - 1] - first != end - 1 - begin
            or self._start(first + end - begin) - self._start(first) > _LONG
        ):
            end = begin + (end - begin) // 2
        return end

    def _read_together(self, place: int, count: int) -> list[records.Chunk] | None:
        try:
            text = self._source.slice(self._start(place), self._start(place + count))
        except PlayheadError:
            return None
        return codec.decode_chunks(text, count)

    def _start(self, place: int) -> int:
        """Where a line starts; of the place behind the last, where that ends."""
        return self._starts[place] if place < len(self._starts) else self._end

    def _chunk(self, place: int) -> records.Chunk:
        try:
            return codec.decode_chunk(self[place])
        except codec.LineError as error:
            self.damaged(place, str(error))

    def number(self, place: int) -> int:
        """The number of the line at `place` in the text, from 1, blank lines counted."""
        return place + 1 + bisect_right(self._blanks, place)

    def damaged(self, place: int, reason: str) -> NoReturn:
        """Raise what a reader raises for the line at `place`."""
        self._settle()
        raise DamagedCassette(self._name, self.number(place), self._starts[place], reason) from None


def _divided(lines: list[bytes]) -> Iterator[tuple[list[bytes], bool]]:
    """The lines where chunks begin or end, each part with whether it is of chunks as writers write them."""
    is_chunk = [line.startswith(codec.CHUNK_START) for line in lines]
    begin, count = 0, len(is_chunk)
    while begin < count:
        kind = is_chunk[begin]
        try:
            end = is_chunk.index(not kind, begin)
        except ValueError:
            end = count
        yield lines[begin:end], kind
        begin = end


def _chunk_number(record: records.Known) -> int:
    """The exchange of a chunk; 0 for what is none."""
    return record.exchange if type(record) is records.Chunk else 0
