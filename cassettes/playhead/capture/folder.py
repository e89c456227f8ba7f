"""The folder that cassettes go to: made, and tried, before the first stream comes."""

from __future__ import annotations

import errno
import os
import tempfile
from pathlib import Path

from playhead.store import places


def usable(path: Path, *, is_recorders: bool = True) -> Path:
    """`path` as an absolute folder that can be written to; it is made where it is missing (0700).

    Raises `OSError`. A file is created and removed to find out: permissions alone do not tell. In a
    recorder's folder, the one of unfinished cassettes is closed to others.
    """
    folder = Path(os.path.abspath(path.expanduser()))  # noqa: PTH100 - links are kept as the user wrote them
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except FileExistsError:
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(folder)) from None
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        # By its own name: that of the file means nothing to anybody.
        raise OSError(error.errno, error.strerror, str(folder)) from None
    if is_recorders and os.path.lexists(folder / places.UNFINISHED):
        places.make_private(folder / places.UNFINISHED)
    return folder


def why_not(error: OSError) -> str:
    """Why a folder cannot be used, in words."""
    where = f"{error.filename}: " if error.filename else ""
    return f"{where}{error.strerror or error}"
