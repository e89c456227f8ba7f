"""What a reader writes into: the message, its blocks, the facts about it, and remarks.

The message is the official client's snapshot, quirks included, in the protocol's own shape; where the
client raises it stands still from there on. Blocks and facts are the same in the words of every protocol,
and go on to the end of the stream. Knows the ledger's cells; knows no protocol.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence

from playhead.arrays import NUMBERS
from playhead.protocols.blocks import BlockKind, BlockLog, Closings
from playhead.protocols.ledger import Fields, Node, Slot, Value
from playhead.protocols.remarks import Remark, RemarkKind


class Record:
    """Of one response. Everything in it is stamped with frame numbers, from 1."""

    def __init__(self) -> None:
        self.message: Node = Fields()
        """The client's snapshot; a reader may put another node in its place before it writes."""
        self.began: int | None = None
        """The frame that began the message: before it there is none. `None`: with the first frame."""
        self.frozen: int | None = None
        """The last frame that the official client took in before it raised."""
        self.closing: Node | None = None
        """What the client's own closing call returns, where that is not its last snapshot: the message of
        `Reading.final()` once the stream is over and no client has raised."""
        self._opened: list[BlockLog] = []
        self._closings = Closings()
        self.blocks: Sequence[BlockLog] = self._opened
        """Those that were opened; a reader that opens none itself may put another sequence in its place."""
        self.characters: Callable[[int], int] = self._characters
        """The characters of all blocks' text after a frame. Whoever replaces `blocks` replaces it too."""
        self.remarks: list[Remark] = []
        """Ascending by frame, except those about the whole exchange."""
        self.id: Slot = Slot()
        self.model: Slot = Slot()
        self.role: Slot = Slot()
        self.stop_reason: Slot = Slot()
        """Of the first choice."""
        self.usage: Slot = Slot()
        """The protocol's own usage object."""
        self.input_tokens: Slot = Slot()
        self.output_tokens: Slot = Slot()
        self.error: Slot = Slot()
        """What the protocol calls the error: an object, or text."""
        self._went_on: tuple[tuple[int, int], ...] = ()
        self.completed: int = 0
        """The frame by which the protocol said that the message is whole; 0 while it has not."""
        self.grown_frames: array[int] = array(NUMBERS)
        """The frames that brought content, ascending; a frame once for each block that it added to."""
        self.grown_blocks: array[int] = array(NUMBERS)
        """The number of the block that each of `grown_frames` added to."""
        self.keep_alives: array[int] = array(NUMBERS)
        """The events that by the protocol say nothing but that the connection lives, ascending."""

    @property
    def has_block_per_event(self) -> bool:
        """Whether blocks are made on access, one of each event: as many as a stream has events."""
        return self.blocks is not self._opened

    def _characters(self, frame: int) -> int:
        return sum(block.text.size_at(frame) for block in self._opened)

    def open_block(self, frame: int, kind: BlockKind, type_: str, *, choice: int = 0) -> BlockLog:
        """A new block; its number is one more than the last one's."""
        block = BlockLog(len(self._opened) + 1, frame, kind, type_, choice, self._closings)
        self._opened.append(block)
        return block

    def grow(self, frame: int, block: BlockLog, text: str) -> None:
        """Text for a block: the frame brought content, if it is not empty."""
        block.text.append(frame, text)
        if text:
            self.grown_frames.append(frame)
            self.grown_blocks.append(block.number)

    def grow_otherwise(self, frame: int, block: BlockLog) -> None:
        """The frame brought content to a block that is no text: an image, a result, a whole input."""
        self.grown_frames.append(frame)
        self.grown_blocks.append(block.number)

    def show(self, frame: int, type_: str, value: Value) -> BlockLog:
        """What nobody reads, as data in a block of its own, closed at once. It is no content."""
        block = self.open_block(frame, BlockKind.DATA, type_)
        if isinstance(value, str):
            block.text.append(frame, value)
        else:
            block.data.set(frame, value)
        block.closed = frame
        return block

    def keep_alive(self, frame: int) -> None:
        """The frame is an event that means nothing: a `ping`. Comments need not be told."""
        self.keep_alives.append(frame)

    def remark(
        self, frame: int, kind: RemarkKind, text: str, *, block: int | None = None, raises: str | None = None
    ) -> None:
        self.remarks.append(Remark(frame, kind, text, block, raises))

    def raised(self, frame: int, exception: str, text: str, *, took: bool = False) -> None:
        """The official client raises at `frame`; `took` where its snapshot has changed by it even so.

        Only the first counts: the client reads no further.
        """
        if self.frozen is None:
            self.frozen = frame if took else frame - 1
            self.remark(frame, RemarkKind.CLIENT_RAISES, text, raises=exception)

    def uncomplete(self, frame: int) -> None:
        """The message goes on at `frame`, though it had been said to be whole."""
        if self.completed:
            self._went_on += ((self.completed, frame),)
            self.completed = 0

    def completed_at(self, frame: int) -> bool:
        """Whether the message had been said to be whole after `frame`."""
        if 0 < self.completed <= frame:
            return True
        return any(completed <= frame < went_on for completed, went_on in self._went_on)

    def blocks_grown_by(self, frame: int) -> list[int]:
        """The numbers of the blocks to which `frame` added."""
        first = bisect_left(self.grown_frames, frame)
        last = bisect_right(self.grown_frames, frame)
        return list(dict.fromkeys(self.grown_blocks[first:last]))

    def blocks_closed_by(self, frame: int) -> list[int]:
        """The numbers of the blocks that `frame` closed, ascending; none that a later one closed again."""
        found = self._closings.by(frame)
        if self.has_block_per_event and (last := self.blocks_at(frame)):
            found = [last]
        return [number for number in found if self.blocks[number - 1].closed_at(frame) == frame]

    def blocks_at(self, frame: int) -> int:
        """How many blocks had been opened after `frame`."""
        return bisect_right(self.blocks, frame, key=lambda block: block.opened)
