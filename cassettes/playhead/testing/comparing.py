"""Where two messages, exchanges or streams differ that a test takes for equal, in lines that pytest shows.

Knows what there is to compare, and `playhead.diff`. Imported when an assertion has failed.
PYTEST_DONT_REWRITE
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from playhead.diff.compare import compare
from playhead.diff.messages import messages
from playhead.diff.model import ABSENT, Section, Settings
from playhead.diff.streams import events
from playhead.diff.values import Difference
from playhead.errors import PlayheadError
from playhead.exchange import Exchange
from playhead.frames import Frames
from playhead.protocols.state import State
from playhead.sanitise import sanitise
from playhead.sse import Decoder, Frame

_SHOWN: Final = 12
_WIDE: Final = 76
_STREAM: Final = re.compile(rb"(?:^|[\r\n])(?:data|event|id|retry|):")
_SETTINGS: Final = Settings.of(
    (Section.REQUEST, Section.HEAD, Section.MESSAGE, Section.EVENTS, Section.ENDING)
)


def explained(left: object, right: object) -> list[str] | None:
    """The lines; `None` for what others can tell better, and for what is damaged."""
    try:
        return _explained(left, right)
    except PlayheadError:  # the assertion failed all the same
        return None


def _explained(left: object, right: object) -> list[str] | None:
    if isinstance(left, State) and isinstance(right, State):
        return _told("the messages differ", _messages(left, right))
    if isinstance(left, Exchange) and isinstance(right, Exchange):
        found = (
            Difference(f"{each.section.value}: {each.path}", each.a, each.b, each.offset)
            for each in compare(left, right, _SETTINGS)
        )
        return _told("an exchange is equal to itself only; compare .final(), .body or .frames", found)
    frames = _frames_of(left), _frames_of(right)
    if frames[0] is not None and frames[1] is not None:
        return _told("the events differ", events(frames[0], frames[1], _SETTINGS))
    if (
        isinstance(left, bytes)
        and isinstance(right, bytes)
        and _STREAM.search(left)
        and _STREAM.search(right)
    ):
        return _told("the streams differ", _streams(left, right))
    return None


def _messages(left: State, right: State) -> Iterator[Difference]:
    yield from messages(left, right, _SETTINGS)
    # A diff of two recordings leaves ids out, which are never the same there; an equality does not.
    if left.id != right.id:
        yield Difference("id", left.id, right.id)
    for one, other in zip(left.blocks, right.blocks, strict=False):
        for name in ("id", "signature"):
            if getattr(one, name) != getattr(other, name):
                yield Difference(f"block {one.number}.{name}", getattr(one, name), getattr(other, name))


def _streams(left: bytes, right: bytes) -> Iterator[Difference]:
    found = list(events(_frames(left), _frames(right), _SETTINGS))
    if found:
        yield from found
        return
    at = next((at for at, pair in enumerate(zip(left, right, strict=False)) if pair[0] != pair[1]), None)
    at = min(len(left), len(right)) if at is None else at
    near = slice(max(at - 12, 0), at + 12)
    yield Difference(f"the same events, other bytes from byte {at} on", repr(left[near]), repr(right[near]))


def _frames(data: bytes) -> list[Frame]:
    decoder = Decoder()
    return [*decoder.feed(data), *decoder.close()]


def _frames_of(value: object) -> Sequence[Frame] | None:
    if isinstance(value, Frames):
        return value
    if not isinstance(value, list | tuple) or not all(isinstance(each, Frame) for each in value):
        return None
    return value or None


def _told(what: str, found: Iterable[Difference]) -> list[str]:
    differences: Sequence[Difference] = list(found)
    lines = [what]
    for each in differences[:_SHOWN]:
        at = "" if each.offset is None else f", from character {each.offset}"
        lines += [
            f"  {sanitise(each.path)}{at}",
            f"    left   {_short(each.a)}",
            f"    right  {_short(each.b)}",
        ]
    if len(differences) > _SHOWN:
        lines.append(f"  and {len(differences) - _SHOWN} more places")
    return lines


def _short(value: Any) -> str:
    if value is ABSENT:
        return "(nothing)"
    text = sanitise(value if isinstance(value, str) and value[:2] in ("b'", 'b"') else _json(value))
    return text if len(text) <= _WIDE else f"{text[: _WIDE - 1]}…"


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)
