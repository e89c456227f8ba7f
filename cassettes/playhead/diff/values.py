"""Where two JSON values differ: a path for each place, objects by member, lists aligned by item.

Knows JSON; not where it comes from.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import NamedTuple, TypeAlias

from playhead.diff.model import ABSENT, Absent, Settings
from playhead.diff.texts import hunks, runs
from playhead.protocols.ledger import Json

_SHORT = 120
"""Strings up to this size are shown whole."""


class Difference(NamedTuple):
    path: str
    a: Json | Absent
    b: Json | Absent
    offset: int | None = None


Member: TypeAlias = Callable[[str, str], str]
"""The path of a member: that of its object, and its name."""


def dotted(path: str, name: str) -> str:
    """For people: a name as it is."""
    return f"{path}.{name}" if path else name


def differences(
    path: str, a: Json | Absent, b: Json | Absent, settings: Settings, member: Member = dotted
) -> Iterator[Difference]:
    """Every place below `path` at which `a` and `b` differ; `member` writes the paths."""
    if isinstance(a, dict) and isinstance(b, dict):
        for name in [*a, *(name for name in b if name not in a)]:
            if not settings.ignores(name):
                inner = member(path, name)
                yield from differences(inner, a.get(name, ABSENT), b.get(name, ABSENT), settings, member)
    elif isinstance(a, list) and isinstance(b, list):
        yield from _lists(path, a, b, settings, member)
    elif isinstance(a, str) and isinstance(b, str):
        yield from texts(path, a, b)
    elif type(a) is not type(b) or a != b:
        yield Difference(path, a, b)


def texts(path: str, a: str, b: str) -> Iterator[Difference]:
    """Two strings: whole where they are short, else each hunk."""
    if a == b:
        return
    if len(a) <= _SHORT and len(b) <= _SHORT:
        yield Difference(path, a, b)
        return
    for hunk in hunks(a, b):
        yield Difference(path, hunk.a or ABSENT, hunk.b or ABSENT, hunk.offset)


def _lists(
    path: str, a: list[Json], b: list[Json], settings: Settings, member: Member
) -> Iterator[Difference]:
    keys_a, keys_b = ([key(item, settings) for item in items] for items in (a, b))
    for run in runs(keys_a, keys_b):
        paired = min(run.a_to - run.a_from, run.b_to - run.b_from)
        for step in range(paired):
            at = run.a_from + step
            yield from differences(f"{path}[{at}]", a[at], b[run.b_from + step], settings, member)
        for at in range(run.a_from + paired, run.a_to):
            yield Difference(f"{path}[{at}]", a[at], ABSENT)
        for at in range(run.b_from + paired, run.b_to):
            yield Difference(f"{path}[{at}]", ABSENT, b[at])


def key(value: Json, settings: Settings) -> str:
    """The same text for two values that do not differ."""
    return json.dumps(_without(value, settings) if settings.ignore else value, sort_keys=True)


def _without(value: Json, settings: Settings) -> Json:
    if isinstance(value, dict):
        return {name: _without(part, settings) for name, part in value.items() if not settings.ignores(name)}
    if isinstance(value, list):
        return [_without(part, settings) for part in value]
    return value
