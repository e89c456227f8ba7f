"""A file that grows by whole lines, locked from its first moment.

Knows bytes and the file system; never what a line means.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import sys
from pathlib import Path
from typing import NamedTuple

from playhead.store import lock

_NOFOLLOW = getattr(os, "O_NOFOLLOW", 0)
_BINARY = getattr(os, "O_BINARY", 0)
_OPEN_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | _NOFOLLOW | _BINARY


class Appended(NamedTuple):
    """How many lines are in the file now, whole; and why not all of them are."""

    lines: int
    error: OSError | None = None


class LinesFile:
    """Makes `path`, which must not exist, and appends to it. Raises `OSError` where it cannot be made."""

    def __init__(self, path: Path) -> None:
        self._fd = _create_locked(path)
        self.size: int = 0
        """Bytes in the file."""

    def append(self, data: bytes) -> Appended:
        """Append whole lines in one `write`. Where not all fit, the file ends with the last that did."""
        written = 0
        try:
            while written < len(data):
                written += os.write(self._fd, data[written:] if written else data)
        except OSError as error:
            whole = data.rfind(b"\n", 0, written) + 1
            self._cut_to(self.size + whole)
            return Appended(data.count(b"\n", 0, whole), error)
        except BaseException:
            self._cut_to(self.size)
            raise
        self.size += len(data)
        return Appended(data.count(b"\n"))

    @property
    def has_name(self) -> bool:
        """Whether the file is still in a folder: what is removed can be written on, for nobody."""
        return os.fstat(self._fd).st_nlink > 0

    def sync(self) -> None:
        """Bring what was written to the disk itself."""
        getattr(os, "fdatasync", os.fsync)(self._fd)

    def close(self) -> None:
        """Give up the lock and the file."""
        lock.release(self._fd)
        os.close(self._fd)

    def _cut_to(self, size: int) -> None:
        # A torn line in the middle would damage the file, and later lines may still find room.
        self.size = size
        with contextlib.suppress(OSError):
            os.ftruncate(self._fd, size)


def _create_locked(path: Path) -> int:
    """Create a file that is locked before it has its name: no scanner can seize it in between."""
    nameless = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    fd = os.open(nameless, _OPEN_NEW, 0o600)
    try:
        _open_to_its_owner(fd)
        lock.take(fd)
        try:
            os.link(nameless, path)
        except FileExistsError:
            raise
        except OSError:
            # A file system without hard links: the name is taken first, then given the locked file.
            os.close(os.open(path, _OPEN_NEW, 0o600))
            nameless.replace(path)
    except BaseException:
        os.close(fd)
        raise
    finally:
        nameless.unlink(missing_ok=True)
    return fd


def _open_to_its_owner(fd: int) -> None:
    """The umask can take away what its owner needs, too."""
    if sys.platform != "win32":
        with contextlib.suppress(OSError):
            os.fchmod(fd, 0o600)
