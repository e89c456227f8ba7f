"""A finisher in the calling thread: for clients that record themselves, and have no other process."""

from __future__ import annotations

from collections.abc import Callable

from playhead.capture.finishing.finisher import Done, Job
from playhead.capture.finishing.work import finish
from playhead.redaction.policy import DEFAULT, Policy


class Here:
    """Finishes each cassette before `hand_over` returns, and tells `on_done` of it."""

    def __init__(self, policy: Policy = DEFAULT, on_done: Callable[[Done], None] | None = None) -> None:
        self._policy = policy
        self._on_done = on_done

    def hand_over(self, job: Job) -> None:
        done = finish(job, self._policy)
        if self._on_done is not None:
            self._on_done(done)

    def stop(self, seconds: float) -> bool:
        return True
