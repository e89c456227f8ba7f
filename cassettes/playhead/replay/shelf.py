"""The cassettes that were replayed last, by their files: tests open the same one again and again.

Knows files and whether one is still what was read of it; nothing of what was played.
"""

from __future__ import annotations

import os
import stat
import threading
from collections import OrderedDict
from time import time_ns  # the clock of the machine's files: a test's own is put elsewhere
from typing import Final

from playhead.store.cassette import Cassette, load

_KEPT: Final = 32
_SETTLED: Final = 100_000_000
"""Nanoseconds after which a file that changes has another time: within a clock tick it may keep it."""

_opened: OrderedDict[tuple[str, int, int, int, int], Cassette] = OrderedDict()
_lock: Final = threading.Lock()


def opened(path: str | os.PathLike[str]) -> Cassette:
    """The cassette at `path`, read anew where the file is another. Raises what `load` and its index raise.

    Whoever is given one shares it with others: it is for those who only play it.
    """
    name = os.fspath(path)
    now = time_ns()  # before it is read: if its time is old by then, no later change leaves it that time
    try:
        info = os.stat(name)  # noqa: PTH116 - a path of its own for every test takes longer
    except (OSError, ValueError):
        return load(name)  # which says what is wrong
    key = (name, info.st_dev, info.st_ino, info.st_mtime_ns, info.st_size)
    with _lock:
        if (found := _opened.get(key)) is not None:
            _opened.move_to_end(key)
            return found
    found = load(name)
    # Whoever gets it may be another thread: nothing is left to be read that moves in the file.
    if found.exchanges and stat.S_ISREG(info.st_mode) and now - info.st_mtime_ns > _SETTLED:
        with _lock:
            _opened[key] = found
            if len(_opened) > _KEPT:
                _opened.popitem(last=False)
    return found
