"""Events that hold no chunk: which of them the client's own decoder lets through, and how they are shown.

Source: openai 3.51.0 `_streaming.py` (`SSEDecoder.decode`): a blank line dispatches whatever has been set,
data or none, and an id is never unset. Knows frames and blocks.
"""

from __future__ import annotations

from playhead.protocols.blocks import BlockKind
from playhead.protocols.ledger import Json
from playhead.protocols.record import Record
from playhead.sse import Frame, FrameKind


def client_sees(frame: Frame) -> bool:
    """Whether the client makes an event, without data, of a frame that is no event."""
    if frame.kind is FrameKind.TAIL:
        return False
    return bool(frame.event or frame.id) or frame.retry is not None or _has_odd_retry(frame.other or "")


def _has_odd_retry(lines: str) -> bool:
    """A `retry` that the standard passes over and Python takes for a number."""
    for line in lines.split("\n"):
        name, _, value = line.partition(":")
        if name == "retry":
            try:
                int(value)
            except ValueError:
                continue
            return True
    return False


def show_raw(record: Record, number: int, event: str, value: Json) -> None:
    """What cannot be read is shown as it came."""
    block = record.open_block(number, BlockKind.DATA, event)
    if isinstance(value, str):
        record.grow(number, block, value)
    else:
        block.data.set(number, value)
    block.closed = number
