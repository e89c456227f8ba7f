"""Where each line of a cassette starts, which lines belong to which exchange, and what they say.

Knows lines and record types. A line is decoded once, with many others; of a short cassette what was decoded
is kept. Can go on where it stopped, when the file has grown.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from typing import Final, NoReturn, cast

from playhead.errors import DamagedCassette
from playhead.exchange_index import UNKNOWN, ExchangeIndex
from playhead.format import codec, records
from playhead.format.order import Order
from playhead.store.lines import Batch, BatchReader, TornTail
from playhead.store.source import Source

KEPT: Final = 1024 * 1024
"""Bytes of text up to which the records of a cassette are held."""


class Index:
    """The lines of a cassette by place, which counts from 0 and leaves blank lines out."""

    def __init__(self, source: Source, name: str) -> None:
        self._source = source
        self._name = name
        self._starts = array("Q")
        self._blanks: list[int] = []  # the places that blank lines stand before
        self._end = 0  # behind the last line that counts
        self._last = 0  # its number
        self._order = Order()
        self._delivering: dict[int | None, ExchangeIndex] = {}  # where a chunk may follow
        self._losses: list[int] = []  # those that name no exchange
        self._kept: list[records.Known] | None = []  # of every line, else of none
        self.exchanges: dict[int, ExchangeIndex] = {}
        self.torn: TornTail | None = None

    def grow(self) -> set[int]:
        """Take in the lines that were not there before; returns the exchanges they belong to."""
        self._source.seek(self._end)
        reader = BatchReader(self._source.readlines, self._name, self._last, self._end)
        touched: set[int] = set()
        losses = len(self._losses)
        for batch in reader:
            found = codec.decode_known(batch.lines)
            if found is None:
                self._take_each(batch, touched)
            else:
                self._take(batch, found, touched)
        self.torn = reader.torn
        if len(self._losses) > losses:
            touched.update(number for number, index in self.exchanges.items() if index.end is None)
        return touched

    def _take(self, batch: Batch, found: list[records.Known], touched: set[int]) -> None:
        """File lines that were decoded together."""
        first = len(self._starts)
        self._starts.extend(batch.starts)
        self._end, self._last = batch.end, batch.number + len(found) - 1
        self._keep(found)
        # Opening a cassette spends its time here: a chunk behind one of the same exchange costs a question.
        begin = current = 0  # where a run of chunks began, and the number of their exchange, 0 for none
        for at, record in enumerate(found):
            if type(record) is records.Chunk:
                if record.exchange == current:
                    continue
                self._add_chunks(first + begin, current, found[begin:at], touched)
                begin, current = at, record.exchange
            else:
                self._add_chunks(first + begin, current, found[begin:at], touched)
                current = 0
                if first + at and type(record) is not records.Columns:
                    number = getattr(record, "exchange", None)
                    self._add(first + at, codec.type_of(record), number, None, touched)
        self._add_chunks(first + begin, current, found[begin:], touched)

    def _add_chunks(self, place: int, number: int, run: list[records.Known], touched: set[int]) -> None:
        """File chunks of one exchange that stand one behind another; none where `number` is 0."""
        if number:
            index = self._exchange(place, "chunk", number)
            assert index is not None
            chunks = cast("list[records.Chunk]", run)
            index.add_chunks(place, [UNKNOWN if (t := each.t) is None else t for each in chunks])
            touched.add(number)

    def _take_each(self, batch: Batch, touched: set[int]) -> None:
        """File lines one by one: some are blank, or unknown here, or no records."""
        self._kept = None
        for number, (start, line) in enumerate(zip(batch.starts, batch.lines, strict=True), batch.number):
            place = len(self._starts)
            self._end, self._last = start + len(line), number
            if line.isspace():
                self._blanks.append(place)
                continue
            self._starts.append(start)
            if place:
                try:
                    found = codec.envelope(line)
                except codec.LineError as error:
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

    def _keep(self, found: list[records.Known]) -> None:
        if self._kept is not None and self._end <= KEPT:
            self._kept += found
        else:
            self._kept = None

    def _cut_behind(self, place: int) -> None:
        """Forget the lines that follow: whoever reads on after damage meets them again."""
        if place + 1 < len(self._starts):
            self._end, self._last = self._starts[place + 1], self.number(place)
            del self._starts[place + 1 :]
            self._kept = None

    def __len__(self) -> int:
        return len(self._starts)

    def __getitem__(self, place: int) -> bytes:
        end = self._starts[place + 1] if place + 1 < len(self._starts) else self._end
        return self._source.slice(self._starts[place], end)

    @property
    def is_kept(self) -> bool:
        """Whether the records are held: the cassette is short, and every line is a record known here."""
        return self._kept is not None

    def record(self, place: int) -> records.Record:
        """The record of the line at `place`."""
        if self._kept is not None:
            return self._kept[place]
        try:
            return codec.decode(self[place])
        except codec.LineError as error:
            self.damaged(place, str(error))

    def chunks(self, places: Iterable[int]) -> Iterator[records.Chunk]:
        """The records of many lines that are chunks, each when its turn comes."""
        if self._kept is None:
            return map(self._chunk, places)
        return cast("Iterator[records.Chunk]", map(self._kept.__getitem__, places))

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
        raise DamagedCassette(self._name, self.number(place), self._starts[place], reason) from None
