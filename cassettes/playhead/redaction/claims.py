"""What the records of a cassette say of its own redactions, and whether that is so.

A record is believed of a text that is a placeholder, or one of which parts stand elsewhere: whatever it says,
a key is none. Knows offsets and how placeholders look; not how secrets are found.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterable
from typing import Final, TypeAlias

from playhead.redaction.patches import Covered
from playhead.redaction.secret import Piece, Secret
from playhead.redaction.spans import MARK

Content: TypeAlias = Callable[[int, int], bytes]
"""What stands in a body between two offsets."""

_SHORTEST: Final = 12
"""Bytes that a secret has at least."""
_DERIVED: Final = re.compile(r"[A-Za-z0-9_-]*")


def cut(body: bytes) -> Content:
    """The content of a body that is at hand."""
    return lambda start, end: body[start:end]


class Claims:
    """The spans of one body that were redacted, as its cassette says."""

    def __init__(self, spans: Iterable[Piece]) -> None:
        self._spans = sorted(set(spans))
        self._known = Covered()
        for start, end in self._spans:
            self._known.take(start, end)

    def hold(self, secret: Secret, content: Content) -> bool:
        """Whether what was found in several pieces is a placeholder that the records tell of.

        One piece shows by itself what it is.
        """
        told = self._told(secret) if len(secret.pieces) > 1 else []
        return bool(told) and self._is_placeholder(told, content)

    def _told(self, secret: Secret) -> list[Piece]:
        """The parts of a secret that were redacted, where that is nearly all of it; else none."""
        told: list[Piece] = []
        for start, end in secret.pieces:
            for first, last in (*self._known.free(start, end), (end, end)):
                told += [(start, first)] if start < first else []
                start = last
        left = secret.size - sum(last - first for first, last in told)
        return told if left < max(_SHORTEST, secret.size // 2) else []

    def _is_placeholder(self, pieces: list[Piece], content: Content) -> bool:
        """Whether the pieces say `REDACTED` and what follows that, with pieces of others between them or not.

        The first of them has to say a part of it: else it would do that a placeholder stands before. Of two
        that overlap one was cut short, and the other begins behind its beginning.
        """
        begin = max(bisect_left(self._spans, pieces[0]) - len(MARK), 0)
        end = bisect_left(self._spans, pieces[-1])
        between = [(span, False) for span in self._spans[begin:end] if not _touches(span, pieces)]
        said = {0}
        for piece, is_its_own in sorted([*between, *((piece, True) for piece in pieces)]):
            text = content(*piece).decode("latin-1")
            if piece == pieces[0]:
                said.discard(len(MARK))
            further = {more for so_far in said if (more := _further(so_far, text)) is not None}
            if is_its_own and not further:
                return False
            said = further | {0} if is_its_own else said | further
        return len(MARK) in said


def _touches(span: Piece, pieces: list[Piece]) -> bool:
    at = bisect_left(pieces, span[1], key=lambda piece: piece[0])
    return at > 0 and pieces[at - 1][1] > span[0]


def _further(said: int, text: str) -> int | None:
    """How much of `REDACTED` is said behind `text`, where `said` of it was; `None` if it cannot follow."""
    more = min(len(MARK) - said, len(text))
    follows = text.startswith(MARK[said : said + more]) and _DERIVED.fullmatch(text, more)
    return said + more if follows else None
