"""What goes wrong at a place: the stream is cut, stalls, is slow, brings what was never sent, or is refused.

Knows plans and places. A cut or a stall keeps the bytes before its place as they were recorded.
"""

from __future__ import annotations

import enum
import http
import json
import math
import random
from dataclasses import dataclass
from decimal import Decimal

import msgspec

from playhead.bodies import BodyKind
from playhead.errors import UsageError
from playhead.model import EndingKind, Framing, How
from playhead.plan.alterations.base import Alteration
from playhead.plan.alterations.places import Place, Unit, place, split_at, time_at
from playhead.plan.endings import Finish
from playhead.plan.pacing import as_float
from playhead.plan.steps import End, Head, RawHeaders, Send, has_body
from playhead.plan.whole import Plan, Timing

_PHRASES = {529: "Overloaded"}
"""Statuses in use that no standard names."""
_ERROR_TYPES = {429: "rate_limit_error", 529: "overloaded_error"}


class CutBy(enum.Enum):
    """How a cut shows itself to the client."""

    CLEAN = "clean"
    """The framing says that the body is whole: only the content tells."""
    FIN = "fin"
    RESET = "reset"
    RST_STREAM = "rst-stream"
    """HTTP/2 gives up the stream."""
    GOAWAY = "goaway"
    """HTTP/2 gives up the connection."""


_FINISH = {
    CutBy.CLEAN: (Finish.CLEAN, How.CLEAN),
    CutBy.FIN: (Finish.INCOMPLETE, How.FIN),
    CutBy.RESET: (Finish.RESET, How.RESET),
    CutBy.RST_STREAM: (Finish.STREAM_RESET, How.RESET),
    CutBy.GOAWAY: (Finish.GOAWAY, How.FIN),
}


@dataclass(frozen=True, slots=True)
class Cut(Alteration):
    """Nothing comes after the place; the end looks as `by` says."""

    place: Place
    by: CutBy = CutBy.CLEAN

    def __call__(self, plan: Plan) -> Plan:
        kept, _ = split_at(plan, self.place.offset(plan))
        finish, how = _FINISH[self.by]
        before_head = self.place.unit is Unit.HEAD
        if before_head or plan.head is None:
            finish = Finish.INCOMPLETE if finish is Finish.CLEAN else finish
            kept = ()
        kind = EndingKind.COMPLETE if finish is Finish.CLEAN else EndingKind.SERVER_CLOSED
        at = time_at(plan, kept)
        end = End(finish=finish, kind=kind, how=how, detail=str(self), at=at)
        return _stopped(plan, kept, end, headless=before_head)

    def __str__(self) -> str:
        return f"cut {self.place} ({self.by.value})"


@dataclass(frozen=True, slots=True)
class Stall(Alteration):
    """Silence after the place: for `seconds` of the recorded time, or for ever."""

    place: Place
    seconds: float = math.inf

    def __call__(self, plan: Plan) -> Plan:
        before, behind = split_at(plan, self.place.offset(plan))
        headless = self.place.unit is Unit.HEAD
        if not math.isinf(self.seconds):
            place = -1 if headless else len(before)
            return plan.sending((*before, *behind)).timed(Timing(delay=self.seconds, behind=place))
        end = End(finish=Finish.STALL, kind=EndingKind.TIMEOUT, how=How.TIMEOUT, detail=str(self))
        return _stopped(plan, () if headless else before, end, headless=headless)

    def __str__(self) -> str:
        how_long = "for ever" if math.isinf(self.seconds) else f"for {self.seconds:g} s"
        return f"stall {self.place}, {how_long}"


@dataclass(frozen=True, slots=True)
class Slow(Alteration):
    """Recorded gaps times `factor`; or `gap` seconds before each chunk."""

    factor: float = 1.0
    gap: float | None = None

    def __call__(self, plan: Plan) -> Plan:
        if self.gap is None:
            return plan.timed(Timing(factor=self.factor))
        start = (plan.head.at if plan.head is not None else None) or 0.0
        sends = tuple(
            Send(send.number, send.data, start + number * self.gap)
            for number, send in enumerate(plan.sends, start=1)
        )
        end = plan.end
        if end.at is not None:
            end = msgspec.structs.replace(end, at=sends[-1].at if sends else end.at)
        return msgspec.structs.replace(plan, sends=sends, end=end)

    def __str__(self) -> str:
        if self.gap is not None:
            return f"slow, {self.gap:g} s a chunk"
        return f"slow, {self.factor:g} times"


@dataclass(frozen=True, slots=True)
class Inject(Alteration):
    """A chunk that was never sent, at the place; `name` says what it is. A body that is none stays none."""

    name: str
    data: bytes
    place: Place

    def __call__(self, plan: Plan) -> Plan:
        if plan.head is None or plan.is_bodiless:
            return plan
        before, behind = split_at(plan, self.place.offset(plan))
        number = before[-1].number if before else 0
        data = self.data or _prepared(self.name, plan.kind)
        return plan.sending((*before, Send(number, data, time_at(plan, before)), *behind))

    def __str__(self) -> str:
        return f"inject {self.name} {self.place}"


@dataclass(frozen=True, slots=True)
class Status(Alteration):
    """An error response in place of the recorded one, as JSON; `retry_after` in seconds.

    To a HEAD, and with 204 or 304, it is a head alone.
    """

    code: int
    retry_after: float | None = None

    def __call__(self, plan: Plan) -> Plan:
        error = json.dumps(_error(_ERROR_TYPES.get(self.code, "api_error"), f"status {self.code}")).encode()
        described = has_body("GET", self.code)
        body = error if has_body(plan.method, self.code) else b""
        headers: RawHeaders = ((b"content-type", b"application/json"),) if described else ()
        if self.retry_after is not None:
            headers += ((b"retry-after", _seconds(self.retry_after).encode()),)
        at = plan.head.at if plan.head is not None else None
        head = Head(
            status=self.code,
            reason=_phrase(self.code).encode(),
            http_version=plan.head.http_version if plan.head is not None else None,
            headers=headers,
            framing=Framing.LENGTH,
            length=len(error) if described else None,
            at=at,
        )
        end = End(
            finish=Finish.CLEAN,
            kind=EndingKind.COMPLETE,
            how=How.CLEAN,
            detail=str(self),
            sent=len(body),
            at=at,
        )
        sends = (Send(1, body, at),) if body else ()
        return msgspec.structs.replace(plan, head=head, sends=sends, end=end)

    def __str__(self) -> str:
        wait = "" if self.retry_after is None else f", retry-after {_seconds(self.retry_after)}"
        return f"status {self.code}{wait}"


def cut(
    by: str = "clean",
    *,
    head: bool = False,
    event: int | None = None,
    frame: int | None = None,
    chunk: int | None = None,
    byte: int | None = None,
) -> Cut:
    """Stop after an event, frame, chunk or byte, or before the head.

    `by` is how: `"clean"` (the default: the framing says that the body is whole), `"fin"`, `"reset"`,
    `"rst-stream"` or `"goaway"` (HTTP/2). Raises `UsageError` for anything else.
    """
    ways = {way.value: way for way in CutBy}
    if by not in ways:
        raise UsageError(f"no such way to cut: {by!r}", hint=f"There are: {', '.join(ways)}.")
    return Cut(place(head=head, event=event, frame=frame, chunk=chunk, byte=byte), ways[by])


def stall(
    seconds: float = math.inf,
    *,
    head: bool = False,
    event: int | None = None,
    frame: int | None = None,
    chunk: int | None = None,
    byte: int | None = None,
) -> Stall:
    """Be silent after an event, frame, chunk or byte, or before the head: for `seconds`, or for ever."""
    if not (_is_number(seconds) and seconds > 0):
        raise UsageError(f"no stall lasts {seconds!r} seconds", hint="It is a number above 0, or left out.")
    return Stall(place(head=head, event=event, frame=frame, chunk=chunk, byte=byte), as_float(seconds))


def slow(factor: float | None = None, *, gap: float | None = None) -> Slow:
    """Times `factor` (2 takes twice as long), or every chunk `gap` seconds after the one before.

    Raises `UsageError` for neither and for both.
    """
    if (factor is None) is (gap is None):
        told = "neither" if factor is None else "both"
        raise UsageError(f"slow takes a factor or a gap, not {told}", hint="slow(2), or slow(gap=0.5)")
    if factor is not None and not (_is_number(factor) and factor > 0 and math.isfinite(as_float(factor))):
        raise UsageError("slow takes a factor above 0")
    if gap is not None and not _is_seconds(gap):
        raise UsageError("a gap is a number of seconds, 0 or more")
    return Slow(1.0 if factor is None else as_float(factor), gap)


def inject(
    what: str | bytes,
    *,
    event: int | None = None,
    frame: int | None = None,
    chunk: int | None = None,
    byte: int | None = None,
    data: str = "{}",
    name: str | None = None,
    seed: int = 0,
) -> Inject:
    """Send something more at a place.

    `what` is `"event"` (with `data`, its text, and `name`), `"comment"`, `"error"` (an event as Anthropic
    and OpenAI send it when they fail in the middle), `"garbage"` (bytes that are no text, by `seed`), or the
    bytes themselves. Raises `UsageError` for anything else.
    """
    at = place(event=event, frame=frame, chunk=chunk, byte=byte)
    if isinstance(what, bytes):
        if not what:
            raise UsageError("nothing to inject: a chunk has bytes")
        return Inject(f"{len(what)} bytes", what, at)
    match what:
        case "event":
            _check_text(data)
            head = "" if name is None else f"event: {name}\n"
            lines = "".join(f"data: {line}\n" for line in data.split("\n"))
            return Inject("an event", _utf8(f"{head}{lines}\n"), at)
        case "comment" | "error":
            return Inject(_NAMES[what], b"", at)
        case "garbage":
            dice = random.Random(seed)
            return Inject(f"garbage, seed {seed},", b"\xff\xfe" + dice.randbytes(62) + b"\n\n", at)
    raise UsageError(
        f"nothing to inject is called {what!r}", hint="There are: event, comment, error, garbage, or bytes."
    )


def status(code: int, *, retry_after: float | None = None) -> Status:
    """Answer with an error status, such as 429 or 529, and a `retry-after` header where one is given."""
    if not (_is_number(code) and code in range(200, 600)):
        raise UsageError(f"no final status: {code!r}", hint="It is a number from 200 to 599.")
    if retry_after is not None and not _is_seconds(retry_after):
        raise UsageError("retry_after is a number of seconds, 0 or more")
    return Status(code, retry_after)


def _check_text(data: object) -> None:
    if not isinstance(data, str):
        raise UsageError(f"the data of an event is text, not {data!r}", hint="Write it: data=json.dumps(…).")


def _is_number(number: object) -> bool:
    return isinstance(number, int | float) and not isinstance(number, bool)


def _is_seconds(number: float) -> bool:
    return _is_number(number) and number >= 0 and math.isfinite(as_float(number))


def _utf8(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        wrong = text[error.start]
        raise UsageError(
            f"nothing to inject: {wrong!r} is no character of UTF-8",
            hint="Give the bytes themselves: inject(b'…').",
        ) from None


_NAMES = {"comment": "a comment", "error": "an error event"}


def _prepared(name: str, kind: BodyKind) -> bytes:
    """A comment or an error, as streams of this kind have it."""
    if name == _NAMES["comment"]:
        return b"\n" if kind is BodyKind.NDJSON else b": injected\n\n"
    error = json.dumps(_error("overloaded_error", "Overloaded"))
    return f"{error}\n".encode() if kind is BodyKind.NDJSON else f"event: error\ndata: {error}\n\n".encode()


def _error(kind: str, message: str) -> dict[str, object]:
    """What both Anthropic's and OpenAI's clients read as an error."""
    return {"type": "error", "error": {"type": kind, "message": message}}


def _seconds(number: float) -> str:
    """Without an exponent, which no client reads in a header."""
    if float(number).is_integer():
        return str(int(number))
    return format(Decimal(repr(float(number))), "f")


def _phrase(code: int) -> str:
    try:
        return http.HTTPStatus(code).phrase
    except ValueError:
        return _PHRASES.get(code, "")


def _stopped(plan: Plan, kept: tuple[Send, ...], end: End, *, headless: bool) -> Plan:
    """`plan` with nothing behind `kept`; a body that promised a length breaks its promise."""
    stopped = plan.sending(kept, end=end)
    return msgspec.structs.replace(stopped, head=None) if headless else stopped
