"""Who hears how a recording goes: the counters, and a line for every cassette that is finished.

Knows what the writer thread and the finisher tell, in whatever thread; no proxy, and no way to print.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from playhead.capture.audience import Audience, Finished
from playhead.capture.finishing.finisher import Done
from playhead.capture.log import say, warn
from playhead.cli.output import counted
from playhead_recorder.operation import Counters
from playhead_recorder.output.left import Left

Line = Callable[..., None]
"""Takes a line, and what it says as values by name."""


def _log(line: str, **_fields: Any) -> None:
    say(line)


class Told(Audience):
    """Counts, and has `line` say what was written."""

    def __init__(self, counters: Counters | None = None, line: Line = _log) -> None:
        self.counters: Counters = counters or Counters()
        self.left: Left = Left()
        self._line = line
        self._last: dict[Path, Finished] = {}
        """What is known of exchanges that have a cassette of their own, until it is finished."""

    def opened(self) -> None:
        self.counters.opened()

    def stream_opened(self) -> None:
        self.counters.stream_opened()

    def dropped(self) -> None:
        self.counters.dropped()

    def wrote(self, chunks: int, size: int) -> None:
        self.counters.wrote(chunks, size)

    def lost(self, reason: str, chunks: int | None, size: int | None) -> None:
        self.counters.lost(reason, chunks, size)

    def queued(self, size: int) -> None:
        self.counters.queued(size)

    def skipped(self, reason: str) -> None:
        """An exchange passed that is not recorded."""
        self.counters.skipped(reason)

    def finished(self, finished: Finished) -> None:
        self.counters.finished(finished)
        if finished.target is not None:
            self._last[finished.target] = finished
        if finished.stays_as is not None:
            self.left.unfinished(finished.stays_as, finished.failure or "it could not be written to its end")

    def handed_over(self) -> None:
        self.counters.handed_over()

    def done(self, done: Done) -> None:
        self.counters.done(done)
        last = self._last.pop(done.target, None)
        if done.failure is not None:
            warn(f"{done.target.name} is not finished: {done.failure}")
            if not done.recovered:
                self.left.unfinished(done.target, done.failure)
            return
        self.left.done(done.target)
        if not done.is_finished:
            what = "another process finishes it" if done.elsewhere else "nothing to keep, nothing written"
            self._line(f"{done.target.name}: {what}", event="no_cassette", cassette=done.target.name)
            return
        if done.exchanges == 1 and last is not None:
            what = f"{counted(last.chunks, 'chunk')}, {counted(last.size, 'byte')}, {last.ending.value}"
        else:
            numbers = ((done.exchanges, "exchange"), (done.events, "event"), (done.size, "byte"))
            what = ", ".join(counted(number, name) for number, name in numbers)
        text = f"{done.target.name}: {what}"
        if done.recovered:
            text += " (recovered)"
        self._line(
            f"wrote {text}",
            event="cassette",
            cassette=done.target.name,
            exchanges=done.exchanges,
            events=done.events,
            bytes=done.size,
            redacted=done.redacted,
            unscanned=done.unscanned,
            recovered=done.recovered,
        )
