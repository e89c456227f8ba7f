"""What a client would see of a cassette, as lines: its events, what it raises, what never reaches its caller.

Knows the outcomes of `clients` and how they are shown. An event that comes when the body has ended has the
time of the ending.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial

import msgspec

from playhead.cli import output
from playhead.cli.streams import Clock, Tick, walk
from playhead.clients import (
    Client,
    ClientDecoder,
    Fate,
    Outcome,
    Raised,
    Seen,
    Unseen,
    UnseenReason,
    decoder_of,
    other_charset,
    reads_events,
)
from playhead.exchange import ending_of, is_event_stream
from playhead.format import records
from playhead.model import Framing, How, header
from playhead.plan.endings import Finish, finish_of
from playhead.sanitise import sanitise
from playhead.store.stream import RecordReader

HEADING = "exchange     #         t     gap  chunk  fate      event and data"
_SPANS = 4  # more of one reason are counted, not listed
_REASONS = {
    UnseenReason.BYTE_ORDER_MARK: "the byte order mark hides the field's name",
    UnseenReason.COMMENT: "comments",
    UnseenReason.FIELD: "fields it does not know",
    UnseenReason.VALUE: "values it does not take",
    UnseenReason.NO_EVENT: "blocks it makes no event of",
    UnseenReason.TAIL: "unterminated at the end",
    UnseenReason.UNREAD: "it had stopped reading",
}
_CUTS = {
    Finish.INCOMPLETE: "the body is cut here: its transport raises",
    Finish.RESET: "the connection is reset here: its transport raises",
    Finish.STREAM_RESET: "the stream is reset here: its transport raises",
    Finish.GOAWAY: "the connection is given up here: its transport raises",
    Finish.MALFORMED: "bytes follow that are no HTTP: its transport raises",
    Finish.STALL: "nothing more comes: its transport raises when it has waited long enough",
    Finish.RECORDING_ENDED: "the recording ends here: what came next is unknown",
}
_NAMES = (
    *("exchange", "n", "kind", "t", "gap", "chunk", "at_end", "offset", "length"),
    *("event", "data", "id", "retry", "fate", "error", "message", "reason"),
)
_NOTHING: dict[str, output.Scalar] = dict.fromkeys(_NAMES)
"""Every row has every name."""


class Line(msgspec.Struct, frozen=True):
    """A line for programs, a line for people, or both."""

    row: dict[str, output.Scalar] | None
    shown: str | None

    def json(self, path: str | None) -> str:
        if self.row is None:
            return ""
        return output.json_line(({} if path is None else {"path": path}) | _NOTHING | self.row)

    def text(self, width: int | None) -> str:
        return "" if self.shown is None else output.cut(self.shown, width) + "\n"


def lines(reader: RecordReader, client: Client, only: int | None = None) -> Iterator[Line]:
    """What the client would see, in the order in which it would."""
    return walk(reader, partial(_Reading, client), only)


class _Reading:
    """One exchange, read by the client."""

    def __init__(self, client: Client, exchange: int) -> None:
        self._client = client
        self._exchange = exchange
        self._decoder: ClientDecoder | None = decoder_of(client)
        self._clock = Clock()
        self._notes: list[str] = []
        self._begun = False
        self._stopped = False
        self._unseen: dict[UnseenReason, list[Unseen]] = {}
        self._left_out: dict[UnseenReason, int] = {}

    def started(self, t: float | None) -> None:
        self._clock.origin = t

    def responded(self, head: records.Response) -> Iterator[Line]:
        self._begun = True
        row: dict[str, output.Scalar]
        if not is_event_stream(head.headers):
            self._decoder = None
        elif not reads_events(self._client, head.status):
            self._decoder = None
            message = f"status {head.status}: it fails before it reads an event"
            row = {"kind": "refused", "t": head.t, "message": message}
            yield Line({"exchange": self._exchange} | row, self._note(message))
        elif charset := other_charset(self._client, header(head.headers, "content-type") or ""):
            message = f"it reads the body as {charset}, of which only ASCII is shown as it would be"
            row = {"kind": "note", "t": head.t, "message": message}
            yield Line({"exchange": self._exchange} | row, self._note(message))

    def chunk(self, data: bytes, t: float | None) -> Iterator[Line]:
        self._begun = True
        self._clock.now = t
        if self._decoder is not None:
            yield from self._lines(self._decoder.feed(data))

    def close(self, end: records.End | None = None) -> Iterator[Line]:
        decoder, self._decoder = self._decoder, None
        if decoder is None or not self._begun:
            return
        if end is not None:
            self._clock.now = end.t
        cut = _cut(end)
        yield from self._lines(decoder.close(whole=cut is None))
        if cut is not None and not self._stopped:
            self._notes.append(self._note(cut))
            yield Line(
                {"exchange": self._exchange, "kind": "cut", "t": self._clock.now, "message": cut}, None
            )
        for note in (*self._notes, *self._unseen_notes()):
            yield Line(None, note)

    def _lines(self, outcomes: Iterable[Outcome]) -> Iterator[Line]:
        for outcome in outcomes:
            row: dict[str, output.Scalar] = {
                "exchange": self._exchange,
                "offset": outcome.start,
                "length": outcome.end - outcome.start,
            }
            match outcome:
                case Seen():
                    tick = self._clock.tick()
                    yield Line(row | _seen_row(outcome, tick), self._seen_text(outcome, tick))
                    self._stopped |= outcome.fate in (Fate.RAISES, Fate.ENDS)
                    if outcome.raised is not None:
                        self._notes.append(self._note(_raises(outcome.raised, f"event {tick.n}, ")))
                case Raised():
                    self._stopped = True
                    self._notes.append(self._note(_raises(outcome)))
                    row |= {"kind": "raised", "t": self._clock.now, "chunk": outcome.chunk}
                    yield Line(row | {"at_end": outcome.at_end} | _error_row(outcome), None)
                case Unseen():
                    self._count(outcome)
                    yield Line(row | {"kind": "unseen", "reason": outcome.reason.value}, None)

    def _seen_text(self, seen: Seen, tick: Tick) -> str:
        parts = [seen.event or "-", seen.data]
        if seen.retry is not None:
            parts.append(f"retry: {seen.retry}")
        if seen.id and not seen.data:
            parts.append(f"id: {seen.id}")
        return (
            f"{self._exchange:>8} {tick.n:>5} {output.seconds(tick.since_request):>9}"
            f" {output.milliseconds(tick.gap):>7} {seen.chunk:>6}  {seen.fate.value:<8}"
            f"  {sanitise('  '.join(filter(None, parts)))}"
        )

    def _note(self, text: str) -> str:
        return f"{self._exchange:>8}     - {sanitise(text)}"

    def _count(self, unseen: Unseen) -> None:
        listed = self._unseen.setdefault(unseen.reason, [])
        if len(listed) < _SPANS:
            listed.append(unseen)
        else:
            self._left_out[unseen.reason] = self._left_out.get(unseen.reason, 0) + 1

    def _unseen_notes(self) -> Iterator[str]:
        for reason, listed in self._unseen.items():
            spans = ", ".join(f"{unseen.start}-{unseen.end}" for unseen in listed)
            more = self._left_out.get(reason)
            spans += f" and {more:,} more" if more else ""
            yield self._note(f"never seen: bytes {spans} ({_REASONS[reason]})")


def _seen_row(seen: Seen, tick: Tick) -> dict[str, output.Scalar]:
    row: dict[str, output.Scalar] = {
        "n": tick.n,
        "kind": "seen",
        "t": tick.t,
        "gap": tick.gap,
        "chunk": seen.chunk,
        "at_end": seen.at_end,
        "event": seen.event,
        "data": seen.data,
        "id": seen.id,
        "retry": seen.retry,
        "fate": seen.fate.value,
    }
    return row if seen.raised is None else row | _error_row(seen.raised)


def _error_row(raised: Raised) -> dict[str, output.Scalar]:
    return {"error": raised.error, "message": raised.message}


def _raises(raised: Raised, where: str = "") -> str:
    return f"raises {raised.error}: {raised.message} ({where}bytes {raised.start}-{raised.end})"


def _cut(end: records.End | None) -> str | None:
    """What the client meets where the body ends, if that is not a clean end.

    A body that only the closing of the connection frames looks whole after a FIN.
    """
    if end is None:
        return _CUTS[Finish.RECORDING_ENDED]
    ending = ending_of(end)
    finish = finish_of(ending, head=True)
    if finish is Finish.INCOMPLETE and ending.framing is Framing.CLOSE and ending.how is How.FIN:
        return None
    return _CUTS.get(finish)
