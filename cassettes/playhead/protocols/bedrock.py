"""Amazon's binary event stream (`application/vnd.amazon.eventstream`): recorded, replayed, not read.

What there is to show is that there is something, and how much. Knows the content type.
"""

from __future__ import annotations

from playhead.protocols import refusals
from playhead.protocols.base import Certainty, Clues, Reader
from playhead.protocols.blocks import BlockKind
from playhead.protocols.ledger import Fields
from playhead.protocols.record import Record
from playhead.protocols.remarks import RemarkKind
from playhead.sse import Frame

_CONTENT_TYPE = "application/vnd.amazon.eventstream"


class BedrockReader:
    """The whole body is one block of data."""

    def __init__(self, record: Record, status: int | None) -> None:
        self._record = record
        self._status = status
        record.message = Fields()
        record.frozen = 0  # no client's reading is known

    def feed(self, number: int, frame: Frame) -> None:
        """A body of this type has no SSE frames; by wish it may be read so, and says nothing."""

    def close(self, number: int) -> None:
        if number:
            self._record.remark(number, RemarkKind.UNSUPPORTED, "an SSE stream is no Amazon event stream")

    def read_body(self, body: bytes) -> None:
        record = self._record
        if refusals.is_refused(self._status):
            refusals.read(record, self._status, refusals.parsed(body), raises=None)
            return
        record.remark(1, RemarkKind.UNSUPPORTED, f"{_CONTENT_TYPE} is recorded and replayed, but not read")
        block = record.open_block(1, BlockKind.DATA, _CONTENT_TYPE)
        block.data.set(1, {"bytes": len(body), "text": body.decode("utf-8", "replace")})
        record.grow_otherwise(1, block)
        block.closed = 1


class Bedrock:
    name = "bedrock"
    title = "Amazon Bedrock event stream"

    def recognise(self, clues: Clues) -> Certainty:
        return Certainty.CONTENT if clues.content_type == _CONTENT_TYPE else Certainty.NO

    def reader(self, record: Record, clues: Clues) -> Reader:
        return BedrockReader(record, clues.status)


PROTOCOL = Bedrock()
