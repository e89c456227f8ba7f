"""The steps of a replay and the orders in which they may come.

Knows shapes only: not where a step comes from, nor who performs it. Times are seconds since the request
was complete, absolute: a performer that is late for one step is not late for the next because of it.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Iterator, Mapping
from typing import Final, TypeAlias

import msgspec

from playhead.model import EndingKind, Framing, How
from playhead.plan.endings import Finish
from playhead.plan.noted import Goaway

RawHeaders: TypeAlias = tuple[tuple[bytes, bytes], ...]
_NO_BODY: Final = frozenset({204, 304})


def has_body(method: str, status: int) -> bool:
    """Whether a response with `status` to `method` may have a body (RFC 9110, 6.4.1)."""
    return method != "HEAD" and status not in _NO_BODY


class Wait(msgspec.Struct, frozen=True, gc=False):
    """Do nothing until `until` seconds since the request."""

    until: float


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """Send a response head; a status below 200 is interim, and other heads follow.

    `headers` hold no framing (see `headers.kept`): the performer adds what `framing` asks for, which is
    LENGTH, CHUNKED or CLOSE. `length` is what a LENGTH promises, in bytes; `None` promises nothing (a head
    that never has a body). `encoding` is the content encoding that was removed from the body. `at` is the
    recorded time.
    """

    status: int
    reason: bytes | None = None
    http_version: str | None = None
    headers: RawHeaders = ()
    framing: Framing = Framing.CHUNKED
    length: int | None = None
    encoding: str | None = None
    at: float | None = None

    @property
    def interim(self) -> bool:
        return self.status < 200


class Send(msgspec.Struct, frozen=True, gc=False):
    """Deliver `data`, never empty, as one piece. `number` is the recorded chunk's."""

    number: int
    data: bytes
    at: float | None = None


class End(msgspec.Struct, frozen=True, kw_only=True):
    """Stop as `finish` says, after `sent` bytes. `kind`, `how` and `detail` are what the recording knew.

    `raw` are the bytes of a `MALFORMED` end, as they go onto an HTTP/1 connection. `code` is HTTP/2's error
    code, where one is known; `goaway` is the whole of a GOAWAY that was recorded. `http_version` is what the
    connection spoke, where there is no head to tell.
    """

    finish: Finish
    kind: EndingKind
    how: How = How.UNKNOWN
    detail: str | None = None
    trailers: RawHeaders = ()
    sent: int = 0
    raw: bytes = b""
    code: int | None = None
    goaway: Goaway | None = None
    http_version: str | None = None
    at: float | None = None


Act: TypeAlias = Head | Send | End
"""A step with a recorded time, before waits are put in."""
Step: TypeAlias = Wait | Head | Send | End


class State(enum.Enum):
    """Where a replay stands."""

    BEFORE_HEAD = enum.auto()
    BODY = enum.auto()
    OVER = enum.auto()


class Token(enum.Enum):
    """What a step is, as far as order goes."""

    WAIT = enum.auto()
    INTERIM_HEAD = enum.auto()
    FINAL_HEAD = enum.auto()
    SEND = enum.auto()
    CLEAN_END = enum.auto()
    OTHER_END = enum.auto()


LEGAL: Final[Mapping[State, Mapping[Token, State]]] = {
    State.BEFORE_HEAD: {
        Token.WAIT: State.BEFORE_HEAD,
        Token.INTERIM_HEAD: State.BEFORE_HEAD,
        Token.FINAL_HEAD: State.BODY,
        Token.OTHER_END: State.OVER,
    },
    State.BODY: {
        Token.WAIT: State.BODY,
        Token.SEND: State.BODY,
        Token.CLEAN_END: State.OVER,
        Token.OTHER_END: State.OVER,
    },
    State.OVER: {},
}


def token(step: Step) -> Token:
    """Which token of `LEGAL` a step is."""
    match step:
        case Wait():
            return Token.WAIT
        case Head():
            return Token.INTERIM_HEAD if step.interim else Token.FINAL_HEAD
        case Send():
            return Token.SEND
        case End():
            return Token.CLEAN_END if step.finish is Finish.CLEAN else Token.OTHER_END


def checked(steps: Iterable[Step]) -> Iterator[Step]:
    """The same steps; `ValueError` at the first one that may not come there, or where the end is missing."""
    state = State.BEFORE_HEAD
    waited = 0.0
    for step in steps:
        following = LEGAL[state].get(token(step))
        if following is None:
            raise ValueError(f"no {token(step).name} may come in {state.name}")
        if isinstance(step, Send) and not step.data:
            raise ValueError(f"chunk {step.number} is empty: an empty chunk would end a chunked body")
        if isinstance(step, Wait):
            if step.until < waited:
                raise ValueError(f"a wait until {step.until} after one until {waited}")
            waited = step.until
        state = following
        yield step
    if state is not State.OVER:
        raise ValueError(f"the steps stop in {state.name}, without an end")
