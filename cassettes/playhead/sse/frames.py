"""What a decoder emits: a frame and its kind.

Knows the words of the standard (event, comment, field). Knows nothing of time: a frame names the chunk
that completed it, and whoever holds the chunks holds the times.
"""

from __future__ import annotations

import enum

import msgspec


class FrameKind(enum.StrEnum):
    """What the WHATWG dispatch step makes of a block of lines.

    Only `EVENT` reaches an `EventSource` listener. The rest is kept because a debugger must show it:
    keep-alives, reconnection settings, and what a cut stream left behind.
    """

    EVENT = "event"
    """At least one `data` line: dispatched."""
    COMMENT = "comment"
    """Nothing but comment lines."""
    ID = "id"
    """Nothing but `id` lines (and comments): sets the last event id, dispatches nothing."""
    RETRY = "retry"
    """Nothing but `retry` lines (and comments): sets the reconnection time."""
    DATALESS = "dataless"
    """Any other block without a `data` line, such as a lone `event:`."""
    TAIL = "tail"
    """What stood unterminated when the stream ended: the standard discards it."""


class Frame(msgspec.Struct, frozen=True, gc=False):
    """One block of an SSE stream.

    `start` and `end` are byte offsets in the stream: from the first byte of the block's first line to
    behind the line end of the blank line that closes it. Where that line end is CRLF the span ends
    between CR and LF, because the CR alone dispatches; spans so are the same however the stream was
    cut into chunks.
    `chunk` is the number, from 1, of the chunk whose arrival completed the block.
    """

    kind: FrameKind
    start: int
    end: int
    chunk: int
    event: str | None = None
    """The event type: `message` where an event names none; `None` on other kinds without the field."""
    data: str | None = None
    """The `data` lines joined by LF; `None` where there was none."""
    id: str = ""
    """The last event id as it stood at the blank line."""
    retry: int | None = None
    """Milliseconds, where the block held a valid `retry`."""
    comment: str | None = None
    """The comment lines, without their colon and one space, joined by LF."""
    other: str | None = None
    """The lines that set nothing, whole, joined by LF: unknown fields, invalid values, bare JSON."""
