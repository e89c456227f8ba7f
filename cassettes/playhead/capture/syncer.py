"""Bringing growing cassettes to the disk itself, now and then, beside the thread that writes them.

Knows paths and a clock. A sync takes what a disk takes: a writer that waited for it would have nothing of the
last moments in its files when it is killed. What a power cut may lose is a few seconds.
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Callable, Iterable
from pathlib import Path

from playhead.capture.log import warn

SYNC_SECONDS = 5.0
_FLAGS = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0)


class Syncer:
    """A thread that syncs the files which `dirty` names, every few seconds. `dirty` is called in it.

    A disk that fails is said once; whoever writes the file meets the failure itself.
    """

    def __init__(self, dirty: Callable[[], Iterable[Path]], every: float = SYNC_SECONDS) -> None:
        self._dirty = dirty
        self._every = every
        self._ended = threading.Event()
        self._has_warned = False
        self._thread = threading.Thread(target=self._run, name="playhead-sync", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Sync no more. Waits for nobody: what is finished is synced by its finisher."""
        self._ended.set()

    def _run(self) -> None:
        while not self._ended.wait(self._every):
            for path in self._dirty():
                if self._ended.is_set():
                    return
                try:
                    _sync(path)
                except OSError as error:
                    self._warn(path, error)

    def _warn(self, path: Path, error: OSError) -> None:
        if not self._has_warned:
            self._has_warned = True
            warn(f"{path}: what is written may not be on the disk yet: {error.strerror}")


def _sync(path: Path) -> None:
    """By a descriptor of its own: the writer may close the file meanwhile."""
    with contextlib.suppress(FileNotFoundError):
        fd = os.open(path, _FLAGS)
        try:
            getattr(os, "fdatasync", os.fsync)(fd)
        finally:
            os.close(fd)
