"""What turns told exchanges into cassettes, set up as the settings ask: shelf, writer thread, finisher.

Knows settings and the parts of `playhead.capture`; no proxy. Stopping it may wait for a disk, within its
deadlines: what is not finished by then stays unfinished, and the next recorder on the folder finishes it.
"""

from __future__ import annotations

import threading

import msgspec

from playhead.capture.backlog import Backlog
from playhead.capture.deadlines import FINISH_SECONDS
from playhead.capture.finishing.finisher import Done
from playhead.capture.finishing.orphans import orphans
from playhead.capture.finishing.process import Child
from playhead.capture.log import warn
from playhead.capture.shelves import AtPath, InFolder, Place, Shelf
from playhead.capture.writer import Writer
from playhead.cli.output import counted
from playhead_recorder.options.settings import Settings
from playhead_recorder.output.told import Told

_EARLIER_SECONDS = 2.0
"""For what an earlier run left, once there is nothing else to do: a short run would leave it again."""


class Press:
    """Of one run. `name` stands in the names of cassettes for the hosts."""

    def __init__(self, chosen: Settings, backlog: Backlog, told: Told, name: str | None = None) -> None:
        self._told = told
        self._changed = threading.Condition()
        files = msgspec.structs.replace(chosen.files, root=chosen.files.root.absolute())
        self._earlier = {job.target for job in orphans(files)}
        """Where what an earlier run left goes, until it is told what became of it."""
        self._finisher = Child(chosen.policy, files, chosen.retention, self._done)
        place: Place = InFolder(chosen.files, name)
        if chosen.file is not None:
            place = AtPath(chosen.file, overwrite=chosen.overwrite)
        shelf = Shelf(
            place,
            self._finisher,
            audience=told,
            grouping=chosen.grouping,
            rotation=chosen.rotation,
            policy=chosen.policy,
        )
        self._writer = Writer(backlog, shelf, told, limits=chosen.limits)

    def start(self) -> None:
        self._writer.start()

    def stop(self) -> None:
        """Write what waits and finish it, as far as the deadlines let."""
        if not self._writer.stop():
            late = "not everything was written in time: a disk does not answer, or is too slow"
            self._told.left.late(late)
            warn(late)
        if self._writer.failure is not None:
            self._told.left.late(self._writer.failure)
        self._wait_for_earlier()
        if not self._finisher.stop(FINISH_SECONDS):
            late = f"not every cassette was finished within {FINISH_SECONDS:.0f} s"
            self._told.left.late(late)
            warn(f"{late}. The rest is finished in the background, or by the next recorder that starts.")

    def _done(self, done: Done) -> None:
        self._told.done(done)
        with self._changed:
            self._earlier.discard(done.target)
            self._changed.notify_all()

    def _wait_for_earlier(self) -> None:
        """Without a look at the disk, which may not answer. What another finishes, nobody tells of."""
        with self._changed:
            self._changed.wait_for(lambda: not self._earlier, _EARLIER_SECONDS)
            count = len(self._earlier)
        if count:
            cassettes = counted(count, "cassette")
            warn(f"left to be finished in the background: {cassettes} of an earlier run")
