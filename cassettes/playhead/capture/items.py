"""What whoever watches an exchange tells the writer thread of it: opened, delivered, lost, ended.

Values only. `session` numbers the exchanges of one writer; times are readings of the monotonic clock in
nanoseconds, `start_ns` being the cassette's t = 0.
"""

from __future__ import annotations

import datetime
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
    """An exchange is to be recorded; `response` is `None` where there is none yet.

    `request` and `response` are as they passed: nothing redacted, the request's body still encoded.
    `created` is the wall clock at `start_ns`; `host` goes into the file's name.
    """

    session: int
    created: datetime.datetime
    start_ns: int
    host: str
    request: Request
    response: Response | None
    writer: str


class Responded(msgspec.Struct, frozen=True, kw_only=True):
    """The head of the response came, after `Opened`.

    `is_decoded` tells that the deliveries come without the content encoding which the head names.
    """

    session: int
    response: Response
    is_decoded: bool = False


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


Item: TypeAlias = Opened | Responded | Delivered | Lost | Ended


def loss_of(item: Delivered, reason: str) -> Lost:
    """The loss of one delivery."""
    return Lost(item.session, reason, item.t_ns, item.t_ns, 1, len(item.data))
