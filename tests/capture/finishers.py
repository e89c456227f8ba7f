"""The finishing process for tests: started as a recorder does, or by hand; what it said."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from playhead.capture.choices import Files, Retention
from playhead.capture.finishing.finisher import Done, Job
from playhead.capture.finishing.wire import Settings, done_of, line_of
from playhead.redaction.policy import DEFAULT

COMMAND = [sys.executable, "-P", "-m", "playhead.capture.finishing"]


class Told(list[Done]):
    """What `on_done` was told."""

    def of(self, job: Job) -> Done:
        (done,) = [each for each in self if each.target == job.target]
        return done


def settings(root: Path, **more: object) -> Settings:
    return Settings(policy=DEFAULT, files=Files(root=root), retention=Retention(), **more)


def run(root: Path, *jobs: Job, **options: object) -> list[Done]:
    """The process itself: what it says of these jobs."""
    given = line_of(settings(root, **options)) + b"".join(map(line_of, jobs))
    done = subprocess.run(COMMAND, input=given, capture_output=True, check=True, timeout=60)
    assert done.stderr == b""
    return [done_of(line) for line in done.stdout.splitlines() if line]
