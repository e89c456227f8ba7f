"""Writing one exchange: its records in their order, and what its `end` must say of them.

Knows records and the order in which they may come. Where they go, whoever hands in `Records` knows.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, Protocol

from playhead.errors import UsageError
from playhead.format import MAX_DELIVERY, codec, records
from playhead.format.data import DataFields, encode_data, encode_raw, plain_text
from playhead.format.order import State, after, refusal
from playhead.model import Chunk, EndingKind, Headers, Request, Response
from playhead.store.lines_file import Appended

_REQUEST_PIECE: Final = 4 * 1024 * 1024


class Records(Protocol):
    """Where records go: a cassette that is being written."""

    def write(self, record: records.Record, /) -> None: ...
    def write_many(self, written: Iterable[records.Record], /) -> Appended: ...
    def advance(self, t: float | None, /) -> float | None: ...


class ExchangeWriter:
    """Writes the records of one exchange and counts what its `end` record must say.

    A record that may not stand where it would raises `UsageError`, and nothing is written.
    """

    def __init__(self, writer: Records, number: int) -> None:
        self.number = number
        self._writer = writer
        self._chunks = 0
        self._bytes = 0
        self._hash = hashlib.sha256()
        self._state = State.NEW

    @property
    def written(self) -> int:
        """How many chunks are in the file."""
        return self._chunks

    @property
    def size(self) -> int:
        """How many bytes of the body are in the file."""
        return self._bytes

    def _write(self, record: records.Record) -> None:
        type_ = codec.type_of(record)
        self._refuse_out_of_order(type_)
        self._writer.write(record)
        self._state = after(self._state, type_)

    def _refuse_out_of_order(self, type_: str) -> None:
        problem = refusal(self._state, type_, self.number)
        if problem is not None:
            raise UsageError(problem)

    def request(self, request: Request) -> None:
        """Write the request; a body over 4 MiB goes on in `request_chunk` records."""
        body = request.body
        first = encode_data(body[:_REQUEST_PIECE]) if body is not None else DataFields()
        t = self._writer.advance(request.t)
        self._write(
            records.Request(
                exchange=self.number,
                t=t,
                t_start=request.t_start,
                method=request.method,
                url=request.url,
                http_version=request.http_version,
                headers=request.headers,
                head=first.head,
                text=first.text,
                tail=first.tail,
                base64=first.base64,
                facts=pairs(request.facts),
            )
        )
        for start in range(_REQUEST_PIECE, len(body or b""), _REQUEST_PIECE):
            assert body is not None
            piece = encode_data(body[start : start + _REQUEST_PIECE])
            t = self._writer.advance(t)
            self._write(
                records.RequestChunk(
                    exchange=self.number,
                    t=t,
                    head=piece.head,
                    text=piece.text,
                    tail=piece.tail,
                    base64=piece.base64,
                )
            )

    def response(self, response: Response) -> None:
        """Write a response head."""
        self._write(
            records.Response(
                exchange=self.number,
                t=self._writer.advance(response.t),
                status=response.status,
                http_version=response.http_version,
                detail=response.reason,
                headers=response.headers,
                facts=pairs(response.facts),
            )
        )

    def chunk(
        self,
        data: bytes,
        t: float | None = None,
        *,
        wire_bytes: int | None = None,
        undecoded: bool = False,
    ) -> None:
        """Write one delivery; over 8 MiB it becomes several chunks."""
        self.chunks([Chunk(0, t, data, wire_bytes, undecoded)])

    def chunks(self, delivered: Sequence[Chunk]) -> None:
        """Write deliveries, in one write; they are numbered anew. Raises `OSError` where not all of them
        fit: `written` tells how many did, and those count.
        """
        self._refuse_out_of_order("chunk")
        data = b"".join([chunk.data for chunk in delivered])
        if len(data) > MAX_DELIVERY:
            delivered = [piece for chunk in delivered for piece in _pieces(chunk)]
        appended = self._writer.write_many(map(self._record, delivered))
        if appended.lines:
            if appended.lines < len(delivered):
                data = b"".join([chunk.data for chunk in delivered[: appended.lines]])
            self._chunks += appended.lines
            self._bytes += len(data)
            self._hash.update(data)
            self._state = after(self._state, "chunk")
        if appended.error is not None:
            raise appended.error

    def _record(self, chunk: Chunk) -> records.Chunk:
        if not chunk.undecoded and (text := plain_text(chunk.data)) is not None:
            # Nearly every chunk: no fields in between.
            t = self._writer.advance(chunk.t)
            return records.Chunk(exchange=self.number, t=t, wire_bytes=chunk.wire_bytes, text=text)
        fields = encode_raw(chunk.data) if chunk.undecoded else encode_data(chunk.data)
        return records.Chunk(
            exchange=self.number,
            t=self._writer.advance(chunk.t),
            wire_bytes=chunk.wire_bytes,
            undecoded=chunk.undecoded,
            head=fields.head,
            text=fields.text,
            tail=fields.tail,
            base64=fields.base64,
        )

    def end(
        self,
        kind: EndingKind,
        t: float | None = None,
        *,
        detail: str | None = None,
        facts: Mapping[str, str] | None = None,
        trailers: Headers = (),
    ) -> None:
        """Write how the exchange stopped; `facts` is the evidence (`how`, `framing`, …)."""
        self._write(
            records.End(
                exchange=self.number,
                t=self._writer.advance(t),
                ending=kind.value,
                detail=detail,
                chunks=self._chunks,
                bytes=self._bytes,
                sha256=self._hash.hexdigest(),
                headers=trailers,
                facts=pairs(facts or {}),
            )
        )

    def redaction(
        self, name: str, rule: str, byte_offset: int | None = None, size: int | None = None
    ) -> None:
        """Say that a span was replaced before it was written."""
        self._write(
            records.Redaction(
                exchange=self.number, name=name, detail=rule, byte_offset=byte_offset, bytes=size
            )
        )

    def note(self, name: str, text: str) -> None:
        """Write what is to be known of the exchange beside what passed."""
        self._write(records.Note(exchange=self.number, name=name, text=text))

    def loss(
        self, detail: str, t: float | None, t_start: float | None, chunks: int | None, size: int | None
    ) -> None:
        """Say that `chunks` deliveries of `size` bytes passed by unrecorded; `None` is "nobody counted"."""
        self._write(
            records.Loss(
                exchange=self.number,
                t=self._writer.advance(t),
                t_start=t_start,
                chunks=chunks,
                bytes=size,
                detail=detail,
            )
        )


def _pieces(chunk: Chunk) -> Iterator[Chunk]:
    """The delivery, in chunks that fit records."""
    for start in range(0, len(chunk.data) or 1, MAX_DELIVERY):
        data = chunk.data[start : start + MAX_DELIVERY]
        yield Chunk(0, chunk.t, data, chunk.wire_bytes if start == 0 else None, chunk.undecoded)


def pairs(facts: Mapping[str, str]) -> records.Pairs:
    return tuple(facts.items())
