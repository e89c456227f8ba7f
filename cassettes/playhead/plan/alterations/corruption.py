"""Bytes that are wrong below the content: in the coding, in the chunks of HTTP/1, in the head.

Knows plans, places and the encoders. What HTTP/1 bytes look like stands here; who sends or reads them, not.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Final

import msgspec

from playhead.errors import UsageError
from playhead.model import EndingKind, Framing, How
from playhead.plan.alterations.base import Alteration
from playhead.plan.alterations.encoding import encode
from playhead.plan.alterations.places import Place, Unit, place, split_at, time_at
from playhead.plan.endings import Finish
from playhead.plan.steps import End, Send
from playhead.plan.whole import Plan

_BAD_HEAD: Final = b"not http\r\n\r\n"
_BAD_SIZE: Final = b"zz\r\n"
_FLIPPED: Final = 0xFF


class Wrong(enum.Enum):
    """What is wrong."""

    TRUNCATED = "truncated"
    """gzip stops at the place, and HTTP says that all is well."""
    GARBLED = "garbled"
    """gzip is no gzip behind the place."""
    HEAD = "head"
    """The head is no HTTP."""
    SIZE = "chunk-size"
    """The size of the HTTP chunk behind the place is no number."""
    FOOTER = "chunk-footer"
    """The HTTP chunk before the place does not end where its size says."""


@dataclass(frozen=True, slots=True)
class Corrupt(Alteration):
    """Something is wrong at the place, which counts in the bytes before they are encoded."""

    wrong: Wrong
    place: Place

    def __call__(self, plan: Plan) -> Plan:
        match self.wrong:
            case Wrong.TRUNCATED | Wrong.GARBLED:
                return self._gzip(plan)
            case Wrong.HEAD:
                end = self._malformed(_BAD_HEAD, plan.head.at if plan.head else None)
                return msgspec.structs.replace(plan, head=None, sends=(), end=end)
        before, _ = split_at(plan, self.place.offset(plan))
        raw = _BAD_SIZE
        if self.wrong is Wrong.FOOTER:
            if not before:
                raise UsageError("no chunk ends there", hint="Name a place behind the first chunk.")
            data = before[-1].data
            raw = b"%x\r\n%bzz" % (len(data), data)
            before = before[:-1]
        if plan.head is not None:
            head = msgspec.structs.replace(plan.head, framing=Framing.CHUNKED, length=None)
            plan = msgspec.structs.replace(plan, head=head)
        return plan.sending(before, end=self._malformed(raw, time_at(plan, before)))

    def _gzip(self, plan: Plan) -> Plan:
        before, behind = split_at(plan, self.place.offset(plan))
        encoded = encode("gzip")(plan.sending((*before, *behind)))
        kept = encoded.sends[: len(before)]
        if self.wrong is Wrong.GARBLED:
            wrong = (Send(s.number, _flipped(s.data), s.at) for s in encoded.sends[len(before) :])
            return encoded.sending((*kept, *wrong))
        end = End(
            finish=Finish.CLEAN, kind=EndingKind.COMPLETE, how=How.CLEAN, detail=str(self),
            at=time_at(plan, before),
        )  # fmt: skip
        return encoded.sending(kept, end=end)

    def _malformed(self, raw: bytes, at: float | None) -> End:
        kind = EndingKind.SERVER_CLOSED
        return End(finish=Finish.MALFORMED, kind=kind, how=How.FIN, detail=str(self), at=at, raw=raw)

    def __str__(self) -> str:
        if self.wrong is Wrong.HEAD:
            return "corrupt: head"
        return f"corrupt: {self.wrong.value} {self.place}"


def corrupt(
    what: str,
    *,
    event: int | None = None,
    frame: int | None = None,
    chunk: int | None = None,
    byte: int | None = None,
) -> Corrupt:
    """Make bytes wrong below the content.

    `what` is `"truncated"` (gzip that stops at the place, with a clean end of HTTP), `"garbled"` (gzip that
    is none behind the place), `"chunk-size"`, `"chunk-footer"` (HTTP/1 chunks), or `"head"`, which has no
    place. Raises `UsageError` for anything else.
    """
    ways = {wrong.value: wrong for wrong in Wrong}
    if what not in ways:
        raise UsageError(f"nothing to corrupt is called {what!r}", hint=f"There are: {', '.join(ways)}.")
    if ways[what] is Wrong.HEAD:
        if any(number is not None for number in (event, frame, chunk, byte)):
            raise UsageError("a head that is wrong has no place")
        return Corrupt(Wrong.HEAD, Place(Unit.HEAD))
    return Corrupt(ways[what], place(event=event, frame=frame, chunk=chunk, byte=byte))


def _flipped(data: bytes) -> bytes:
    return bytes(byte ^ _FLIPPED for byte in data)
