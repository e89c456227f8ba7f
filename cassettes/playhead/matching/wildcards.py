"""Text of which spans were redacted: the rest must be equal, a span may be anything of any length.

Knows text and bytes with offsets into them; not what they mean.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from playhead.model import Redaction

T = TypeVar("T", str, bytes)
P = TypeVar("P")
A = TypeVar("A")
Span = tuple[int, int]
"""From the first offset to before the second."""


@dataclass(frozen=True, slots=True)
class Pieces(Generic[T]):
    """What stands before, between and behind the redacted spans: two pieces at least."""

    kept: tuple[T, ...]

    def fits(self, text: T) -> bool:
        """Whether `text` is what was recorded, whatever was redacted."""
        first, last = self.kept[0], self.kept[-1]
        if len(text) < len(first) + len(last) or not text.startswith(first) or not text.endswith(last):
            return False
        at, end = len(first), len(text) - len(last)
        for piece in self.kept[1:-1]:
            found = text.find(piece, at, end)
            if found < 0:
                return False
            at = found + len(piece)
        return True


def paired(patterns: Sequence[P], texts: Sequence[A], fits: Callable[[P, A], bool]) -> bool:
    """Whether each pattern can have one of `texts` for its own, which it fits."""
    has: dict[int, int] = {}
    owner: dict[int, int] = {}
    for first in range(len(patterns)):
        # Its own, or one that another gives up because it fits a further one too, and so on.
        asked_by: dict[int, int] = {}
        waiting = [first]
        free: int | None = None
        for pattern in waiting:
            for at, text in enumerate(texts):
                if at not in asked_by and fits(patterns[pattern], text):
                    asked_by[at] = pattern
                    if at not in owner:
                        free = at
                        break
                    waiting.append(owner[at])
            if free is not None:
                break
        while free is not None:
            pattern = asked_by[free]
            given_up = has.get(pattern)
            has[pattern], owner[free] = free, pattern
            free = given_up
        if first not in has:
            return False
    return True


def spans_of(redactions: Iterable[Redaction], name: str, size: int) -> list[Span]:
    """The spans that were redacted in the place called `name`, of `size` bytes; ascending, none touching."""
    from playhead.redaction.policy import UNSCANNED  # most recordings hold nothing redacted to ask about

    spans: list[Span] = []
    for each in redactions:
        start, length = each.byte_offset, each.size
        if each.name != name or each.rule == UNSCANNED or start is None or length is None:
            continue
        if start >= 0 and length > 0 and start < size:
            spans.append((start, min(start + length, size)))
    return joined(spans)


def within(place: Span, spans: Iterable[Span]) -> Iterator[Span]:
    """The parts of `spans` in a place, counted from its start."""
    start, end = place
    for first, last in spans:
        if first < end and last > start:
            yield max(first, start) - start, min(last, end) - start


def joined(spans: Iterable[Span]) -> list[Span]:
    """The same bytes in as few spans as there can be, ascending."""
    found: list[Span] = []
    for start, end in sorted(spans):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return found


def pieces(text: T, spans: Iterable[Span]) -> Pieces[T]:
    """What is left of `text` without the spans, which ascend and do not touch."""
    kept: list[T] = []
    at = 0
    for start, end in spans:
        kept.append(text[at:start])
        at = end
    kept.append(text[at:])
    return Pieces(tuple(kept))
