"""Saving what is readable of a damaged or unfinished cassette.

Lines that are records are copied as they stand, byte for byte; the others are left out and said. What a
cut-off recorder could not write is added: an `end` record for every exchange without one.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import msgspec

from playhead.errors import CannotRun, CassetteError, InputError
from playhead.format import NAME, VERSION, codec, records
from playhead.model import EndingKind
from playhead.store import lock
from playhead.store.files import write_whole
from playhead.store.header import ZSTD_MAGIC
from playhead.store.source import Held
from playhead.store.survey import Problem, Severity, Survey, Tally
from playhead.store.writer import COMPRESSED, PARTIAL

_DETAIL = "recovered: the recording stops here"


class Recovery(msgspec.Struct, frozen=True, kw_only=True):
    """What was saved of a cassette, and what was not."""

    target: Path
    exchanges: int
    chunks: int
    size: int
    """Bytes of response bodies."""
    ended: tuple[int, ...]
    """The exchanges that got their `end` record now."""
    problems: tuple[Problem, ...]


def default_target(source: Path) -> Path:
    """Where a recovered cassette goes: its finished name, or beside a damaged one."""
    name = source.name
    if name.endswith(PARTIAL):
        return source.with_name(name.removesuffix(PARTIAL))
    for suffix in (".cassette.jsonl", ".cassette.jsonl.zst"):
        if name.endswith(suffix):
            return source.with_name(name.removesuffix(suffix) + ".recovered.cassette.jsonl")
    return source.with_name(name + ".recovered.cassette.jsonl")


def needs_recovery(source: Path) -> bool:
    """Whether a file has anything to recover: it is unfinished or damaged, and nobody writes it."""
    if lock.is_live(source):
        return False
    if source.name.endswith(PARTIAL):
        return True
    try:
        survey = Survey(_readline(_read(source), os.fspath(source)), os.fspath(source))
        for _ in survey:
            pass
    except CassetteError:
        return True
    return any(problem.severity is Severity.DAMAGE for problem in survey.problems) or survey.torn is not None


def recover(source: Path, target: Path, *, overwrite: bool = False) -> Recovery:
    """Write what is readable of `source` to `target`.

    `source` stays as it is, unless it is a `.partial` that became its finished name and lost no more than a
    torn line: then it is removed. Raises `CannotRun` where `source` is being written, `CassetteError` where
    no line of it is a record.
    """
    data = _read(source)
    problems: list[Problem] = []
    if data.startswith(ZSTD_MAGIC):
        from playhead.store.zst import salvage

        data = salvage(data, problems.append)
    survey = Survey(Held(data).readline, os.fspath(source))
    header = _made_up_header()
    kept: list[bytes] = []
    for line, record in survey:
        if isinstance(record, records.Header):
            header = line.raw
        else:
            kept.append(line.raw)
    if survey.header is None and not survey.exchanges:
        raise CassetteError(f"{source}: nothing of it is readable: no line is a record")
    open_ones = {number: tally for number, tally in survey.exchanges.items() if tally.end is None}
    ends = [codec.encode(_end(number, tally)) for number, tally in sorted(open_ones.items())]
    problems += [each for each in survey.problems if each.severity is Severity.DAMAGE]
    whole = not problems
    problems += [survey.torn] if survey.torn else []
    _write(target, [header, *kept, *ends], overwrite)
    if whole and source.name == target.name + PARTIAL and source.parent == target.parent:
        source.unlink()
    return Recovery(
        target=target,
        exchanges=len(survey.exchanges),
        chunks=sum(tally.chunks for tally in survey.exchanges.values()),
        size=sum(tally.size for tally in survey.exchanges.values()),
        ended=tuple(sorted(open_ones)),
        problems=tuple(problems),
    )


def _readline(data: bytes, name: str) -> Callable[[], bytes]:
    if not data.startswith(ZSTD_MAGIC):
        return Held(data).readline
    from playhead.store.zst import ZstdSource

    return ZstdSource(data, name).readline


def _read(source: Path) -> bytes:
    try:
        with source.open("rb") as file:
            if lock.is_held(file.fileno()):
                raise CannotRun(f"{source} is being written", hint="Stop its recorder first.")
            data = file.read()
    except OSError as error:
        raise InputError(f"{source}: {error.strerror}") from None
    if not data:
        raise CassetteError(f"{source} is empty")
    return data


def _write(target: Path, lines: list[bytes], overwrite: bool) -> None:
    if target.suffix == COMPRESSED:
        from playhead.store.zst import compress

        write_whole(target, compress(lines), overwrite=overwrite)
    else:
        write_whole(target, lines, overwrite=overwrite)


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
