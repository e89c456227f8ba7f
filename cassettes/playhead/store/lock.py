"""An advisory lock on an open file: it tells a live recording from an orphan."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def take(fd: int) -> bool:
    """Lock `fd` without waiting. False where another holds it, or where the system has no such locks."""
    if sys.platform == "win32":
        import msvcrt

        try:
            msvcrt.locking(fd, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True
    import fcntl

    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def is_live(path: str | os.PathLike[str]) -> bool:
    """Whether the file at `path` is being written; False where it cannot be opened, or is no file.

    A pipe is not even opened: its writer would take that for its only reader, and be gone for the next.
    """
    if not Path(path).is_file():
        return False
    try:
        with Path(path).open("rb") as file:
            return is_held(file.fileno())
    except OSError:
        return False


def is_held(fd: int) -> bool:
    """Whether another open file holds the lock of the file that `fd` is open on."""
    if sys.platform == "win32":
        import msvcrt

        try:
            msvcrt.locking(fd, msvcrt.LK_NBLCK, 1)
            msvcrt.locking(fd, msvcrt.LK_UNLCK, 1)
        except OSError:
            return True
        return False
    import fcntl

    try:
        fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
        fcntl.flock(fd, fcntl.LOCK_UN)
    except OSError:
        return True
    return False
