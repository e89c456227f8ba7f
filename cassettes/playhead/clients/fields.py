"""The fields of a frame, read as the clients descended from httpx-sse read them.

anthropic, openai, httpx-sse and httpx2 have one ancestor: what differs is in `Quirks` and in the lines.
What all of them do otherwise than the standard: the byte order mark stays, a frame without data makes an
event too, and `retry` is whatever Python's `int` takes. Knows no transport, no JSON.
"""

from __future__ import annotations

from typing import NamedTuple

from playhead.clients.body import BodyDecoder
from playhead.clients.lines import Line, Source
from playhead.clients.quirks import Dispatch, Quirks
from playhead.clients.records import Outcome, Seen, Unseen, UnseenReason

_BOM = b"\xef\xbb\xbf"


class Ignored(NamedTuple):
    """A line that the client passes over."""

    line: Line
    reason: UnseenReason

    def unseen(self) -> Unseen:
        return Unseen(self.line.start, self.line.end, self.reason)


def unknown_field(line: Line) -> Ignored:
    """A line whose field name nobody knows, to a client that keeps the byte order mark."""
    hidden = line.start == 0 and line.data.startswith(_BOM)
    return Ignored(line, UnseenReason.BYTE_ORDER_MARK if hidden else UnseenReason.FIELD)


def reason_of_block(ignored: list[Ignored], lines: int) -> UnseenReason:
    """Why a frame of so many lines makes no event."""
    reasons = [reason for _, reason in ignored]
    if UnseenReason.BYTE_ORDER_MARK in reasons:
        return UnseenReason.BYTE_ORDER_MARK
    if reasons.count(UnseenReason.COMMENT) == lines:
        return UnseenReason.COMMENT
    return UnseenReason.NO_EVENT


class FieldDecoder(BodyDecoder[Line]):
    """Lines to events, by the quirks."""

    def __init__(self, source: Source[Line], quirks: Quirks) -> None:
        super().__init__(source)
        self._quirks = quirks
        self._id: str | None = quirks.no_id
        self._begin_block()

    def _begin_block(self) -> None:
        self._block_start = None
        self._block_lines = 0
        self._event: str | None = None
        self._data: list[str] = []
        self._retry: int | None = None
        self._field_came = False
        self._ignored: list[Ignored] = []

    def _take(self, item: Line, found: list[Outcome]) -> None:
        try:
            text = item.data.decode("utf-8", "strict" if self._quirks.strict else "replace")
        except UnicodeDecodeError as error:
            self._stop(found, type(error).__name__, str(error), item.start, item.end)
            return
        if not text:
            self._blank(item, found)
            return
        if self._block_start is None:
            self._block_start = item.start
        self._block_lines += 1
        if text.startswith(":"):
            self._ignored.append(Ignored(item, UnseenReason.COMMENT))
        else:
            self._field(item, text)

    def _field(self, line: Line, text: str) -> None:
        name, _, value = text.partition(":")
        value = value.removeprefix(" ")
        if name == "event":
            self._event = value
        elif name == "data":
            self._data.append(value)
        elif name == "id" and "\0" not in value:
            self._id = value
        elif name == "retry" and (retry := _number(value)) is not None:
            self._retry = retry
        elif name in ("id", "retry"):
            self._ignored.append(Ignored(line, UnseenReason.VALUE))
            return
        else:
            self._ignored.append(unknown_field(line))
            return
        self._field_came = True

    def _blank(self, line: Line, found: list[Outcome]) -> None:
        start = line.start if self._block_start is None else self._block_start
        if self._dispatches():
            event, data = self._event or self._quirks.unnamed, "\n".join(self._data)
            seen = Seen(start, line.end, self._chunk, event, data, self._id, self._retry, at_end=self._at_end)
            found.append(seen)
            found.extend(ignored.unseen() for ignored in self._ignored)
        elif self._block_start is not None:
            found.append(Unseen(start, line.end, reason_of_block(self._ignored, self._block_lines)))
        self._begin_block()

    def _dispatches(self) -> bool:
        if self._quirks.dispatch is Dispatch.IF_A_FIELD_CAME:
            return self._field_came
        return bool(self._event or self._data or self._id) or self._retry is not None


def _number(value: str) -> int | None:
    try:
        return int(value)
    except ValueError:
        return None
