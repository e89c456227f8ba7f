"""Which files are meant by what was typed: paths, folders and patterns. Knows names; reads no file."""

from __future__ import annotations

import contextlib
import glob
import os
import stat
from collections.abc import Sequence
from pathlib import Path

from playhead.errors import InputError
from playhead.store import lock
from playhead.store.files import PARTIAL

_ENDINGS = (
    ".cassette.jsonl",
    ".cassette.jsonl.partial",
    ".cassette.jsonl.zst",
    ".cassette.jsonl.zst.partial",
)


def is_many(paths: Sequence[str]) -> bool:
    """Whether paths name a list of files, rather than one."""
    if len(paths) != 1:
        return True
    return Path(paths[0]).is_dir() or (not Path(paths[0]).exists() and glob.has_magic(paths[0]))


def find(paths: Sequence[str]) -> list[str]:
    """The files that paths, folders and patterns name. Raises `InputError` where one names nothing."""
    found: list[str] = []
    for path in paths:
        if Path(path).is_dir():
            inside = sorted(str(each) for each in Path(path).rglob("*") if _is_cassette(each))
            if not inside:
                raise InputError(
                    f"{path}: no cassettes in this folder", hint="Cassettes are named *.cassette.jsonl"
                )
            found += inside
        elif Path(path).exists() or not glob.has_magic(path):
            found.append(path)
        else:
            matched = sorted(each for each in glob.glob(path, recursive=True) if Path(each).is_file())  # noqa: PTH207 - absolute, too
            if not matched:
                raise InputError(
                    f"{path}: no file fits this pattern",
                    hint="Recordings go to the folder recordings, and are named *.cassette.jsonl",
                )
            found += matched
    return list(dict.fromkeys(found))


def _is_cassette(path: Path) -> bool:
    """By its name. A folder of such a name is looked into; a pipe of such a name would be waited for."""
    try:
        kind = path.stat().st_mode if path.name.endswith(_ENDINGS) else 0
    except OSError:
        return True  # a link that leads nowhere, perhaps: why it cannot be read is worth a row
    return stat.S_ISREG(kind)


def find_all(paths: Sequence[str]) -> list[str]:
    """The files that there are now; a path that names nothing any more is passed over."""
    found: list[str] = []
    for path in paths:
        with contextlib.suppress(InputError, OSError):
            found += find([path])
    return list(dict.fromkeys(found))


def growing(paths: Sequence[str]) -> str | None:
    """Of the files that are named the one that a recorder writes now; of several the one written last.

    Raises `InputError` where a path names nothing.
    """
    found: list[tuple[float, str]] = []
    for path in find(paths):
        if path.endswith(PARTIAL):
            with contextlib.suppress(OSError), Path(path).open("rb") as file:
                if lock.is_held(file.fileno()):
                    found.append((os.fstat(file.fileno()).st_mtime, path))
    return max(found)[1] if found else None
