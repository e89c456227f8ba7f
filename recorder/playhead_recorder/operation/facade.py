"""What `playhead record` shows while it runs, in one object: counters, lines, status line, counters' file.

Knows its siblings; no proxy. A mitmproxy of the user's has a log of its own, and a wrapped program has the
terminal: those use the counters and their file alone.
"""

from __future__ import annotations

import contextlib
import datetime
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self, TextIO

from playhead_recorder.operation import logs, status_line
from playhead_recorder.operation.console import Console
from playhead_recorder.operation.counters import Counters
from playhead_recorder.operation.counters_file import CountersFile
from playhead_recorder.operation.logs import Level, Value
from playhead_recorder.options.readers import Log


class Operation:
    """Shows a run from `with` on. `say` may be called before and after too, from any thread; it never raises.

    Meanwhile the warnings of mitmproxy and of the addon are said too, and counted. `stream` is
    standard error, if it is not given.
    """

    def __init__(
        self,
        *,
        log: Log = Log.AUTO,
        counters_file: Path | None = None,
        counters: Counters | None = None,
        stream: TextIO | None = None,
        environ: Mapping[str, str] | None = None,
    ) -> None:
        self.counters: Counters = counters or Counters()
        stream = stream or sys.stderr
        environ = os.environ if environ is None else environ
        self._style = logs.style_of(log, is_terminal=_is_terminal(stream))
        is_drawn = self._style is Log.TEXT and status_line.is_wanted(stream, environ)
        self._console = Console(
            stream,
            draw=self._status if is_drawn else None,
            colour=status_line.is_coloured(environ),
        )
        self._file: CountersFile | None = None
        if counters_file is not None:
            self._file = CountersFile(counters_file, self.counters.snapshot, self._warn)
        self._stack = contextlib.ExitStack()

    def say(
        self, message: str, /, *, event: str = "note", level: Level = Level.INFO, **fields: Value
    ) -> None:
        """Say a line; `event` is its name for programs, `fields` what it says as values."""
        with contextlib.suppress(Exception):
            self._console.line(self._line(message, event, level, fields))

    def __enter__(self) -> Self:
        self._console.start()
        self._stack.callback(self._console.stop)
        if self._file is not None:
            self._file.start()
            self._stack.callback(self._file.stop)
        self._stack.enter_context(logs.forwarded(self._forward))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._stack.close()

    def _status(self, width: int) -> str:
        return status_line.line(self.counters.snapshot(), width)

    def _line(self, message: str, event: str, level: Level, fields: dict[str, Value]) -> str:
        if self._style is Log.JSON:
            return logs.json_line(message, level, event, fields, datetime.datetime.now(datetime.UTC))
        return logs.text_line(message, level)

    def _forward(self, message: str, level: Level, fields: dict[str, Value]) -> None:
        self.counters.warned()
        with contextlib.suppress(Exception):
            self._console.line(self._line(message, "log", level, fields))

    def _warn(self, message: str) -> None:
        self.counters.warned()
        self.say(message, event="counters_failed", level=Level.WARNING)


def _is_terminal(stream: TextIO) -> bool:
    try:
        return stream.isatty()
    except (AttributeError, OSError, ValueError):
        return False
