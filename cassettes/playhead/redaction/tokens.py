"""The values in a JSON text, each with its path and place. Lenient: what is cut or broken is read as far.

Knows JSON's tokens, not its values: nothing is decoded, so that offsets are those of the text. Works on
bytes read as ISO-8859-1.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from playhead.redaction.escapes import View
from playhead.redaction.fields import ITEM, Path, Trie

_TOKEN = re.compile(r"\"([^\"\\]*(?:\\.[^\"\\]*)*)(\"?)|([{}\[\],:])|[^\s{}\[\],:\"]+", re.DOTALL)
_INDEX = re.compile(r"(?:[a-z]+_)?index|item_id")
_DEEPEST = 64
"""Levels that are told apart; what is nested deeper counts as one object or list."""
_EMPTY = Trie()
_ALL = Trie()
"""Below a field that is secret with all it holds."""
_ALL.deep = _ALL.here = True

Place = tuple[int, int]
Index = Place | str
"""Where the value of an index stands, or a position in a list."""
_NONE: dict[str, Place] = {}
"""Of most objects; nothing is ever put into it."""
_MOST_INDEXES = 8
"""Each value of an object is told by all of them: else the work would grow with their number's square."""


class Container:
    """An object or list on the way to a value."""

    __slots__ = ("count", "index", "is_list", "name", "parent", "path", "position", "trie")

    def __init__(self, parent: Container | None, path: Path, is_list: bool, trie: Trie) -> None:
        self.parent: Container | None = parent
        self.path: Path = path
        self.is_list: bool = is_list
        self.trie: Trie = trie
        self.count: int = 0
        """Items of a list that came before the one that is being read."""
        self.position: str | None = str(parent.count) if parent is not None and parent.is_item else None
        self.name = ITEM if is_list else ""
        """Of the member that is being read."""
        self.index: dict[str, Place] = _NONE
        """What tells it from its neighbours: where the values of its members `index`, `item_id` stand."""

    def enter(self, *, is_list: bool) -> None:
        """Stand for another object or list as well."""
        self.is_list = is_list
        self.name = ITEM if is_list else ""

    @property
    def is_item(self) -> bool:
        """Whether what stands in it stands in a list."""
        return self.is_list and self.parent is not None

    def indexes(self) -> tuple[Index, ...]:
        """The indexes of it and of all that hold it; an item of a list that has none goes by its position."""
        own: tuple[Index, ...] = tuple(self.index.values())
        if not own and self.position is not None:
            own = (self.position,)
        return own if self.parent is None else self.parent.indexes() + own


class Value:
    """A string or another scalar at `start` to `end` of the text, quotes left out."""

    __slots__ = ("_position", "container", "end", "is_secret", "is_string", "name", "start")

    def __init__(
        self, container: Container, name: str, start: int, end: int, is_string: bool, is_secret: bool
    ) -> None:
        self.container: Container = container
        self.name: str = name
        self.start: int = start
        self.end: int = end
        self.is_string: bool = is_string
        self.is_secret: bool = is_secret
        """Whether a field says that its value is secret."""
        self._position = str(container.count) if container.is_item else None

    def indexes(self) -> tuple[Index, ...]:
        """What tells it from others at its path; known when all values were read."""
        around = self.container.indexes()
        return around if self._position is None else (*around, self._position)


def values(text: str, trie: Trie) -> Iterator[Value]:
    """Every scalar in `text`. What an object says of its index may come behind its other members: a
    value's container is whole only when the iteration has ended."""
    here = root = Container(None, (), True, trie)
    root.name = ""
    levels = 1
    pit = bytearray()  # of the levels that are not told apart: which are lists
    for match in _TOKEN.finditer(text):
        sign = match[3]
        if sign is None:
            if match[1] is not None and not here.is_list and not here.name:
                here.name = _name(match[1])
                continue
            start, end = match.span(1) if match[1] is not None else match.span()
            yield _value(here, start, end, match[1] is not None)
        elif sign in "{[":
            if levels < _DEEPEST:
                here = _opened(here, is_list=sign == "[")
                levels += 1
            else:
                pit.append(here.is_list)
                here.enter(is_list=sign == "[")
        elif sign in "}]":
            if pit:
                here.enter(is_list=bool(pit.pop()))
            elif here.parent is not None:
                here = here.parent
                levels -= 1
        elif sign == ",":
            here.count += 1
            if not here.is_list:
                here.name = ""


def _name(raw: str) -> str:
    """A member's name, as whoever reads the JSON sees it; an empty one is told from none."""
    return (View(raw).text if "\\" in raw else raw) or "\0"


def _opened(outer: Container, *, is_list: bool) -> Container:
    trie = _below(outer)
    if trie.here and trie.deep:
        trie = _ALL
    path = (*outer.path, outer.name) if outer.name else outer.path
    return Container(outer, path, is_list, trie)


def _value(here: Container, start: int, end: int, is_string: bool) -> Value:
    name = here.name
    if _INDEX.fullmatch(name):
        if here.index is _NONE:
            here.index = {}
        if name in here.index or len(here.index) < _MOST_INDEXES:
            here.index[name] = (start, end)
    return Value(here, name, start, end, is_string, _below(here).here)


def _below(here: Container) -> Trie:
    """The tree of fields for the value that comes next in `here`."""
    if here.trie is _ALL:
        return _ALL
    return here.trie.children.get(here.name, _EMPTY) if here.name else here.trie
