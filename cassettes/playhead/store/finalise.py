"""An unfinished cassette becomes a finished one: completed, redacted, compressed, whole, under its name.

Knows files and locks. What is written to `target` was read for secrets first; whatever goes wrong, there is
no `target` and the unfinished file stays.
"""

from __future__ import annotations

import contextlib
import enum
import mmap
import os
import stat
import sys
from collections import Counter
from collections.abc import Iterator
from itertools import takewhile
from pathlib import Path

import msgspec

from playhead.bodies import decoder_of
from playhead.errors import CannotRun, InputError
from playhead.exchange import Exchange
from playhead.redaction import kept
from playhead.redaction.policy import DEFAULT, Policy
from playhead.sse import Frame, FrameKind
from playhead.store import lock
from playhead.store.cassette import Cassette
from playhead.store.files import packed, sync_folder, write_aside
from playhead.store.mend import mend
from playhead.store.redact import redacted_lines, rewriter_of
from playhead.store.survey import Problem, Severity

_OPEN = os.O_RDWR | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
_BODIES = ("request.body", "response.body")


class Outcome(enum.Enum):
    """What became of an unfinished cassette."""

    FINISHED = "finished"
    EMPTY = "empty"
    """It held no exchange and said nothing: it is removed, and there is no target."""
    HELD = "held"
    """Its recorder is at work, or another process finishes it."""
    GONE = "gone"
    """There is no such file any more: another process finished it."""


class Keep(enum.Enum):
    """Which unfinished files stay though their cassette is finished."""

    NONE = enum.auto()
    DAMAGED = enum.auto()
    """Those that held lines which are no records."""
    ALL = enum.auto()


class Finalised(msgspec.Struct, frozen=True, kw_only=True):
    """What became of it, in numbers."""

    outcome: Outcome
    exchanges: int = 0
    chunks: int = 0
    body_bytes: int = 0
    """Bytes of response bodies."""
    events: int = 0
    size: int = 0
    """Bytes of the finished file."""
    replaced: dict[str, int] = {}
    """Spans in bodies, by rule."""
    unscanned: tuple[tuple[int, str], ...] = ()
    """Bodies that nobody could read for secrets, or not to their end: exchange and place."""
    ended: tuple[int, ...] = ()
    """The exchanges that got their `end` record now."""
    problems: tuple[Problem, ...] = ()
    """What of the unfinished file is not in the finished one: lines that are no records, the torn last."""

    @property
    def redacted(self) -> int:
        return sum(self.replaced.values())


def finalise(
    unfinished: Path,
    target: Path,
    policy: Policy,
    *,
    keep: Keep = Keep.NONE,
    orphaned: bool = False,
    key: bytes | None = None,
) -> Finalised:
    """Make `target` of the cassette at `unfinished`, which nobody writes any more; then remove that.

    An existing `target` is replaced: it is what a process made that was killed before it could remove the
    unfinished file. What was secret when it was recorded stays so: its policy, which a recorder's file says,
    and `policy` hold together. `orphaned` says that another recorder left the file: where `policy` is off,
    and the file does not say under which it was recorded, the built-in one is taken. `key` is that of the
    placeholders in its heads, where somebody still knows it.

    Raises `CannotRun` where `target` cannot be written, `Unreadable` where no line is a record,
    `UnsupportedVersion` where a newer Playhead wrote it, `InputError` where it cannot be opened, or says a
    policy that cannot be read.
    """
    try:
        fd = os.open(unfinished, _OPEN)
    except FileNotFoundError:
        return Finalised(outcome=Outcome.GONE)
    except OSError as error:
        raise InputError(f"{unfinished}: cannot be read: {error.strerror}") from None
    with contextlib.ExitStack() as at_end:
        at_end.callback(_close, fd)
        if not stat.S_ISREG(os.fstat(fd).st_mode):
            raise InputError(f"{unfinished}: no regular file")
        claim = lock.claim(fd)
        if claim is lock.Claim.HELD or (claim is lock.Claim.UNKNOWN and orphaned):
            return Finalised(outcome=Outcome.HELD)
        if not _is_at(unfinished, fd):
            return Finalised(outcome=Outcome.GONE)
        done = _made(fd, unfinished, target, policy, orphaned, key)
        if keep is Keep.NONE or (keep is Keep.DAMAGED and not any(map(_is_damage, done.problems))):
            if sys.platform == "win32":
                at_end.close()  # an open file cannot be removed there
            unfinished.unlink(missing_ok=True)
            sync_folder(unfinished.parent)
        return done


def _is_damage(problem: Problem) -> bool:
    return problem.severity is Severity.DAMAGE


def _is_at(path: Path, fd: int) -> bool:
    """Whether the file that was locked is still the one of that name."""
    try:
        there, ours = path.lstat(), os.fstat(fd)
    except FileNotFoundError:
        return False
    return (there.st_dev, there.st_ino) == (ours.st_dev, ours.st_ino)


def _close(fd: int) -> None:
    lock.release(fd)
    os.close(fd)


@contextlib.contextmanager
def _mapped(fd: int) -> Iterator[mmap.mmap]:
    data = mmap.mmap(fd, 0, access=mmap.ACCESS_READ)
    try:
        yield data
    finally:
        data.close()


def _made(
    fd: int, unfinished: Path, target: Path, policy: Policy, orphaned: bool, key: bytes | None
) -> Finalised:
    if os.fstat(fd).st_size == 0:
        return Finalised(outcome=Outcome.EMPTY)
    with _mapped(fd) as data:
        mended = mend(data, os.fspath(unfinished))
        problems = (*mended.damage, *([mended.torn] if mended.torn else []))
        if not mended.says_something:
            return Finalised(outcome=Outcome.EMPTY, problems=problems)
        cassette = Cassette(mended.source, os.fspath(unfinished))
        policy = _strict(policy, cassette, orphaned)
        rewriter = rewriter_of(cassette, policy, mended.dropped, key)
        kept = [each for each in cassette.exchanges if each.number not in mended.dropped]
        events = sum(map(_events, kept))
        _write(cassette.name, redacted_lines(cassette, rewriter, mended.dropped), target)
    in_bodies = Counter(each.rule for _, each in rewriter.replaced if each.name in _BODIES)
    return Finalised(
        outcome=Outcome.FINISHED,
        exchanges=len(mended.exchanges),
        chunks=sum(tally.chunks for tally in mended.exchanges.values()),
        body_bytes=sum(tally.size for tally in mended.exchanges.values()),
        events=events,
        size=target.stat().st_size,
        replaced=dict(sorted(in_bodies.items())),
        unscanned=tuple((number, place) for number, place, _ in rewriter.unscanned),
        ended=mended.ended,
        problems=problems,
    )


def _events(exchange: Exchange) -> int:
    """Counted in one pass: an exchange's own frames stay with it, and a cassette may have very many."""
    decoder = decoder_of(exchange.body_kind)
    if decoder is None:
        return 0
    readable = takewhile(lambda chunk: not chunk.undecoded, exchange.chunks)
    count = sum(_events_in(decoder.feed(chunk.data)) for chunk in readable)
    return count + _events_in(decoder.close())


def _events_in(frames: list[Frame]) -> int:
    return sum(frame.kind is FrameKind.EVENT for frame in frames)


def _strict(policy: Policy, cassette: Cassette, orphaned: bool) -> Policy:
    """The policy, with what was secret by the one that the cassette was recorded under."""
    facts = dict(cassette.header.facts)
    match facts.get("redaction"):
        case "off":
            return policy
        case None:
            # No recorder of ours wrote its header, or nobody can read it.
            return DEFAULT if orphaned and policy.off else policy
    text = facts.get(kept.FACT)
    try:
        return kept.union(DEFAULT if text is None else kept.policy_of_text(text), policy)
    except ValueError:
        raise InputError(
            f"{cassette.name}: the redaction policy that it was recorded under cannot be read",
            hint="A newer Playhead recorded it: finish it with that one.",
        ) from None


def _write(unfinished: str, lines: Iterator[bytes], target: Path) -> None:
    beside = Path(unfinished).parent
    try:
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # In the private folder nobody mistakes it for a cassette, and what a killed process left is found.
        is_near = beside.stat().st_dev == target.parent.stat().st_dev
        write_aside(target, packed(target, lines), beside if is_near else None)
    except OSError as error:
        raise CannotRun(f"{target}: cannot be written: {error.strerror}") from None
