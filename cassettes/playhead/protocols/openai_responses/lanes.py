"""Where the next delta goes, if it looks like one before: the short way for nearly every event.

A lane is what the deltas for one text have in common. It holds as long as nothing but deltas comes: then
neither the client's snapshot nor the blocks change their shape. Knows deltas and blocks; knows no client.
"""

from __future__ import annotations

from playhead.protocols.blocks import BlockLog
from playhead.protocols.ledger import Json
from playhead.protocols.openai_responses.book import number_of
from playhead.protocols.openai_responses.wire import Delta

_INDEXES = ("output_index", "content_index", "summary_index", "command_index")
_Key = tuple[str | None, str, int, int, int, int]


class Lanes:
    """The lanes in use."""

    __slots__ = ("_blocks", "_by_key")

    def __init__(self) -> None:
        self._by_key: dict[_Key, BlockLog] = {}
        self._blocks: set[int] = set()

    def clear(self) -> None:
        self._by_key.clear()
        self._blocks.clear()

    def add(self, event: str | None, type_: str, payload: dict[str, Json], block: BlockLog) -> None:
        """From now on such deltas are for `block`. Two kinds of delta for one block is no common case."""
        output, content, summary, command = (number_of(payload.get(name)) for name in _INDEXES)
        key = (event, type_, output, content, summary, command)
        if key not in self._by_key and block.number in self._blocks:
            self.clear()
        self._by_key[key] = block
        self._blocks.add(block.number)

    def find(self, event: str | None, delta: Delta) -> BlockLog | None:
        """The block that the delta is for; `None` where that needs a longer look."""
        output, content = delta.output_index, delta.content_index
        return self._by_key.get(
            (event, delta.type, output, content, delta.summary_index, delta.command_index)
        )

    def __bool__(self) -> bool:
        return bool(self._by_key)
