"""What whoever watches an exchange tells the writer thread of it: opened, responded, delivered, lost, ended.

Values, and the reading of the clocks that makes the first of them. `session` numbers the exchanges of one
writer; times are readings of the monotonic clock in nanoseconds. The times within a `Request` or `Response`
are not set: the cassette decides what t = 0 is.
"""

from __future__ import annotations

import datetime
import time
from collections.abc import Mapping
from typing import TypeAlias

import msgspec

from playhead.model import EndingKind, Headers, How, Request, Response


class Verdict(msgspec.Struct, frozen=True):
    """How an exchange ended, as far as it could be seen."""

    kind: EndingKind
    how: How
    detail: str | None = None


class Opened(msgspec.Struct, frozen=True, kw_only=True):
    """An exchange is to be recorded, from its request on.

    `request` is as it passed: nothing redacted, its body still encoded. `created` is the wall clock at
    `head_ns`, when its head came; `sent_ns` is when all of it was there, `None` where that is not known.
    `host` goes into a file's name, and `group` tells which exchanges share a cassette.
    """

    session: int
    created: datetime.datetime
    head_ns: int
    sent_ns: int | None
    host: str
    request: Request
    writer: str
    group: str | None = None

    @classmethod
    def now(cls, session: int, request: Request, *, host: str, writer: str) -> Opened:
        """An exchange of which the head has just come, in the process of its client."""
        return cls(
            session=session,
            created=datetime.datetime.now(datetime.UTC),
            head_ns=time.monotonic_ns(),
            sent_ns=None,
            host=host,
            request=request,
            writer=writer,
        )


class Responded(msgspec.Struct, frozen=True, kw_only=True):
    """The head of the response came, as it passed.

    `is_decoded` tells that the deliveries come without the content encoding which the head names.
    """

    session: int
    t_ns: int
    response: Response
    is_decoded: bool = False


class Dropped(msgspec.Struct, frozen=True):
    """The exchange is not to be recorded after all: nothing of it is kept."""

    session: int


class Delivered(msgspec.Struct, frozen=True, gc=False):
    """Bytes that passed through, still content-encoded."""

    session: int
    t_ns: int
    data: bytes


class Lost(msgspec.Struct, frozen=True, gc=False):
    """Deliveries that passed by unrecorded; `None` where nobody counted them.

    `reason` is the format's: `queue_full`, `exception`, `stream_replaced`, …
    """

    session: int
    reason: str
    start_ns: int
    end_ns: int
    chunks: int | None
    size: int | None

    def with_one_more(self, item: Delivered) -> Lost:
        """This loss, grown by a delivery."""
        return Lost(
            self.session,
            self.reason,
            self.start_ns,
            item.t_ns,
            (self.chunks or 0) + 1,
            (self.size or 0) + len(item.data),
        )


class Ended(msgspec.Struct, frozen=True, kw_only=True):
    """The exchange is over."""

    session: int
    t_ns: int
    verdict: Verdict
    facts: Mapping[str, str]
    trailers: Headers = ()
    paused: tuple[tuple[int, int], ...] = ()
    """Spans in which the client took nothing though bytes waited for it."""


Item: TypeAlias = Opened | Responded | Dropped | Delivered | Lost | Ended


def loss_of(item: Delivered, reason: str) -> Lost:
    """The loss of one delivery."""
    return Lost(item.session, reason, item.t_ns, item.t_ns, 1, len(item.data))
