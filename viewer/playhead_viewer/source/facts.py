"""What an event does to the message, in one word: the kinds of the list's column and of the filter.

Knows the record that a protocol's reader writes, and kinds of frames; no provider, no widget.
"""

from __future__ import annotations

import enum
from bisect import bisect_left
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING

from playhead import FrameKind

if TYPE_CHECKING:
    from playhead.protocols.blocks import BlockKind
    from playhead.protocols.record import Record


class Kind(enum.StrEnum):
    """As the list shows it and the filter takes it."""

    TEXT = "text"
    THINKING = "thinking"
    JSON = "json"
    """A part of a tool's input."""
    RESULT = "result"
    REFUSAL = "refusal"
    MEDIA = "media"
    DATA = "data"
    OPEN = "block+"
    CLOSE = "block-"
    PING = "ping"
    """An event that by its protocol says nothing."""
    ERROR = "error"
    EVENT = "event"
    """An event that brings no content."""
    COMMENT = "comment"
    DATALESS = "dataless"
    ID = "id"
    RETRY = "retry"
    TAIL = "tail"
    """Bytes that no blank line ended."""


_OF_FRAME = {
    FrameKind.COMMENT: Kind.COMMENT,
    FrameKind.DATALESS: Kind.DATALESS,
    FrameKind.ID: Kind.ID,
    FrameKind.RETRY: Kind.RETRY,
    FrameKind.TAIL: Kind.TAIL,
}


@cache
def _of_block() -> Mapping[BlockKind, Kind]:
    from playhead.protocols.blocks import BlockKind  # the first row is there before anything is read

    return {
        BlockKind.TEXT: Kind.TEXT,
        BlockKind.THINKING: Kind.THINKING,
        BlockKind.TOOL_CALL: Kind.JSON,
        BlockKind.TOOL_RESULT: Kind.RESULT,
        BlockKind.REFUSAL: Kind.REFUSAL,
        BlockKind.MEDIA: Kind.MEDIA,
        BlockKind.DATA: Kind.DATA,
    }


def kind_of(record: Record | None, frame: FrameKind, number: int) -> tuple[Kind, int | None]:
    """What frame `number` does, and the number of the block that it does it to.

    Without a record (nothing is read yet), or where each event is a block, an event is an event.
    """
    if frame is not FrameKind.EVENT:
        return _OF_FRAME.get(frame, Kind.EVENT), None
    if record is None:
        return Kind.EVENT, None
    if record.has_block_per_event:
        return (Kind.ERROR if record.error.changed(number) else Kind.EVENT), None
    grown = record.blocks_grown_by(number)
    if grown:
        return _of_block().get(record.blocks[grown[0] - 1].kind, Kind.DATA), grown[0]
    opened = record.blocks_at(number)
    if opened and record.blocks[opened - 1].opened == number:
        # What came whole and is no content is shown as a block, and is an event like others.
        whole = record.blocks[opened - 1].closed == number
        return Kind.EVENT if whole else Kind.OPEN, opened
    if closed := record.blocks_closed_by(number):
        return Kind.CLOSE, closed[-1]
    if record.error.changed(number):
        return Kind.ERROR, None
    place = bisect_left(record.keep_alives, number)
    if place < len(record.keep_alives) and record.keep_alives[place] == number:
        return Kind.PING, None
    return Kind.EVENT, None


def added_text(record: Record | None, number: int) -> str | None:
    """The text that frame `number` brought, of all blocks that it added to; `None` where it brought none."""
    if record is None or record.has_block_per_event:
        return None
    parts = []
    for block in record.blocks_grown_by(number):
        rope = record.blocks[block - 1].text
        start, end = rope.span(number)
        if end > start:
            parts.append(rope.cut(start, end))
    return "".join(parts) if parts else None


def tool_openings(record: Record) -> list[int]:
    """The events that opened a tool call, ascending."""
    from playhead.protocols.blocks import BlockKind

    if record.has_block_per_event:
        return []
    return sorted({block.opened for block in record.blocks if block.kind is BlockKind.TOOL_CALL})
