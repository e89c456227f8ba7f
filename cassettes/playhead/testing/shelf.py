"""The cassettes that were opened last: parameters and whole modules replay the same one.

Knows files and what was read of them; nothing of what was played. PYTEST_DONT_REWRITE
"""

from __future__ import annotations

import os
from collections import OrderedDict
from pathlib import Path
from typing import Final

from playhead.exchange import Exchange
from playhead.matching import Book, Entry, Rules
from playhead.store.cassette import Cassette, load

_KEPT: Final = 32


class Opened:
    """A cassette, and its requests by the rules that they were asked for by."""

    def __init__(self, cassette: Cassette) -> None:
        self.exchanges: tuple[Exchange, ...] = cassette.exchanges
        self._books: dict[Rules, Book] = {}

    def book(self, rules: Rules) -> Book:
        """The requests, as `rules` compare them."""
        if rules not in self._books:
            entries = (Entry(each.request, each.redactions) for each in self.exchanges)
            self._books[rules] = Book(entries, rules)
        return self._books[rules]


_opened: OrderedDict[tuple[str, int, int], Opened] = OrderedDict()


def opened(path: Path) -> Opened:
    """The cassette at `path`, read anew where the file is another. Raises what `load` raises."""
    name = str(path)
    info = os.stat(name)  # noqa: PTH116 - a path of its own for every test takes longer
    key = (name, info.st_mtime_ns, info.st_size)
    found = _opened.get(key)
    if found is None:
        found = _opened[key] = Opened(load(path))
        if len(_opened) > _KEPT:
            _opened.popitem(last=False)
    else:
        _opened.move_to_end(key)
    return found
