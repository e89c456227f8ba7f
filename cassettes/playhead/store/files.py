"""Files written whole or not at all."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterable
from pathlib import Path

from playhead.errors import CannotRun, UsageError
from playhead.store import lock

PARTIAL = ".partial"
"""How the name of a cassette ends that is being written."""
COMPRESSED = ".zst"
"""How the name of a compressed cassette ends."""
ASIDE = ".finishing"
"""How the name of a file ends that is written to be renamed."""


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
        write_aside(path, parts)
    except OSError as error:
        raise CannotRun(f"{path}: cannot be written: {error.strerror}") from None


def _write_into(path: Path, parts: Iterable[bytes]) -> None:
    try:
        with path.open("wb") as file:
            file.writelines(parts)
    except OSError as error:
        raise CannotRun(f"{path}: cannot be written: {error.strerror}") from None


def packed(path: Path, lines: Iterable[bytes]) -> Iterable[bytes]:
    """The contents of a cassette of these lines: compressed where the name asks for it."""
    if path.suffix != COMPRESSED:
        return lines
    from playhead.store.zst import compress

    return compress(lines)


def compress_file(plain: Path, compressed: Path) -> None:
    """Write the compressed form of a plain cassette. Raises `OSError`; `plain` stays."""
    from playhead.store.zst import compress

    with plain.open("rb") as lines:
        write_aside(compressed, compress(lines))


def sync_folder(folder: Path) -> None:
    """Make a rename durable, where folders can be opened (not on Windows)."""
    with contextlib.suppress(OSError):
        fd = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(fd)
        finally:
            os.close(fd)


def write_aside(
    path: Path, parts: Iterable[bytes], folder: Path | None = None, *, durable: bool = True
) -> None:
    """Write `path` (mode 0600) under another name, make it durable, rename. Raises `OSError`.

    The other name stands in `folder`, or beside `path`. It is locked meanwhile and ends in `.finishing`, so
    that what a killed process left can be told from what is at work.
    """
    fd, temporary = tempfile.mkstemp(prefix=f".{path.name}.", suffix=ASIDE, dir=folder or path.parent)
    try:
        with os.fdopen(fd, "wb") as file:
            lock.take(fd)
            file.writelines(parts)
            file.flush()
            if durable:
                os.fsync(fd)
        try:
            Path(temporary).replace(path)
        except FileNotFoundError:
            # Whoever clears away empty folders took this one for such.
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            Path(temporary).replace(path)
        if durable:
            sync_folder(path.parent)
    finally:
        Path(temporary).unlink(missing_ok=True)
