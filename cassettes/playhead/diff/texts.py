"""Where two texts differ: hunks, in time that stays near linear however long they are.

What both begin and end with is set aside; a long middle is divided at the items that stand once on each
side, and only short parts are aligned item by item. Knows sequences and words; no exchange.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Hashable, Iterator, Sequence
from difflib import SequenceMatcher
from typing import NamedTuple

_WORD = re.compile(r"\w+|\s+|[^\w\s]")
_FEW = 100
"""So many items are aligned one by one; the time that takes grows with their square and more."""
_DEEPEST = 20
"""So often a part is divided further."""


class Run(NamedTuple):
    """`a[a_from:a_to]` stands where `b[b_from:b_to]` stands; the two differ."""

    a_from: int
    a_to: int
    b_from: int
    b_to: int


def runs(a: Sequence[Hashable], b: Sequence[Hashable]) -> Iterator[Run]:
    """The parts in which two sequences differ, in order."""
    return _runs(a, b, Run(0, len(a), 0, len(b)), _DEEPEST)


def _runs(a: Sequence[Hashable], b: Sequence[Hashable], within: Run, depth: int) -> Iterator[Run]:
    start, other, end, other_end = _trimmed(a, b, within)
    if start == end and other == other_end:
        return
    left = Run(start, end, other, other_end)
    if max(end - start, other_end - other) <= _FEW:
        yield from _aligned(a, b, left)
        return
    anchors = _anchors(a, b, left) if depth else []
    if not anchors:
        yield left
        return
    for at, at_b in [*anchors, (end, other_end)]:
        yield from _runs(a, b, Run(start, at, other, at_b), depth - 1)
        start, other = at + 1, at_b + 1


def _trimmed(a: Sequence[Hashable], b: Sequence[Hashable], within: Run) -> tuple[int, int, int, int]:
    """Without what both begin and end with: from and from, to and to."""
    start, end, other, other_end = within
    while start < end and other < other_end and a[start] == b[other]:
        start, other = start + 1, other + 1
    while start < end and other < other_end and a[end - 1] == b[other_end - 1]:
        end, other_end = end - 1, other_end - 1
    return start, other, end, other_end


def _aligned(a: Sequence[Hashable], b: Sequence[Hashable], part: Run) -> Iterator[Run]:
    start, end, other, other_end = part
    matcher = SequenceMatcher(None, a[start:end], b[other:other_end], autojunk=False)
    for tag, a_from, a_to, b_from, b_to in matcher.get_opcodes():
        if tag != "equal":
            yield Run(start + a_from, start + a_to, other + b_from, other + b_to)


def _anchors(a: Sequence[Hashable], b: Sequence[Hashable], part: Run) -> list[tuple[int, int]]:
    """The items that stand once on each side, in the same order on both: as many of them as can be.

    That is patience diff (Bram Cohen): piles of cards by their place in B, each card knowing the one that
    lay on the pile to its left.
    """
    start, end, other, other_end = part
    in_a, in_b = _once(a, start, end), _once(b, other, other_end)
    tops: list[int] = []
    piles: list[tuple[int, int]] = []
    before: dict[tuple[int, int], tuple[int, int] | None] = {}
    for item, at in in_a.items():
        if item not in in_b:
            continue
        card = (at, in_b[item])
        pile = bisect_left(tops, card[1])
        before[card] = piles[pile - 1] if pile else None
        tops[pile : pile + 1] = [card[1]]
        piles[pile : pile + 1] = [card]
    found: list[tuple[int, int]] = []
    last = piles[-1] if piles else None
    while last is not None:
        found.append(last)
        last = before[last]
    return found[::-1]


def _once(items: Sequence[Hashable], start: int, end: int) -> dict[Hashable, int]:
    """Where each item stands that stands once between `start` and `end`."""
    counts = Counter(items[at] for at in range(start, end))
    return {items[at]: at for at in range(start, end) if counts[items[at]] == 1}


class Hunk(NamedTuple):
    """At character `offset` of A, `a` stands where B has `b`."""

    offset: int
    a: str
    b: str


def hunks(a: str, b: str) -> Iterator[Hunk]:
    """The words in which two texts differ."""
    start = _common_characters(a, b)
    a_words, b_words = _WORD.findall(a[start:]), _WORD.findall(b[start:])
    offset, at = start, 0
    for run in runs(a_words, b_words):
        offset += sum(map(len, a_words[at : run.a_from]))
        at = run.a_from
        yield Hunk(offset, "".join(a_words[run.a_from : run.a_to]), "".join(b_words[run.b_from : run.b_to]))


def _common_characters(a: str, b: str) -> int:
    """Where the word begins in which two texts first differ."""
    low, high = 0, min(len(a), len(b))
    while low < high:
        middle = (low + high + 1) // 2
        if a[low:middle] == b[low:middle]:
            low = middle
        else:
            high = middle - 1
    while low and (a[low - 1].isalnum() or a[low - 1].isspace()):
        low -= 1
    return low
