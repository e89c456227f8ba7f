"""What this run of the tests has recorded so far, by file: later tests of the run keep it.

Knows the texts of recordings and the state of files; opens none. PYTEST_DONT_REWRITE
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import reduce
from pathlib import Path

from playhead.testing.recording.splicing import spliced

Stamp = tuple[int, int, int] | None
"""What tells one state of a file from another; `None` is no file."""


@dataclass(slots=True)
class _File:
    stamp: Stamp
    """As this run left it."""
    before: int
    """The highest number of an exchange that was there before this run; 0 where all is new."""
    pieces: dict[str, bytes] = field(default_factory=dict)
    """What each test has recorded: one that is run again replaces its own."""


class Written:
    """The cassettes that one process of a run has written."""

    def __init__(self) -> None:
        self._files: dict[Path, _File] = {}

    def text(self, path: Path, stamp: Stamp, *, but: str) -> bytes:
        """What the tests of this run have recorded into `path`, `but` for one of them; nothing if none did.

        Nothing, too, where the file is no longer what this run has left.
        """
        file = self._file(path, stamp)
        if file is None:
            return b""
        pieces = [piece for test, piece in file.pieces.items() if test != but]
        return reduce(spliced, pieces) if pieces else b""

    def before(self, path: Path, stamp: Stamp) -> int | None:
        """The highest number of an exchange that is not of this run; `None` where the run recorded none."""
        file = self._file(path, stamp)
        return None if file is None else file.before

    def tests(self, path: Path, stamp: Stamp) -> int:
        """How many tests of this run have recorded what `path` holds."""
        file = self._file(path, stamp)
        return 0 if file is None else len(file.pieces)

    def add(self, path: Path, test: str, piece: bytes, *, was: Stamp, now: Stamp, before: int) -> None:
        """A test has recorded `piece`; the file went from one state to the other.

        `before` is as in `before`, for a file that this run had not written.
        """
        file = self._file(path, was)
        pieces = {} if file is None else file.pieces
        pieces.pop(test, None)
        pieces[test] = piece
        self._files[path.resolve()] = _File(now, before if file is None else min(before, file.before), pieces)

    def _file(self, path: Path, stamp: Stamp) -> _File | None:
        file = self._files.get(path.resolve())
        return file if file is not None and file.stamp == stamp else None
