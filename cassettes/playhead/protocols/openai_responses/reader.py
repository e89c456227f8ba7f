"""Reads a stream of the Responses API: what the official client makes of it, and what it says.

Two readings side by side: `Client` keeps the client's snapshot until it raises or stops, the book keeps the
blocks to the end. They share the text. Nearly every event of a long answer is one more delta for the block
of the one before: that is recognised by a few numbers, and read without the rest of the event.
"""

from __future__ import annotations

from urllib.parse import parse_qs

import msgspec

from playhead.protocols.base import Clues
from playhead.protocols.ledger import Json, Rope, Slot
from playhead.protocols.openai_responses import body, content, facts, wire
from playhead.protocols.openai_responses.book import Book, Track, number_of
from playhead.protocols.openai_responses.client import Client
from playhead.protocols.openai_responses.content import Event
from playhead.protocols.openai_responses.handlers import HANDLERS
from playhead.protocols.openai_responses.held import Held
from playhead.protocols.openai_responses.lanes import Lanes
from playhead.protocols.openai_wire import client_sees, error_text, refuse_status
from playhead.protocols.payload import NotJson, parse
from playhead.protocols.record import Record
from playhead.protocols.remarks import RemarkKind
from playhead.sse import Frame, FrameKind

_EVENT = FrameKind.EVENT
_NOT_JSON = "Expecting value: line 1 column 1 (char 0)"  # json.loads of an empty text
_RAISED = (RuntimeError, AssertionError, AttributeError, TypeError, LookupError)
_GROWS_SNAPSHOT = ("response.output_text.delta", "response.function_call_arguments.delta")


class ResponsesReader:
    """One response."""

    def __init__(self, record: Record, clues: Clues) -> None:
        self._record = record
        self._clues = clues
        self._held = Held()
        self._book = Book(record, self._held, self._rope)
        self._message = Slot()
        record.message = self._message
        self._client = Client(self._message, self._held)
        # By the client: it has not raised, nor come to the sentinel.
        self._is_read = not body.is_error(clues)
        self._book.is_refused = not self._is_read
        self._is_over = False  # the sentinel has come
        self._is_satisfied = False  # the client has read as far as the sentinel
        self._began = False
        self._lanes = Lanes()
        self._next = -1  # the sequence number that is to come; -1 while none has

    def feed(self, number: int, frame: Frame) -> None:
        if frame.kind is not _EVENT:
            self._pass(number, frame)
            return
        if not (self._lanes and self._feed_lane(number, frame)):
            self._feed_any(number, frame)

    def close(self, number: int) -> None:
        record = self._record
        self._refuse(number)
        if not record.completed and record.error.latest is None:
            text = "the stream ends before the response is completed, failed or incomplete"
            record.remark(number, RemarkKind.NO_TERMINATOR, text)
        if not self._client.has_answer:
            text = "Didn't receive a `response.completed` event."
            if self._is_read:
                record.raised(number, "RuntimeError", text, took=True)
            elif self._is_satisfied:
                record.remark(number, RemarkKind.CLIENT_RAISES, text, raises="RuntimeError")
        self._is_read = False

    def read_body(self, body_: bytes) -> None:
        self._is_read = False
        body.read_body(self._book, self._message, self._clues, body_)

    def _refuse(self, number: int) -> None:
        """The client raises for a status of 400 and more, before it reads any event."""
        if self._book.is_refused:
            refuse_status(self._record, number, self._clues.status)

    def _feed_lane(self, number: int, frame: Frame) -> bool:
        """Read one more delta like those before; `False` where it is none."""
        try:
            delta = wire.decode_delta(frame.data or "")
        except (msgspec.DecodeError, UnicodeError, RecursionError):
            return False
        text = delta.delta
        if text is None or delta.error:
            return False
        block = self._lanes.find(frame.event, delta)
        if block is None:
            return False
        sequence = delta.sequence_number
        if sequence != self._next:
            self._count(number, sequence)
        elif sequence >= 0:
            self._next = sequence + 1
        self._record.grow(number, block, text)
        return True

    def _pass(self, number: int, frame: Frame) -> None:
        """No event by the standard. The client makes an empty one of every block that has set anything."""
        self._refuse(number)
        if frame.other:
            body.read_bare(self._book, number, frame.other)
        if client_sees(frame):
            self._raise(number, "JSONDecodeError", _NOT_JSON)

    def _feed_any(self, number: int, frame: Frame) -> None:
        self._refuse(number)
        data = frame.data or ""
        if data.startswith("[DONE]"):
            self._end(number)
            return
        if self._is_over or self._record.completed:
            text = "events follow after the response has ended"
            self._book.say_once(number, RemarkKind.AFTER_TERMINATOR, "", text)
        try:
            payload = parse(data)
        except NotJson as error:
            self._raise(number, "JSONDecodeError", str(error))
            self._show(number, frame, data, RemarkKind.NOT_JSON, f"the data is no JSON: {error}")
            return
        if not isinstance(payload, dict):
            self._raise(number, "AttributeError", "the data is no object")
            self._show(number, frame, payload, RemarkKind.UNEXPECTED_SHAPE, "the data is no JSON object")
            return
        target = self._ask(number, frame, payload)
        self._read(number, frame, payload, target)

    def _end(self, number: int) -> None:
        """The sentinel: the client reads no further, whatever follows."""
        if self._is_read:
            self._record.frozen = number
            self._is_satisfied = True
        self._is_read = False
        self._is_over = True
        self._lanes.clear()

    def _ask(self, number: int, frame: Frame, payload: Event) -> Rope | None:
        """Show the event to the client; the rope of its snapshot that grows by it, where one does."""
        if not self._is_read:
            return None
        # The client takes events named so for another API's, and puts their data one level deeper.
        event: Event = {} if (frame.event or "").startswith("thread.") else payload
        if error := event.get("error"):
            self._raise(number, "openai.APIError", error_text(error))
            return None
        try:
            return self._client.take(number, event.get("type"), event)
        except _RAISED as error:
            self._raise(number, type(error).__name__, str(error))
            return None

    def _raise(self, number: int, exception: str, text: str) -> None:
        if self._is_read:
            self._is_read = False
            self._record.raised(number, exception, text)

    def _read(self, number: int, frame: Frame, payload: Event, target: Rope | None) -> None:
        type_ = payload.get("type")
        name = type_ if isinstance(type_, str) else (frame.event or "")
        self._count(number, number_of(payload.get("sequence_number")))
        self._check_start(number, name)
        if payload.get("error") and name != "error":
            facts.tell_error(self._book, number, payload["error"])
        if name in wire.UNTYPED:
            text = f"the official client has no type for {name}"
            self._book.say_once(number, RemarkKind.UNKNOWN_EVENT, name, text)
        if name in wire.DELTAS:
            track = content.read_delta(self._book, number, name, payload, target)
            self._remember(frame, payload, track, target)
            return
        if name != "keepalive":
            self._lanes.clear()
        if handler := HANDLERS.get(name):
            handler(self._book, number, payload)
        else:
            self._show_unknown(number, frame, name, payload)

    def _remember(self, frame: Frame, payload: Event, track: Track | None, target: Rope | None) -> None:
        """Such deltas need no further look, if both readings want the same of them."""
        type_ = payload.get("type")
        if (
            track is None
            or not isinstance(type_, str)
            or (self._is_read and type_ in _GROWS_SNAPSHOT and target is not track.block.text)
        ):
            self._lanes.clear()
        else:
            self._lanes.add(frame.event, type_, payload, track.block)

    def _rope(self, output_index: Json, content_index: Json) -> Rope | None:
        return self._client.rope(output_index, content_index) if self._is_read else None

    def _check_start(self, number: int, name: str) -> None:
        if not self._began:
            self._began = True
            follows = "starting_after" in parse_qs(self._clues.url.query)
            if name not in ("response.created", "error") and not follows:
                what = name or "an event without a type"
                text = f"the stream begins with {what}, not with response.created"
                self._record.remark(number, RemarkKind.NO_START, text)

    def _count(self, number: int, sequence: int) -> None:
        """Sequence numbers go up by one; a stream may have none, and may begin anywhere."""
        expected = self._next
        if sequence < 0:
            return
        if 0 <= expected != sequence:
            about = "skips" if sequence > expected else "repeats"
            text = f"the sequence number is {sequence} where {expected} was to come"
            self._book.say_once(number, RemarkKind.SEQUENCE_GAP, about, text)
        self._next = sequence + 1

    def _show_unknown(self, number: int, frame: Frame, name: str, payload: Event) -> None:
        if name and name != "message":
            kind, text = RemarkKind.UNKNOWN_EVENT, f"an event of unknown type {name}"
        else:
            kind, text = RemarkKind.UNEXPECTED_SHAPE, "an event without a type"
        self._book.say_once(number, kind, name, text)
        self._show(number, frame, payload, None, "")

    def _show(self, number: int, frame: Frame, value: Json, kind: RemarkKind | None, text: str) -> None:
        """An event that is nothing of this protocol: data, as it came."""
        name = value.get("type") if isinstance(value, dict) else None
        held = value if isinstance(value, str) else self._held.share(value)
        type_ = name if isinstance(name, str) else frame.event or "message"
        block = self._record.show(number, type_, held)
        if kind is not None:
            self._record.remark(number, kind, text, block=block.number)
