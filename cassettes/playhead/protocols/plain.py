"""Plain streams: every event is data, JSON or text. What no other protocol claims is read by this one.

The message is a list of the events as an `EventSource` listener would get them, or of the lines of a stream
of lines. Many such streams end with `[DONE]`; that it is missing says nothing. Such a stream may be of any
size: its events are kept as they came, in columns, and a block is made of one when it is asked for.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right

from playhead.arrays import NUMBERS
from playhead.on_access import OnAccess
from playhead.protocols import refusals
from playhead.protocols.base import Certainty, Clues, Reader
from playhead.protocols.blocks import BlockKind, BlockLog
from playhead.protocols.ledger import Json, Rope, Series, Slot
from playhead.protocols.payload import DONE, NotJson, parse
from playhead.protocols.record import Record
from playhead.sse import Frame, FrameKind


class _Events:
    """The events in columns; as a node of the message, a list of them."""

    def __init__(self) -> None:
        self._names: list[str] = []
        self._known: dict[str, str] = {}  # a name is held once, however many events have it
        self._data = Rope()
        self._texts = array("Q", [0])

    @property
    def frames(self) -> array[int]:
        """The frame of each."""
        return self._data.frames

    def append(self, frame: int, name: str, data: str) -> None:
        self._names.append(self._known.setdefault(name, name))
        self._data.append(frame, data)
        self._texts.append(self._texts[-1] + (0 if _may_be_json(data) else len(data)))

    def name(self, place: int) -> str:
        return self._names[place]

    def data(self, place: int) -> str:
        return self._data.cut(*self._data.span(self.frames[place]))

    def characters(self, count: int) -> int:
        """Of the data of so many events; what looks like JSON is no text."""
        return self._texts[count]

    def settle(self) -> None:
        """Nothing more will come: from here on several threads may read at once."""
        self._data.cut(max(self._data.size - 1, 0), self._data.size)

    def at(self, frame: int) -> dict[str, Json]:
        count = bisect_right(self.frames, frame)
        return {"events": [{"event": self.name(at), "data": _value(self.data(at))} for at in range(count)]}


class _Block(BlockLog):
    """An event as a block. Its data are parsed when they are asked for."""

    __slots__ = ("_raw",)

    def __init__(self, number: int, frame: int, type_: str, raw: str) -> None:
        super().__init__(number, frame, BlockKind.DATA, type_, 0)
        self.closed = frame
        self._raw = raw

    def __getattr__(self, name: str) -> Rope | Slot | Series:
        cell = super().__getattr__(name)
        if isinstance(cell, Rope | Slot) and name in ("text", "data"):
            value = _value(self._raw)
            if isinstance(cell, Rope) and isinstance(value, str):
                cell.append(self.opened, value)
            elif isinstance(cell, Slot) and not isinstance(value, str):
                cell.set(self.opened, value)
        return cell


class _Blocks(OnAccess[BlockLog]):
    """The block of each event, complete at once; the events that are none stand in no place of `places`."""

    _word = "block"

    def __init__(self, events: _Events) -> None:
        self._events = events
        self.places: array[int] = array(NUMBERS)

    def __len__(self) -> int:
        return len(self.places)

    def characters(self, frame: int) -> int:
        """All text after `frame`. What looks like JSON is no text, and is not parsed for this."""
        return self._events.characters(bisect_right(self._events.frames, frame))

    def _made(self, place: int) -> BlockLog:
        at, events = self.places[place], self._events
        return _Block(place + 1, events.frames[at], events.name(at), events.data(at))


class PlainReader:
    """Each event is a block of its own; `[DONE]` is none, and ends the message."""

    def __init__(self, record: Record, status: int | None = None) -> None:
        self._record = record
        self._status = status
        self._events = _Events()
        self._blocks = _Blocks(self._events)
        record.message = self._events
        record.blocks = self._blocks
        record.characters = self._blocks.characters

    def feed(self, number: int, frame: Frame) -> None:
        if frame.kind is not FrameKind.EVENT:
            return
        data, events = frame.data or "", self._events
        events.append(number, frame.event or "message", data)
        if data.startswith(DONE) and data.strip() == DONE:
            self._record.completed = number
            return
        places = self._blocks.places
        places.append(len(events.frames) - 1)
        if data:
            self._record.grown_frames.append(number)
            self._record.grown_blocks.append(len(places))

    def close(self, number: int) -> None:
        """A plain stream has no end of its own: nothing can be missing."""
        self._events.settle()

    def read_body(self, body: bytes) -> None:
        text = body.decode("utf-8", "replace")
        if body:
            self.feed(1, Frame(FrameKind.EVENT, 0, len(body), 1, "message", text))
        if refusals.is_refused(self._status):
            refusals.tell(self._record, self._status, refusals.parsed(body), raises=None)


def _value(data: str) -> Json:
    """The JSON in `data` where it is an object or a list; else the text itself, a number among it."""
    if not _may_be_json(data):
        return data
    try:
        return parse(data)
    except NotJson:
        return data


def _may_be_json(data: str) -> bool:
    return data.lstrip().startswith(("{", "["))


class Plain:
    name = "plain"
    title = "plain"

    def recognise(self, clues: Clues) -> Certainty:
        return Certainty.FALLBACK

    def reader(self, record: Record, clues: Clues) -> Reader:
        return PlainReader(record, clues.status)


PROTOCOL = Plain()
