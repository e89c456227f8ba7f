"""The recorded requests of a cassette as they are compared, made once for all who replay it.

Knows exchanges, and for how long what was made of them holds; what fits, `playhead.matching` decides.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from weakref import WeakKeyDictionary

from playhead.exchange import Exchange
from playhead.matching import Book, Entry, Rules

_RULES: Final = 8
_made: WeakKeyDictionary[Exchange, tuple[Book, ...]] = WeakKeyDictionary()
"""The books of those that begin with an exchange, by one rules or others."""


def book_of(exchanges: Sequence[Exchange], rules: Rules) -> Book:
    """The requests of `exchanges`, as `rules` compare them. Raises `DamagedCassette` where one is none."""
    if not exchanges:
        return Book((), rules)
    made = _made.get(exchanges[0], ())
    for known in made:
        if (known.rules is rules or known.rules == rules) and _is_of(known, exchanges):
            return known
    book = Book((Entry(each.request, each.redactions) for each in exchanges), rules)
    _made[exchanges[0]] = (book, *made[: _RULES - 1])
    return book


def _is_of(book: Book, exchanges: Sequence[Exchange]) -> bool:
    """Whether it was made of these, and none of them has grown since."""
    return len(book.entries) == len(exchanges) and all(
        entry.request is each.request and entry.redactions is each.redactions
        for entry, each in zip(book.entries, exchanges, strict=True)
    )
