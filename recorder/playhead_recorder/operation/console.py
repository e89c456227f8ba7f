"""Lines, and one line that is redrawn below them, on standard error: by a thread of its own.

Knows a stream and a terminal; not what is said. Whoever says something never waits for whoever reads it:
lines are queued, and dropped and counted where nobody reads them. Nothing here raises, whatever becomes of
the stream: closed, full, or a terminal that is gone.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import queue
import threading
import time
from collections.abc import Callable
from typing import TextIO

REDRAW_SECONDS = 0.25
_MOST_LINES = 1000
_STOP_SECONDS = 1.0
_ERASE = "\x1b[K"
_DIM, _PLAIN = "\x1b[2m", "\x1b[0m"
_USUAL_WIDTH = 80

Draw = Callable[[int], str]
"""What the status line says now, in at most so many characters."""


class Console:
    """Writes to `stream`. `draw` makes it keep a status line, which must be a terminal's."""

    def __init__(self, stream: TextIO, *, draw: Draw | None = None, colour: bool = False) -> None:
        self._stream = stream
        self._descriptor = _descriptor(stream)
        self._draw = draw
        self._colour = colour
        self._lines: queue.Queue[str | None] = queue.Queue(_MOST_LINES)
        self._dropped = 0
        self._shown = ""
        self._next_draw = 0.0
        self._thread = threading.Thread(target=self._run, name="playhead-console", daemon=True)
        self._is_queued = False
        """Whether lines are written by the thread."""
        self._handing_over = threading.Lock()
        """Held by who queues a line, and by the thread where it finds none and ends: none is lost between."""

    def start(self) -> None:
        """Write from now on in a thread."""
        with contextlib.suppress(Exception):
            self._stream.flush()
        self._thread.start()
        self._is_queued = True

    def stop(self) -> None:
        """Write what waits, and clear the status line; not for longer than a reader may take.

        One who takes longer is given as long again when the process leaves: more may be said until then.
        """
        if not self._thread.is_alive():
            return
        with contextlib.suppress(queue.Full):
            self._lines.put(None, timeout=_STOP_SECONDS)
        self._thread.join(_STOP_SECONDS)
        if self._thread.is_alive():
            atexit.register(self._thread.join, _STOP_SECONDS)

    def line(self, text: str) -> None:
        """Say a line, made safe by whoever says it. Before `start` and after `stop` it is written at once, or
        behind what still waits.
        """
        with self._handing_over:
            if self._is_queued:
                self._queue(text)
                return
        self._write(text + "\n")

    def _queue(self, text: str) -> None:
        try:
            self._lines.put_nowait(text)
        except queue.Full:
            self._dropped += 1

    def _run(self) -> None:
        while True:
            wait = max(self._next_draw - time.monotonic(), 0.0) if self._draw is not None else None
            try:
                text = self._lines.get(timeout=wait)
            except queue.Empty:
                self._redraw()
                continue
            self._clear()
            if text is None:
                break
            self._write_line(text)
        while (text := self._left()) is not None:
            self._write_line(text)

    def _left(self) -> str | None:
        """What was said behind the stop, which came late."""
        with self._handing_over:
            text = None
            while text is None and not self._lines.empty():
                text = self._lines.get_nowait()
            self._is_queued = text is not None
        return text

    def _write_line(self, text: str) -> None:
        if self._dropped:
            text, self._dropped = f"({self._dropped} lines dropped: nobody read them)\n{text}", 0
        self._write(text + "\n")

    def _redraw(self) -> None:
        self._next_draw = time.monotonic() + REDRAW_SECONDS
        if self._draw is None:
            return
        try:
            # One column is left: in the last, a terminal may wrap.
            text = self._draw(self._width() - 1)
        except Exception:  # noqa: BLE001 - what cannot be drawn is not drawn
            return
        if text != self._shown:
            self._write(f"\r{_DIM}{text}{_PLAIN}{_ERASE}" if self._colour else f"\r{text}{_ERASE}")
            self._shown = text

    def _clear(self) -> None:
        if self._shown:
            self._write("\r" + _ERASE)
            self._shown = ""

    def _width(self) -> int:
        with contextlib.suppress(OSError):
            if self._descriptor is not None:
                return os.get_terminal_size(self._descriptor).columns or _USUAL_WIDTH
        return _USUAL_WIDTH

    def _write(self, text: str) -> None:
        # Not through the stream where it has a descriptor: a write that never returns would hold the
        # stream's lock, which the interpreter wants when it leaves.
        with contextlib.suppress(Exception):
            if self._descriptor is None:
                self._stream.write(text)
                self._stream.flush()
                return
            data = text.encode(self._stream.encoding or "utf-8", "backslashreplace")
            while data:
                data = data[os.write(self._descriptor, data) :]


def _descriptor(stream: TextIO) -> int | None:
    try:
        return stream.fileno()
    except (AttributeError, OSError, ValueError):
        return None
