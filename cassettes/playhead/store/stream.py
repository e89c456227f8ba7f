"""The records of a cassette one after another, as they arrive: for pipes, and for commands that pass once.

Knows lines and records. Holds one record at a time; a cassette to go back and forth in is `cassette`'s.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NoReturn

from playhead.errors import DamagedCassette
from playhead.format import codec, records
from playhead.format.order import Order
from playhead.store.header import read_header
from playhead.store.lines import Line, LineReader, TornTail


class RecordReader:
    """Iterates over `(line, record)`, the header first. Raises as `playhead.load` does, at the line."""

    def __init__(self, readline: Callable[[], bytes], name: str) -> None:
        self._lines = LineReader(readline, name)
        self.name = name

    @property
    def torn(self) -> TornTail | None:
        """The unterminated last line; known once the iteration has ended."""
        return self._lines.torn

    def __iter__(self) -> Iterator[tuple[Line, records.Record]]:
        lines = iter(self._lines)
        first = next(lines, None)
        if first is None:
            read_header(self._lines.torn.start if self._lines.torn else b"", self.name)
            return
        yield first, read_header(first.raw, self.name)
        order = Order()
        for line in lines:
            try:
                record = codec.decode(line.raw)
            except codec.LineError as error:
                self.damaged(line, str(error))
            problem = order.problem(codec.type_of(record), getattr(record, "exchange", None))
            if problem is not None:
                self.damaged(line, problem)
            yield line, record

    def damaged(self, line: Line, reason: str) -> NoReturn:
        """Raise what a reader raises for this line."""
        raise DamagedCassette(self.name, line.number, line.offset, reason) from None
