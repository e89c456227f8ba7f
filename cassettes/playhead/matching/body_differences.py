"""Where two bodies differ, the recorded one and the one that is made now.

Knows values; how a difference is told, `misses` knows. Bodies that are large are cut down first.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from playhead.diff.model import Settings
from playhead.diff.values import Difference, differences
from playhead.matching import jsonpath
from playhead.matching.bodies import fits, without
from playhead.matching.book import Entry
from playhead.matching.json_values import Anything, NotJson, value_of
from playhead.matching.large import digest, is_large, read, reduced
from playhead.matching.nearest import value
from playhead.matching.rules import Rules
from playhead.matching.wildcards import Pieces, spans_of
from playhead.model import Request, header
from playhead.sanitise import sanitise


@dataclass(frozen=True, slots=True)
class Found:
    """Differences, and whether they are all there are."""

    places: Sequence[Difference]
    is_all: bool = True


def between(near: Entry, request: Entry, rules: Rules, hide: Callable[[Request], Request]) -> Found:
    """Where the bodies differ; a path of `""` where they are no JSON.

    `hide` takes secrets out of a request; both have been through it, but for bodies that are large.
    """
    assert near.request is not None
    assert request.request is not None
    if is_large(near.request.body, request.request.body):
        return _large(near, request, rules, hide)
    return Found(list(_bodies(near, request, value(near, rules), value(request, rules))))


def _large(near: Entry, request: Entry, rules: Rules, hide: Callable[[Request], Request]) -> Found:
    recorded, made = _quickly(near, rules), _quickly(request, rules)
    if any(isinstance(each, bytes) or _is_raw(each) for each in (recorded, made)):
        return Found([Difference("", _size(recorded, shown=0), _size(made, shown=0))])
    if near.redactions:
        recorded = _filled(recorded, made)
    cut = reduced(recorded, made)
    found = _bodies(near, request, _without_secrets(cut.recorded, hide), _without_secrets(cut.made, hide))
    return Found(list(found), cut.is_all)


def _quickly(entry: Entry, rules: Rules) -> Any:
    """`value`, without making bytes of it to compare."""
    assert entry.request is not None
    data = entry.request.body or b""
    if not spans_of(entry.redactions, "request.body", len(data)):
        try:
            return without(read(data), rules.paths)
        except NotJson:
            pass
    return value(entry, rules)


def _without_secrets(part: Any, hide: Callable[[Request], Request]) -> Any:
    text = json.dumps(part).encode()
    request = Request(method="POST", url="/", headers=(("content-type", "application/json"),), body=text)
    return value_of(hide(request).body or b"")


def _bodies(near: Entry, request: Entry, recorded: Any, made: Any) -> Iterator[Difference]:
    if any(isinstance(each, bytes) or _is_raw(each) for each in (recorded, made)):
        yield Difference("", _size(recorded), _size(made))
        return
    found = list(differences("$", _filled(recorded, made), made, Settings(), jsonpath.member))
    yield from found or [Difference("", _sent_as(near), _sent_as(request))]


class Plain(str):
    """Text that is told as it is."""

    __slots__ = ()


def _size(part: Any, shown: int = 64) -> Plain:
    if isinstance(part, bytes):
        begin = f": {part[:shown]!r}" if shown else f" ({digest(part)})"
        return Plain(f"{len(part)} bytes that are no JSON{begin}" if part else "empty")
    return Plain("bytes that are no JSON, partly redacted" if _is_raw(part) else "JSON")


def _sent_as(entry: Entry) -> Plain:
    """For bodies that hold the same, one as JSON and one as a form."""
    kind = header(entry.request.headers, "content-type") if entry.request else None
    return Plain(f"the same, sent as {sanitise(kind or 'no type that is told')}")


def _is_raw(part: Any) -> bool:
    return isinstance(part, Pieces) and isinstance(part.kept[0], bytes)


def _filled(recorded: Any, made: Any) -> Any:
    """The recorded value; what was redacted as it is made now, where it fits."""
    if recorded is Anything.ANYTHING:
        return recorded.value if made is None else made
    if isinstance(recorded, Pieces):
        return made if fits(recorded, made) else "…".join(recorded.kept)
    if isinstance(recorded, dict):
        others = made if isinstance(made, dict) else {}
        return {_name(name, others): _filled(part, others.get(name)) for name, part in recorded.items()}
    if isinstance(recorded, list):
        items = made if isinstance(made, list) else []
        rest = [None] * max(len(recorded) - len(items), 0)
        return [_filled(part, other) for part, other in zip(recorded, [*items, *rest], strict=False)]
    return recorded


def _name(name: Any, made: dict[str, Any]) -> str:
    if not isinstance(name, Pieces):
        return str(name)
    return next((each for each in made if name.fits(each)), "…".join(name.kept))
