"""One pass over a cassette, exchange by exchange as its records come: what `events` lists goes this way.

In file order: interleaved exchanges come out interleaved. Holds no more than one stream for each
exchange. Knows records and times; not what a stream makes of its chunks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple, Protocol, TypeVar

from playhead.errors import InputError
from playhead.format import codec, records
from playhead.store.stream import RecordReader

R = TypeVar("R")
R_co = TypeVar("R_co", covariant=True)
_UPGRADED = 101


class Stream(Protocol[R_co]):
    """One exchange's rows, as its chunks come in."""

    def started(self, t: float | None) -> None: ...
    def responded(self, head: records.Response) -> Iterator[R_co]: ...
    def chunk(self, data: bytes, t: float | None) -> Iterator[R_co]: ...
    def close(self, end: records.End | None = None) -> Iterator[R_co]:
        """The body is over, or can be read no further: then `end` is missing. May be called again."""


class Tick(NamedTuple):
    """A number, and times in seconds; `None` is unknown."""

    n: int
    t: float | None
    gap: float | None
    since_request: float | None


class Clock:
    """Numbers and times the rows of one exchange."""

    def __init__(self) -> None:
        self.now: float | None = None
        self.origin: float | None = None
        self._before: float | None = None
        self._count = 0

    def tick(self) -> Tick:
        """The next row, which comes now."""
        self._count += 1
        t, before = self.now, self._before
        self._before = t
        gap = round(t - before, 6) if t is not None and before is not None else None
        return Tick(self._count, t, gap, self.since_request())

    def since_request(self) -> float | None:
        if self.now is None or self.origin is None:
            return self.now
        return self.now - self.origin


def walk(reader: RecordReader, new: Callable[[int], Stream[R]], only: int | None = None) -> Iterator[R]:
    """The rows of a cassette, in the order in which they were complete; `only` those of one exchange."""
    streams: dict[int, Stream[R]] = {}
    for line, record in reader:
        number = getattr(record, "exchange", None)
        if not number or (only is not None and number != only):
            continue  # of no exchange; the line that declares the columns has the number 0
        stream = streams.get(number)
        if stream is None:
            stream = streams[number] = new(number)
        match record:
            case records.Request():
                stream.started(record.t)
            case records.Response(status=status) if status >= 200 or status == _UPGRADED:
                yield from stream.responded(record)
            case records.Chunk(undecoded=True):
                yield from stream.close()
            case records.Chunk():
                try:
                    data = codec.data_of(record)
                except codec.LineError as error:
                    reader.damaged(line, str(error))
                yield from stream.chunk(data, record.t)
            case records.End():
                yield from stream.close(record)
    if only is not None and not streams:
        raise InputError(f"{reader.name} has no exchange {only}")
    for stream in streams.values():
        yield from stream.close()
