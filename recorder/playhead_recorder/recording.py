"""One stream on its way into one cassette: decoded, redacted in its heads, appended.

Knows the store and the content encodings; runs in the writer thread, so it may wait for the disk. The
first write that fails ends the recording of this stream alone: what follows is counted, and the loss and
the ending are written if the disk takes them again by then. Never raises for a bad disk or bad bytes.
"""

from __future__ import annotations

import contextlib
import errno
import re
import secrets
from collections.abc import Sequence
from pathlib import Path

import msgspec

from playhead.errors import PlayheadError
from playhead.format import MAX_DELIVERY
from playhead.format.times import seconds, timestamp
from playhead.model import Chunk, EndingKind, Headers, Request, Response
from playhead.redaction import Redaction, redact_request_headers, redact_response_headers, redact_url
from playhead.store.exchange_writer import ExchangeWriter
from playhead.store.writer import CassetteWriter, open_writer
from playhead_recorder.encodings import ContentDecoder
from playhead_recorder.items import Delivered, Ended, Lost, Opened, loss_of
from playhead_recorder.log import warn

SUFFIX = ".cassette.jsonl"
REDACTION_POLICY = "heads/1"
_NO_SPACE = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_NOT_IN_NAMES = re.compile(r"[^a-z0-9.\-]+")


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
    """A cassette while it is written. `folder` is made where it is missing."""

    def __init__(self, opened: Opened, folder: Path) -> None:
        self.path = folder / file_name(opened)
        self.failure: str | None = None
        """Why this stream is recorded no further."""
        self.dirty = False
        """Whether something was written since the last `sync`."""
        self._start_ns = opened.start_ns
        self._decoder = ContentDecoder(_values(opened.response.headers, "content-encoding"))
        self._key = secrets.token_bytes(32)
        self._missed: Lost | None = None
        self._lost_chunks = 0
        self._cassette: CassetteWriter | None = None
        self._exchange: ExchangeWriter | None = None
        try:
            self._open(opened)
        except Exception as error:  # noqa: BLE001 - no stream may end another's recording
            self._fail(error)
            self._discard()

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
        """Append the ending, and give the cassette its name."""
        path = None
        if self._exchange is not None and self._cassette is not None:
            try:
                if self._missed is not None:
                    self._write_loss(self._exchange, self._missed)
                self._write_end(self._exchange, item)
                self._cassette.close()
                path = self.path
            except Exception as error:  # noqa: BLE001 - see above
                self._fail(error)
                self.abandon()
        chunks, size = (self._exchange.written, self._exchange.size) if self._exchange else (0, 0)
        return Finished(path, chunks, size, item.verdict.kind, self._lost_chunks, self.failure)

    def sync(self) -> None:
        """Bring what was written to the disk itself."""
        self.dirty = False
        if self._cassette is None or self.failure is not None:
            return
        try:
            self._cassette.sync()
        except OSError as error:
            self._fail(error)

    def abandon(self) -> None:
        """Stop; the `.partial` file stays as it is, readable up to its last line."""
        if self._cassette is not None:
            with contextlib.suppress(OSError):
                self._cassette.abandon()

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

    def _open(self, opened: Opened) -> None:
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._cassette = open_writer(
            self.path,
            created=timestamp(opened.created),
            clock="monotonic",
            writer=opened.writer,
            facts={"source": "proxy", "redaction": REDACTION_POLICY},
        )
        self._exchange = self._cassette.exchange()
        self._write_request(self._exchange, opened.request)
        self._write_response(self._exchange, opened.response)
        self.dirty = True

    def _discard(self) -> None:
        """Without its heads a cassette is worth nothing."""
        if self._cassette is not None:
            with contextlib.suppress(OSError):
                self._cassette.discard()
        self._cassette = self._exchange = None

    def _write_request(self, exchange: ExchangeWriter, request: Request) -> None:
        headers, replaced = redact_request_headers(request.headers, self._key)
        url, in_url = redact_url(request.url, self._key)
        body, facts = request.body, dict(request.facts)
        if body:
            decoded = ContentDecoder(_values(request.headers, "content-encoding")).feed(body)
            body = decoded.data
            if decoded.undecoded:
                facts["body"] = "undecoded"
        exchange.request(msgspec.structs.replace(request, url=url, headers=headers, body=body, facts=facts))
        _say_redacted(exchange, (*in_url, *replaced))

    def _write_response(self, exchange: ExchangeWriter, response: Response) -> None:
        headers, replaced = redact_response_headers(response.headers, self._key)
        exchange.response(msgspec.structs.replace(response, headers=headers))
        _say_redacted(exchange, replaced)

    def _write_end(self, exchange: ExchangeWriter, item: Ended) -> None:
        trailers, replaced = redact_response_headers(item.trailers, self._key, "response.trailers")
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


def file_name(opened: Opened) -> str:
    """When, which host, and a random part: nothing of a path or query, which may hold secrets.

    The time goes down to microseconds, so that names sort as the requests came.
    """
    host = _NOT_IN_NAMES.sub("-", opened.host.lower())[:64].strip("-.") or "unknown"
    return f"{opened.created:%Y%m%dT%H%M%S.%fZ}-{host}-{secrets.token_hex(4)}{SUFFIX}"


def _values(headers: Headers, name: str) -> str:
    """All values of a header, as one list."""
    return ",".join(value for key, value in headers if key.lower() == name)


def _say_redacted(exchange: ExchangeWriter, replaced: tuple[Redaction, ...]) -> None:
    for redaction in replaced:
        exchange.redaction(redaction.name, redaction.rule, redaction.byte_offset, redaction.size)
