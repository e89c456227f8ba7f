"""Which lines of a cassette belong to one exchange, and what they say.

Knows places of lines and record types; whoever holds the lines decodes them.
"""

from __future__ import annotations

import math
from array import array
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import Final, NoReturn, Protocol, TypeVar

from playhead.arrays import NUMBERS
from playhead.format import codec
from playhead.format.records import Chunk, Record, WithData

UNKNOWN = math.nan
_PLACES: Final = array(NUMBERS, range(1024))
"""The first places, to be copied: most cassettes have no others."""

R = TypeVar("R", bound=Record)


class Lines(Protocol):
    """The lines of a cassette by their place in the index. Damage is raised as `DamagedCassette`."""

    def held(self, begin: int, count: int, /) -> HeldChunks | None: ...
    def record(self, index: int, /) -> Record: ...
    def chunks(self, indexes: Sequence[int], /) -> Iterator[Chunk]: ...
    def number(self, index: int, /) -> int: ...
    def damaged(self, index: int, reason: str, /) -> NoReturn: ...


class HeldChunks:
    """The chunks of one exchange in columns: what they carry, and how long it was when it was delivered."""

    __slots__ = ("data", "wire_bytes")

    def __init__(self) -> None:
        self.data: list[bytes] = []
        self.wire_bytes: list[int | None] = []


class ExchangeIndex:
    """Which lines of a cassette belong to one exchange, by record type.

    `begin` is the first of them. `common` are the `loss` lines that name no exchange: one list, which all
    exchanges of the cassette share.
    """

    __slots__ = (
        "begin",
        "chunk_times",
        "chunks",
        "common",
        "end",
        "losses",
        "redactions",
        "request",
        "request_chunks",
        "responses",
    )

    def __init__(self, begin: int, common: list[int]) -> None:
        self.begin: int = begin
        self.common: list[int] = common
        self.request: int | None = None
        self.request_chunks: list[int] = []
        self.responses: list[int] = []
        self.chunks: array[int] = array(NUMBERS)
        self.chunk_times: array[float] = array("d")
        """NaN where unknown."""
        self.end: int | None = None
        self.losses: list[int] = []
        self.redactions: list[int] = []

    def add(self, type_: str, t: float | None, line: int) -> None:
        """File a line under its type."""
        if type_ == "chunk":
            self.chunks.append(line)
            self.chunk_times.append(UNKNOWN if t is None else t)
            return
        match type_:
            case "request":
                self.request = line
            case "request_chunk":
                self.request_chunks.append(line)
            case "response":
                self.responses.append(line)
            case "end":
                self.end = line
            case "loss":
                self.losses.append(line)
            case "redaction":
                self.redactions.append(line)

    def add_chunks(self, line: int, times: list[float]) -> None:
        """File chunks on lines one behind another, the first of which is given."""
        end = line + len(times)
        self.chunks.extend(_PLACES[line:end] if end <= len(_PLACES) else range(line, end))
        self.chunk_times.extend(array("d", times))

    def all_losses(self) -> list[int]:
        """The `loss` lines that concern the exchange: its own, and those of all while it was open."""
        first = bisect_left(self.common, self.begin)
        last = len(self.common) if self.end is None else bisect_left(self.common, self.end)
        return sorted([*self.losses, *self.common[first:last]])


def record_at(lines: Lines, line: int, type_: type[R]) -> R:
    """The record of a line of this type. Raises `DamagedCassette` where it is none."""
    record = lines.record(line)
    if not isinstance(record, type_):
        lines.damaged(line, f"not a `{type_.__name__.lower()}` record")
    return record


def data_at(lines: Lines, line: int, record: WithData) -> bytes:
    """The bytes that the record of a line carries. Raises `DamagedCassette` where they cannot be had."""
    try:
        return codec.data_of(record)
    except codec.LineError as error:
        lines.damaged(line, str(error))
