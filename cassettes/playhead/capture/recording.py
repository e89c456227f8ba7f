"""One exchange on its way into a cassette: decoded, redacted in its heads, appended.

Knows the store and the content encodings; runs in the writer thread, so it may wait for the disk. The
first write that fails ends the recording of this exchange alone: what follows is counted, and the loss and
the ending are written if the disk takes them again by then. Never raises for a bad disk or bad bytes.
"""

from __future__ import annotations

import contextlib
import errno
from collections.abc import Sequence
from pathlib import Path

import msgspec

from playhead.capture.heads import values
from playhead.capture.items import Delivered, Ended, Lost, Opened, Responded, loss_of
from playhead.capture.log import warn
from playhead.capture.shelves import Shelf, Slot
from playhead.encodings import ContentDecoder
from playhead.errors import PlayheadError
from playhead.format import MAX_DELIVERY, records
from playhead.format.times import seconds
from playhead.model import Chunk, EndingKind, Redaction, Request, Response
from playhead.store.exchange_writer import ExchangeWriter

_NO_SPACE = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


class Finished(msgspec.Struct, frozen=True):
    """What became of a recording. `path` is `None` where there is no whole cassette."""

    path: Path | None
    chunks: int
    size: int
    ending: EndingKind
    lost_chunks: int
    failure: str | None


def describe(finished: Finished) -> str:
    """One line about a whole cassette."""
    name = finished.path.name if finished.path is not None else "no cassette"
    return f"{name}: {finished.chunks} chunks, {finished.size} bytes, {finished.ending.value}"


class Recording:
    """An exchange while it is written, to where `shelf` says."""

    def __init__(self, opened: Opened, shelf: Shelf) -> None:
        self.path: Path = shelf.path_of(opened)
        self.failure: str | None = None
        """Why this exchange is recorded no further."""
        self.dirty: bool = False
        """Whether something was written since the last `sync`."""
        self._session = opened.session
        self._start_ns = opened.start_ns
        self._decoder = ContentDecoder(None)
        self._missed: Lost | None = None
        self._lost_chunks = 0
        self._slot: Slot | None = None
        self._exchange: ExchangeWriter | None = None
        """`None` where the file does not hold its request."""
        try:
            self._open(opened, shelf)
        except Exception as error:  # noqa: BLE001 - no exchange may end another's recording
            self._fail(error)
            self._discard()

    def respond(self, item: Responded) -> None:
        """Append the head of the response."""
        if not item.is_decoded:
            self._decoder = ContentDecoder(values(item.response.headers, "content-encoding"))
        if self._exchange is None or self._slot is None or self.failure is not None:
            return
        try:
            self._write_response(self._exchange, self._slot, item.response)
        except Exception as error:  # noqa: BLE001 - see above
            self._fail(error)

    def deliver(self, items: Sequence[Delivered]) -> None:
        """Append chunks, in as few writes as can be."""
        if not self._decoder.is_encoded:
            start = self._start_ns
            self._append(items, [Chunk(0, seconds(item.t_ns - start), item.data) for item in items])
            return
        for item in items:
            # One by one: each may decode to a multiple of its size.
            self._append((item,), (self._decode(item),))

    def lose(self, item: Lost) -> None:
        """Append that deliveries are missing here."""
        self._decoder.lose()
        self._lost_chunks += item.chunks or 0
        if self._exchange is None or self.failure is not None:
            return
        try:
            self._write_loss(self._exchange, item)
        except Exception as error:  # noqa: BLE001 - see above
            self._fail(error)

    def end(self, item: Ended) -> Finished:
        """Append the ending; a cassette of its own gets its name."""
        path = None
        if self._slot is not None:
            try:
                self._write_missed(self._slot, item.t_ns)
                if self._exchange is not None:
                    self._write_end(self._exchange, self._slot, item)
                path = self._slot.finish()
            except Exception as error:  # noqa: BLE001 - see above
                self._fail(error)
                self.abandon()
        chunks, size = (self._exchange.written, self._exchange.size) if self._exchange else (0, 0)
        return Finished(path, chunks, size, item.verdict.kind, self._lost_chunks, self.failure)

    def sync(self) -> None:
        """Bring what was written to the disk itself."""
        self.dirty = False
        if self._slot is None or self.failure is not None:
            return
        try:
            self._slot.cassette.sync()
        except OSError as error:
            self._fail(error)

    def abandon(self) -> None:
        """Stop; the `.partial` file stays as it is, readable up to its last line."""
        if self._slot is not None:
            with contextlib.suppress(OSError):
                self._slot.abandon()

    def _decode(self, item: Delivered) -> Chunk:
        decoded = self._decoder.feed(item.data)
        resized = not decoded.undecoded or len(decoded.data) != len(item.data)
        wire_bytes = len(item.data) if resized else None
        return Chunk(0, self._seconds(item.t_ns), decoded.data, wire_bytes, decoded.undecoded)

    def _append(self, items: Sequence[Delivered], chunks: Sequence[Chunk]) -> None:
        """Write `chunks`, which the deliveries `items` are, decoded. What does not fit is missed."""
        reason, fitting = "exception", 0
        if self._exchange is not None and self.failure is None:
            self.dirty = True
            before = self._exchange.written
            try:
                self._exchange.chunks(chunks)
            except Exception as error:  # noqa: BLE001 - see above
                reason = self._fail(error)
                fitting = self._exchange.written - before
            else:
                return
        for item, chunk in zip(items, chunks, strict=True):
            fitting -= len(range(0, len(chunk.data) or 1, MAX_DELIVERY))
            if fitting < 0:
                self._miss(item, reason)

    def _open(self, opened: Opened, shelf: Shelf) -> None:
        self._slot = slot = shelf.open(opened, self.path)
        self.dirty = True
        self._write_request(slot, opened.request)
        self._exchange = slot.exchange
        if opened.response is not None:
            self._decoder = ContentDecoder(values(opened.response.headers, "content-encoding"))
            self._write_response(slot.exchange, slot, opened.response)

    def _discard(self) -> None:
        """Without its heads a cassette is worth nothing; one that others share stays."""
        if self._slot is None or self._slot.is_shared:
            return
        with contextlib.suppress(OSError):
            self._slot.discard()
        self._slot = self._exchange = None

    def _write_request(self, slot: Slot, request: Request) -> None:
        safe, replaced = slot.redactor.request(request)
        slot.exchange.request(safe)
        _say_redacted(slot.exchange, replaced)

    def _write_response(self, exchange: ExchangeWriter, slot: Slot, response: Response) -> None:
        safe, replaced = slot.redactor.response(response)
        exchange.response(safe)
        _say_redacted(exchange, replaced)
        self.dirty = True

    def _write_missed(self, slot: Slot, now_ns: int) -> None:
        """What passed by since the recording failed. An exchange without its request has no number."""
        missed = self._missed
        if self._exchange is not None:
            if missed is not None:
                self._write_loss(self._exchange, missed)
        elif slot.is_shared:
            slot.cassette.write(
                records.Loss(
                    t=slot.cassette.advance(self._seconds(now_ns)),
                    chunks=missed.chunks if missed is not None else None,
                    bytes=missed.size if missed is not None else None,
                    detail=missed.reason if missed is not None else "exception",
                )
            )

    def _write_end(self, exchange: ExchangeWriter, slot: Slot, item: Ended) -> None:
        trailers, replaced = slot.redactor.trailers(item.trailers)
        _say_redacted(exchange, replaced)
        exchange.end(
            item.verdict.kind,
            self._seconds(item.t_ns),
            detail=item.verdict.detail,
            facts=item.facts,
            trailers=trailers,
        )

    def _write_loss(self, exchange: ExchangeWriter, lost: Lost) -> None:
        exchange.loss(
            lost.reason, self._seconds(lost.end_ns), self._seconds(lost.start_ns), lost.chunks, lost.size
        )
        self.dirty = True

    def _miss(self, item: Delivered, reason: str) -> None:
        self._missed = self._missed.with_one_more(item) if self._missed else loss_of(item, reason)
        self._lost_chunks += 1

    def _fail(self, error: Exception) -> str:
        """Mark the recording failed, with one warning; returns the format's reason for a loss."""
        if self.failure is None:
            text = error.strerror if isinstance(error, OSError) else None
            if isinstance(error, PlayheadError):
                text = error.message
            self.failure = text or f"{type(error).__name__}: {error}"
            warn(f"{self.path}: {self.failure}. The stream goes on, but is recorded no further.")
        return "disk_full" if isinstance(error, OSError) and error.errno in _NO_SPACE else "exception"

    def _seconds(self, t_ns: int) -> float:
        return seconds(t_ns - self._start_ns)


def _say_redacted(exchange: ExchangeWriter, replaced: tuple[Redaction, ...]) -> None:
    for redaction in replaced:
        exchange.redaction(redaction.name, redaction.rule, redaction.byte_offset, redaction.size)
