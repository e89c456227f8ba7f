"""The values in a JSON text, each with its path and place. Lenient: what is cut or broken is read as far.

Knows JSON's tokens, not its values: nothing is decoded, so that offsets are those of the text. Works on
bytes read as ISO-8859-1.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from playhead.redaction.fields import ITEM, Path, Trie

_TOKEN = re.compile(r"\"([^\"\\]*(?:\\.[^\"\\]*)*)(\"?)|([{}\[\],:])|[^\s{}\[\],:\"]+", re.DOTALL)
_INDEX = re.compile(r"(?:[a-z]+_)?index|item_id")
_EMPTY = Trie()
_ALL = Trie()
"""Below a field that is secret with all it holds."""
_ALL.deep = _ALL.here = True

Place = tuple[int, int]


class Container:
    """An object or list on the way to a value."""

    __slots__ = ("index", "is_list", "name", "parent", "path", "trie")

    def __init__(self, parent: Container | None, path: Path, is_list: bool, trie: Trie) -> None:
        self.parent = parent
        self.path = path
        self.is_list = is_list
        self.trie = trie
        self.name = ITEM if is_list else ""
        """Of the member that is being read."""
        self.index: tuple[Place, ...] = ()
        """What tells it from its neighbours: where the values of its members `index`, `item_id` stand."""

    def indexes(self) -> tuple[Place, ...]:
        """The indexes of it and of all that hold it."""
        return self.index if self.parent is None else self.parent.indexes() + self.index


class Value:
    """A string or another scalar at `start` to `end` of the text, quotes left out."""

    __slots__ = ("container", "end", "is_secret", "is_string", "name", "start")

    def __init__(
        self, container: Container, name: str, start: int, end: int, is_string: bool, is_secret: bool
    ) -> None:
        self.container = container
        self.name = name
        self.start = start
        self.end = end
        self.is_string = is_string
        self.is_secret = is_secret
        """Whether a field says that its value is secret."""


def values(text: str, trie: Trie) -> Iterator[Value]:
    """Every scalar in `text`. What an object says of its index may come behind its other members: a
    value's container is whole only when the iteration has ended."""
    here = root = Container(None, (), True, trie)
    root.name = ""
    for match in _TOKEN.finditer(text):
        sign = match[3]
        if sign is None:
            if match[1] is not None and not here.is_list and not here.name:
                here.name = match[1] or "\0"
                continue
            start, end = match.span(1) if match[1] is not None else match.span()
            yield _value(here, start, end, match[1] is not None)
        elif sign in "{[":
            here = _opened(here, is_list=sign == "[")
        elif sign in "}]":
            here = here.parent or here
        elif sign == "," and not here.is_list:
            here.name = ""


def _opened(outer: Container, *, is_list: bool) -> Container:
    trie = _below(outer)
    if trie.here and trie.deep:
        trie = _ALL
    path = (*outer.path, outer.name) if outer.name else outer.path
    return Container(outer, path, is_list, trie)


def _value(here: Container, start: int, end: int, is_string: bool) -> Value:
    name = here.name
    if _INDEX.fullmatch(name):
        here.index = (*here.index, (start, end))
    return Value(here, name, start, end, is_string, _below(here).here)


def _below(here: Container) -> Trie:
    """The tree of fields for the value that comes next in `here`."""
    if here.trie is _ALL:
        return _ALL
    return here.trie.children.get(here.name, _EMPTY) if here.name else here.trie
