"""The writer thread: takes what waits in the backlog and hands it to the recordings.

Knows threads and recordings; never who captured. It shares the interpreter with the traffic, so it
only decodes, encodes and appends; nothing is parsed or assembled here. Whatever goes wrong with one
exchange stays with that exchange.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path

from playhead.capture.audience import Audience
from playhead.capture.backlog import Backlog
from playhead.capture.choices import Limits
from playhead.capture.deadlines import ANSWER_SECONDS, WRITE_SECONDS
from playhead.capture.items import Delivered, Dropped, Ended, Item, Lost, Opened, Responded, Verdict
from playhead.capture.log import say_error, warn, words
from playhead.capture.meter import Meter
from playhead.capture.recording import Recording
from playhead.capture.shelves import Shelf
from playhead.capture.syncer import Syncer
from playhead.model import How

_REST_SECONDS = 0.04
"""From batch to batch: what a killed recorder may lose, and well under the 100 ms that are promised: a busy
machine adds to it. A wake costs more than writing what came since the last one does: a thread that woke for
every delivery took as much of the processor as the proxy itself."""
_NOTHING_SEEN = {"how": How.UNKNOWN.value}
_MOST_LATE = 128
"""Cassettes that are kept open for their endings while the disk is full."""
_LOOK_SECONDS = 1.0
"""Between two looks at what is forgotten, or has rested long enough."""


def stop_all(writers: Sequence[Writer]) -> bool:
    """Have all write what waits, and end. False where that takes too long.

    A disk that is slow is waited for; when none has taken anything for a while, none answers.
    """
    for each in writers:
        each.close()
    deadline = time.monotonic() + WRITE_SECONDS
    while True:
        before = sum(each.handled for each in writers)
        soon = min(deadline, time.monotonic() + ANSWER_SECONDS)
        are_done = [each.ended_by(soon) for each in writers]
        if all(are_done):
            return True
        if time.monotonic() >= deadline or sum(each.handled for each in writers) == before:
            return False


class Writer:
    """One thread for all exchanges that go to `shelf`, as far as `limits` let them. It tells `audience`.

    `left_open` is how exchanges end that are open when the writer stops; without it their `.partial` files
    stay. `is_forgotten` is asked about once a second whether nobody will ever stop the writer: it then
    stops by itself.
    """

    def __init__(
        self,
        backlog: Backlog,
        shelf: Shelf,
        audience: Audience | None = None,
        *,
        limits: Limits | None = None,
        left_open: Verdict | None = None,
        is_forgotten: Callable[[], bool] | None = None,
    ) -> None:
        self.failure: str | None = None
        """Why the shelf could not be closed."""
        self.handled: int = 0
        """Items, writes and endings so far: they tell a slow disk from one that does not answer."""
        self._backlog = backlog
        self._shelf = shelf
        self._audience = audience or Audience()
        limits = limits or Limits()
        self._meter = Meter(limits)
        self._is_ordered = shelf.is_shared or limits.total is not None
        """Whether what is written of one exchange has its place among what is written of the others."""
        self._left_open = left_open
        self._is_forgotten = is_forgotten
        self._recordings: dict[int, Recording] = {}
        self._dirty: dict[Path, None] = {}
        """What was written to since the last sync: added to in this thread, taken in the other."""
        self._marking = threading.Lock()
        """A path is hashed in Python: the other thread may have its turn between the dict and its new key."""
        self._syncer = Syncer(self._take_dirty)
        self._is_syncing = False
        self._batch: Sequence[Item] | None = ()
        """`None` when nothing more will come."""
        self._next = 0
        """Of the batch, what is handled next."""
        self._gathered: dict[int, list[Delivered]] = {}
        """Deliveries that are to be written together, by exchange."""
        self._has_stumbled = False
        self._late: deque[tuple[Recording, Ended]] = deque()
        """Those that ended while the disk was full."""
        # A daemon: a disk that hangs must not keep the process from leaving.
        self._thread = threading.Thread(target=self._run, name="playhead-writer", daemon=True)

    def start(self) -> None:
        self._thread.start()

    @property
    def is_done(self) -> bool:
        """Whether it has started, and ended."""
        return self._thread.ident is not None and not self._thread.is_alive()

    def stop(self) -> bool:
        """Write what waits, and end. False where a disk is late, by the `deadlines`."""
        return stop_all((self,))

    def close(self) -> None:
        """Take no more. Waits for nothing."""
        self._backlog.close()

    def ended_by(self, deadline: float) -> bool:
        """Whether it has ended by then."""
        if self._thread.ident is not None:
            self._thread.join(max(deadline - time.monotonic(), 0.0))
        return not self._thread.is_alive()

    def _run(self) -> None:
        while True:
            try:
                if not self._round():
                    break
            except Exception as error:  # noqa: BLE001 - whatever it was, the next round goes on from there
                self._stumble(error)
        try:
            self._syncer.stop()
            self._end_late(len(self._late), again=False)
            self._end_all()
        except Exception as error:  # noqa: BLE001 - what has no ending is finished without one
            self._stumble(error)
        try:
            self._shelf.close()
        except Exception as error:  # noqa: BLE001 - there is nobody to raise it to
            self.failure = f"a cassette is not finished: {words(error)}"
            warn(self.failure)

    def _round(self) -> bool:
        """Write what there is, or wait for it. False where nothing more will come."""
        if not self._is_syncing:
            self._is_syncing = True
            self._syncer.start()
        if self._batch is not None and self._next >= len(self._batch) and not self._gathered:
            # At once: what is in hand while a line raises is handled in the next round.
            self._next, self._batch = 0, self._backlog.take(_LOOK_SECONDS)
        if self._batch is None:
            self._audience.queued(0)
            return False
        began = time.monotonic()
        self._record()
        self._audience.queued(self._backlog.waiting)
        if not self._batch:
            self._look()
        self._shelf.hand_over()
        self._backlog.rest(_REST_SECONDS - (time.monotonic() - began))
        return True

    def _stumble(self, error: Exception) -> None:
        """An error of ours that is about no exchange. It may come again: not in a hurry, and said once."""
        if not self._has_stumbled:
            self._has_stumbled = True
            say_error("recording goes on after an error", error)
        time.sleep(_REST_SECONDS)

    def _look(self) -> None:
        """Nothing came for a while."""
        if self._is_forgotten is not None and self._is_forgotten():
            self._backlog.close()
        self._end_late(len(self._late), again=True)
        try:
            self._shelf.look(time.monotonic_ns())
        except Exception as error:  # noqa: BLE001 - see `_record`
            say_error("a cassette is not finished", error)

    def _end_late(self, most: int, *, again: bool) -> None:
        for recording, item in [self._late.popleft() for _ in range(min(most, len(self._late)))]:
            try:
                self._end(recording, item, again=again)
            except Exception as error:  # noqa: BLE001 - see `_record`
                recording.fail(error)
                recording.abandon()

    def _end(self, recording: Recording, item: Ended, *, again: bool = True) -> None:
        self.handled += 1
        finished = recording.end(item, again=again)
        if finished is not None:
            self._audience.finished(finished)
            self._shelf.hand_over()
            return
        self._late.append((recording, item))
        if len(self._late) > _MOST_LATE:
            self._end_late(1, again=False)

    def _end_all(self) -> None:
        now = time.monotonic_ns()
        for session, recording in self._recordings.items():
            try:
                if self._left_open is None:
                    recording.abandon()
                    continue
                ended = Ended(session=session, t_ns=now, verdict=self._left_open, facts=_NOTHING_SEEN)
                self._end(recording, ended, again=False)
            except Exception as error:  # noqa: BLE001 - see `_record`
                say_error("an exchange is not recorded", error)

    def _record(self) -> None:
        """Deliveries of one exchange that come together are written together.

        In a shared cassette only those that follow each other: its records stand in the order of their
        times. Under a cap on the run as well: who comes first has what it leaves, whatever lies in a batch.
        An error must not end other recordings: what is left of the batch is what comes next.
        """
        while self._batch and self._next < len(self._batch):
            item = self._batch[self._next]
            self.handled += 1
            self._next += 1
            try:
                self._handle(item)
            except Exception as error:  # noqa: BLE001 - it is this exchange's alone
                self._give_up(item, error)
        self._deliver_all()

    def _handle(self, item: Item) -> None:
        if self._is_ordered and item.session not in self._gathered:
            self._deliver_all()
        if isinstance(item, Delivered):
            self._gathered.setdefault(item.session, []).append(item)
            return
        if item.session in self._gathered:
            self._deliver(item.session, self._gathered.pop(item.session))
        self._tell(item)

    def _deliver_all(self) -> None:
        while self._gathered:
            self._deliver(*self._gathered.popitem())

    def _deliver(self, session: int, deliveries: Sequence[Delivered]) -> None:
        try:
            recording = self._recordings.get(session)
            if recording is not None:
                recording.deliver(deliveries)
                self._mark(recording)
                self.handled += 1
        except Exception as error:  # noqa: BLE001 - see `_record`
            self._give_up(deliveries[-1], error)

    def _tell(self, item: Opened | Responded | Dropped | Lost | Ended) -> None:
        if isinstance(item, Opened):
            made = Recording(item, self._shelf, self._meter, self._audience)
            self._recordings[item.session] = made
            self._audience.opened()
            self._mark(made)
            return
        recording = self._recordings.get(item.session)
        if recording is None:
            return
        match item:
            case Responded():
                recording.respond(item)
                self._mark(recording)
            case Lost():
                recording.lose(item)
                self._mark(recording)
            case Dropped():
                recording.drop()
                self._audience.dropped()
                del self._recordings[item.session]
            case Ended():
                self._end(recording, item)
                del self._recordings[item.session]

    def _give_up(self, item: Item, error: Exception) -> None:
        """What became of an item nobody knows. Its recording counts from here on, or is over."""
        recording = self._recordings.get(item.session)
        if recording is None:
            say_error("an exchange is not recorded", error)
            return
        recording.fail(error)
        if isinstance(item, Dropped | Ended):
            del self._recordings[item.session]
            if isinstance(item, Ended):
                self._end(recording, item, again=False)
            recording.abandon()

    def _mark(self, recording: Recording) -> None:
        """Have its file brought to the disk, before long."""
        if (path := recording.path) is not None:
            with self._marking:
                self._dirty[path] = None

    def _take_dirty(self) -> list[Path]:
        """In the syncing thread."""
        with self._marking:
            dirty, self._dirty = self._dirty, {}
        return list(dirty)
