"""What passes while a test runs, on its way into a cassette: written at once, readable at any moment.

Knows capture and store; neither pytest nor a client library. It is a capture without a thread: a test waits
for its own assertions, not for a batch. What is written here lies in a private folder of its own, with heads
redacted and bodies as they passed; `text` redacts those too, and only that leaves the folder.
PYTEST_DONT_REWRITE
"""

from __future__ import annotations

import itertools
import shutil
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from playhead.capture.audience import Audience
from playhead.capture.choices import Grouping, Limits, Per
from playhead.capture.finishing.finisher import Job
from playhead.capture.items import Delivered, Ended, Item, Lost, Opened, Responded, Verdict
from playhead.capture.meter import Meter
from playhead.capture.recording import Recording
from playhead.capture.session import Session, Takes
from playhead.capture.shelves import AtPath, Growing, Shelf, Start
from playhead.model import EndingKind, How, Request
from playhead.redaction.policy import Policy
from playhead.store.cassette import Cassette
from playhead.store.mend import mend
from playhead.store.redact import redacted_lines, rewriter_of
from playhead.version import __version__

WRITER: Final = f"playhead/{__version__} pytest"
_NAME: Final = "tape.cassette.jsonl"
_STOPPED: Final = Verdict(EndingKind.RECORDER_STOPPED, How.UNKNOWN, "the test was over")


class Tape:
    """Records what clients are watched doing. Safe to use from several threads; `discard` ends it.

    A request that never left (a refused connection, a blocked socket) is not recorded.
    """

    def __init__(self, policy: Policy) -> None:
        self.failures: list[str] = []
        """Why the recording is not whole."""
        self._policy = policy
        self._lock = threading.RLock()
        self._numbers = itertools.count(1)
        self._waiting: set[int] = set()
        self._held: dict[int, Opened] = {}
        """Requests that were not seen to leave."""
        self._recordings: dict[int, Recording] = {}
        self._folder: Path | None = None
        self._growing: Growing | None = None
        self._shelf: Shelf | None = None
        self._meter = Meter(Limits(exchange=None))
        self._audience = Audience()
        self._closed = False
        self._changes = 0

    @property
    def backlog(self) -> Takes:
        return self

    @property
    def is_open(self) -> bool:
        return not self._closed

    @property
    def changes(self) -> int:
        """Grows with what is recorded."""
        return self._changes

    @property
    def streaming(self) -> int:
        """How many exchanges have not ended."""
        return len(self._recordings)

    def begin(self, request: Request, host: str, known_body: bytes | None) -> Session | None:
        """A session for a request that is about to be sent; `None` when the test is over."""
        with self._lock:
            if self._closed:
                return None
            opened = Opened.now(next(self._numbers), request, host=host, writer=WRITER)
            if self._shelf is None:
                self._shelf = self._opened_shelf(Start(opened.created, opened.head_ns))
            self._waiting.add(opened.session)
        return Session(self, opened, known_body)

    def claim(self, session: Session, tell: Callable[[], None]) -> None:
        """Have `tell` tell of the request of the session: once, whoever asks first."""
        with self._lock:
            if session.number in self._waiting:
                self._waiting.remove(session.number)
                tell()

    def failed(self, why: str, *, once: bool = False) -> None:
        """Something is not recorded as it should be."""
        with self._lock:
            if not (once and why in self.failures):
                self.failures.append(why)

    def has_room(self, size: int) -> bool:
        return True

    def deliver(self, item: Delivered) -> None:
        with self._lock:
            if not self._closed and (recording := self._recordings.get(item.session)) is not None:
                recording.deliver((item,))
                self._changes += 1

    def put(self, item: Item, size: int = 0) -> None:
        with self._lock:
            if self._closed:
                return
            self._changes += 1
            if isinstance(item, Opened):
                if item.sent_ns is None:
                    self._held[item.session] = item
                else:
                    self._record(item)
                return
            held = self._held.pop(item.session, None)
            if held is not None:
                if isinstance(item, Ended):
                    return
                self._record(held)
            self._tell(item)

    def text(self) -> bytes:
        """The cassette as far as it goes, redacted; nothing where nothing was recorded."""
        with self._lock:
            if self._growing is None:
                return b""
            data = self._growing.cassette.partial.read_bytes()
            key = self._growing.redactor.key
        mended = mend(data, _NAME)
        if not mended.exchanges:
            return b""
        cassette = Cassette(mended.source, _NAME)
        rewriter = rewriter_of(cassette, self._policy, mended.dropped, key)
        return b"".join(redacted_lines(cassette, rewriter, mended.dropped))

    def stop(self) -> int:
        """Record no more. What is open ends as `recorder_stopped`; tells how many that were."""
        with self._lock:
            if self._closed:
                return 0
            left = list(self._recordings)
            now = time.monotonic_ns()
            for number in left:
                self._tell(
                    Ended(session=number, t_ns=now, verdict=_STOPPED, facts={"how": How.UNKNOWN.value})
                )
            self._closed = True
            return len(left)

    def discard(self) -> None:
        """Leave nothing behind."""
        with self._lock:
            self._closed = True
            if self._growing is not None:
                self._growing.cassette.discard()
            if self._folder is not None:
                shutil.rmtree(self._folder, ignore_errors=True)
            self._growing = self._folder = None

    def _opened_shelf(self, start: Start) -> Shelf:
        self._folder = Path(tempfile.mkdtemp(prefix="playhead-"))
        place = AtPath(self._folder / _NAME)
        grouping = Grouping(Per.RUN)
        shelf = Shelf(place, _Nobody(), grouping=grouping, source="client", policy=self._policy)
        self._growing = shelf.begin(start, _NAME, WRITER)
        return shelf

    def _record(self, opened: Opened) -> None:
        assert self._shelf is not None
        self._recordings[opened.session] = Recording(opened, self._shelf, self._meter, self._audience)

    def _tell(self, item: Item) -> None:
        recording = self._recordings.get(item.session)
        if recording is None:
            return
        match item:
            case Responded():
                recording.respond(item)
            case Lost():
                recording.lose(item)
            case Ended():
                del self._recordings[item.session]
                finished = recording.end(item)
                if finished is not None and finished.failure is not None:
                    self.failed(finished.failure)
                elif finished is not None and finished.lost_chunks:
                    self.failed(f"{finished.lost_chunks} chunks are missing")


class _Nobody:
    """Finishes nothing: a tape is read where it grows."""

    def hand_over(self, job: Job) -> None:
        pass

    def stop(self, seconds: float) -> bool:
        return True
