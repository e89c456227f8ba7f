"""Content blocks: what a reader writes of one (`BlockLog`), and how it stood after a frame (`Block`).

Words that hold for every protocol: text, thinking, a tool call. What a protocol calls its block is kept as
`type`. Knows the ledger's cells.
"""

from __future__ import annotations

import enum
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping
from typing import ClassVar

from playhead.arrays import NUMBERS
from playhead.protocols.ledger import Json, Rope, Series, Slot
from playhead.protocols.payload import parse_partial


class BlockKind(enum.StrEnum):
    """What a block is to a reader of the message."""

    TEXT = "text"
    THINKING = "thinking"
    TOOL_CALL = "tool_call"
    """`text` is the JSON of the input, as far as it came."""
    TOOL_RESULT = "tool_result"
    REFUSAL = "refusal"
    MEDIA = "media"
    """Audio, images, files: what there is to show stands in `data`."""
    DATA = "data"
    """Anything else: what a protocol adds that we do not know, an event of no protocol."""


_CELLS: dict[str, Callable[[], Rope | Slot | Series]] = {
    "text": Rope,
    "name": Slot,
    "id": Slot,
    "signature": Slot,
    "citations": Series,
    "data": Slot,
}


class Closings:
    """Which blocks a frame closed: nobody has to ask every block."""

    __slots__ = ("_blocks", "_frames")

    def __init__(self) -> None:
        self._frames: array[int] = array(NUMBERS)
        self._blocks: array[int] = array(NUMBERS)

    def add(self, frame: int, block: int) -> None:
        """`frame` is none before those that were added."""
        self._frames.append(frame)
        self._blocks.append(block)

    def by(self, frame: int) -> list[int]:
        """The numbers of the blocks that `frame` closed, ascending."""
        first, last = bisect_left(self._frames, frame), bisect_right(self._frames, frame)
        return sorted(set(self._blocks[first:last]))


class BlockLog:
    """A block as it is written: cells that only grow."""

    __slots__ = (
        "_closed",
        "_closings",
        "_resumed",
        "choice",
        "citations",
        "data",
        "id",
        "kind",
        "name",
        "number",
        "opened",
        "parse",
        "signature",
        "text",
        "type",
    )

    def __init__(
        self,
        number: int,
        opened: int,
        kind: BlockKind,
        type_: str,
        choice: int,
        closings: Closings | None = None,
    ) -> None:
        """`closings` is told when it is closed."""
        self._closings = closings
        self.number: int = number
        """From 1, in the order in which blocks were opened."""
        self.opened: int = opened
        self._closed: int = 0
        self._resumed: tuple[tuple[int, int], ...] = ()
        self.kind: BlockKind = kind
        self.type: str = type_
        """The protocol's own word: `server_tool_use`."""
        self.choice: int = choice
        """Which of several answers it belongs to, from 0."""
        self.parse: Callable[[str], Json] = parse_partial
        """How the client reads the input of a tool call that is not complete; raises `ValueError`."""

    @property
    def closed(self) -> int:
        """The frame that closed it; 0 while it is open."""
        return self._closed

    @closed.setter
    def closed(self, frame: int) -> None:
        if frame and frame != self._closed and self._closings is not None:
            self._closings.add(frame, self.number)
        self._closed = frame

    def reopen(self, frame: int) -> None:
        """It goes on at `frame`, though it had been closed; nothing where it is open."""
        if self._closed:
            self._resumed += ((self._closed, frame),)
            self._closed = 0

    def closed_at(self, frame: int) -> int:
        """The frame that had closed it after `frame`; 0 where it was open."""
        if 0 < self._closed <= frame:
            return self._closed
        return next((closed for closed, resumed in self._resumed if closed <= frame < resumed), 0)

    # The cells, each made when it is first asked for: in a plain stream every event is a block, and most of
    # a block's cells stay empty.
    text: Rope
    """The text, the thinking, the refusal, or the JSON of a tool's input."""
    name: Slot
    """Of the tool."""
    id: Slot
    """Of the tool call."""
    signature: Slot
    citations: Series
    data: Slot
    """What has no place elsewhere, as JSON: a tool's result, a redacted thought, an unknown block; for
    a tool call the input that came whole, not as text."""

    def __getattr__(self, name: str) -> Rope | Slot | Series:
        cell = _CELLS.get(name)
        if cell is None:
            raise AttributeError(name)
        made = cell()
        setattr(self, name, made)
        return made


def told(facts: Mapping[str, Json]) -> list[str]:
    """`name=value` of each fact that there is, for a `repr`."""
    return [f"{name}={value!r}" for name, value in facts.items() if value is not None]


class Block:
    """A block as it stood after a frame. Cheap to make; text is cut out of the ledger when asked for."""

    __slots__ = ("_frame", "_log")

    def __init__(self, log: BlockLog, frame: int) -> None:
        self._log = log
        self._frame = frame

    def __repr__(self) -> str:
        """All that `==` compares, and the number; what is not there is left out."""
        kind = None if self.kind == self.type else str(self.kind)
        facts = {"kind": kind, "choice": self.choice or None, "name": self.name, "id": self.id}
        more = {"data": self.data, "citations": self.citations or None, "signature": self.signature}
        parts = [self.type, *told(facts), *([repr(self.text)] if self.text else []), *told(more)]
        return f"<Block {self.number}: {' '.join(parts)}{', open' if self.is_open else ''}>"

    def __eq__(self, other: object) -> bool:
        """Whether both say the same, wherever they stand."""
        return isinstance(other, Block) and self._content() == other._content()

    __hash__: ClassVar[None] = None  # type: ignore[assignment]

    def _content(self) -> tuple[object, ...]:
        """What it says, as a value: all but where in its stream that stood."""
        facts = (self.kind, self.type, self.choice, self.name, self.id, self.signature, self.is_open)
        return (*facts, self.text, self.data, self.citations)

    @property
    def number(self) -> int:
        """From 1, in the order in which blocks were opened."""
        return self._log.number

    @property
    def kind(self) -> BlockKind:
        return self._log.kind

    @property
    def type(self) -> str:
        """The protocol's own word for it."""
        return self._log.type

    @property
    def choice(self) -> int:
        """Which of several answers it belongs to, from 0."""
        return self._log.choice

    @property
    def opened(self) -> int:
        """The frame that opened it."""
        return self._log.opened

    @property
    def closed(self) -> int | None:
        """The frame that closed it; `None` while it is open."""
        return self._log.closed_at(self._frame) or None

    @property
    def is_open(self) -> bool:
        return not self._log.closed_at(self._frame)

    @property
    def text(self) -> str:
        """Text, thinking, refusal, or the JSON of the input, as far as it had come."""
        return self._log.text.at(self._frame)

    @property
    def size(self) -> int:
        """Characters of `text`."""
        return self._log.text.size_at(self._frame)

    def cut(self, start: int, end: int) -> str:
        """The characters of `text` from `start` to `end`: a screenful of a long text."""
        return self._log.text.cut(start, min(end, self.size))

    @property
    def added(self) -> tuple[int, int]:
        """Where in `text` that which the frame added begins and ends; twice the same where it added none."""
        return self._log.text.span(self._frame)

    @property
    def name(self) -> str | None:
        """Of the tool."""
        return _text(self._log.name.at(self._frame))

    @property
    def id(self) -> str | None:
        """Of the tool call."""
        return _text(self._log.id.at(self._frame))

    @property
    def input(self) -> Json:
        """The input of a tool call as the client reads it at this point; `None` where it cannot.

        Parsed on each access.
        """
        if self.kind is not BlockKind.TOOL_CALL:
            return None
        text = self.text
        if not text:
            return self.data
        try:
            return self._log.parse(text)
        except ValueError:
            return None

    @property
    def signature(self) -> str | None:
        return _text(self._log.signature.at(self._frame))

    @property
    def citations(self) -> list[Json]:
        return self._log.citations.at(self._frame)

    @property
    def data(self) -> Json:
        """What has no place elsewhere, as the stream brought it."""
        return self._log.data.at(self._frame)


def _text(value: Json) -> str | None:
    return value if isinstance(value, str) else None
