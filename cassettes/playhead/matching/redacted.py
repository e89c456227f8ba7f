"""Recorded requests of which something was redacted, found without asking each of them.

First by the parts of which all is known (method and path, as a rule); then, where many are left, by one value
in the body that few of them share. What is found so still has to be asked: these are the ones that may fit.
Knows requests as they are compared, and the shape of JSON values; not what was played.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Sequence
from itertools import compress, islice
from operator import not_
from typing import Any, Final, TypeAlias

from playhead.matching.bodies import Body, OpenBody
from playhead.matching.json_values import Anything, Value
from playhead.matching.rules import Shown
from playhead.matching.wildcards import Pieces

Placed: TypeAlias = tuple[int, Shown]
"""A recorded request and its place."""
Step: TypeAlias = str | int | None
"""Into a member, into an item counted from the end (-1 is the last), or `None`: how many items there are."""
Path: TypeAlias = tuple[Step, ...]
Leaf: TypeAlias = tuple[type, Hashable]
"""A value that is not divided, with its type: `True` is not `1`."""

_FEW: Final = 8
"""Requests that are asked one by one: to look for what tells them apart takes longer."""
_LAST: Final = 4
"""Items of a list that are looked into: the requests of a conversation differ at its end."""
_MOST: Final = 128
"""Values of a body that are looked at."""


class Redacted:
    """The requests, to be asked in few."""

    def __init__(self, entries: Iterable[Placed]) -> None:
        # One table for each way of being open: which parts are, is soon told; mostly there are one or two.
        alike: dict[tuple[bool, ...], dict[tuple[Hashable, ...], list[Placed]]] = {}
        for each in entries:
            shown = each[1]
            same = alike.setdefault(shown.is_open, {})
            same.setdefault(_closed(shown.values, shown.is_open), []).append(each)
        self._tables: dict[tuple[bool, ...], dict[tuple[Hashable, ...], _Alike]] = {
            is_open: {known: _Alike(group) for known, group in same.items()}
            for is_open, same in alike.items()
        }

    def __bool__(self) -> bool:
        return bool(self._tables)

    def fitting(self, asked: tuple[Hashable, ...]) -> Iterator[int]:
        """The places of those that `asked`, as the rules compare it, fits; in no order."""
        for is_open, table in self._tables.items():
            alike = table.get(_closed(asked, is_open))
            if alike is not None:
                yield from (place for place, shown in alike.worth_asking(asked) if shown.fits(asked))


def _closed(values: Sequence[Any], is_open: tuple[bool, ...]) -> tuple[Hashable, ...]:
    """The parts of which all is known."""
    return tuple(compress(values, map(not_, is_open)))


class _Alike:
    """Requests that are equal in all that is known whole, by one value of their bodies each."""

    def __init__(self, entries: list[Placed]) -> None:
        self._rest: list[Placed] = entries
        self._by_leaf: dict[Path, dict[Leaf, list[Placed]]] = {}
        self._part = 0
        """Which of the parts is the body."""
        if len(entries) > _FEW:
            self._divide(entries)

    def _divide(self, entries: list[Placed]) -> None:
        leaves = [self._leaves_of(shown) for _, shown in entries]
        shared = Counter(leaf for found in leaves for leaf in found)
        common = Counter(path for found in leaves for path, _ in found)
        self._rest = []
        for each, found in zip(entries, leaves, strict=True):
            if not found:
                self._rest.append(each)
                continue
            # The fewer share the value the better; and each place has to be looked up in what is asked.
            path, leaf = min(found, key=lambda one: (shared[one], -common[one[0]]))
            self._by_leaf.setdefault(path, {}).setdefault(leaf, []).append(each)

    def _leaves_of(self, shown: Shown) -> list[tuple[Path, Leaf]]:
        for at, value in enumerate(shown.values):
            if isinstance(value, OpenBody):
                self._part = at
                return list(islice(_leaves(value.value), _MOST))
        return []

    def worth_asking(self, asked: tuple[Hashable, ...]) -> list[Placed]:
        """Those that may fit: all the others do not."""
        found = list(self._rest)
        body = asked[self._part]
        if self._by_leaf and isinstance(body, Body):
            for path, table in self._by_leaf.items():
                if (leaf := _at(body.value, path)) is not None:
                    found += table.get(leaf, ())
        return found


def _leaves(value: Value) -> Iterator[tuple[Path, Leaf]]:
    """The values of which nothing was redacted, with their places: what lies less deep comes first."""
    level: list[tuple[Path, Value]] = [((), value)]
    while level:
        deeper: list[tuple[Path, Value]] = []
        for path, each in level:
            if isinstance(each, dict):
                deeper += [((*path, name), part) for name, part in each.items() if isinstance(name, str)]
            elif isinstance(each, list):
                yield (*path, None), (int, len(each))
                last = each[-_LAST:]
                deeper += [((*path, at - len(last)), part) for at, part in enumerate(last)]
            elif not isinstance(each, Pieces | Anything):
                yield path, (type(each), each)
        level = deeper


def _at(value: Value, path: Path) -> Leaf | None:
    """The value at the place, or `None`: there is none that is not divided."""
    for step in path:
        if isinstance(step, str):
            if not isinstance(value, dict) or step not in value:
                return None
            value = value[step]
        elif not isinstance(value, list):
            return None
        elif step is None:
            return int, len(value)
        elif -step > len(value):
            return None
        else:
            value = value[step]
    return None if isinstance(value, dict | list) else (type(value), value)
