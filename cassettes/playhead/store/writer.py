"""Writing a cassette: one record a line, each written whole, under `.partial` until the file is whole.

Knows files and records. Reads no clock: times come from whoever saw the bytes arrive.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from playhead.errors import CannotRun, UsageError
from playhead.format import NAME, VERSION, codec, records
from playhead.format.times import later
from playhead.store.exchange_writer import ExchangeWriter, pairs
from playhead.store.files import COMPRESSED, PARTIAL, compress_file, sync_folder
from playhead.store.lines_file import Appended, LinesFile
from playhead.version import __version__


class CassetteWriter:
    """Appends records to `PATH.partial`; `close` makes it durable and renames it to `PATH`.

    Where `PATH` ends in `.zst`, `close` writes it compressed: while it grows a cassette is always plain.
    It grows at `unfinished`, where that is given: whoever finishes it then gives it its name.

    As a context manager it closes on success. On an exception it leaves the `.partial` file as it
    stands, readable up to its last line; `discard` removes it.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        header: records.Header,
        *,
        overwrite: bool = False,
        unfinished: Path | None = None,
    ) -> None:
        self.path: Path = Path(path)
        self.partial: Path = unfinished or self.path.with_name(self.path.name + PARTIAL)
        if not overwrite and self.path.exists():
            raise UsageError(
                f"{self.path} exists already",
                hint="Choose another name, or let it be replaced: --force, or overwrite=True.",
            )
        self._last_t: float | None = None
        self._next_exchange = 1
        self._closed = False
        self._file = LinesFile(self.partial)
        try:
            self.write(header)
            self.write(records.Columns())
        except BaseException:
            self.discard()
            raise

    def write(self, record: records.Record) -> None:
        """Append one record as it is. Raises `OSError` with the file cut back to its last whole line."""
        error = self.write_many([record]).error
        if error is not None:
            raise error

    def write_many(self, written: Iterable[records.Record]) -> Appended:
        """Append records as they are, in one write. Says how many are in the file, and why not all."""
        return self._file.append(codec.encode_lines(written))

    def exchange(self) -> ExchangeWriter:
        """Begin the next exchange."""
        number = self._next_exchange
        self._next_exchange += 1
        return ExchangeWriter(self, number)

    def advance(self, t: float | None) -> float | None:
        """`t`, moved by a microsecond where it does not come after the last record's."""
        if t is not None:
            self._last_t = t = later(t, self._last_t)
        return t

    @property
    def size(self) -> int:
        """Bytes in the file."""
        return self._file.size

    def sync(self) -> None:
        """Bring what was written to the disk itself."""
        self._file.sync()

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

    def leave(self) -> None:
        """Write no more; who finishes it comes next. Raises `FileNotFoundError` where somebody removed it."""
        is_there = self._file.has_name
        self.abandon()
        if not is_there:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(self.partial))

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
        self._file.close()


def open_writer(
    path: str | os.PathLike[str],
    *,
    created: str | None = None,
    clock: records.Clock = "unknown",
    writer: str | None = None,
    facts: Mapping[str, str] | None = None,
    overwrite: bool = False,
    unfinished: Path | None = None,
) -> CassetteWriter:
    """A writer for a new cassette at `path`, which grows at `unfinished` or beside it.

    `created` is the moment of t = 0 (RFC 3339, UTC), `clock` what the times were read from. Raises
    `UsageError` where `path` exists, `CannotRun` where it cannot be written.
    """
    header = records.Header(
        format=NAME,
        version=VERSION,
        created=created,
        writer=writer or f"playhead/{__version__}",
        clock=clock,
        facts=pairs(facts or {}),
    )
    try:
        return CassetteWriter(path, header, overwrite=overwrite, unfinished=unfinished)
    except FileExistsError:
        partial = f"{os.fspath(path)}{PARTIAL}"
        raise CannotRun(
            f"{partial} exists: another writer is at work, or one was cut off",
            hint=f"If nothing writes it, finish it with `playhead recover {partial}`, or remove it.",
        ) from None
    except OSError as error:
        raise CannotRun(f"{os.fspath(path)}: cannot be written: {error.strerror}") from error
