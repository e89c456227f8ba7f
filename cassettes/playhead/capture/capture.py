"""Recording in the process of the client: where exchanges go, who writes them, and when that ends.

Knows the writer thread and the folder; no client library. `Capture` is held by a transport and by the
streams that it watches. When all of them are gone without a `close`, the writer notices by itself and
finishes; when the process leaves, it is given the `deadlines`. Only a kill leaves a `.partial` file, for
`playhead recover`.
"""

from __future__ import annotations

import atexit
import datetime
import itertools
import os
import threading
import time
import weakref
from collections import deque
from collections.abc import Callable
from pathlib import Path

from playhead.capture import folder
from playhead.capture.audience import Audience, Finished
from playhead.capture.backlog import Backlog
from playhead.capture.choices import Files, Grouping, Per
from playhead.capture.deadlines import FINISH_SECONDS
from playhead.capture.finishing.finisher import Done
from playhead.capture.finishing.here import Here
from playhead.capture.items import Opened, Verdict
from playhead.capture.log import warn
from playhead.capture.session import Session
from playhead.capture.shelves import AtPath, InFolder, Shelf, Start
from playhead.capture.writer import Writer, stop_all
from playhead.errors import CannotRun, UsageError
from playhead.model import EndingKind, How, Request
from playhead.redaction.policy import DEFAULT, Policy

_SOURCE = "client"
_CASSETTES = (".jsonl", ".jsonl.zst")
_KEPT_FAILURES = 100
_STOPPED = Verdict(EndingKind.RECORDER_STOPPED, How.UNKNOWN, "the recording transport was closed")
_at_work: dict[Writer, Here] = {}
"""Those that may still have something to write, and who finishes it. Threads of all captures change it: it is
gone through in a copy, which the interpreter makes in one step.
"""
_captures: weakref.WeakValueDictionary[int, Capture] = weakref.WeakValueDictionary()
"""By identity. Gone through by `valuerefs`, which is one step, too."""


class Tally(Audience):
    """What was recorded and what was not; written by the writer thread too."""

    def __init__(self) -> None:
        self.exchanges: int = 0
        self.failures: deque[str] = deque(maxlen=_KEPT_FAILURES)
        self.is_forgotten: bool = False

    def finished(self, finished: Finished) -> None:
        """In the writer thread."""
        self.exchanges += finished.failure is None
        if finished.failure is not None:
            self.failures.append(finished.failure)
        elif finished.lost_chunks:
            where = finished.target.name if finished.target is not None else "a cassette"
            why = f"{finished.lost_chunks} chunks are missing in {where}: the disk was too slow for them"
            self.failures.append(why)

    def done(self, done: Done) -> None:
        """In the writer thread: a cassette has its name, or not."""
        if done.failure is not None:
            why = f"{done.target.name} is not finished: {done.failure}"
            self.failures.append(why)
            warn(why)

    def forget(self) -> None:
        """Nobody is left who would close. Runs wherever garbage is collected, so it may wait for nothing."""
        self.is_forgotten = True


class Capture:
    """Records exchanges into `target`: a cassette's path, or a folder for one cassette each.

    `writer` names the client library in the cassettes, `policy` tells what is secret. Raises `CannotRun`
    where `target` cannot be written, `UsageError` where it exists already or cannot be told.
    """

    def __init__(
        self,
        target: str | os.PathLike[str],
        writer: str,
        *,
        overwrite: bool,
        backlog: int,
        policy: Policy = DEFAULT,
    ) -> None:
        if backlog < 1:
            raise UsageError(f"a backlog of {backlog} bytes holds nothing")
        self.backlog: Backlog = Backlog(backlog)
        self._writer_name = writer
        self._tally = tally = Tally()
        self._numbers = itertools.count(1)
        self._waiting: dict[int, Session] = {}
        self._lock = threading.RLock()
        """A stop has sessions claimed while it holds it."""
        self._closed = False
        self._pid: int | None = None
        self._policy = policy
        self._finisher = Here(policy, tally.done)
        self._shelf = self._shelf_for(target, overwrite=overwrite)
        self._writer = Writer(
            self.backlog,
            self._shelf,
            tally,
            left_open=_STOPPED,
            is_forgotten=lambda: tally.is_forgotten,
        )
        weakref.finalize(self, tally.forget).atexit = False
        if self._shelf.is_shared:
            self._run()

    @property
    def is_open(self) -> bool:
        """Whether what happens now is recorded: after a fork the thread is in the other process."""
        return not self._closed and self._pid == os.getpid()

    @property
    def exchanges(self) -> int:
        """How many exchanges are recorded to their end."""
        return self._tally.exchanges

    @property
    def failures(self) -> tuple[str, ...]:
        """Why others are not, or not wholly: the last hundred reasons."""
        last = self._writer.failure
        return (*self._tally.failures, *([last] if last is not None else []))

    def begin(self, request: Request, host: str, known_body: bytes | None) -> Session | None:
        """A session for a request that is about to be sent; `None` where it is not recorded."""
        opened = Opened.now(next(self._numbers), request, host=host, writer=self._writer_name)
        if self._pid is None:
            self._run()
        session = Session(self, opened, known_body)
        if not self._takes(session):
            why = "the transport is closed" if self._closed else "the process has forked since it began"
            self.failed(f"an exchange is not recorded: {why}", once=True)
            return None
        return session

    def claim(self, session: Session, tell: Callable[[], None]) -> None:
        """Have `tell` tell the writer of the session: once, whoever asks first, and never behind a stop."""
        if self._pid != os.getpid():
            return  # without the lock: see `stop`
        with self._lock:
            if self._waiting.pop(session.number, None) is not None:
                tell()

    def failed(self, why: str, *, once: bool = False) -> None:
        """Say that something is not recorded as it should be."""
        if once and why in self._tally.failures:
            return
        self._tally.failures.append(why)
        warn(why)

    def stop(self) -> bool:
        """Record no more; what is open ends as `recorder_stopped`. False where that was done before."""
        if self._pid != os.getpid():
            # No lock either: another thread may have held it when the process forked.
            self._closed = True
            return False
        with self._lock:
            if self._closed:
                return False
            try:
                for session in list(self._waiting.values()):
                    session.requested(None)
            finally:
                self._closed = True
                self.backlog.close()
        return True

    def wait(self) -> None:
        """After `stop`, until everything is written, or for as long as a disk may take."""
        if self._pid != os.getpid():
            return
        if not self._writer.stop():
            self.failed(
                "not everything was written in time: a disk does not answer, or is too slow", once=True
            )
        elif not self._finisher.stop(FINISH_SECONDS):
            self.failed(
                f"not every cassette was finished within {FINISH_SECONDS:.0f} s: "
                "those that the process leaves behind, `playhead recover` finishes",
                once=True,
            )
        else:
            _at_work.pop(self._writer, None)

    def _takes(self, session: Session) -> bool:
        """Whether it is recorded: it then waits until it is claimed, or until the stop."""
        if self._pid != os.getpid():
            return False  # without the lock: see `stop`
        with self._lock:
            if not self._closed:
                self._waiting[session.number] = session
            return not self._closed

    def _run(self) -> None:
        with self._lock:
            if self._pid is None and not self._closed:
                self._writer.start()
                for writer, finisher in _at_work.copy().items():
                    if writer.is_done and finisher.stop(0):
                        _at_work.pop(writer, None)
                _at_work[self._writer] = self._finisher
                _captures[id(self)] = self
                self._pid = os.getpid()

    def _shelf_for(self, target: str | os.PathLike[str], *, overwrite: bool) -> Shelf:
        if not os.fspath(target).strip():
            raise UsageError("the name of a cassette or a folder is expected, and this is empty")
        path = Path(target).expanduser()
        is_named_folder = os.fspath(target).endswith(("/", os.sep))
        is_cassette = path.name.endswith(_CASSETTES) and not path.is_dir()
        if not is_cassette and not (is_named_folder or path.is_dir() or not path.suffix):
            raise UsageError(
                f"{path} is neither a cassette's name nor a folder",
                hint="Name a cassette NAME.cassette.jsonl; end the name of a new folder with a slash.",
            )
        try:
            usable = folder.usable(path.parent if is_cassette else path, is_recorders=not is_cassette)
        except OSError as error:
            raise CannotRun(
                f"no cassettes can be written: {folder.why_not(error)}", hint="Choose another folder."
            ) from None
        finisher = self._finisher
        if not is_cassette:
            return Shelf(InFolder(Files(root=usable)), finisher, source=_SOURCE, policy=self._policy)
        shelf = Shelf(
            AtPath(usable / path.name, overwrite=overwrite),
            finisher,
            grouping=Grouping(Per.RUN),
            source=_SOURCE,
            policy=self._policy,
        )
        start = Start(datetime.datetime.now(datetime.UTC), time.monotonic_ns())
        shelf.begin(start, path.name, self._writer_name)
        return shelf


@atexit.register
def _finish_all() -> None:
    """The process leaves: what is open gets its ending, what waits is written."""
    for found in _captures.valuerefs():
        if (capture := found()) is not None:
            capture.stop()
    at_work = _at_work.copy()
    stop_all(list(at_work))
    deadline = time.monotonic() + FINISH_SECONDS
    for finisher in at_work.values():
        finisher.stop(max(deadline - time.monotonic(), 0.0))


if hasattr(os, "register_at_fork"):
    # The threads stayed in the other process.
    os.register_at_fork(after_in_child=_at_work.clear)
