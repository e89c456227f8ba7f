"""What a finisher is given, what it tells, and what it promises. Values and a protocol only."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

import msgspec


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """An unfinished cassette that nobody writes any more, and the name that it is to get."""

    unfinished: Path
    target: Path
    """Its suffix says whether it is compressed."""
    key: bytes | None = None
    """That of the placeholders in its heads: with it, a secret has the same one in bodies. It goes through
    memory and pipes only. Without one, as for what another recorder left, bodies get a key of their own.
    """

    def __repr__(self) -> str:
        return f"<Job: {self.unfinished} becomes {self.target}>"

    __str__ = __repr__


class Done(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a job. Where it failed, `target` is not there: what was written stays unfinished."""

    target: Path
    failure: str | None = None
    """Why there is no finished cassette, in words without a secret."""
    exchanges: int = 0
    events: int = 0
    size: int = 0
    """Of the finished file, in bytes."""
    redacted: int = 0
    """Spans that were replaced in bodies, now; those of the heads were before."""
    unscanned: int = 0
    """Bodies that nobody could read for secrets, or not to their end."""
    damaged: int = 0
    """Lines of the unfinished cassette that were no records: they are lost."""
    recovered: bool = False
    """Whether a recorder that was cut off had left it: nobody handed it over here."""
    elsewhere: bool = False
    """Whether another process took it first, and finishes it."""
    empty: bool = False
    """Whether there was nothing to keep: the unfinished file is removed, and there is no cassette."""

    @property
    def is_finished(self) -> bool:
        """Whether a cassette has its name by this."""
        return self.failure is None and not self.elsewhere and not self.empty


class Finisher(Protocol):
    """Finishes what it is given, in the order it was given. Neither method raises."""

    def hand_over(self, job: Job) -> None:
        """Take a job; returns at once where the finisher is another process."""

    def stop(self, seconds: float) -> bool:
        """Take no more, and finish what there is. False where that takes longer than `seconds`."""
