"""A cassette opened for reading: the file mapped, its lines indexed on first use, nothing decoded before.

Knows files and what is in them; what an exchange is, `playhead.exchange` knows. A file stays mapped while
anything read from it is alive; a short one is held in memory instead.
"""

from __future__ import annotations

import copy
import io
import mmap
import os
import stat
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import NoReturn

from playhead.errors import CassetteError, InputError, NoSuchExchange
from playhead.exchange import Exchange, FrameMaker
from playhead.format import records
from playhead.frames import Frames
from playhead.store.header import ZSTD_MAGIC, read_header
from playhead.store.index import KEPT, Index
from playhead.store.lines import TornTail
from playhead.store.source import Held, Source


class Cassette(Mapping[int, Exchange]):
    """A file of exchanges, by number. Made by `playhead.load`.

    Iterating gives the numbers, as for any mapping; `cassette.exchanges` gives the exchanges.
    """

    def __init__(self, source: Source, name: str, *, over: bool = True, framed: FrameMaker = Frames) -> None:
        self.name = name
        """What messages call it: the path as given, or `<stdin>`."""
        self._source = source
        self._over = over
        self._framed = framed
        self._exchanges: dict[int, Exchange] = {}
        line = source.readline()
        while line.isspace() and line.endswith(b"\n"):
            line = source.readline()
        self.header: records.Header = read_header(line, name)

    def __repr__(self) -> str:
        return f"<Cassette {self.name}>"

    @cached_property
    def _index(self) -> Index:
        index = Index(self._source, self.name)
        index.grow()
        return index

    @property
    def torn(self) -> TornTail | None:
        """The unterminated last line, dropped, where the file has one."""
        return self._index.torn

    @property
    def exchanges(self) -> tuple[Exchange, ...]:
        """The exchanges, in request order."""
        numbered = self._numbered
        return tuple([numbered[number] for number in sorted(numbered)])

    @property
    def _numbered(self) -> dict[int, Exchange]:
        for number, index in self._index.exchanges.items():
            if number not in self._exchanges:
                self._exchanges[number] = Exchange(
                    number, self._index, index, over=self._over, framed=self._framed
                )
        return self._exchanges

    def lines(self) -> Iterator[bytes]:
        """The lines that count, header included, in the file's order and as they stand."""
        return (self._index[place] for place in range(len(self._index)))

    def damaged(self, number: int, reason: str) -> NoReturn:
        """Raise `DamagedCassette` for one of `lines`, counted from 0."""
        self._index.damaged(number, reason)

    def replacing(self, exchanges: Mapping[int, Exchange]) -> Cassette:
        """The same cassette, in which `exchanges` stand in the places of those of their numbers."""
        other = copy.copy(self)
        other._exchanges = {**self._numbered, **exchanges}
        return other

    def grow(self, *, over: bool = False) -> bool:
        """Take in what was added to a file that is still written; `over` when nothing more will come.

        Returns whether anything was. Exchanges already handed out grow with it.
        """
        self._over = over
        touched = self._index.grow()
        for number, exchange in self._exchanges.items():
            if over or number in touched:
                exchange.grow(over=over)
        return bool(touched)

    def __getitem__(self, number: int) -> Exchange:
        try:
            return self._numbered[number]
        except KeyError:
            have = ", ".join(map(str, sorted(self._numbered)[:20])) or "none"
            raise NoSuchExchange(f"{self.name} has no exchange {number}", hint=f"It has: {have}") from None

    def __iter__(self) -> Iterator[int]:
        return iter(sorted(self._numbered))

    def __len__(self) -> int:
        return len(self._numbered)


def load(path: str | os.PathLike[str]) -> Cassette:
    """Open a cassette, plain or compressed.

    Reads its first line; indexes the rest when an exchange is first asked for. Raises `CassetteError` where
    the file is no cassette, `UnsupportedVersion` where it is too new, and later `DamagedCassette`, with line
    and reason, where a line proves to be no record.
    """
    name = os.fspath(path)
    try:
        with io.FileIO(name) as file:
            info = os.fstat(file.fileno())
            data: bytes | mmap.mmap
            if stat.S_ISREG(info.st_mode) and info.st_size > KEPT:
                data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
            else:
                data = file.readall()  # a pipe cannot be mapped, nor can nothing; what is short is held
    except IsADirectoryError:
        raise InputError(f"{name} is a folder", hint=f"List what is in it: playhead ls {name}") from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise InputError(f"{name}: {reason}") from None
    return open_data(data, name)


def open_data(data: bytes | mmap.mmap, name: str) -> Cassette:
    """The cassette that `data` holds, plain or compressed; `name` is what messages call it."""
    if not data:
        raise CassetteError(f"{name} is empty")
    if data[: len(ZSTD_MAGIC)] == ZSTD_MAGIC:
        from playhead.store.zst import ZstdSource

        return Cassette(ZstdSource(data, name), name)
    return Cassette(Held(data), name)
