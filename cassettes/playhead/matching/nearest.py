"""Which recorded request is most like one that none answers: by path, method, and what bodies share.

Knows requests as the rules compare them. Takes its time: it is asked at a miss only.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Hashable, Iterator, Sequence
from typing import Any, Final
from weakref import WeakKeyDictionary

from playhead.matching import targets
from playhead.matching.bodies import body_of, open_body
from playhead.matching.book import Book, Entry
from playhead.matching.json_values import NotJson, canonical
from playhead.matching.large import is_large, read
from playhead.matching.rules import Rules
from playhead.matching.wildcards import Pieces, spans_of
from playhead.model import Request

Feature = Hashable
_ITEMS: Final = 1000
"""Items of a list in a large body that are looked at."""


def nearest(book: Book, request: Request, played: Sequence[int]) -> int | None:
    """The place of the entry; `None` where no request is known. `played`: how often each was."""
    path, query = targets.split(request.url)
    asked_path = targets.path_of(request.url[slice(*path)])
    asked_query = set(targets.query_of(request.url[slice(*query)]))
    known = [place for place, entry in enumerate(book.entries) if entry.request is not None]
    if len(known) < 2:
        return known[0] if known else None
    asked = features(Entry(request), book.rules)
    recorded = _recorded(book)

    def likeness(place: int) -> tuple[bool, bool, float, float, bool, int]:
        entry = book.entries[place]
        assert entry.request is not None
        url = entry.request.url
        its_path, its_query = targets.split(url)
        return (
            targets.path_of(url[slice(*its_path)]) == asked_path,
            entry.request.method == request.method,
            _overlap(asked, recorded[place]),
            _overlap(asked_query, set(targets.query_of(url[slice(*its_query)]))),
            not played[place],
            -place,
        )

    return max(known, key=likeness, default=None)


def _recorded(book: Book) -> Sequence[set[Feature]]:
    """The features of each entry; kept, as code under test may miss hundreds of times."""
    found = _kept.get(book)
    if found is None:
        found = _kept[book] = [features(entry, book.rules) for entry in book.entries]
    return found


_kept: WeakKeyDictionary[Book, Sequence[set[Feature]]] = WeakKeyDictionary()


def features(entry: Entry, rules: Rules) -> set[Feature]:
    """What tells one body from another: its members, and each item of those that are lists."""
    request = entry.request
    if request is None or request.body is None:
        return set()
    if is_large(request.body):
        return set(_coarse(request.body))
    return set(_features(value(entry, rules)))


def _coarse(data: bytes) -> Iterator[Feature]:
    """The same of a large body, without what is in its items."""
    try:
        body = read(data)
    except NotJson:
        return
    for name, part in body.items() if isinstance(body, dict) else ():
        yield name
        for item in part[:_ITEMS] if isinstance(part, list) else [part]:
            yield name, hashlib.blake2b(canonical(item), digest_size=16).digest()


def value(entry: Entry, rules: Rules) -> Any:
    """The body as it is compared: a JSON value, in which strings may be `Pieces`, or bytes."""
    assert entry.request is not None
    data = entry.request.body or b""
    spans = spans_of(entry.redactions, "request.body", len(data))
    if spans:
        return open_body(data, spans, rules.paths, entry.request.headers).value
    return body_of(data, rules.paths, entry.request.headers).read()


def _features(body: Any) -> Iterator[Feature]:
    if isinstance(body, dict):
        for name, part in body.items():
            yield name
            items = part if isinstance(part, list) else [part]
            for item in items:
                yield name, text(item)
            # A turn of a talk that has changed is still more like itself than like any other.
            for at, item in enumerate(items):
                yield from ((name, at, *leaf) for leaf in _leaves(item))
    elif isinstance(body, list):
        yield from map(text, body)
    else:
        yield body


def _leaves(part: Any, name: str = "", depth: int = 8) -> Iterator[tuple[str, Hashable]]:
    """What stands at the ends of a value, each with the member that it is in."""
    if isinstance(part, dict) and depth:
        for key, inner in part.items():
            yield from _leaves(inner, str(key), depth - 1)
    elif isinstance(part, list) and depth:
        for inner in part:
            yield from _leaves(inner, name, depth - 1)
    else:
        yield name, text(part) if isinstance(part, dict | list) else part


def text(part: Any) -> str:
    """The same text for values that mean the same."""
    return json.dumps(part, sort_keys=True, default=_shown)


def _shown(part: Any) -> object:
    return list(part.kept) if isinstance(part, Pieces) else repr(part)


def _overlap(a: set[Any], b: set[Any]) -> float:
    return len(a & b) / len(a | b) if a or b else 1.0
