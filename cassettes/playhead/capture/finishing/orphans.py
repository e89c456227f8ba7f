"""What recorders left that were cut off: unfinished cassettes that nobody has locked, and scraps.

Knows a recorder's folder and its locks. A recorder locks a file before that has its name: one without a lock
has no recorder any more, or waits for the process that finishes it.
"""

from __future__ import annotations

import contextlib
import os
import stat
import time
from collections.abc import Iterator
from pathlib import Path

from playhead.capture.choices import Files
from playhead.capture.finishing.finisher import Job
from playhead.store import lock, places
from playhead.store.files import ASIDE, PARTIAL

_FRESH_SECONDS = 60.0
"""What is younger and empty may be in the making: where files cannot be linked, a name is taken first."""


def orphans(files: Files, before: float | None = None) -> list[Job]:
    """A job for each orphan, the oldest first; only those that were written last before a time (Unix)."""
    found: list[Job] = []
    for path, info in sorted(_regular(files.root / places.UNFINISHED)):
        name = path.name.removesuffix(PARTIAL)
        if name == path.name or name.startswith(".") or not name.endswith(places.SUFFIX):
            continue
        is_young = before is not None and info.st_mtime > before
        if is_young or (not info.st_size and _age(info) < _FRESH_SECONDS) or lock.is_live(path):
            continue
        dated = files.dated and places.is_recorders(name)
        target = places.finished(files.root, name, dated=dated, compressed=files.compressed)
        found.append(Job(unfinished=path, target=target))
    return found


def clear_scraps(files: Files) -> None:
    """Remove what killed processes left of files that had not got their names yet."""
    for path, info in _regular(files.root / places.UNFINISHED):
        is_scrap = path.name.endswith(ASIDE) or (f"{PARTIAL}." in path.name and not info.st_size)
        if path.name.startswith(".") and is_scrap and _age(info) >= _FRESH_SECONDS and not lock.is_live(path):
            with contextlib.suppress(OSError):
                path.unlink()


def _regular(folder: Path) -> Iterator[tuple[Path, os.stat_result]]:
    """The files of a folder, none where it cannot be read."""
    try:
        paths = list(folder.iterdir())
    except OSError:
        return
    for path in paths:
        with contextlib.suppress(OSError):
            info = path.lstat()
            if stat.S_ISREG(info.st_mode):
                yield path, info


def _age(info: os.stat_result) -> float:
    """Seconds since a file was written; a time to come is none."""
    return max(time.time() - info.st_mtime, 0.0)
