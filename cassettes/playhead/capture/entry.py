"""One exchange's records in its cassette: on the cassette's clock, its heads without their secrets.

Knows the store, and what redacts heads; not how far an exchange is recorded, nor what becomes of an error:
every method raises what the disk raises.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from playhead.capture.items import Ended, Lost, Opened, Responded
from playhead.capture.shelves import Growing, Slot
from playhead.format import records
from playhead.format.times import seconds
from playhead.model import Chunk, Redaction
from playhead.store.mend import DROPPED

PAUSED = "client_paused"


class Entry:
    """Writes the exchange of `slot`: its request first, its end last."""

    def __init__(self, slot: Slot) -> None:
        self._exchange = slot.exchange
        self._redactor = slot.redactor
        self._start_ns = slot.start_ns

    @property
    def written(self) -> int:
        """Chunks so far."""
        return self._exchange.written

    @property
    def size(self) -> int:
        """Bytes of the response's body so far."""
        return self._exchange.size

    def seconds(self, t_ns: int) -> float:
        """A moment of the monotonic clock on the cassette's."""
        return seconds(t_ns - self._start_ns)

    def request(self, opened: Opened) -> None:
        sent_ns, is_before = opened.sent_ns, opened.head_ns < self._start_ns
        timed = msgspec.structs.replace(
            opened.request,
            t=self.seconds(sent_ns) if sent_ns is not None else None,
            # An exchange that began before its cassette has no place on its clock.
            t_start=None if is_before else self.seconds(opened.head_ns),
        )
        safe, replaced = self._redactor.request(timed)
        self._exchange.request(safe)
        self._say_redacted(replaced)

    def response(self, item: Responded) -> None:
        timed = msgspec.structs.replace(item.response, t=self.seconds(item.t_ns))
        safe, replaced = self._redactor.response(timed)
        self._exchange.response(safe)
        self._say_redacted(replaced)

    def chunks(self, chunks: Sequence[Chunk]) -> None:
        """In one write."""
        self._exchange.chunks(chunks)

    def loss(self, lost: Lost) -> None:
        """Deliveries are missing here."""
        start, end = self.seconds(lost.start_ns), self.seconds(lost.end_ns)
        self._exchange.loss(lost.reason, end, start, lost.chunks, lost.size)

    def drop(self) -> None:
        """Have whoever finishes the cassette leave the exchange out."""
        self._exchange.note(DROPPED, "this exchange was not chosen to be kept")

    def end(self, item: Ended) -> None:
        trailers, replaced = self._redactor.trailers(item.trailers)
        self._say_redacted(replaced)
        self._exchange.end(
            item.verdict.kind,
            self.seconds(item.t_ns),
            detail=self._redactor.said(item.verdict.detail or "") or None,
            facts={name: self._redactor.said(fact) for name, fact in self._facts(item).items()},
            trailers=trailers,
        )

    def _facts(self, item: Ended) -> Mapping[str, str]:
        """The evidence, with the spans in which the client paused in the file's seconds."""
        # What lay before the cassette began has no place on its clock.
        known = [(max(start, self._start_ns), end) for start, end in item.paused if end > self._start_ns]
        if not known:
            return item.facts
        spans = " ".join(f"{self.seconds(start):.6f}-{self.seconds(end):.6f}" for start, end in known)
        return {**item.facts, PAUSED: spans}

    def _say_redacted(self, replaced: tuple[Redaction, ...]) -> None:
        for redaction in replaced:
            self._exchange.redaction(redaction.name, redaction.rule, redaction.byte_offset, redaction.size)


def lose_unnumbered(growing: Growing, lost: Lost | None, reason: str, now_ns: int) -> None:
    """Say in a shared cassette that an exchange is missing: without its request it has no number."""
    growing.cassette.write(
        records.Loss(
            t=growing.cassette.advance(seconds(now_ns - growing.start_ns)),
            chunks=lost.chunks if lost is not None else None,
            bytes=lost.size if lost is not None else None,
            detail=reason,
        )
    )
