"""The shape of an answer: what it is made of, whatever words a model chose. For `playhead_verify = shape`.

Knows exchanges; no file, no clock. Texts, numbers and how many events carry them do not count; that there are
such events, their members and what type these have, does, and the order in which each kind first comes;
so do the blocks of the message in their order, and why it stopped. How kinds of events alternate does not:
a model that says more has more of them. Nor does where events stand that only have a name, as pings.
PYTEST_DONT_REWRITE
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping
from typing import Final

from playhead.exchange import Exchange
from playhead.protocols.ledger import Json
from playhead.protocols.payload import NotJson, parse
from playhead.protocols.registry import FALLBACK
from playhead.sanitise import sanitise
from playhead.sse import FrameKind

_TOLD: Final = frozenset({"type", "object", "role"})
"""Members whose value tells what the rest is."""
_SHOWN: Final = 160


def unlike(recorded: Exchange, came: Exchange, ignored: Collection[str]) -> Iterator[str]:
    """What the shapes differ in, for people. `ignored` are names of members."""
    for name, a, b in zip(_FACTS, _facts(recorded), _facts(came), strict=True):
        if a != b and name not in ignored:
            yield f"  message\n    ~ {name}: {a} → {b}"
    old, new = _events(recorded, ignored), _events(came, ignored)
    for mark, these, others in (("-", old, new), ("+", new, old)):
        for shape in these:
            if shape not in others:
                yield f"  events\n    {mark} {sanitise(shape)[:_SHOWN]}"
    yield from _unordered(old, new)


def _unordered(old: Mapping[str, bool], new: Mapping[str, bool]) -> Iterator[str]:
    """The first kind of event that both have and that comes before another one now."""
    recorded = (shape for shape, has_place in old.items() if has_place and shape in new)
    now = (shape for shape, has_place in new.items() if has_place and shape in old)
    for a, b in zip(recorded, now, strict=True):
        if a != b:
            first, other = (sanitise(each)[: _SHOWN // 2] for each in (a, b))
            yield f"  events\n    ~ first of these: {first} → {other}"
            return


_FACTS: Final = ("protocol", "role", "stop_reason", "is_complete", "error", "blocks")


def _facts(exchange: Exchange) -> tuple[str, ...]:
    message = exchange.final()
    blocks = [
        f"{each.type} {each.name} {_text(each.input)}" if each.name else each.type for each in message.blocks
    ]
    error = None if message.error is None else _text(message.error)
    if message.protocol == FALLBACK:
        blocks = []  # they are the events, which are compared by themselves
    told = (
        message.protocol,
        message.role,
        message.stop_reason,
        message.is_complete,
        error,
        ", ".join(blocks),
    )
    return tuple(sanitise(str(each)) for each in told)


def _events(exchange: Exchange, ignored: Collection[str]) -> dict[str, bool]:
    """The shapes of the events, each once, in their order; that of the body where there are none.

    With each, whether it tells something at its place.
    """
    found: dict[str, bool] = {}
    for frame in exchange.frames:
        if frame.kind is FrameKind.EVENT:
            shape = _shape(frame.data or "", ignored)
            found[f"{frame.event}: {shape}"] = _NAMED.fullmatch(shape) is None
    return found or {f"body: {_shape(exchange.body.decode('utf-8', 'replace'), ignored)}": True}


_NAMED: Final = re.compile(r'\{("type": "[^"]*")?\}')
"""The shape of an event that only has a name."""


def _shape(data: str, ignored: Collection[str] = ()) -> str:
    try:
        return _text(parse(data), ignored)
    except NotJson:
        return data if data == "[DONE]" else "text"


def _text(value: Json, ignored: Collection[str] = ()) -> str:
    return json.dumps(_of(value, ignored), sort_keys=True)


def _of(value: Json, ignored: Collection[str]) -> Json:
    """Types in the places of values; a list as the shapes of its items, each once."""
    if isinstance(value, dict):
        return {
            name: part if name in _TOLD and isinstance(part, str) else _of(part, ignored)
            for name, part in value.items()
            if name.lower() not in ignored
        }
    if isinstance(value, list):
        shapes = {json.dumps(each, sort_keys=True): each for each in (_of(part, ignored) for part in value)}
        return list(shapes.values())
    return "number" if type(value) in (int, float) else type(value).__name__ if value is not None else None
