"""What the proxy's loop tells the writer thread about a stream: opened, delivered, lost, ended.

Values only. `session` numbers the streams of this process; times are readings of the monotonic clock in
nanoseconds, `start_ns` of the session being the cassette's t = 0.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TypeAlias

import msgspec

from playhead.model import Headers, Request, Response
from playhead_recorder.endings import Verdict


class Opened(msgspec.Struct, frozen=True, kw_only=True):
    """The head of a response came, and it is to be recorded.

    `request` and `response` are as they passed: nothing redacted, the request's body still encoded.
    `created` is the wall clock at `start_ns`; `host` goes into the file's name.
    """

    session: int
    created: datetime.datetime
    start_ns: int
    host: str
    request: Request
    response: Response
    writer: str


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
    """The stream is over."""

    session: int
    t_ns: int
    verdict: Verdict
    facts: Mapping[str, str]
    trailers: Headers = ()


Item: TypeAlias = Opened | Delivered | Lost | Ended


def loss_of(item: Delivered, reason: str) -> Lost:
    """The loss of one delivery."""
    return Lost(item.session, reason, item.t_ns, item.t_ns, 1, len(item.data))
