"""A cassette opened for reading: the file mapped, its lines indexed on first use, nothing decoded before.

Knows files and the index; what an exchange is, `playhead.exchange` knows. A file stays mapped while
anything read from it is alive.
"""

from __future__ import annotations

import io
import mmap
import os
import stat
from array import array
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import NoReturn

from playhead.errors import CassetteError, DamagedCassette, InputError
from playhead.exchange import Exchange, ExchangeIndex
from playhead.format import codec, records
from playhead.format.order import Order
from playhead.store.header import read_header
from playhead.store.lines import LineReader, TornTail


class _Index:
    """Where each line starts, and which lines belong to which exchange."""

    def __init__(self, data: mmap.mmap | bytes, name: str) -> None:
        self._data = data
        self._name = name
        self._starts = array("Q")
        self._numbers = array("L")
        self._order = Order()
        self._answering: int | None = None
        self.exchanges: dict[int, ExchangeIndex] = {}
        if isinstance(data, bytes):
            reader = LineReader(io.BytesIO(data).readline, name)
        else:
            data.seek(0)
            reader = LineReader(data.readline, name)
        self._end = 0
        for line in reader:
            self._starts.append(line.offset)
            self._numbers.append(line.number)
            self._end = line.offset + len(line.raw)
            if len(self._starts) > 1:
                self._add(len(self._starts) - 1, line.raw)
        self.torn: TornTail | None = reader.torn

    def _add(self, place: int, raw: bytes) -> None:
        try:
            found = codec.envelope(raw)
        except codec.LineError as error:
            self.damaged(place, str(error))
        if found.type != "chunk" or found.exchange != self._answering:
            self._check_order(place, found)
        if found.exchange is None:
            return
        index = self.exchanges.get(found.exchange)
        if index is None:
            index = self.exchanges[found.exchange] = ExchangeIndex()
        index.add(found.type, found.t, place)

    def _check_order(self, place: int, found: codec.Envelope) -> None:
        problem = self._order.problem(found.type, found.exchange)
        if problem is not None:
            self.damaged(place, problem)
        # A chunk may follow a chunk of the same exchange: a million need not be asked one by one.
        self._answering = found.exchange if found.type == "chunk" else None

    def __getitem__(self, place: int) -> bytes:
        end = self._starts[place + 1] if place + 1 < len(self._starts) else self._end
        return self._data[self._starts[place] : end]

    def damaged(self, place: int, reason: str) -> NoReturn:
        raise DamagedCassette(self._name, self._numbers[place], self._starts[place], reason) from None


class Cassette(Mapping[int, Exchange]):
    """A file of exchanges, by number. Made by `playhead.load`.

    Iterating gives the numbers, as for any mapping; `cassette.exchanges` gives the exchanges.
    """

    def __init__(self, data: mmap.mmap | bytes, name: str) -> None:
        self.name = name
        """What messages call it: the path as given, or `<stdin>`."""
        self._data = data
        if not data:
            raise CassetteError(f"{name} is empty")
        self.header: records.Header = read_header(data[: data.find(b"\n") + 1], name, data[:16])

    def __repr__(self) -> str:
        return f"<Cassette {self.name}>"

    @cached_property
    def _index(self) -> _Index:
        return _Index(self._data, self.name)

    @property
    def torn(self) -> TornTail | None:
        """The unterminated last line, dropped, where the file has one."""
        return self._index.torn

    @cached_property
    def exchanges(self) -> tuple[Exchange, ...]:
        """The exchanges, in request order."""
        found = sorted(self._index.exchanges.items())
        return tuple(Exchange(number, self._index, index) for number, index in found)

    @cached_property
    def _by_number(self) -> dict[int, Exchange]:
        return {exchange.number: exchange for exchange in self.exchanges}

    def __getitem__(self, number: int) -> Exchange:
        try:
            return self._by_number[number]
        except KeyError:
            have = ", ".join(map(str, list(self._by_number)[:20])) or "none"
            raise InputError(f"{self.name} has no exchange {number}", hint=f"It has: {have}") from None

    def __iter__(self) -> Iterator[int]:
        return iter(self._by_number)

    def __len__(self) -> int:
        return len(self._by_number)


def load(path: str | os.PathLike[str]) -> Cassette:
    """Open a cassette. Reads its first line; indexes the rest when an exchange is first asked for.

    Raises `CassetteError` where the file is no cassette, `UnsupportedVersion` where it is too new, and
    later `DamagedCassette`, with line and reason, where a line proves to be no record.
    """
    name = os.fspath(path)
    try:
        with Path(name).open("rb") as file:
            info = os.fstat(file.fileno())
            if not stat.S_ISREG(info.st_mode):
                return Cassette(file.read(), name)  # a pipe cannot be mapped
            if info.st_size == 0:
                raise CassetteError(f"{name} is empty")
            data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise InputError(f"{name}: {reason}") from None
    return Cassette(data, name)
