"""A finisher in this process, for clients that record themselves: a thread beside the one that writes.

Knows threads. It shares the interpreter with the client, so it costs the client time, but the writer thread
goes on appending meanwhile. The thread lives as long as there is something to finish.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable

from playhead.capture.finishing.finisher import Done, Job
from playhead.capture.finishing.work import finish
from playhead.redaction.policy import DEFAULT, Policy


class Here:
    """Finishes cassettes one after another, and tells `on_done` of each, in its thread."""

    def __init__(self, policy: Policy = DEFAULT, on_done: Callable[[Done], None] | None = None) -> None:
        self._policy = policy
        self._on_done = on_done
        self._lock = threading.Lock()
        self._jobs: deque[Job] = deque()
        self._thread: threading.Thread | None = None
        """`None` while there is nothing to do."""

    def hand_over(self, job: Job) -> None:
        with self._lock:
            self._jobs.append(job)
            if self._thread is not None:
                return
            # A daemon: a disk that hangs must not keep the process from leaving.
            thread = threading.Thread(target=self._run, name="playhead-finish", daemon=True)
            self._thread = thread
        try:
            thread.start()
        except RuntimeError:
            # The interpreter leaves, and lets no thread begin.
            self._run()

    def stop(self, seconds: float) -> bool:
        with self._lock:
            thread = self._thread
        if thread is not None:
            thread.join(seconds)
        return thread is None or not thread.is_alive()

    def _run(self) -> None:
        while True:
            with self._lock:
                if not self._jobs:
                    self._thread = None
                    return
                job = self._jobs.popleft()
            done = finish(job, self._policy)
            if self._on_done is not None:
                self._on_done(done)
