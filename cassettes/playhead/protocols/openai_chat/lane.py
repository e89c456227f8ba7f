"""One choice of a chat completion under way: its blocks, and the text that the client's snapshot shares.

A `Chain` is a text of the snapshot that stands in several blocks: content that a tool call interrupts is one
string to the client and two blocks to a reader. Knows the ledger's cells; knows no JSON.
"""

from __future__ import annotations

from typing import TypeAlias

from playhead.protocols.blocks import BlockKind, BlockLog
from playhead.protocols.ledger import Rope
from playhead.protocols.record import Record
from playhead.protocols.remarks import RemarkKind

Path: TypeAlias = "tuple[str | int, ...]"
"""Where a text stands in a message: `("tool_calls", 0, "function", "arguments")`."""


class Chain:
    """Text held in ropes, one behind the other: only the last one grows."""

    __slots__ = ("_ropes",)

    def __init__(self) -> None:
        self._ropes: list[Rope] = []

    def add(self, rope: Rope) -> None:
        self._ropes.append(rope)

    def at(self, frame: int) -> str:
        return "".join([rope.at(frame) for rope in self._ropes])


class Call:
    """A tool call: its block, and whether its id or name was sent twice."""

    __slots__ = ("block", "is_json", "repeated")

    def __init__(self, block: BlockLog, *, is_json: bool) -> None:
        self.block: BlockLog = block
        self.is_json: bool = is_json
        self.repeated: bool = False


class Lane:
    """Blocks of one choice. One block is open at a time; a tool call may go on after another began."""

    def __init__(self, record: Record, index: int) -> None:
        self._record = record
        self.index = index
        self.channels: dict[Path, Chain] = {}
        self.taken: dict[Path, str] = {}
        """What the frame under way added, by path."""
        self.calls: dict[int | str, Call] = {}
        self.indexed: int = 0
        """How many of the calls stand there by an index."""
        self.asides: dict[str, BlockLog] = {}
        """What nobody knows, by the member's name."""
        self.audio: BlockLog | None = None
        self.open: BlockLog | None = None
        self.path: Path = ()
        """What the open block grows from."""
        self.text: BlockLog | None = None
        """The last block of text: what is said beside the text belongs to it."""
        self.role = ""
        self.role_repeated = False
        self.finished = 0
        self._told_late = False

    def channel(self, path: Path) -> Chain:
        """The text at `path` of the message, as the blocks hold it."""
        chain = self.channels.get(path)
        if chain is None:
            chain = self.channels[path] = Chain()
        return chain

    def begin(self, frame: int, kind: BlockKind, type_: str, path: Path) -> BlockLog:
        """Open a block that grows from `path`; the one before is closed."""
        self.close(frame)
        block = self._record.open_block(frame, kind, type_, choice=max(self.index, 0))
        self.channel(path).add(block.text)
        self.open, self.path = block, path
        if kind is BlockKind.TEXT:
            self.text = block
        return block

    def resume(self, frame: int, block: BlockLog, path: Path) -> None:
        """A block that another one closed goes on: it was not over."""
        if self.open is block:
            return
        self.close(frame)
        block.reopen(frame)
        self.open, self.path = block, path

    def close(self, frame: int) -> None:
        """Nothing more is expected for the open block."""
        if self.open is not None:
            self.open.closed = frame
        self.open, self.path = None, ()

    def end(self, frame: int) -> None:
        """The answer is over: what still comes is another one, and adds nothing to these texts."""
        self.close(frame)
        self.channels.clear()
        self.calls.clear()
        self.indexed = 0
        self.audio = None
        self._told_late = True

    def grow(self, frame: int, kind: BlockKind, type_: str, path: Path, text: str) -> None:
        """Text from `path`: for the open block if it grows from there, else for a new one."""
        self.taken[path] = self.taken.get(path, "") + text
        if not text:
            return
        block = self.open
        if block is None or self.path != path:
            block = self.begin(frame, kind, type_, path)
        self._record.grow(frame, block, text)
        self.told_late(frame, block)

    def told_late(self, frame: int, block: BlockLog) -> None:
        """Remark, once, on content behind the choice's finish_reason."""
        if self.finished and frame > self.finished and not self._told_late:
            self._told_late = True
            text = f"content for choice {self.index} after its finish_reason"
            self._record.remark(frame, RemarkKind.DELTA_AFTER_STOP, text, block=block.number)
