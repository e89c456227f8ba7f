"""One lenient pass over a cassette: every line with what is wrong with it, and what the whole adds up to.

Knows records, order and counts; decides nothing. `check` reports what a survey finds, `recover` keeps what
it lets stand.
"""

from __future__ import annotations

import enum
import hashlib
from collections.abc import Callable, Iterator

import msgspec

from playhead.errors import CassetteError, DamagedCassette, UnsupportedVersion
from playhead.format import MAX_LINE, codec, records
from playhead.format.data import has_data
from playhead.format.order import Order
from playhead.store.header import read_header
from playhead.store.lines import Line, LineReader


class Severity(enum.Enum):
    """What a problem means for whoever uses the cassette."""

    NOTE = "note"
    """Worth knowing; nothing is wrong."""
    FINDING = "finding"
    """The cassette can be read, but does not hold all it should."""
    DAMAGE = "damage"
    """A line that cannot be read."""


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """Something a survey found: where, and what. `line` and `byte` are unknown for what a whole lacks."""

    severity: Severity
    what: str
    line: int | None = None
    byte: int | None = None
    exchange: int | None = None


class Tally:
    """What an exchange's chunks add up to, beside what its `end` record says."""

    __slots__ = ("chunks", "digest", "end", "losses", "size")

    def __init__(self) -> None:
        self.chunks: int = 0
        self.size: int = 0
        self.digest: hashlib._Hash = hashlib.sha256()
        self.end: records.End | None = None
        self.losses: int = 0


class Survey:
    """Iterates over the lines that are records; `problems` grows meanwhile, and is whole at the end.

    `live` is for a file that is being written: what has not come yet is no problem there.
    """

    def __init__(self, readline: Callable[[], bytes], name: str, *, live: bool = False) -> None:
        self._live = live
        self._reader = LineReader(readline, name, lenient=True)
        self._name = name
        self._order = Order()
        self._last_t: float | None = None
        self.problems: list[Problem] = []
        self.exchanges: dict[int, Tally] = {}
        self.header: records.Header | None = None
        self.torn: Problem | None = None
        self._begun = False

    def __iter__(self) -> Iterator[tuple[Line, records.Record]]:
        for line in self._reader:
            record = self._read(line)
            if record is not None:
                self._count(line, record)
                yield line, record
        torn = self._reader.torn
        if torn is not None and not self._begun:
            self._read_header(Line(torn.line, torn.offset, torn.start))
        elif torn is not None and not self._live:
            self._add(Severity.FINDING, f"torn: {torn.size} bytes without a line end", torn.line, torn.offset)
            self.torn = self.problems[-1]
        self._compare()

    def _read(self, line: Line) -> records.Record | None:
        """The record of a line, or `None` with the reason noted."""
        if not self._begun:
            self._begun = True
            return self._read_header(line)
        try:
            if len(line.raw) > MAX_LINE:
                raise codec.LineError(f"longer than {MAX_LINE} bytes")
            record = codec.decode(line.raw)
            if isinstance(record, records.Chunk | records.RequestChunk) or (
                isinstance(record, records.Request) and has_data(record)
            ):
                codec.data_of(record)
            problem = self._order.problem(codec.type_of(record), getattr(record, "exchange", None))
            if problem is not None:
                raise codec.LineError(problem)
        except codec.LineError as error:
            self._add(Severity.DAMAGE, str(error), line.number, line.offset)
            return None
        return record

    def _read_header(self, line: Line) -> records.Header | None:
        try:
            self.header = read_header(line.raw, self._name)
        except UnsupportedVersion:
            raise  # what its lines mean is not known here
        except DamagedCassette as error:
            self._add(Severity.DAMAGE, error.reason, line.number, line.offset)
        except CassetteError as error:
            self._add(Severity.DAMAGE, error.message, line.number, line.offset)
        return self.header

    def _count(self, line: Line, record: records.Record) -> None:
        t = getattr(record, "t", None)
        if t is not None and not isinstance(record, records.Columns):
            if self._last_t is not None and t <= self._last_t:
                what = f"`t` is {t}, not after the {self._last_t} before it"
                self._add(Severity.FINDING, what, line.number, line.offset)
            self._last_t = t
        if isinstance(record, records.Unknown):
            self._add(Severity.NOTE, f"a record of unknown type {record.type!r}", line.number, line.offset)
        number = getattr(record, "exchange", None)
        if number is None or isinstance(record, records.Columns):
            return
        tally = self.exchanges.setdefault(number, Tally())
        match record:
            case records.Chunk():
                data = codec.data_of(record)
                tally.chunks += 1
                tally.size += len(data)
                tally.digest.update(data)
            case records.End():
                tally.end = record
            case records.Loss():
                tally.losses += 1

    def _compare(self) -> None:
        """What the chunks add up to against what the `end` records say."""
        for number, tally in sorted(self.exchanges.items()):
            end = tally.end
            if end is None and self._live:
                self._add(Severity.NOTE, "still being recorded", exchange=number)
                continue
            if end is None:
                self._add(Severity.FINDING, "no `end` record: the recorder was cut off", exchange=number)
                continue
            if tally.losses:
                what = f"not all of the stream was recorded (`loss` records: {tally.losses})"
                self._add(Severity.NOTE, what, exchange=number)
            for name, said, found in (
                ("chunks", end.chunks, tally.chunks),
                ("bytes", end.bytes, tally.size),
                ("sha256", end.sha256, tally.digest.hexdigest()),
            ):
                if said is not None and said != found:
                    what = f"`{name}` of the body is {found}, not {said} as its `end` record says"
                    self._add(Severity.FINDING, what, exchange=number)

    def _add(
        self,
        severity: Severity,
        what: str,
        line: int | None = None,
        byte: int | None = None,
        exchange: int | None = None,
    ) -> None:
        self.problems.append(Problem(severity=severity, what=what, line=line, byte=byte, exchange=exchange))
