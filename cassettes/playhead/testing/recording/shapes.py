"""The shape of an answer: what it is made of, whatever words a model chose. For `playhead_verify = shape`.

Knows exchanges; no file, no clock. Texts, numbers and how many events carry them do not count; that there are
such events, their members and what type these have, does; so do the blocks of the message, and why it
stopped.
PYTEST_DONT_REWRITE
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from typing import Final

from playhead.exchange import Exchange
from playhead.protocols.ledger import Json
from playhead.protocols.payload import NotJson, parse
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


_FACTS: Final = ("protocol", "role", "stop_reason", "is_complete", "error", "blocks")


def _facts(exchange: Exchange) -> tuple[str, ...]:
    message = exchange.final()
    blocks = [
        f"{each.type} {each.name} {_text(each.input)}" if each.name else each.type for each in message.blocks
    ]
    error = None if message.error is None else _text(message.error)
    told = (
        message.protocol,
        message.role,
        message.stop_reason,
        message.is_complete,
        error,
        ", ".join(blocks),
    )
    return tuple(sanitise(str(each)) for each in told)


def _events(exchange: Exchange, ignored: Collection[str]) -> dict[str, None]:
    """The shapes of the events, each once, in their order; that of the body where there are none."""
    found: dict[str, None] = {}
    for frame in exchange.frames:
        if frame.kind is FrameKind.EVENT:
            found[f"{frame.event}: {_shape(frame.data or '', ignored)}"] = None
    return found or {f"body: {_shape(exchange.body.decode('utf-8', 'replace'), ignored)}": None}


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
