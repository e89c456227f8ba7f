"""A folder for one run alone, for what must not outlive it: the key of its certificate authority.

Knows files and locks. The folder is locked as long as the run lives, and has the name by which leftovers are
found only from then on: so the next run can remove what a killed one left, and never takes one that lives.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from playhead.errors import CannotRun
from playhead.store import lock

_NEW = "playhead-new-"
_RUN = "playhead-run-"


@contextlib.contextmanager
def folder() -> Iterator[Path]:
    """A folder of mode 0700 in the temporary folder; it goes at the end. Raises `CannotRun`."""
    try:
        made = Path(tempfile.mkdtemp(prefix=_NEW))
        held = os.open(made, os.O_RDONLY)
    except OSError as error:
        raise CannotRun(
            f"no temporary folder can be made: {error.strerror or error}",
            hint="Set TMPDIR to a folder that can be written to.",
        ) from None
    try:
        # Where nothing can be locked, the name says so: nobody takes it for a leftover.
        if lock.take(held):
            made = made.rename(made.with_name(_RUN + made.name.removeprefix(_NEW)))
        _remove_leftovers(made)
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)
        os.close(held)


def _remove_leftovers(ours: Path) -> None:
    """Remove the folders of this user's runs that are dead: nobody holds their locks."""
    with contextlib.suppress(OSError):
        for path in ours.parent.glob(f"{_RUN}*"):
            if path != ours:
                _remove_if_dead(path)


def _remove_if_dead(path: Path) -> None:
    # Others may write into the temporary folder: a link, or a folder of theirs, is none of ours.
    with contextlib.suppress(OSError):
        found = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        try:
            if os.fstat(found).st_uid == os.geteuid() and lock.take(found):
                shutil.rmtree(path, ignore_errors=True)
        finally:
            os.close(found)
