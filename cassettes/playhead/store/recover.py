"""Saving what is readable of a damaged cassette, and finishing one that its recorder left unfinished.

Of a damaged one, the lines that are records are copied as they stand, byte for byte; the others are left out
and said. What comes from an unfinished one was never read for secrets: it is redacted, as any recorder would
have done.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path

import msgspec

from playhead.errors import CannotRun, CassetteError, InputError, UsageError
from playhead.redaction.policy import DEFAULT, Policy
from playhead.store import lock
from playhead.store.files import PARTIAL, packed, write_whole
from playhead.store.finalise import Keep, Outcome, finalise
from playhead.store.header import ZSTD_MAGIC
from playhead.store.mend import mend
from playhead.store.places import UNFINISHED
from playhead.store.source import Held
from playhead.store.survey import Problem, Severity, Survey


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
    redacted: int = 0
    """Spans that were replaced in bodies, of an unfinished cassette."""
    unscanned: tuple[tuple[int, str], ...] = ()
    """Bodies that could not be read for secrets: exchange and place."""
    is_empty: bool = False
    """Whether an unfinished cassette held nothing: then there is no target."""


def default_target(source: Path) -> Path:
    """Where a recovered cassette goes: its finished name, or beside a damaged one.

    What lies in a recorder's folder of unfinished ones goes into the recorder's folder.
    """
    name = source.name
    if name.endswith(PARTIAL):
        folder = source.absolute().parent
        name = name.removesuffix(PARTIAL)
        return source.parent.parent / name if folder.name == UNFINISHED else source.with_name(name)
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


def recover(source: Path, target: Path, policy: Policy = DEFAULT, *, overwrite: bool = False) -> Recovery:
    """Write what is readable of `source` to `target`; where it is a `.partial`, redacted by `policy`.

    `source` stays as it is, unless it is a `.partial` that became its finished name and lost no more than a
    torn line: then it is removed. Raises `CannotRun` where `source` is being written, `CassetteError` where
    no line of it is a record.
    """
    if source.name.endswith(PARTIAL):
        return _finish(source, target, policy, overwrite)
    data = _read(source)
    salvaged: list[Problem] = []
    if data.startswith(ZSTD_MAGIC):
        from playhead.store.zst import salvage

        data = salvage(data, salvaged.append)
    mended = mend(data, os.fspath(source))
    write_whole(target, packed(target, iter(mended.source.readline, b"")), overwrite=overwrite)
    return Recovery(
        target=target,
        exchanges=len(mended.exchanges),
        chunks=sum(tally.chunks for tally in mended.exchanges.values()),
        size=sum(tally.size for tally in mended.exchanges.values()),
        ended=mended.ended,
        problems=(*salvaged, *mended.damage, *([mended.torn] if mended.torn else [])),
    )


def _finish(source: Path, target: Path, policy: Policy, overwrite: bool) -> Recovery:
    if target.exists() and not overwrite:
        raise UsageError(f"{target} exists already", hint="Choose another name, or replace it with --force.")
    if not source.exists():
        raise InputError(f"{source}: {os.strerror(errno.ENOENT)}")
    is_own = target.absolute() == default_target(source).absolute()
    done = finalise(source, target, policy, keep=Keep.DAMAGED if is_own else Keep.ALL)
    match done.outcome:
        case Outcome.HELD:
            raise CannotRun(f"{source} is being written", hint="Stop its recorder first.")
        case Outcome.GONE:
            raise InputError(f"{source}: somebody else finished it just now")
    return Recovery(
        target=target,
        exchanges=done.exchanges,
        chunks=done.chunks,
        size=done.body_bytes,
        ended=done.ended,
        problems=done.problems,
        redacted=done.redacted,
        unscanned=done.unscanned,
        is_empty=done.outcome is Outcome.EMPTY,
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
