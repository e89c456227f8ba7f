"""Where each line of a cassette starts, and which lines belong to which exchange.

Knows lines and record types. Can go on where it stopped, when the file has grown.
"""

from __future__ import annotations

from array import array
from typing import NoReturn

from playhead.errors import DamagedCassette
from playhead.exchange_index import ExchangeIndex
from playhead.format import codec
from playhead.format.order import Order
from playhead.store.lines import LineReader, TornTail
from playhead.store.source import Source


class Index:
    """The lines of a cassette by place, which counts from 0 and leaves blank lines out."""

    def __init__(self, source: Source, name: str) -> None:
        self._source = source
        self._name = name
        self._starts = array("Q")
        self._numbers = array("L")
        self._end = 0  # behind the last line that counts
        self._last = 0  # its number
        self._order = Order()
        self._answering: int | None = None
        self._losses: list[int] = []  # those that name no exchange
        self.exchanges: dict[int, ExchangeIndex] = {}
        self.torn: TornTail | None = None

    def grow(self) -> set[int]:
        """Take in the lines that were not there before; returns the exchanges they belong to."""
        self._source.seek(self._end)
        reader = LineReader(self._source.readline, self._name, self._last, self._end)
        touched: set[int] = set()
        losses = len(self._losses)
        for line in reader:
            self._starts.append(line.offset)
            self._numbers.append(line.number)
            self._end = line.offset + len(line.raw)
            self._last = line.number
            if len(self._starts) > 1:
                exchange = self._add(len(self._starts) - 1, line.raw)
                if exchange is not None:
                    touched.add(exchange)
        self.torn = reader.torn
        if len(self._losses) > losses:
            touched.update(number for number, index in self.exchanges.items() if index.end is None)
        return touched

    def _add(self, place: int, raw: bytes) -> int | None:
        try:
            found = codec.envelope(raw)
        except codec.LineError as error:
            self.damaged(place, str(error))
        if found.type != "chunk" or found.exchange != self._answering:
            self._check_order(place, found)
        if found.exchange is None:
            if found.type == "loss":
                self._losses.append(place)
            return None
        index = self.exchanges.get(found.exchange)
        if index is None:
            index = self.exchanges[found.exchange] = ExchangeIndex(place, self._losses)
        index.add(found.type, found.t, place)
        return found.exchange

    def _check_order(self, place: int, found: codec.Envelope) -> None:
        problem = self._order.problem(found.type, found.exchange)
        if problem is not None:
            self.damaged(place, problem)
        # A chunk may follow a chunk of the same exchange: a million need not be asked one by one.
        self._answering = found.exchange if found.type == "chunk" else None

    def __len__(self) -> int:
        return len(self._starts)

    def __getitem__(self, place: int) -> bytes:
        end = self._starts[place + 1] if place + 1 < len(self._starts) else self._end
        return self._source.slice(self._starts[place], end)

    def number(self, place: int) -> int:
        """The number of the line at `place` in the text, from 1, blank lines counted."""
        return self._numbers[place]

    def damaged(self, place: int, reason: str) -> NoReturn:
        """Raise what a reader raises for the line at `place`."""
        raise DamagedCassette(self._name, self._numbers[place], self._starts[place], reason) from None
