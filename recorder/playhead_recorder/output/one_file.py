"""A cassette of the user's own name for all of a run, instead of names of its own in a folder.

Knows paths and what does not go together with one file; whoever records looks after the folder.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from playhead.errors import CannotRun, UsageError
from playhead.sanitise import sanitise
from playhead.store import lock
from playhead.store.files import COMPRESSED, PARTIAL

_SUFFIXES = (".jsonl", f".jsonl{COMPRESSED}")
_ONE_HAS_NO = ("dated", "rotate_size", "rotate_age", "retain_size", "retain_age")
_NONE = (None, False, "none")


def is_one(path: Path) -> bool:
    """Whether a path names a cassette (`NAME.jsonl`, `.jsonl.zst`), and no folder: as in a transport."""
    return path.name.endswith(_SUFFIXES) and not path.is_dir()


def growing(path: Path) -> Path:
    """Where the cassette that `path` names stands until it is finished."""
    return path.with_name(path.name + PARTIAL)


def require(path: Path, flags: Mapping[str, Any], *, overwrite: bool) -> Path:
    """`path`, absolute, if a run can be written there with these flags. Raises `UsageError`, `CannotRun`."""
    name = sanitise(str(path))
    if flags["per"] not in (None, "run"):
        raise UsageError(f"--per {sanitise(flags['per'])}: {name} is one cassette, for all of a run")
    for flag in _ONE_HAS_NO:
        if flags[flag] not in _NONE:
            raise UsageError(f"--{flag.replace('_', '-')}: {name} is one cassette, not a folder of them")
    if flags["compress"] and path.suffix != COMPRESSED:
        raise UsageError(f"--compress: {name} is not compressed by its name; end it with {COMPRESSED}")
    if path.exists() and not overwrite:
        raise UsageError(f"{name} exists already", hint="Name another file, or give --force to replace it.")
    partial = growing(path)
    if partial.exists():
        if lock.is_live(partial):
            raise CannotRun(f"{name} is being recorded by another recorder", hint="Name another file.")
        raise CannotRun(
            f"{sanitise(str(partial))} is left of a recording that was cut off",
            hint=f"Finish it with `playhead recover {sanitise(str(partial))}`, or remove it.",
        )
    return path.absolute()
