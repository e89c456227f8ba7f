"""Places in a plan's body: after which event, frame, chunk or byte something happens.

Knows bodies, their frames and their chunks; not what happens there.
"""

from __future__ import annotations

import enum
from bisect import bisect_left
from dataclasses import dataclass, field
from itertools import accumulate

from playhead.bodies import decoder_of
from playhead.errors import UsageError
from playhead.plan.steps import Send
from playhead.plan.whole import Plan
from playhead.sse import FrameKind

_CR, _LF = b"\r", b"\n"


class Unit(enum.Enum):
    """What a place is counted in."""

    HEAD = "head"
    """Before the head: the number does not matter."""
    EVENT = "event"
    FRAME = "frame"
    """A frame of any kind, as `playhead events` numbers them."""
    CHUNK = "chunk"
    BYTE = "byte"


@dataclass(frozen=True, slots=True)
class Place:
    """Behind `number` of `unit`; 0 is behind the head and before the body.

    `at` is its offset, where it is known of the one body that it is for.
    """

    unit: Unit
    number: int = 0
    at: int | None = field(default=None, compare=False)

    def __str__(self) -> str:
        if self.unit is Unit.HEAD:
            return "before the head"
        return f"after {self.unit.value} {self.number}"

    def offset(self, plan: Plan) -> int:
        """How many bytes of the body stand before it. Raises `UsageError` where there is no such place."""
        if self.unit is Unit.HEAD or self.number == 0:
            return 0
        if self.at is not None:
            return self.at
        found = ends(plan, self.unit)
        there = len(found)
        if self.number > there:
            raise UsageError(
                f"no {self.unit.value} {self.number}: the body has {there}",
                hint=f"Choose one from 0 to {there}.",
            )
        return found[self.number - 1]


def place(
    *,
    head: bool = False,
    event: int | None = None,
    frame: int | None = None,
    chunk: int | None = None,
    byte: int | None = None,
) -> Place:
    """The one place that is given: before the head, or after so many events, frames, chunks or bytes.

    Raises `UsageError` for none, for two, for a number below 0, and for what is no whole number.
    """
    counted = {Unit.EVENT: event, Unit.FRAME: frame, Unit.CHUNK: chunk, Unit.BYTE: byte}
    given = [Place(unit, number) for unit, number in counted.items() if number is not None]
    given += [Place(Unit.HEAD)] if head else []
    if len(given) != 1:
        raise UsageError(
            f"{len(given)} places were given, one is needed",
            hint="Give head=True, event=N, frame=N, chunk=N or byte=N.",
        )
    number: object = given[0].number
    if not isinstance(number, int) or isinstance(number, bool):
        raise UsageError(
            f"no {given[0].unit.value} {number!r}: a place is a whole number", hint="cut(event=5)"
        )
    if given[0].number < 0:
        raise UsageError(f"no {given[0].unit.value} {given[0].number}: they are counted from 0")
    return given[0]


def ends(plan: Plan, unit: Unit) -> list[int] | range:
    """Where each `unit` of the body ends, in bytes. Raises `UsageError` for events where it has none."""
    if unit is Unit.BYTE:
        return range(1, sum(map(len, plan.data)) + 1)
    if unit is Unit.CHUNK:
        return chunk_ends(plan)
    return frame_ends(plan, events_only=unit is Unit.EVENT)


def chunk_ends(plan: Plan) -> list[int]:
    """Where each chunk ends, in bytes."""
    return list(accumulate(map(len, plan.data)))


def frame_ends(plan: Plan, *, events_only: bool = False) -> list[int]:
    """Where each frame ends, in bytes, the whole of its last line end included.

    Raises `UsageError` where the body is no stream, or is content-encoded.
    """
    kind = plan.kind
    decoder = decoder_of(kind)
    if decoder is None or _is_encoded(plan):
        what = "is content-encoded" if decoder is not None else "is no stream"
        raise UsageError(f"the body {what}: it has no events", hint="Count in chunks or bytes.")
    body = plan.body
    frames = decoder.feed(body) + decoder.close()
    wanted = [frame for frame in frames if frame.kind is FrameKind.EVENT or not events_only]
    return [_behind_crlf(body, frame.end) for frame in wanted]


def _behind_crlf(body: bytes, end: int) -> int:
    """A frame is complete at the CR of its last CRLF; whoever cuts between frames cuts behind the LF."""
    return end + 1 if body[end - 1 : end] == _CR and body[end : end + 1] == _LF else end


def _is_encoded(plan: Plan) -> bool:
    return plan.head is not None and any(
        name.lower() == b"content-encoding" and value.strip().lower() not in (b"", b"identity")
        for name, value in plan.head.headers
    )


def split_at(plan: Plan, offset: int) -> tuple[tuple[Send, ...], tuple[Send, ...]]:
    """The sends before and behind `offset` bytes; a chunk across it is divided."""
    found = chunk_ends(plan)
    at = bisect_left(found, offset)
    if at == len(found):
        return tuple(plan.sends), ()
    within = offset - (found[at] - len(plan.sends[at].data))
    across = plan.sends[at]
    before = Send(across.number, across.data[:within], across.at)
    behind = Send(across.number, across.data[within:], across.at)
    return (
        (*plan.sends[:at], *((before,) if before.data else ())),
        (*((behind,) if behind.data else ()), *plan.sends[at + 1 :]),
    )


def time_at(plan: Plan, sends: tuple[Send, ...]) -> float | None:
    """When the last of `sends`, or the head, was delivered."""
    if sends:
        return sends[-1].at
    return plan.head.at if plan.head is not None else None
