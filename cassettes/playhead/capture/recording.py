"""How far one exchange is recorded: decoded, within its caps, until its end or the first error.

Knows shelves and content encodings, and counts what is missed; the records are `entry`'s. Runs in the writer
thread, so it may wait for the disk. The first write that fails ends the recording of this exchange alone:
what follows is counted, and the loss and the ending are written if the disk takes them again by then. Never
raises for a bad disk or bad bytes.
"""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Sequence
from pathlib import Path

from playhead.bodies import BodyKind, kind_of
from playhead.capture.audience import Audience, Finished
from playhead.capture.entry import Entry, lose_unnumbered
from playhead.capture.heads import values
from playhead.capture.items import Delivered, Ended, Lost, Opened, Responded, loss_of
from playhead.capture.log import warn, words
from playhead.capture.meter import TOTAL_CAP, Meter
from playhead.capture.shelves import Shelf, Slot
from playhead.encodings import ContentDecoder
from playhead.errors import CannotRun
from playhead.format import MAX_DELIVERY
from playhead.model import Chunk

_QUEUE_FULL = "queue_full"
_NO_SPACE = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


class Recording:
    """An exchange while it is written, to where `shelf` says, as far as `meter` lets it."""

    def __init__(self, opened: Opened, shelf: Shelf, meter: Meter, audience: Audience) -> None:
        self.failure: str | None = None
        """Why this exchange is recorded no further."""
        self._session = opened.session
        self._shelf = shelf
        self._meter = meter
        self._audience = audience
        self._decoder = ContentDecoder(None)
        self._is_stream = False
        self._target: Path | None = None
        self._left: Path | None = None
        """Where it will be, once it is written to its end."""
        self._stays_as: Path | None = None
        """Where it should have been: its own file could not be written to its end, and stays."""
        self._cap: str | None = None
        """The cap that was reached, in the format's word."""
        self._reason = "exception"
        """Why deliveries are missed once it has failed, in the format's word."""
        self._missed: Lost | None = None
        self._has_told_gap = False
        """The ending is tried again when the disk took the loss before it, but not the ending."""
        self._lost_chunks = 0
        self._has_warned = False
        self._handled = 0
        """Deliveries that are written or missed."""
        self._slot: Slot | None = None
        self._entry: Entry | None = None
        """`None` where the file does not hold its request."""
        try:
            self._open(opened)
        except Exception as error:  # noqa: BLE001 - no exchange may end another's recording
            self.fail(error)
            self._discard()

    def respond(self, item: Responded) -> None:
        """Append the head of the response."""
        try:
            self._respond(item)
        except Exception as error:  # noqa: BLE001 - see above
            self.fail(error)

    def drop(self) -> None:
        """Keep nothing of the exchange. Where others share its cassette, its finisher leaves it out."""
        if self._slot is None:
            return
        try:
            if self._slot.is_shared and self._entry is not None:
                self._entry.drop()
            self._shelf.discard(self._slot)
        except Exception as error:  # noqa: BLE001 - see above
            self.fail(error)
        self._slot = self._entry = None

    def deliver(self, items: Sequence[Delivered]) -> None:
        """Append chunks, in as few writes as can be."""
        entry, before = self._entry, self._handled
        if entry is None or self.failure is not None or self._cap is not None:
            # Not even decoded: what is over a cap may be a bomb.
            self._miss(items, self._cap or self._reason)
            return
        try:
            if not self._decoder.is_encoded:
                self._append(entry, items, [Chunk(0, entry.seconds(item.t_ns), item.data) for item in items])
                return
            for item in items:
                # One by one: each may decode to a multiple of its size.
                self._append(entry, (item,), (self._decode(entry, item),))
        except Exception as error:  # noqa: BLE001 - see above
            self.fail(error)
            self._miss(items[self._handled - before :], self._reason)

    def lose(self, item: Lost) -> None:
        """Append that deliveries are missing here. A full queue is said, once a stream; whoever met an error
        said that.
        """
        self._lost_chunks += item.chunks or 0
        self._audience.lost(item.reason, item.chunks, item.size)
        try:
            self._decoder.lose()
            if self.failure is None:
                if item.reason == _QUEUE_FULL:
                    self._warn("the queue was full: deliveries are missing. The stream goes on.")
                if self._entry is not None:
                    self._entry.loss(item)
        except Exception as error:  # noqa: BLE001 - see above
            self.fail(error)

    def end(self, item: Ended, *, again: bool = False) -> Finished | None:
        """Append the ending; a cassette that is complete by it is one to hand over.

        `None` where the disk is full and it is to be called `again`: then the loss and the ending wait for
        room.
        """
        if self._slot is not None:
            try:
                self._end(self._slot, item)
            except Exception as error:  # noqa: BLE001 - see above
                self.fail(error)
                if again and _is_full(error):
                    return None
                self.abandon()
        self._tell_missed()
        chunks, size = (self._entry.written, self._entry.size) if self._entry else (0, 0)
        return Finished(
            target=self._left,
            chunks=chunks,
            size=size,
            ending=item.verdict.kind,
            is_stream=self._is_stream,
            lost_chunks=self._lost_chunks,
            failure=self.failure,
            stays_as=self._stays_as,
        )

    def fail(self, error: Exception) -> None:
        """Record no further, for this reason; the first one counts, and is said."""
        if self.failure is not None:
            return
        self.failure = words(error)
        if self._target is None and isinstance(error, OSError) and error.filename:
            self.failure = f"{os.fsdecode(error.filename)}: {self.failure}"
        if _is_full(error):
            self._reason = "disk_full"
        elif self._meter.is_spent:
            self._reason = TOTAL_CAP
            self._meter.close(TOTAL_CAP, "")
            return
        self._has_warned = False
        self._warn(f"{self.failure}. The stream goes on, but is recorded no further.")

    @property
    def path(self) -> Path | None:
        """The file that it grows in."""
        return self._slot.cassette.partial if self._slot is not None else None

    def abandon(self) -> None:
        """Stop; the unfinished file stays as it is, readable up to its last line."""
        if self._slot is not None:
            with contextlib.suppress(OSError):
                self._shelf.abandon(self._slot)
            if not self._slot.is_shared:
                self._stays_as = self._slot.growing.target
            self._slot = None

    def _decode(self, entry: Entry, item: Delivered) -> Chunk:
        decoded = self._decoder.feed(item.data)
        resized = not decoded.undecoded or len(decoded.data) != len(item.data)
        wire_bytes = len(item.data) if resized else None
        return Chunk(0, entry.seconds(item.t_ns), decoded.data, wire_bytes, decoded.undecoded)

    def _respond(self, item: Responded) -> None:
        headers = item.response.headers
        self._is_stream = bool(values(headers, "content-type")) and kind_of(headers) is not BodyKind.WHOLE
        if self._is_stream:
            self._audience.stream_opened()
        if not item.is_decoded:
            self._decoder = ContentDecoder(values(headers, "content-encoding"))
        if self._entry is not None and self._slot is not None and self.failure is None:
            self._entry.response(item)

    def _append(self, entry: Entry, items: Sequence[Delivered], chunks: Sequence[Chunk]) -> None:
        """Write `chunks`, which the deliveries `items` are, decoded. What does not fit is missed."""
        size = _size(chunks)
        written = self._admitted(entry, chunks, size)
        if written:
            before = entry.written
            try:
                entry.chunks(chunks if written == len(chunks) else chunks[:written])
            except Exception as error:  # noqa: BLE001 - see above
                self.fail(error)
                written = _deliveries_in(entry.written - before, chunks)
        self._handled += written
        if written < len(items):
            self._miss(items[written:], self._cap if self.failure is None else self._reason)
            size = _size(chunks[:written])
        self._audience.wrote(written, size)

    def _admitted(self, entry: Entry, chunks: Sequence[Chunk], size: int) -> int:
        """How many of `chunks`, of `size` bytes together, the caps let through; once they did not, nothing
        more comes: one long gap.
        """
        if self._meter.take(size, entry.size) is None:
            return len(chunks)
        size = entry.size
        for count, chunk in enumerate(chunks):
            reason = self._meter.take(len(chunk.data), size)
            if reason is not None:
                self._cap = reason
                self._meter.close(reason, str(self._target))
                return count
            size += len(chunk.data)
        return len(chunks)

    def _open(self, opened: Opened) -> None:
        if self._meter.is_spent:
            raise CannotRun("the cap on what a run may write is reached")
        self._slot = slot = self._shelf.open(opened)
        self._target = slot.growing.target
        before = slot.cassette.size if slot.is_shared else 0
        entry = Entry(slot)
        entry.request(opened)
        self._meter.spend(slot.cassette.size - before)
        self._entry = entry

    def _discard(self) -> None:
        """Without its heads a cassette is worth nothing; one that others share stays."""
        if self._slot is None or self._slot.is_shared:
            return
        with contextlib.suppress(OSError):
            self._shelf.discard(self._slot)
        self._slot = self._entry = None

    def _end(self, slot: Slot, item: Ended) -> None:
        if not self._has_told_gap:
            self._write_missed(slot, item.t_ns)
            self._has_told_gap = True
        self._tell_missed()
        if self._entry is not None:
            self._entry.end(item)
        self._left = self._shelf.leave(slot, item.t_ns)
        self._slot = None

    def _write_missed(self, slot: Slot, now_ns: int) -> None:
        """What passed by since the recording stopped."""
        missed = self._missed
        if self._entry is None:
            if slot.is_shared:
                lose_unnumbered(slot.growing, missed, self._reason, now_ns)
        elif missed is not None:
            self._entry.loss(missed)
        elif self.failure is not None:
            # What is missing is no delivery: a head, or what nobody could count.
            self._entry.loss(Lost(self._session, self._reason, now_ns, now_ns, None, None))

    def _miss(self, items: Sequence[Delivered], reason: str | None) -> None:
        for item in items:
            missed = self._missed
            self._missed = missed.with_one_more(item) if missed else loss_of(item, reason or "exception")
            self._lost_chunks += 1
            self._handled += 1

    def _tell_missed(self) -> None:
        missed, self._missed = self._missed, None
        if missed is not None:
            self._audience.lost(missed.reason, missed.chunks, missed.size)

    def _warn(self, text: str) -> None:
        """Once a stream; that it is recorded no further is said after a warning, too."""
        if not self._has_warned:
            self._has_warned = True
            warn(f"{self._target}: {text}" if self._target is not None else text)


def _is_full(error: BaseException | None) -> bool:
    """Whether the disk is, or what a user may put on it: by itself, or behind the error that tells it."""
    if isinstance(error, CannotRun):
        error = error.__cause__
    return isinstance(error, OSError) and error.errno in _NO_SPACE


def _size(chunks: Sequence[Chunk]) -> int:
    return sum([len(chunk.data) for chunk in chunks])


def _deliveries_in(lines: int, chunks: Sequence[Chunk]) -> int:
    """How many whole deliveries are in so many lines; a large one is several."""
    for count, chunk in enumerate(chunks):
        lines -= len(range(0, len(chunk.data) or 1, MAX_DELIVERY))
        if lines < 0:
            return count
    return len(chunks)
