"""The same bytes in other chunks.

Knows where a body can be divided. A piece is there when its last byte was; nothing comes early.
"""

from __future__ import annotations

import enum
import random
import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from operator import index

from playhead.bodies import BodyKind
from playhead.errors import UsageError
from playhead.plan.alterations.base import Alteration
from playhead.plan.alterations.places import chunk_ends, frame_ends
from playhead.plan.steps import Send
from playhead.plan.whole import Plan

_CONTINUATION = re.compile(rb"[\x80-\xbf]")
_LINE_END = re.compile(rb"\r(?=\n)|\n(?=\n)|\r(?=\r)")
_FIELD = re.compile(rb"(?:(?<=[\r\n])|\A)(event|data|id|retry)(?=:)")
_AVERAGE = 24
"""Bytes of a random piece, on the average: several in an event."""


class Split(enum.Enum):
    """Ways of dividing a body."""

    RECORDED = "recorded"
    EVENT = "event"
    """A chunk for each frame, of any kind; a body that is no stream stays one chunk."""
    WHOLE = "whole"
    """One chunk."""
    SIZE = "size"
    """Every so many bytes."""
    UTF8 = "utf-8"
    """Inside each character of more than one byte, at every byte, besides the recorded places."""
    CRLF = "crlf"
    """Between CR and LF, and between the two line ends of a blank line, besides the recorded places."""
    FIELD = "field"
    """Inside each field name, besides the recorded places."""
    RANDOM = "random"
    """Anywhere, by a seed."""
    OFFSETS = "offsets"
    """At the offsets that are given, and nowhere else."""


@dataclass(frozen=True, slots=True)
class Rechunk(Alteration):
    """Divides the body anew. `size` is for `SIZE`, `seed` for `RANDOM`, `offsets` for `OFFSETS`."""

    split: Split
    size: int = 0
    seed: int = 0
    offsets: tuple[int, ...] = ()

    def __call__(self, plan: Plan) -> Plan:
        if self.split is Split.RECORDED or not plan.sends:
            return plan
        body = plan.body
        return plan.sending(_pieces(plan, body, self.places(plan, body)))

    def places(self, plan: Plan, body: bytes) -> Sequence[int]:
        """Where the pieces end, in rising order; the end of the body need not be among them."""
        match self.split:
            case Split.WHOLE:
                return ()
            case Split.SIZE:
                return range(self.size, len(body), self.size)
            case Split.OFFSETS:
                return sorted({offset for offset in self.offsets if 0 < offset < len(body)})
            case Split.RANDOM:
                return _random(len(body), self.seed)
            case Split.EVENT:
                return () if plan.kind is BodyKind.WHOLE else frame_ends(plan)
            case _:
                return sorted({*chunk_ends(plan), *_INSIDE[self.split](body)})

    def __str__(self) -> str:
        match self.split:
            case Split.SIZE:
                return f"rechunk every {self.size} bytes"
            case Split.RANDOM:
                return f"rechunk at random, seed {self.seed}"
            case Split.OFFSETS:
                return f"rechunk at bytes {', '.join(map(str, self.offsets)) or 'none'}"
        return f"rechunk: {_WORDS[self.split]}"


_WORDS = {
    Split.RECORDED: "as recorded",
    Split.EVENT: "a chunk per event",
    Split.WHOLE: "one chunk",
    Split.UTF8: "inside each UTF-8 character",
    Split.CRLF: "inside each line end",
    Split.FIELD: "inside each field name",
}
_INSIDE: dict[Split, Callable[[bytes], Iterable[int]]] = {
    Split.UTF8: lambda body: (found.start() for found in _CONTINUATION.finditer(body)),
    Split.CRLF: lambda body: (found.end() for found in _LINE_END.finditer(body)),
    Split.FIELD: lambda body: (found.start() + len(found[0]) // 2 for found in _FIELD.finditer(body)),
}


def rechunk(how: str | int | None = None, *, seed: int = 0, at: Iterable[int] | None = None) -> Rechunk:
    """The same bytes in other chunks.

    `how` is `"recorded"`, `"event"`, `"whole"`, a number of bytes, `"utf-8"`, `"crlf"`, `"field"` or
    `"random"` (which goes by `seed`); `at` gives the offsets themselves instead. Raises `UsageError` for
    anything else.
    """
    if at is not None:
        if how is not None:
            raise UsageError("rechunk goes by a way or by offsets, not by both")
        return Rechunk(Split.OFFSETS, offsets=_offsets(at))
    if isinstance(how, int) and not isinstance(how, bool):
        if how < 1:
            raise UsageError(f"no chunk has {how} bytes")
        return Rechunk(Split.SIZE, size=how)
    named = {split.value: split for split in Split if split not in (Split.SIZE, Split.OFFSETS)}
    if how not in named:
        raise UsageError(
            f"no such way to rechunk: {how!r}", hint=f"There are: {', '.join(named)}, and a number of bytes."
        )
    return Rechunk(named[how], seed=seed)


def _offsets(at: Iterable[int]) -> tuple[int, ...]:
    try:
        return tuple(sorted({index(each) for each in at}))
    except TypeError:
        raise UsageError("rechunk goes by offsets: whole numbers", hint="rechunk(at=[3, 17])") from None


def smallest(offsets: Iterable[int], fails: Callable[[Rechunk], bool]) -> Rechunk:
    """The fewest splits of `offsets` that still fail: none of those left can be taken away.

    `fails` is called with each try, about (number of splits)·log times. What it is first called with, all
    of them, must fail; `UsageError` otherwise. Source: Zeller's delta debugging (ddmin).
    """
    left = sorted(set(offsets))
    if not fails(rechunk(at=left)):
        raise UsageError("nothing fails with these splits: there is nothing to shrink")
    parts = 2
    while len(left) > 1:
        size = -(-len(left) // parts)
        pieces = [left[at : at + size] for at in range(0, len(left), size)]
        tries = pieces + [[o for o in left if o not in set(piece)] for piece in pieces]
        smaller = next((each for each in tries if len(each) < len(left) and fails(rechunk(at=each))), None)
        if smaller is not None:
            parts = 2 if smaller in pieces else max(parts - 1, 2)
            left = smaller
        elif parts >= len(left):
            break
        else:
            parts = min(parts * 2, len(left))
    if len(left) == 1 and fails(rechunk(at=())):
        left = []
    return rechunk(at=left)


def _random(size: int, seed: int) -> list[int]:
    dice = random.Random(seed)
    return sorted(dice.sample(range(1, size), min(size // _AVERAGE + 1, size - 1))) if size > 1 else []


def _pieces(plan: Plan, body: bytes, places: Sequence[int]) -> Iterable[Send]:
    ends = chunk_ends(plan)
    start = 0
    for end in (*places, len(body)):
        if end > start:
            # A piece is there when the chunk that holds its last byte was.
            source = plan.sends[bisect_left(ends, end)]
            yield Send(source.number, body[start:end], source.at)
            start = end
