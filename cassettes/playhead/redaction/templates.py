"""The strings of an event's JSON by its outline: events of a stream have few, and each is read once.

What stands between the strings (brackets, commas, numbers) and the names of members tell where every string
belongs. Knows JSON's outline and the paths of `tokens`; nothing is decoded.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from playhead.redaction.fields import Trie
from playhead.redaction.tokens import Index, Place, Value, values

_STRING = re.compile(r"\"([^\"\\]*+(?:\\.[^\"\\]*+)*+)(?:\"|\\?\Z)", re.DOTALL)
"""One that is not closed reaches to the end: else each quote in it would be tried as its beginning."""
_DIGITS = re.compile(r"[0-9]+")
_MOST = 512
_LARGE = 32 * 1024
"""From here on a text is read by itself: hardly another has its outline."""
CONSTANT = frozenset(
    (
        *("type", "object", "id", "model", "item_id", "role", "event", "status", "response_id", "created_at"),
        *("service_tier", "system_fingerprint", "obfuscation", "finish_reason", "stop_reason", "jsonrpc"),
    )
)
"""Members that no text is streamed in."""


class Streamed(NamedTuple):
    """A string that may be a part of a text: its path, what tells the text from others there, its place."""

    path: tuple[str, ...]
    indexes: tuple[str, ...]
    start: int
    end: int


class _Leaf(NamedTuple):
    part: int
    """Its place among the parts of the split text: an odd number."""
    path: tuple[str, ...]
    indexes: tuple[int | str, ...]
    """A part for a string, -1 - k for the k-th number, a position as it is."""


class _Plan(NamedTuple):
    leaves: tuple[_Leaf, ...]
    has_secrets: bool
    has_indexes: bool


class _Outline(NamedTuple):
    names: tuple[int, ...]
    """Which parts are names of members."""
    plans: dict[tuple[str, ...], _Plan]


class Templates:
    """Reads the strings of JSON texts; what it learned of one it knows of the next."""

    def __init__(self, trie: Trie) -> None:
        self._trie = trie
        self._outlines: dict[str, _Outline] = {}

    def read(self, text: str) -> tuple[Sequence[Streamed], bool]:
        """The strings that may be streamed, and whether fields may say that something is secret."""
        if len(text) > _LARGE:
            return _read_alone(text, self._trie)
        parts = _STRING.split(text)
        outline = '"'.join(parts[::2])
        if _is_cut(text, parts):
            return _read_alone(text, self._trie)
        key = _DIGITS.sub("0", outline)
        known = self._outlines.get(key)
        if known is not None:
            plan = known.plans.get(tuple([parts[at] for at in known.names]))
            if plan is not None:
                return _filled(plan, parts, outline), plan.has_secrets
        self._learn(key, text, parts)
        return _read_alone(text, self._trie)

    def _learn(self, key: str, text: str, parts: list[str]) -> None:
        if len(self._outlines) >= _MOST:
            self._outlines.clear()
        places, numbers = _places(parts)
        found = list(values(text, self._trie))
        by_start = {start: at for at, start in places.items()}
        of_values = {by_start[value.start] for value in found if value.is_string and value.start in by_start}
        names = tuple(at for at in places if at not in of_values)
        outline = self._outlines.setdefault(key, _Outline(names, {}))
        leaves = tuple(
            _Leaf(
                by_start[value.start],
                (*value.container.path, value.name),
                tuple(_index(place, by_start, numbers) for place in value.indexes()),
            )
            for value in found
            if value.is_string and value.name not in CONSTANT and value.start in by_start
        )
        if len(outline.plans) >= _MOST:
            outline.plans.clear()
        outline.plans[tuple([parts[at] for at in outline.names])] = _Plan(
            leaves, any(value.is_secret for value in found), any(leaf.indexes for leaf in leaves)
        )


def _filled(plan: _Plan, parts: list[str], outline: str) -> list[Streamed]:
    numbers = _DIGITS.findall(outline) if plan.has_indexes else []
    found: list[Streamed] = []
    start = at = 0
    for leaf in plan.leaves:
        # Behind what comes before, and the quotes: two for each string, one for its own.
        start += sum([len(part) for part in parts[at : leaf.part]]) + (leaf.part - at)
        at = leaf.part
        size = len(parts[at])
        if size:
            indexes = tuple([_known(index, parts, numbers) for index in leaf.indexes])
            found.append(Streamed(leaf.path, indexes, start, start + size))
    return found


def _known(index: int | str, parts: list[str], numbers: list[str]) -> str:
    if isinstance(index, str):
        return index
    return parts[index] if index >= 0 else numbers[-1 - index]


def _is_cut(text: str, parts: list[str]) -> bool:
    """Whether its last string may not be closed; then the parts do not tell where strings begin and end."""
    return len(parts) > 1 and not parts[-1] and (not text.endswith('"') or parts[-2].endswith('"'))


def _read_alone(text: str, trie: Trie) -> tuple[list[Streamed], bool]:
    found: list[Value] = []
    has_secrets = False
    for value in values(text, trie):
        has_secrets = has_secrets or value.is_secret
        if value.is_string:
            found.append(value)
    return streamed(text, found), has_secrets


def streamed(text: str, found: Iterable[Value]) -> list[Streamed]:
    """Of the strings of a text those that may be parts of another."""
    return [
        Streamed(
            (*value.container.path, value.name),
            tuple(each if isinstance(each, str) else text[each[0] : each[1]] for each in value.indexes()),
            value.start,
            value.end,
        )
        for value in found
        if value.is_string and value.start < value.end and value.name not in CONSTANT
    ]


def _places(parts: list[str]) -> tuple[dict[int, int], list[Place]]:
    """Where each string begins, by its part; and where the numbers between them stand."""
    places: dict[int, int] = {}
    numbers: list[Place] = []
    start = 0
    for at, part in enumerate(parts):
        if at % 2:
            places[at] = start
        else:
            numbers += [(start + match.start(), start + match.end()) for match in _DIGITS.finditer(part)]
        start += len(part) + 1
    return places, numbers


def _index(place: Index, by_start: dict[int, int], numbers: list[Place]) -> int | str:
    if isinstance(place, str):
        return place
    if place[0] in by_start:
        return by_start[place[0]]
    number = bisect_left(numbers, place[0], key=lambda number: number[0])
    if number < len(numbers) and numbers[number][1] <= place[1]:
        return -1 - number
    return 0  # null: all the same, whatever stands in the first part
