"""Which finished cassettes go, and their going.

`expired` decides, on names and sizes alone; `Keeper` lists and removes. Nothing goes but what a recorder
named, in its folder and the folders of days in it; never what is unfinished.
"""

from __future__ import annotations

import contextlib
import datetime
import stat
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from playhead.capture.choices import Retention
from playhead.store import places
from playhead.store.files import COMPRESSED

_TIME = "%Y%m%dT%H%M%S.%fZ"
_TIME_LENGTH = len("20261120T090000.123456Z")
_NOTES = ".notes.jsonl"
_SHARE = 20
"""A look may take one part in so many of the time: a folder may hold very many cassettes."""


class Kept(msgspec.Struct, frozen=True):
    """A finished cassette: where it is, and its size in bytes."""

    path: Path
    size: int


def created(name: str) -> datetime.datetime | None:
    """When a recorder's cassette began, by its name; `None` where no recorder gave it that name."""
    if not places.is_recorders(name):
        return None
    try:
        return datetime.datetime.strptime(name[:_TIME_LENGTH], _TIME).replace(tzinfo=datetime.UTC)
    except ValueError:
        return None


def expired(kept: Iterable[Kept], retention: Retention, now: datetime.datetime) -> list[Kept]:
    """Those that go, the oldest first: what is too old, then as many as are needed for the rest to fit.

    What has no recorder's name neither goes nor counts.
    """
    dated = [(when, each) for each in kept if (when := created(each.path.name)) is not None]
    dated.sort(key=lambda pair: (pair[0], pair[1].path))
    size = sum(each.size for _, each in dated)
    gone: list[Kept] = []
    for when, each in dated:
        is_old = retention.seconds is not None and (now - when).total_seconds() > retention.seconds
        is_over = retention.size is not None and size > retention.size
        if is_old or is_over:
            gone.append(each)
            size -= each.size
    return gone


class Keeper:
    """Removes what is expired in a recorder's folder."""

    def __init__(self, root: Path, retention: Retention) -> None:
        self._root = root
        self._retention = retention
        self._rests_until = 0.0

    def look(self, now: datetime.datetime | None = None) -> list[Path]:
        """Remove what has to go; what that was. Raises nothing."""
        if self._retention == Retention():
            return []
        began = time.monotonic()
        gone = [
            each.path
            for each in expired(
                _finished(self._root), self._retention, now or datetime.datetime.now(datetime.UTC)
            )
            if _remove(each.path)
        ]
        self._rests_until = time.monotonic() + _SHARE * (time.monotonic() - began)
        return gone

    def look_if_rested(self) -> list[Path]:
        """The same, unless the last time took so long that it is too early."""
        return self.look() if time.monotonic() >= self._rests_until else []


def _finished(root: Path) -> Iterator[Kept]:
    for path in _inside(root):
        if places.is_day(path.name) and not path.is_symlink():
            yield from (each for inner in _inside(path) for each in _regular(inner))
        else:
            yield from _regular(path)


def _inside(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except OSError:
        return []


def _regular(path: Path) -> Iterator[Kept]:
    """A recorder's cassette; nothing where it is none."""
    if not places.is_recorders(path.name):
        return
    with contextlib.suppress(OSError):
        info = path.lstat()
        if stat.S_ISREG(info.st_mode):
            yield Kept(path, info.st_size)


def _remove(path: Path) -> bool:
    """Remove a cassette, what the viewer noted beside it, and the folder of a day that is empty then."""
    try:
        path.unlink()
    except OSError:
        return False
    stem = path.name.removesuffix(COMPRESSED).removesuffix(places.SUFFIX)
    for notes in (path.name + _NOTES, stem + _NOTES):
        with contextlib.suppress(OSError):
            path.with_name(notes).unlink()
    if places.is_day(path.parent.name):
        with contextlib.suppress(OSError):
            path.parent.rmdir()
    return True
