"""Writing a cassette: one record a line, one `write` a record, under `.partial` until it is whole.

Knows files and records. Reads no clock: times come from whoever saw the bytes arrive.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from playhead.errors import CannotRun, UsageError
from playhead.format import MAX_DELIVERY, NAME, VERSION, codec, records
from playhead.format.data import DataFields, encode_data, encode_raw
from playhead.format.order import State, after, refusal
from playhead.format.times import later
from playhead.model import EndingKind, Headers, Request, Response
from playhead.store import lock
from playhead.store.files import compress_file, sync_folder
from playhead.version import __version__

PARTIAL = ".partial"
COMPRESSED = ".zst"
_REQUEST_PIECE = 4 * 1024 * 1024
_NOFOLLOW = getattr(os, "O_NOFOLLOW", 0)
_BINARY = getattr(os, "O_BINARY", 0)
_OPEN_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | _NOFOLLOW | _BINARY


class CassetteWriter:
    """Appends records to `PATH.partial`; `close` makes it durable and renames it to `PATH`.

    Where `PATH` ends in `.zst`, `close` writes it compressed: while it grows a cassette is always plain.

    As a context manager it closes on success. On an exception it leaves the `.partial` file as it
    stands, readable up to its last line; `discard` removes it.
    """

    def __init__(
        self, path: str | os.PathLike[str], header: records.Header, *, overwrite: bool = False
    ) -> None:
        self.path: Path = Path(path)
        self.partial: Path = self.path.with_name(self.path.name + PARTIAL)
        if not overwrite and self.path.exists():
            raise UsageError(f"{self.path} exists already", hint="Choose another name, or overwrite it.")
        self._last_t: float | None = None
        self._size = 0
        self._next_exchange = 1
        self._closed = False
        self._fd = _create_locked(self.partial)
        try:
            self.write(header)
            self.write(records.Columns())
        except BaseException:
            self.discard()
            raise

    def write(self, record: records.Record) -> None:
        """Append one record as it is. Raises `OSError` with the file cut back to its last whole line."""
        self._append(codec.encode(record))

    def exchange(self) -> ExchangeWriter:
        """Begin the next exchange."""
        number = self._next_exchange
        self._next_exchange += 1
        return ExchangeWriter(self, number)

    def advance(self, t: float | None) -> float | None:
        """`t`, moved by a microsecond where it does not come after the last record's."""
        if t is not None:
            t = self._last_t = later(t, self._last_t)
        return t

    def sync(self) -> None:
        """Bring what was written to the disk itself."""
        getattr(os, "fdatasync", os.fsync)(self._fd)

    def close(self) -> None:
        """Make the file durable and give it its name. Closing twice does nothing."""
        if self._closed:
            return
        self.sync()
        if self.path.suffix == COMPRESSED:
            compress_file(self.partial, self.path)
            self.discard()
        else:
            self._release()
            self.partial.replace(self.path)
        sync_folder(self.path.parent)

    def discard(self) -> None:
        """Give the cassette up: nothing of it stays."""
        if not self._closed:
            self._release()
            self.partial.unlink(missing_ok=True)

    def abandon(self) -> None:
        """Stop writing; the `.partial` file stays, to be recovered."""
        if not self._closed:
            self._release()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if kind is None:
            self.close()
        else:
            self.abandon()

    def _release(self) -> None:
        self._closed = True
        os.close(self._fd)

    def _append(self, line: bytes) -> None:
        rest = memoryview(line)
        try:
            while rest:
                rest = rest[os.write(self._fd, rest) :]
        except BaseException:
            # A torn line in the middle would damage the file, and later records may still find room.
            with contextlib.suppress(OSError):
                os.ftruncate(self._fd, self._size)
            raise
        self._size += len(line)


class ExchangeWriter:
    """Writes the records of one exchange and counts what its `end` record must say.

    A record that may not stand where it would raises `UsageError`, and nothing is written.
    """

    def __init__(self, writer: CassetteWriter, number: int) -> None:
        self.number = number
        self._writer = writer
        self._chunks = 0
        self._bytes = 0
        self._hash = hashlib.sha256()
        self._state = State.NEW

    def _write(self, record: records.Record) -> None:
        type_ = codec.type_of(record)
        problem = refusal(self._state, type_, self.number)
        if problem is not None:
            raise UsageError(problem)
        self._writer.write(record)
        self._state = after(self._state, type_)

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
                facts=_pairs(request.facts),
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
                facts=_pairs(response.facts),
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
        for start in range(0, len(data) or 1, MAX_DELIVERY):
            piece = data[start : start + MAX_DELIVERY]
            fields = encode_data(piece) if not undecoded else encode_raw(piece)
            self._write(
                records.Chunk(
                    exchange=self.number,
                    t=self._writer.advance(t),
                    wire_bytes=wire_bytes if start == 0 else None,
                    undecoded=undecoded,
                    head=fields.head,
                    text=fields.text,
                    tail=fields.tail,
                    base64=fields.base64,
                )
            )
            self._chunks += 1
            self._bytes += len(piece)
            self._hash.update(piece)

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
                facts=_pairs(facts or {}),
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


def open_writer(
    path: str | os.PathLike[str],
    *,
    created: str | None = None,
    clock: records.Clock = "unknown",
    writer: str | None = None,
    facts: Mapping[str, str] | None = None,
    overwrite: bool = False,
) -> CassetteWriter:
    """A writer for a new cassette at `path`.

    `created` is the moment of t = 0 (RFC 3339, UTC), `clock` what the times were read from. Raises
    `UsageError` where `path` exists, `CannotRun` where it cannot be written.
    """
    header = records.Header(
        format=NAME,
        version=VERSION,
        created=created,
        writer=writer or f"playhead/{__version__}",
        clock=clock,
        facts=_pairs(facts or {}),
    )
    try:
        return CassetteWriter(path, header, overwrite=overwrite)
    except FileExistsError:
        raise CannotRun(
            f"{os.fspath(path)}{PARTIAL} exists: another writer is at work, or one was cut off",
            hint="If nothing writes it, remove it or give it another name.",
        ) from None
    except OSError as error:
        raise CannotRun(f"{os.fspath(path)}: cannot be written: {error.strerror}") from None


def _create_locked(partial: Path) -> int:
    """Create a file that is locked before it has its name: no scanner can seize it in between."""
    nameless = partial.with_name(f".{partial.name}.{secrets.token_hex(4)}")
    fd = os.open(nameless, _OPEN_NEW, 0o600)
    try:
        lock.take(fd)
        try:
            os.link(nameless, partial)
        except FileExistsError:
            raise
        except OSError:
            # A file system without hard links: the name is taken first, then given the locked file.
            os.close(os.open(partial, _OPEN_NEW, 0o600))
            nameless.replace(partial)
    except BaseException:
        os.close(fd)
        raise
    finally:
        nameless.unlink(missing_ok=True)
    return fd


def _pairs(facts: Mapping[str, str]) -> records.Pairs:
    return tuple(facts.items())
