"""Where two texts differ: hunks, in time that stays near linear however long they are.

What both begin and end with is set aside first; only a middle of moderate size is aligned word by word.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterator, Sequence
from difflib import SequenceMatcher
from typing import NamedTuple

_WORD = re.compile(r"\w+|\s+|[^\w\s]")
_MANY = 4000
"""More items than this in a middle are not aligned: the middle is one difference."""


class Run(NamedTuple):
    """`a[a_from:a_to]` stands where `b[b_from:b_to]` stands; the two differ."""

    a_from: int
    a_to: int
    b_from: int
    b_to: int


def runs(a: Sequence[Hashable], b: Sequence[Hashable]) -> Iterator[Run]:
    """The parts in which two sequences differ, in order."""
    start = _common(a, b)
    end_a, end_b = len(a), len(b)
    while end_a > start and end_b > start and a[end_a - 1] == b[end_b - 1]:
        end_a -= 1
        end_b -= 1
    if start == end_a and start == end_b:
        return
    if max(end_a, end_b) - start > _MANY:
        yield Run(start, end_a, start, end_b)
        return
    matcher = SequenceMatcher(None, a[start:end_a], b[start:end_b], autojunk=False)
    for tag, a_from, a_to, b_from, b_to in matcher.get_opcodes():
        if tag != "equal":
            yield Run(start + a_from, start + a_to, start + b_from, start + b_to)


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


def _common(a: Sequence[Hashable], b: Sequence[Hashable]) -> int:
    """How many items both begin with."""
    size = min(len(a), len(b))
    return next((at for at in range(size) if a[at] != b[at]), size)


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
