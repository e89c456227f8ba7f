"""The message as it stood after a frame: a view of the record, read when asked.

Knows the record and a frame number. Making one costs the same anywhere in a stream.
"""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import ClassVar

from playhead.on_access import OnAccess
from playhead.protocols.blocks import Block, told
from playhead.protocols.ledger import Json
from playhead.protocols.record import Record

_MOST_TOKENS = 2**53
"""A count beyond this is none: nothing could be computed with it."""


class Blocks(OnAccess[Block]):
    """The blocks opened so far, each as it stood after the frame."""

    _word = "block"

    def __init__(self, record: Record, frame: int) -> None:
        self._record = record
        self._frame = frame
        self._size = record.blocks_at(frame)

    def __repr__(self) -> str:
        return repr(list(self))

    def __eq__(self, other: object) -> bool:
        """Whether the blocks say the same, in the same order."""
        if not isinstance(other, Sequence) or isinstance(other, str | bytes):
            return False
        return len(self) == len(other) and all(map(operator.eq, self, other))

    __hash__: ClassVar[None] = None  # type: ignore[assignment]

    def __len__(self) -> int:
        return self._size

    def _made(self, place: int) -> Block:
        return Block(self._record.blocks[place], self._frame)


class State:
    """What was known of a response after `frame`, 0 being before the first."""

    __slots__ = ("_over", "_record", "frame", "protocol")

    def __init__(self, record: Record, protocol: str, frame: int, *, over: bool = False) -> None:
        self._record = record
        self._over = over
        self.protocol: str = protocol
        """The name of the protocol by which the stream was read."""
        self.frame: int = frame

    def __repr__(self) -> str:
        """All that `==` compares, and the frame; what is not there is left out."""
        facts = {"id": self.id, "model": self.model, "role": self.role, "stop_reason": self.stop_reason}
        parts = [self.protocol, *told(facts)]
        if not self.is_complete:
            parts.append("not complete")
        parts += told({"usage": self.usage, "error": self.error})
        return f"<State after frame {self.frame}: {', '.join(parts)}, {self.blocks!r}>"

    def __eq__(self, other: object) -> bool:
        """Whether both say the same, after whichever frame: every fact, and every block with its content."""
        return isinstance(other, State) and self._content() == other._content()

    __hash__: ClassVar[None] = None  # type: ignore[assignment]

    def _content(self) -> tuple[object, ...]:
        """What it says, as a value: all but where in its stream that stood."""
        facts = (self.protocol, self.id, self.model, self.role, self.stop_reason, self.is_complete)
        return (*facts, self.usage, self.error, [block._content() for block in self.blocks])

    @property
    def blocks(self) -> Blocks:
        return Blocks(self._record, self.frame)

    @property
    def added(self) -> tuple[Block, ...]:
        """The blocks to which the frame brought content; `added` of each tells where."""
        return tuple(
            Block(self._record.blocks[number - 1], self.frame)
            for number in self._record.blocks_grown_by(self.frame)
        )

    @property
    def closed(self) -> tuple[Block, ...]:
        """The blocks that the frame closed."""
        return tuple(
            Block(self._record.blocks[number - 1], self.frame)
            for number in self._record.blocks_closed_by(self.frame)
        )

    @property
    def message(self) -> Json:
        """The message in the protocol's own shape, as the official client had it; `None` before it began.

        Where the client raises, it stands still from there on. Of the final state it is what the client's
        closing call returns. Built on each access, in time with its size.
        """
        frozen, began, closing = self._record.frozen, self._record.began, self._record.closing
        frame = self.frame if frozen is None else min(self.frame, frozen)
        if frame < (1 if began is None else began):
            return None
        if self._over and closing is not None and frozen is None:
            return closing.at(frame)
        return self._record.message.at(frame)

    @property
    def text(self) -> str:
        """What the text blocks of the first choice say."""
        return "".join(block.text for block in self.blocks if block.kind == "text" and block.choice == 0)

    @property
    def id(self) -> str | None:
        return _text(self._record.id.at(self.frame))

    @property
    def model(self) -> str | None:
        return _text(self._record.model.at(self.frame))

    @property
    def role(self) -> str | None:
        return _text(self._record.role.at(self.frame))

    @property
    def stop_reason(self) -> str | None:
        """Why the first choice ended, in the protocol's own word."""
        return _text(self._record.stop_reason.at(self.frame))

    @property
    def usage(self) -> Json:
        """The protocol's own usage object."""
        return self._record.usage.at(self.frame)

    @property
    def input_tokens(self) -> int | None:
        return _count(self._record.input_tokens.at(self.frame))

    @property
    def output_tokens(self) -> int | None:
        return _count(self._record.output_tokens.at(self.frame))

    @property
    def error(self) -> Json:
        """The error that the stream has told so far: an object, or text; `None` where it has not."""
        return self._record.error.at(self.frame)

    @property
    def is_complete(self) -> bool:
        """Whether the protocol has said that the message is whole."""
        return self._record.completed_at(self.frame)


def _text(value: Json) -> str | None:
    return value if isinstance(value, str) else None


def _count(value: Json) -> int | None:
    if not isinstance(value, int) or isinstance(value, bool):
        return None
    return value if abs(value) <= _MOST_TOKENS else None
