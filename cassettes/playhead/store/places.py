"""Where cassettes lie in a recorder's folder: finished ones by name, unfinished ones in a private folder.

Knows names and folders. `ROOT/unfinished` has mode 0700: what lies there was not read for secrets yet.
"""

from __future__ import annotations

import datetime
import errno
import re
import secrets
import stat
import sys
from pathlib import Path

from playhead.store.files import COMPRESSED, PARTIAL

UNFINISHED = "unfinished"
SUFFIX = ".cassette.jsonl"
UNREADABLE = ".unreadable"
"""How the name of an unfinished file ends of which no line is a record."""
_NOT_IN_NAMES = re.compile(r"[^a-z0-9.\-]+")
_OURS = re.compile(r"\d{8}T\d{6}\.\d{6}Z-[a-z0-9.\-]+-[0-9a-f]{8}\.cassette\.jsonl(?:\.zst)?")
_OTHERS = 0o077
_DAY = re.compile(r"\d{4}-\d\d-\d\d")


def new_name(created: datetime.datetime, of: str) -> str:
    """When, which host (or program), and a random part: nothing of a path or query, which may hold secrets.

    The time, in UTC, goes down to microseconds, so that names sort as the requests came.
    """
    host = _NOT_IN_NAMES.sub("-", of.lower())[:64].strip("-.") or "unknown"
    return f"{created:%Y%m%dT%H%M%S.%fZ}-{host}-{secrets.token_hex(4)}{SUFFIX}"


def is_recorders(name: str) -> bool:
    """Whether a recorder gave a finished cassette that name: no other file is ever removed."""
    return _OURS.fullmatch(name) is not None


def is_day(name: str) -> bool:
    """Whether a folder's name is a day's."""
    return _DAY.fullmatch(name) is not None


def finished(root: Path, name: str, *, dated: bool, compressed: bool) -> Path:
    """Where the cassette called `name` (of `new_name`) goes when it is whole."""
    folder = root / f"{name[:4]}-{name[4:6]}-{name[6:8]}" if dated else root
    return folder / (name + COMPRESSED if compressed else name)


def unfinished(root: Path, name: str) -> Path:
    """Where it grows."""
    return root / UNFINISHED / (name + PARTIAL)


def make_private(folder: Path) -> None:
    """Make `folder` where it is missing, for its owner alone (0700), whatever mode it has or the umask says.

    Raises `OSError` where others can use it and that cannot be changed. A file system that keeps no modes
    takes any, and changes nothing.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    mode = stat.S_IMODE(folder.stat().st_mode)
    if mode & 0o777 == 0o700 or sys.platform == "win32":
        return
    try:
        folder.chmod(mode & ~0o777 | 0o700)
    except OSError:
        if mode & _OTHERS:
            why = "others can use it, and its mode cannot be changed"
            raise PermissionError(errno.EACCES, why, str(folder)) from None
