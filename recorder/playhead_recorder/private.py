"""A folder for one run alone, for what must not outlive it: the key of its certificate authority, bundles.

Knows files and locks. The folder is locked as long as the run lives, and has the name by which leftovers are
found only from then on: so the next run can remove what a killed one left, and never takes one that lives.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from playhead.errors import CannotRun
from playhead.store import lock

_NEW = "playhead-new-"
_RUN = "playhead-run-"
_FRESH_SECONDS = 60.0
"""A folder that is not locked yet may be in the making for that long."""
_TRIES = 3


@contextlib.contextmanager
def folder() -> Iterator[Path]:
    """A folder of mode 0700 in the temporary folder; it goes at the end. Raises `CannotRun`."""
    try:
        made, held = _made()
    except OSError as error:
        raise CannotRun(
            f"no temporary folder can be made: {error.strerror or error}",
            hint="Set TMPDIR to a folder that can be written to.",
        ) from None
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)
        os.close(held)


def remove_leftovers(where: Path | None = None) -> None:
    """Remove the folders of this user's runs that are dead: nobody holds their locks. Raises nothing.

    `where` is the temporary folder.
    """
    for path in _candidates(where):
        with _opened(path) as found:
            # Its lock is held while it goes: nobody takes what is half removed for one that is being made.
            if found is not None and lock.take(found):
                shutil.rmtree(path, ignore_errors=True)


def leftovers(where: Path) -> tuple[Path, ...]:
    """The dead ones in the temporary folder `where`; they stay. Where nothing can be locked, none is known to
    be dead.
    """
    dead = []
    for path in _candidates(where):
        with _opened(path) as found:
            if found is not None and not lock.is_held(found):
                dead.append(path)
    return tuple(dead)


def _made() -> tuple[Path, int]:
    """A new folder and a descriptor that holds its lock. Raises `OSError`."""
    for _ in range(_TRIES):
        made = Path(tempfile.mkdtemp(prefix=_NEW))
        held = os.open(made, os.O_RDONLY)
        # Where nothing can be locked, the name says so: nobody takes it for a leftover.
        if not lock.take(held):
            return made, held
        with contextlib.suppress(FileNotFoundError):
            return made.rename(made.with_name(_RUN + made.name.removeprefix(_NEW))), held
        # This process was held up so long before it had the lock that the folder was taken for a leftover.
        os.close(held)
    raise FileNotFoundError(2, os.strerror(2))


def _candidates(where: Path | None) -> list[Path]:
    """What may be a leftover, by its name and its age."""
    try:
        parent = where or Path(tempfile.gettempdir())
        fresh = [path for path in parent.glob(f"{_NEW}*") if _age(path) >= _FRESH_SECONDS]
        return sorted([*parent.glob(f"{_RUN}*"), *fresh])
    except OSError:
        return []


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[int | None]:
    """A descriptor of a folder of this user's, `None` where it is none.

    Others may write into the temporary folder: a link, or a folder of theirs, is none of ours.
    """
    try:
        found = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError:
        yield None
        return
    try:
        info = os.fstat(found)
        yield found if info.st_uid == os.geteuid() and stat.S_ISDIR(info.st_mode) else None
    finally:
        os.close(found)


def _age(path: Path) -> float:
    try:
        return time.time() - path.lstat().st_mtime
    except OSError:
        return 0.0
