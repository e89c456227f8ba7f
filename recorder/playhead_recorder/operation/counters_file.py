"""The counters as a file of JSON, for whatever watches a recorder from outside.

Knows a path and a clock; not what is counted. The file is always whole: it is written beside itself and
renamed. It runs in a thread of its own, so that a slow disk holds up nobody; where the file cannot be
written, that is said once, and tried again every second.
"""

from __future__ import annotations

import contextlib
import os
import stat
import threading
from collections.abc import Callable
from pathlib import Path

from playhead.cli.output import json_document
from playhead.store.files import write_aside
from playhead_recorder.operation.counters import Snapshot

_EVERY_SECONDS = 1.0
_STOP_SECONDS = 2.0


class CountersFile:
    """Writes `snapshot()` to `path` (0600), once a second from `start` on and once more at `stop`.

    `on_problem` is given a line the first time that the file cannot be written. No method raises.
    """

    def __init__(
        self,
        path: Path,
        snapshot: Callable[[], Snapshot],
        on_problem: Callable[[str], None],
        *,
        every: float = _EVERY_SECONDS,
    ) -> None:
        self._path = path
        self._snapshot = snapshot
        self._on_problem = on_problem
        self._every = every
        self._said = False
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="playhead-counters", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Write what there is at the end; a second call changes nothing."""
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join(_STOP_SECONDS)

    def _run(self) -> None:
        while True:
            is_last = self._ended.is_set()
            self._write()
            if is_last:
                return
            self._ended.wait(self._every)

    def _write(self) -> None:
        try:
            put_in_place(self._path, json_document(self._snapshot().as_json(), indent=2) + "\n")
        except Exception as error:  # noqa: BLE001 - a number that is not written costs no recording
            if not self._said:
                self._said = True
                why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
                with contextlib.suppress(Exception):
                    self._on_problem(f"the counters cannot be written to {self._path}: {why}")


def put_in_place(path: Path, text: str) -> None:
    """Put `text` in the place of the file at `path`, at once. Raises `OSError`, and leaves nothing half-made.

    A link is followed. What is no file (a device, a pipe) is refused: it would be replaced by one.
    """
    real = Path(os.path.realpath(path))
    with contextlib.suppress(FileNotFoundError):
        if not stat.S_ISREG(real.stat().st_mode):
            raise OSError(f"{path} is no regular file")
    # Numbers that are a second old need not survive a power cut: a disk is not woken for them.
    write_aside(real, [text.encode("ascii")], durable=False)
