"""The folder that cassettes go to: can it be written, has it room and locks, what was left in it.

Leaves it as it found it: what is tried is removed again, and a folder that is not there is not made.
"""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

from playhead.doctor.findings import Finding, Level, Surroundings
from playhead.store import lock
from playhead.store.files import PARTIAL
from playhead.store.places import UNFINISHED

_CHOOSE = "Choose another folder with -o DIR."
_MEGABYTE = 1000 * 1000
_TOO_LITTLE = 20 * _MEGABYTE
_LITTLE = 1000 * _MEGABYTE


def folder(surroundings: Surroundings) -> Finding:
    """Whether a recorder could write there, and who else can read."""
    path = surroundings.folder
    there = _existing(path)
    if not there.is_dir():
        return Finding("folder", Level.FAIL, f"{there} is no folder", _CHOOSE)
    if there != path:
        try:
            with tempfile.TemporaryDirectory(prefix=".playhead-doctor-", dir=there):
                pass
        except OSError as error:
            what = f"{path} cannot be made: {there}: {error.strerror}"
            return Finding("folder", Level.FAIL, what, _CHOOSE)
        return Finding("folder", Level.OK, f"{path} is made by the first recording")
    try:
        with tempfile.TemporaryFile(dir=path):
            pass
    except OSError as error:
        return Finding("folder", Level.FAIL, f"{path} cannot be written: {error.strerror}", _CHOOSE)
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & 0o077:
        return Finding(
            "folder",
            Level.NOTE,
            f"{path} is writable; others may look into it (mode {mode:04o})",
            f"chmod 700 {path}",
        )
    return Finding("folder", Level.OK, f"{path} is writable, and private")


def space(surroundings: Surroundings) -> Finding:
    """Whether there is room for recordings."""
    return judge_space(shutil.disk_usage(_existing(surroundings.folder)).free)


def judge_space(free: int) -> Finding:
    """`free` is in bytes."""
    text = f"{free / _MEGABYTE:,.0f} MB free"
    if free < _TOO_LITTLE:
        return Finding("space", Level.FAIL, text, _CHOOSE)
    if free < _LITTLE:
        return Finding("space", Level.WARN, text, "Limit what is kept, or choose another folder.")
    return Finding("space", Level.OK, text)


def file_system(surroundings: Surroundings) -> Finding:
    """Whether files can be locked and renamed there, as a recorder does."""
    path = surroundings.folder
    if not path.is_dir():
        return Finding("file system", Level.NOTE, "not tried: the folder is not there yet")
    try:
        with tempfile.TemporaryDirectory(prefix=".playhead-doctor-", dir=path) as name:
            locks = _try(Path(name))
    except OSError as error:
        return Finding("file system", Level.FAIL, f"files cannot be renamed: {error.strerror}", _CHOOSE)
    if not locks:
        return Finding(
            "file system",
            Level.WARN,
            "files cannot be locked: nobody can tell a live recording from one that was cut off",
            "Choose a folder on a local disk with -o DIR.",
        )
    return Finding("file system", Level.OK, "files can be locked and renamed")


def leftovers(surroundings: Surroundings) -> Finding:
    """What is unfinished: being recorded now, or left behind."""
    unfinished = surroundings.folder / UNFINISHED
    if unfinished.is_dir() and (mode := stat.S_IMODE(unfinished.stat().st_mode)) & 0o077:
        return Finding(
            "leftovers",
            Level.WARN,
            f"others may read what no secret was taken out of: {unfinished} has mode {mode:04o}",
            f"chmod 700 {unfinished}",
        )
    try:
        live = [lock.is_live(path) for path in _partial(surroundings.folder)]
    except OSError as error:
        return Finding("leftovers", Level.WARN, f"{unfinished} cannot be read: {error.strerror}")
    left = live.count(False)
    if left:
        return Finding(
            "leftovers",
            Level.NOTE,
            f"{left} unfinished, {live.count(True)} being recorded",
            f"`playhead record` finishes what is in {unfinished} when it starts there again; "
            "`playhead recover` saves any.",
        )
    return Finding("leftovers", Level.OK, f"none; {len(live)} being recorded")


def _partial(path: Path) -> Iterator[Path]:
    """The unfinished files of a folder, those of older recorders too."""
    for where in (path, path / UNFINISHED):
        if where.is_dir():
            yield from (each for each in where.iterdir() if each.name.endswith(PARTIAL))


def _try(path: Path) -> bool:
    """Rename a file; returns whether it could be locked, so that another sees it."""
    with (path / "one").open("xb") as file:
        (path / "one").rename(path / "two")
        return lock.take(file.fileno()) and lock.is_live(path / "two")


def _existing(path: Path) -> Path:
    """`path`, or the nearest above it that is there."""
    for each in (path, *path.parents):
        if os.path.lexists(each):
            return each
    return path
