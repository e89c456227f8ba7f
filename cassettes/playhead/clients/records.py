"""The words of a client's reading: what it was given, what became of that, what never reached it.

Knows names and numbers; no decoder. Offsets are bytes of the body, from its start. Chunks count from 1.
"""

from __future__ import annotations

import enum
from typing import NamedTuple, TypeAlias

import msgspec


class Client(enum.StrEnum):
    """Whose decoder reads."""

    STANDARD = "standard"
    """A WHATWG `EventSource`."""
    ANTHROPIC = "anthropic"
    OPENAI = "openai"
    HTTPX_SSE = "httpx-sse"
    HTTPX2 = "httpx2"
    GOOGLE_GENAI = "google-genai"
    SSECLIENT = "sseclient"
    """The package sseclient-py."""


class Fate(enum.StrEnum):
    """What the client's stream object does with an event that its decoder gave it."""

    YIELDED = "yielded"
    """The caller gets it."""
    SKIPPED = "skipped"
    """Dropped in silence, such as a ping."""
    RAISES = "raises"
    """It makes the client raise, and so stop."""
    ENDS = "ends"
    """The client takes it for the end and stops, such as `[DONE]`."""
    UNREAD = "unread"
    """Behind an event that made the client stop: its decoder would give this, nobody asks."""


class UnseenReason(enum.StrEnum):
    """Why bytes never reach the client's caller."""

    BYTE_ORDER_MARK = "bom"
    """The client keeps the byte order mark, so that the first field has a name nobody knows."""
    COMMENT = "comment"
    FIELD = "field"
    """A line with a field name that the client does not know."""
    VALUE = "value"
    """An `id` with a NUL, a `retry` that the client takes for no number."""
    NO_EVENT = "no event"
    """A frame of which the client makes no event. An id in it may count all the same."""
    TAIL = "tail"
    """What stood unterminated when the body ended."""
    UNREAD = "unread"
    """The client had stopped."""


class Raised(msgspec.Struct, frozen=True):
    """An error that the client raises: class name, message, and the bytes that it is about."""

    error: str
    message: str
    start: int
    end: int
    chunk: int
    at_end: bool = False


class Seen(msgspec.Struct, frozen=True):
    """An event as the client's decoder gives it, each value as that client reports it.

    `chunk` is the number of the last chunk that the client had taken when it got the event; `at_end` says
    that it got it only when the body had ended. `start` and `end` run from the first line of the frame
    to behind the line end that completes it; of a CRLF the CR alone counts, as in `Frame`.
    """

    start: int
    end: int
    chunk: int
    event: str | None
    data: str
    id: str | None
    retry: int | str | None
    """Milliseconds; sseclient reports the text as it stood."""
    at_end: bool = False
    fate: Fate = Fate.YIELDED
    raised: Raised | None = None
    """What is raised, where the fate is `RAISES`."""


class Unseen(msgspec.Struct, frozen=True):
    """Bytes that never reach the client's caller. May lie inside the span of an event."""

    start: int
    end: int
    reason: UnseenReason


Outcome: TypeAlias = Seen | Raised | Unseen


class Verdict(NamedTuple):
    """A fate, and the error's class name and message where it is to raise."""

    fate: Fate
    error: str = ""
    message: str = ""

    @classmethod
    def raises(cls, error: Exception) -> Verdict:
        """The client meets this very error: it calls what we called."""
        return cls(Fate.RAISES, type(error).__name__, str(error))
