"""Following a cassette while it is written: what is there now, and what comes.

Knows files and the writer's lock. Waits by asking again: file notification differs on every system.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

from playhead.errors import InputError
from playhead.exchange import Exchange
from playhead.sse import Frame
from playhead.store import lock
from playhead.store.cassette import Cassette
from playhead.store.files import PARTIAL
from playhead.store.source import Growing

_POLL_SECONDS = 0.02


class Follower:
    """A growing cassette. Made by `playhead.follow`; a context manager that closes the file.

    `poll` takes in what was added, and never waits. Iterating waits: it gives each frame, with its
    exchange, when it is complete, and ends when the recording does.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = path.open("rb")
        try:
            self.cassette: Cassette = Cassette(Growing(self._file), os.fspath(path), over=False)
        except BaseException:
            self._file.close()
            raise
        self.finished: bool = False
        """Whether nothing more will come: the writer has finished, or is gone."""

    def poll(self) -> bool:
        """Take in what was added since. Returns whether anything was."""
        if self.finished:
            return False
        # Asked before reading: what was written until the writer let go is then read below.
        over = not lock.is_held(self._file.fileno())
        grown = self.cassette.grow(over=over)
        self.finished = over
        return grown

    def __iter__(self) -> Iterator[tuple[Exchange, Frame]]:
        seen: dict[int, int] = {}
        while True:
            finished = self.finished
            for exchange in self.cassette.exchanges:
                first = seen.get(exchange.number, 0)
                seen[exchange.number] = len(exchange.frames)
                for at in range(first, seen[exchange.number]):
                    yield exchange, exchange.frames[at]
            if finished:
                return
            if not self.poll() and not self.finished:
                time.sleep(_POLL_SECONDS)

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()


def follow(path: str | os.PathLike[str]) -> Follower:
    """Read a cassette that is still being written; `path` with or without its `.partial`.

    Raises as `playhead.load` does. A compressed cassette is finished and cannot be followed.
    """
    given = Path(path)
    partial = given.with_name(given.name + PARTIAL)
    try:
        return Follower(given if given.exists() or not partial.exists() else partial)
    except OSError as error:
        raise InputError(f"{given}: {error.strerror}") from None
