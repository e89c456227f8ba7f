"""What a run leaves behind that is not finished: which cassettes, why, and what to do about it.

Knows names, reasons and words; no file and no proxy. A cassette that is finished later in the run is taken
off again, so what is left at the end is what somebody has to look after.
"""

from __future__ import annotations

import shlex
import threading
from pathlib import Path

from playhead.cli.output import counted
from playhead.store.files import PARTIAL

_MOST = 1000
"""Names that are kept: a disk that is full for weeks leaves very many."""
_NAMED = 5
"""Names that a line says."""


class Left:
    """Of one run. Every method may be called from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._why: dict[str, str] = {}
        """Reasons, by the names that the cassettes were to get."""
        self._more = 0
        """Those beyond the ones that are kept."""
        self._late: str | None = None

    def unfinished(self, target: Path, why: str) -> None:
        """A cassette could not be finished, or not be written to its end."""
        with self._lock:
            if target.name in self._why or len(self._why) < _MOST:
                self._why[target.name] = why
            else:
                self._more += 1

    def done(self, target: Path) -> None:
        """It is finished, after all, or nothing of it was to be kept."""
        with self._lock:
            if self._why.pop(target.name, None) is None and len(self._why) == _MOST:
                self._more = max(self._more - 1, 0)

    def late(self, why: str) -> None:
        """The end did not wait any longer for something that was still to be written or finished."""
        with self._lock:
            self._late = self._late or why

    @property
    def names(self) -> tuple[str, ...]:
        """Of the cassettes, as far as they are known."""
        with self._lock:
            return tuple(self._why)

    def __bool__(self) -> bool:
        """Whether anything is left."""
        with self._lock:
            return bool(self._why) or self._late is not None

    def line(self, where: Path, file: Path | None = None) -> str | None:
        """What to say of it, `None` where nothing is left. `where` is the folder as the user named it, `file`
        the cassette where there is only one.
        """
        with self._lock:
            why, number, late = dict(self._why), len(self._why) + self._more, self._late
        if not why and late is None:
            return None
        sentences = []
        if why:
            told = [f"{name} ({_clause(reason)})" for name, reason in list(why.items())[:_NAMED]]
            if number > len(told):
                told.append(f"{number - len(told):,} more")
            sentences.append(f"Not finished: {counted(number, 'cassette')}: {'; '.join(told)}.")
        if late is not None:
            sentences.append(f"Not waited for: {_clause(late)}.")
        growing = where.with_name(where.name + PARTIAL) if file is not None else where
        others = "" if file is not None else ", or the next recorder on the folder,"
        recover = f"`playhead recover {shlex.quote(str(growing))}`{others}"
        sentences.append(f"Mend that; then {recover} finishes what is there of it.")
        return " ".join(sentences)


def _clause(text: str) -> str:
    """A reason as a part of a sentence."""
    return text.strip().removesuffix(".")
