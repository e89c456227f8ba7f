"""Files written whole or not at all."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterable
from pathlib import Path

from playhead.errors import CannotRun, UsageError


def write_whole(path: Path, parts: Iterable[bytes], *, overwrite: bool = False) -> None:
    """Write `parts` to `path`: under another name first, so that no reader meets half a file.

    A link is followed. What is no regular file (a device, a pipe) is written to, never replaced.
    """
    path = path.resolve()
    if path.exists() and not path.is_file() and not path.is_dir():
        _write_into(path, parts)
        return
    if path.exists() and not overwrite:
        raise UsageError(f"{path} exists already", hint="Choose another name, or replace it with --force.")
    try:
        _write_aside(path, parts)
    except OSError as error:
        raise CannotRun(f"{path}: cannot be written: {error.strerror}") from None


def _write_into(path: Path, parts: Iterable[bytes]) -> None:
    try:
        with path.open("wb") as file:
            file.writelines(parts)
    except OSError as error:
        raise CannotRun(f"{path}: cannot be written: {error.strerror}") from None


def compress_file(plain: Path, compressed: Path) -> None:
    """Write the compressed form of a plain cassette. Raises `OSError`; `plain` stays."""
    from playhead.store.zst import compress

    with plain.open("rb") as lines:
        _write_aside(compressed, compress(lines))


def sync_folder(folder: Path) -> None:
    """Make a rename durable, where folders can be opened (not on Windows)."""
    with contextlib.suppress(OSError):
        fd = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(fd)
        finally:
            os.close(fd)


def _write_aside(path: Path, parts: Iterable[bytes]) -> None:
    """Write under another name, make it durable, rename."""
    fd, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(fd, "wb") as file:
            file.writelines(parts)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    finally:
        Path(temporary).unlink(missing_ok=True)
