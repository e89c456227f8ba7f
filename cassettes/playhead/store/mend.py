"""What is readable of a cassette that was cut off or damaged, put together without copying it.

Lines that are records stay as they stand, byte for byte; the others are left out and said. What a cut-off
recorder could not write is added: an `end` record for every exchange without one.
"""

from __future__ import annotations

from collections.abc import Mapping
from mmap import mmap

import msgspec

from playhead.errors import CassetteError
from playhead.format import NAME, VERSION, codec, records
from playhead.model import EndingKind
from playhead.store.source import Held
from playhead.store.spliced import Spliced
from playhead.store.survey import Problem, Severity, Survey, Tally

DROPPED = "dropped"
"""The name of the note by which a recorder says that an exchange is not to be kept."""
_DETAIL = "recovered: the recording stops here"


class Unreadable(CassetteError):
    """No line of a file is a record."""


class Mended(msgspec.Struct, frozen=True, kw_only=True):
    """A cassette made readable."""

    source: Spliced
    """Its text: a header, what was kept, the ends that were added."""
    exchanges: Mapping[int, Tally]
    dropped: frozenset[int]
    """The exchanges that are not to be kept; they are in the text."""
    ended: tuple[int, ...]
    """The exchanges that got their `end` record now."""
    damage: tuple[Problem, ...]
    torn: Problem | None
    says_something: bool
    """Whether there is any record beside a header."""


def mend(data: bytes | mmap, name: str) -> Mended:
    """Read plain `data` to its end; `name` is what messages call it.

    Raises `Unreadable` where no line is a record, `UnsupportedVersion` where a newer Playhead wrote it.
    """
    survey = Survey(Held(data).readline, name)
    header = _made_up_header()
    kept: list[tuple[bytes | mmap, int, int]] = []
    says_something = False
    dropped: set[int] = set()
    for line, record in survey:
        if isinstance(record, records.Header):
            header = line.raw
            continue
        if isinstance(record, records.Note) and record.name == DROPPED and record.exchange is not None:
            dropped.add(record.exchange)
        says_something = says_something or not isinstance(record, records.Columns)
        end = line.offset + len(line.raw)
        if kept and kept[-1][2] == line.offset:
            kept[-1] = (data, kept[-1][1], end)
        else:
            kept.append((data, line.offset, end))
    if survey.header is None and not survey.exchanges:
        raise Unreadable(f"{name}: nothing of it is readable: no line is a record")
    open_ones = [(number, tally) for number, tally in sorted(survey.exchanges.items()) if tally.end is None]
    ends = b"".join(codec.encode(_end(number, tally)) for number, tally in open_ones)
    return Mended(
        source=Spliced([(header, 0, len(header)), *kept, (ends, 0, len(ends))]),
        exchanges={number: tally for number, tally in survey.exchanges.items() if number not in dropped},
        dropped=frozenset(dropped),
        ended=tuple(number for number, _ in open_ones if number not in dropped),
        damage=tuple(each for each in survey.problems if each.severity is Severity.DAMAGE),
        torn=survey.torn,
        says_something=says_something and (not dropped or bool(survey.exchanges.keys() - dropped)),
    )


def _end(number: int, tally: Tally) -> records.End:
    return records.End(
        exchange=number,
        ending=EndingKind.TRUNCATED.value,
        detail=_DETAIL,
        chunks=tally.chunks,
        bytes=tally.size,
        sha256=tally.digest.hexdigest(),
    )


def _made_up_header() -> bytes:
    header = records.Header(
        format=NAME, version=VERSION, clock="unknown", facts=(("recovered", "the header was unreadable"),)
    )
    return codec.encode(header)
