"""An advisory lock on an open file: it tells a live recording from an orphan."""

from __future__ import annotations

import enum
import os
import sys
import time
from pathlib import Path

_ASKING_SECONDS = 2.0
"""How long somebody who only asks (`is_held`) may stand in the way: each holds the lock for a moment."""
_ASK_AGAIN_SECONDS = 0.005


class Claim(enum.Enum):
    """What came of trying to lock a file."""

    TAKEN = enum.auto()
    HELD = enum.auto()
    """Another open file has the lock."""
    UNKNOWN = enum.auto()
    """The file system has no such locks."""


def take(fd: int) -> bool:
    """Lock `fd` without waiting. False where another holds it, or where the system has no such locks."""
    return claim(fd) is Claim.TAKEN


def claim(fd: int) -> Claim:
    """Lock `fd`; waits for nobody but those who only ask whether it is locked."""
    if sys.platform == "win32":
        import msvcrt

        try:
            msvcrt.locking(fd, msvcrt.LK_NBLCK, 1)
        except OSError:
            return Claim.HELD
        return Claim.TAKEN
    import fcntl

    deadline = time.monotonic() + _ASKING_SECONDS
    while True:
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            # Whoever asks shares the lock for a moment: it can be shared with them, not with a writer.
            if is_held(fd) or time.monotonic() > deadline:
                return Claim.HELD
            time.sleep(_ASK_AGAIN_SECONDS)
        except OSError:
            return Claim.UNKNOWN
        else:
            return Claim.TAKEN


def release(fd: int) -> None:
    """Give the lock up. Closing `fd` alone does not, where a forked process has the file open as well."""
    if sys.platform == "win32":
        import msvcrt

        try:
            msvcrt.locking(fd, msvcrt.LK_UNLCK, 1)
        except OSError:
            return
        return
    import fcntl

    try:
        fcntl.flock(fd, fcntl.LOCK_UN)
    except OSError:
        return


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
