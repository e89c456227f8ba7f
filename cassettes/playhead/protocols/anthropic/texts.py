"""Text that grows in two places at once: in the SDK's snapshot and in a block, and is held once.

As long as both get the same parts they share one rope. Where one of them gets a part that the other does
not (an event that the client skips, an index that it takes for another block) they part, and the snapshot
goes on with a copy. Knows ropes and blocks; knows no event.
"""

from __future__ import annotations

from playhead.protocols.blocks import BlockLog
from playhead.protocols.ledger import Rope
from playhead.protocols.record import Record


class Text:
    """Text of the snapshot. `block` is the block that shares its rope, if any does."""

    __slots__ = ("block", "rope")

    def __init__(self, frame: int, first: str = "") -> None:
        self.rope: Rope = Rope()
        self.block: BlockLog | None = None
        if first:
            self.rope.append(frame, first)

    def at(self, frame: int) -> str:
        return self.rope.at(frame)

    def part(self) -> None:
        """Share no longer: what was written so far is copied."""
        if self.block is not None:
            self.rope = self.rope.copy()
            self.block = None


class Texts:
    """Writes parts of text, once where they are shared."""

    def __init__(self, record: Record) -> None:
        self._record = record
        self._sharing: dict[int, Text] = {}

    def share(self, text: Text, block: BlockLog) -> None:
        """One rope for both from here on. Only where they hold the same, written by the same frames."""
        block.text = text.rope
        text.block = block
        self._sharing[block.number] = text

    def write(self, frame: int, text: Text | None, block: BlockLog | None, part: str) -> None:
        """`part` for the snapshot's text, for the block, or for both."""
        if text is not None and block is not None:
            if text.block is None and not text.rope.size and not block.text.size:
                self.share(text, block)
            if text.block is block:
                self._record.grow(frame, block, part)
                return
        if text is not None:
            text.part()
            text.rope.append(frame, part)
        if block is not None:
            if (sharing := self._sharing.pop(block.number, None)) is not None:
                sharing.part()
            self._record.grow(frame, block, part)
