"""A finisher in another process, so that the one that records is never kept waiting.

Knows processes and pipes. One thread starts the process and writes to it, another reads what it says; whoever
hands over only puts something on a list. A process that dies is started again, and gets again what it has not
answered.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO

import msgspec

from playhead.capture.choices import Files, Retention
from playhead.capture.finishing.finisher import Done, Job
from playhead.capture.finishing.wire import Settings, done_of, line_of
from playhead.capture.log import warn
from playhead.redaction.policy import Policy

_COMMAND = (sys.executable, "-P", "-m", "playhead.capture.finishing")
_FIRST_REST = 0.2
_LONGEST_REST = 60.0
_SAID_AFTER = 3
"""Starts in a row that came to nothing, before it is said."""
_WELL_SECONDS = 10.0
"""A process that lived so long did not fail at its start."""
_DEATHS_OF_A_JOB = 2
"""How often the process may die over one job before that is left alone."""
_NOT_NOW = "it stays unfinished until the next start"


class _Asked(msgspec.Struct):
    """A job that is not answered yet."""

    job: Job
    is_sent: bool = False
    deaths: int = 0
    """How often the process died when this was the first of what it had."""


class Child:
    """Hands jobs to a process of low priority; `on_done` hears of each, in threads of ours, until `stop`.

    The process starts at once, and finishes what other recorders left in the folder. `command` is what is
    started instead.
    """

    def __init__(
        self,
        policy: Policy,
        files: Files,
        retention: Retention,
        on_done: Callable[[Done], None] | None = None,
        *,
        command: Sequence[str] = _COMMAND,
    ) -> None:
        files = msgspec.structs.replace(files, root=files.root.absolute())
        self._settings = Settings(policy=policy, files=files, retention=retention, since=time.time())
        self._on_done = on_done
        self._command = list(command)
        self._changed = threading.Condition()
        self._waiting: dict[Path, _Asked] = {}
        self._closing = False
        self._ended = False
        self._silent = False
        self._process: subprocess.Popen[bytes] | None = None
        self._gone = False
        """Whether the process has closed its output."""
        self._came_up = False
        self._answers = 0
        # A daemon: the process may outlive us, and we need not outlive the recorder for it.
        threading.Thread(target=self._run, name="playhead-finisher", daemon=True).start()

    @property
    def pid(self) -> int | None:
        """Of the process, while there is one."""
        process = self._process
        return process.pid if process is not None else None

    def hand_over(self, job: Job) -> None:
        job = msgspec.structs.replace(job, unfinished=job.unfinished.absolute(), target=job.target.absolute())
        with self._changed:
            if not self._closing:
                self._waiting[job.target] = _Asked(job)
                self._changed.notify_all()
                return
        self._tell(Done(target=job.target, failure=f"handed over too late; {_NOT_NOW}"))

    def stop(self, seconds: float) -> bool:
        """Take no more, and wait for what is in hand; a process that is late goes on by itself."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._ended or not self._waiting, seconds)
            left, is_ended = list(self._waiting), self._ended
        for target in left if is_ended else ():
            self._tell(Done(target=target, failure=f"not finished; {_NOT_NOW}"))
        self._silent = True
        return not left

    def _tell(self, done: Done) -> None:
        if self._on_done is None or self._silent:
            return
        try:
            self._on_done(done)
        except Exception as error:  # noqa: BLE001 - who listens must not end the listening
            warn(f"{done.target}: {type(error).__name__} when it was finished")

    def _run(self) -> None:
        fruitless = 0
        try:
            while True:
                began, answers = time.monotonic(), self._answers
                failure = self._serve()
                with self._changed:
                    if self._closing and (self._silent or not self._waiting):
                        return
                    is_well = self._answers > answers or time.monotonic() - began > _WELL_SECONDS
                    fruitless = 0 if is_well else fruitless + 1
                    deadly = self._deadly()
                    if self._closing and fruitless >= _SAID_AFTER:
                        return
                    self._settings = msgspec.structs.replace(self._settings, recovers=False)
                if deadly is not None:
                    self._answered(
                        Done(target=deadly.target, failure=f"its process died over it; {_NOT_NOW}")
                    )
                if fruitless == _SAID_AFTER:
                    warn(f"cassettes are not finished, and stay unfinished until they can be: {failure}")
                self._rest(min(_FIRST_REST * 2**fruitless, _LONGEST_REST))
        finally:
            with self._changed:
                self._ended = True
                self._changed.notify_all()

    def _rest(self, seconds: float) -> None:
        with self._changed:
            self._changed.wait_for(
                lambda: self._closing, min(seconds, _FIRST_REST) if self._closing else seconds
            )

    def _deadly(self) -> Job | None:
        """Have sent again what it has not answered, now that it is gone; the job that may have ended it."""
        sent = [asked for asked in self._waiting.values() if asked.is_sent]
        for asked in sent:
            asked.is_sent = False
        if not sent or not self._came_up:
            return None
        sent[0].deaths += 1
        return sent[0].job if sent[0].deaths >= _DEATHS_OF_A_JOB else None

    def _serve(self) -> str:
        """Start a process and give it all jobs, until it ends. Why it ended, in words."""
        self._gone = self._came_up = False
        try:
            process = subprocess.Popen(
                self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=_environment(),
                start_new_session=True,
            )
        except (OSError, ValueError) as error:
            return f"their process cannot be started: {error}"
        self._process = process
        assert process.stdin is not None
        assert process.stdout is not None
        reader = threading.Thread(target=self._read, args=(process.stdout,), daemon=True)
        reader.start()
        with contextlib.suppress(OSError):  # it is gone: the reader comes to the end of its output
            self._write(process.stdin)
        with contextlib.suppress(OSError):
            process.stdin.close()
        reader.join()
        code = process.wait()
        process.stdout.close()
        self._process = None
        return f"their process ends with code {code}"

    def _write(self, pipe: IO[bytes]) -> None:
        pipe.write(line_of(self._settings))
        pipe.flush()
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._gone or self._closing or self._unsent())
                batch = self._unsent()
                if self._gone or not batch:
                    return
                for asked in batch:
                    asked.is_sent = True
            pipe.write(b"".join(line_of(asked.job) for asked in batch))
            pipe.flush()

    def _unsent(self) -> list[_Asked]:
        return [asked for asked in self._waiting.values() if not asked.is_sent]

    def _read(self, pipe: IO[bytes]) -> None:
        try:
            for line in pipe:
                self._came_up = True
                with contextlib.suppress(msgspec.DecodeError):
                    self._answered(done_of(line))
        finally:
            with self._changed:
                self._gone = True
                self._changed.notify_all()

    def _answered(self, done: Done) -> None:
        # Outside the lock: who listens may hold one that somebody wants who hands over.
        self._tell(done)
        with self._changed:
            self._answers += 1
            if not done.recovered:
                self._waiting.pop(done.target, None)
            self._changed.notify_all()


def _environment() -> Mapping[str, str]:
    """So that the process finds `playhead`, and what it imports, where this one did."""
    return {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
